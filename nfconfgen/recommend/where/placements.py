"""Where the tasks of a process run: on each site the queue and the machine of every attempt, by the plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from nfconfgen.facts.model import Pool, Shape
from nfconfgen.plan import placement
from nfconfgen.plan.admission import Need
from nfconfgen.plan.model import Attempt, SitePlan, TaskPlan
from nfconfgen.plan.plan_table import aligned, queue_text, registered
from nfconfgen.profile.checking.selectors import matches
from nfconfgen.profile.units import memory_text
from nfconfgen.runs.observed import WITH_LABEL
from nfconfgen.wording import counted

_HEAD = ("site", "process", "try", "queue", "cpus", "memory", "on", "room for")


@dataclass(frozen=True, slots=True)
class Held:
    """The attempts with these numbers, which ask for the same: their queue (empty: the default of the scheduler),
    CPUs and MiB, the machine that holds them (None: unknown) and how many such tasks it holds at a time (None:
    unknown)."""

    attempts: tuple[int, ...]
    queue: str
    cpus: int
    memory_mib: int
    shape: Shape | None
    tasks: int | None


@dataclass(frozen=True, slots=True)
class Placement:
    """A process on a site, by the task class with this title. `tries` is never empty; attempts with equal requests on
    the same machine are together."""

    site: str
    machine: str
    """The word for a machine there: `instance`, `node`."""
    process: str
    task: str
    tries: tuple[Held, ...]

    @property
    def first(self) -> Held:
        return self.tries[0]

    @property
    def elsewhere(self) -> Held | None:
        """The next attempt that goes to another queue or machine; None if none does."""
        here = (self.first.queue, self.first.shape)
        return next((held for held in self.tries if (held.queue, held.shape) != here), None)


def placements(plans: Iterable[SitePlan], processes: Sequence[str]) -> list[Placement]:
    """The placements of these processes (full names, or labels) on all sites that plan a request for them: by the
    class of the label, or the last one that selects this name, or its last part, or else by the default."""
    found = ((plan, process, _class(plan, process)) for plan in plans for process in processes)
    return [
        Placement(
            plan.site.name, plan.site.executor.words.machine, process, task.task.title, tuple(_tries(task, plan))
        )
        for plan, process, task in found
        if task is not None and task.attempts
    ]


def lines(found: Sequence[Placement]) -> Iterator[str]:
    """The placements as a table, first tries and those that go elsewhere; sites without known machines in a line."""
    unknown = dict.fromkeys(placement.site for placement in found if placement.first.shape is None)
    found = [placement for placement in found if placement.site not in unknown]
    yield from (f"{site}: its machines are not known, so where tasks run is not, either" for site in unknown)
    if not found:
        return
    rows: list[Sequence[str]] = [_HEAD]
    for at, each in enumerate(found):
        site = each.site if at == 0 or found[at - 1].site != each.site else ""
        for held in filter(None, (each.first, each.elsewhere)):
            rows.append(_cells(held, each, site, each.process if held is each.first else ""))
            site = ""
    yield from aligned(rows, right=frozenset({4, 5}))


def _class(plan: SitePlan, process: str) -> TaskPlan | None:
    if process.startswith(WITH_LABEL):
        label = process.removeprefix(WITH_LABEL)
        return next((task for task in plan.task_plans if (task.task.kind, task.task.name) == ("label", label)), None)
    classes = [task for task in plan.task_plans if task.task.kind == "process"]
    for name in (process, process.rpartition(":")[2]):
        named = [task for task in classes if matches(task.task.name, name)]
        if named:
            return named[-1]
    return plan.default


def _tries(task: TaskPlan, plan: SitePlan) -> Iterator[Held]:
    for (request, shape), group in groupby(task.attempts, key=lambda each: (each.request, each.shape)):
        attempts = list(group)
        numbers = tuple(each.number for each in attempts)
        tasks = _sharing(attempts[0], task, plan)
        yield Held(numbers, request.queue, request.cpus, request.memory_mib, shape, tasks)


def _sharing(attempt: Attempt, task: TaskPlan, plan: SitePlan) -> int | None:
    """How many such tasks its machine holds at a time."""
    own = task.on(plan)
    pool, fit = attempt.pool(own.pools), own.site.settings.fit
    if attempt.shape is None:
        return None
    if fit == "instance" or pool.fixed_sizes or pool.whole_nodes:
        return 1
    if fit == "share":
        return attempt.per_shape
    return max(1, placement.held(attempt.shape, _taken(attempt, task, pool)))


def _taken(attempt: Attempt, task: TaskPlan, pool: Pool) -> Need:
    """What one task takes of its machine: no memory where the scheduler does not reserve it."""
    cpus = max(attempt.granted_cpus, attempt.request.cpus)
    memory_mib = attempt.request.memory_mib if pool.memory == "reserved" else 1
    return Need(cpus, memory_mib, gpus=task.task.gpus)


def _cells(held: Held, placement: Placement, site: str, process: str) -> Sequence[str]:
    first, last = held.attempts[0], held.attempts[-1]
    return (
        site,
        process,
        str(first) if first == last else f"{first}-{last}",
        queue_text(held.queue),
        str(held.cpus),
        memory_text(held.memory_mib),
        registered(held.shape) if held.shape is not None else f"{placement.machine}s unknown",
        counted(held.tasks, "task") if held.tasks is not None else "",
    )
