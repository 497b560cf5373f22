"""The process scope of a site: directives of each task class, retries and limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from nfconfgen.facts.model import Pool
from nfconfgen.plan import fit
from nfconfgen.plan.ladder import routed
from nfconfgen.plan.model import Ladder, SitePlan
from nfconfgen.plan.verdict import Need
from nfconfgen.plan.words import ladder_lines, registered
from nfconfgen.profile.model import Limits, Retry
from nfconfgen.render import groovy
from nfconfgen.render.groovy import Code

LOST = 2147483647
"""What Nextflow takes for the exit code of a task that left none: reclaimed, host lost, killed from outside."""

Container = Callable[[str], "tuple[str, str]"]
"""Image → what `container` is set to, and a comment on it (empty: none)."""

Setting = tuple[str, Code]

Directives = Callable[[Ladder, "Ladder | None", "list[Setting]"], "list[Setting]"]
"""What an executor makes of the request of a class, given the class of the default; the request may be empty."""


@dataclass(frozen=True, slots=True)
class Block:
    """The directives of one task class; `selector` is empty for the default, else as in `withLabel`."""

    selector: str
    name: str
    table: tuple[str, ...]
    settings: tuple[Setting, ...]
    container: str
    container_note: str

    @property
    def width(self) -> int:
        return max((len(key) for key, _ in self.settings), default=0)


def blocks(plan: SitePlan, container: Container, directives: Directives) -> list[Block]:
    """The default first, then labels, then processes: the later and more special wins, in both parsers."""
    default = next((ladder for ladder in plan.ladders if ladder.task.kind == "default"), None)
    labels = [ladder for ladder in plan.ladders if ladder.task.kind == "label"]
    # a label that only adds GPUs must have the last word, or a whole request beside it would take them away
    adding = [ladder for ladder in labels if ladder.task.additive and own_accelerator(ladder, default)]
    ordered = [
        *(ladder for ladder in plan.ladders if ladder is default),
        *(ladder for ladder in labels if ladder not in adding),
        *adding,
        *(ladder for ladder in plan.ladders if ladder.task.kind == "process"),
    ]
    return [_block(ladder, default, plan, container, directives) for ladder in ordered]


def _block(
    ladder: Ladder, default: Ladder | None, plan: SitePlan, container: Container, directives: Directives
) -> Block:
    task = ladder.task
    settings = _request(ladder) if ladder.steps else []
    if task.time_s is not None and not (task.additive and default is not None and task.time_s == default.task.time_s):
        settings.append(("time", groovy.duration(task.time_s.value)))
    settings = directives(ladder, default, settings)
    image, note = _image(ladder, default, container)
    selectors = {"default": "", "label": "withLabel", "process": "withName"}
    table = tuple(ladder_lines(ladder, plan)) if ladder.steps else ()
    return Block(selectors[task.kind], task.name, table, tuple(settings), image, note)


def _request(ladder: Ladder) -> list[Setting]:
    requests = [step.request for step in ladder.steps]
    return [
        ("queue", groovy.by_attempt([groovy.quote(request.queue) for request in requests])),
        ("cpus", groovy.by_attempt([groovy.quote(request.cpus) for request in requests])),
        ("memory", groovy.memory_by_attempt([request.memory_mib for request in requests])),
    ]


def _image(ladder: Ladder, default: Ladder | None, container: Container) -> tuple[str, str]:
    said = ladder.task.container
    inherited = default is not None and ladder is not default and said == default.task.container
    # in a selector it would beat the containers that the pipeline's processes bring themselves
    return ("", "") if said is None or inherited else container(said.value)


def accelerated(plan: SitePlan) -> bool:
    """Whether any class asks for GPUs: every class then says how many, as none may get those of a label that the
    pipeline gives the process besides."""
    return any(ladder.task.accelerator and ladder.task.accelerator.value.count for ladder in plan.ladders)


def own_accelerator(ladder: Ladder, default: Ladder | None) -> bool:
    """Whether a class has to say its GPUs: an additive one only where it says them itself."""
    inherited = default is not None and ladder.task.accelerator == default.task.accelerator
    return not ladder.task.additive or not (inherited or ladder.task.accelerator is None)


def routing(plan: SitePlan) -> Code:
    """The queue where the pipeline brings its own numbers: the first one that holds the task; where queues are an
    escalation, from the one of this attempt on."""
    by_size = routed(plan.pools)
    pools = [pool for pool in plan.pools if not pool.closed] if by_size else list(plan.pools)
    if not pools:
        return groovy.quote(plan.pools[0].name if plan.pools else "")
    # what fits nowhere is refused soonest where most fits
    last = max(pools, key=lambda pool: fit.most_memory_mib(pool, Need(1, 1)) or 0) if by_size else pools[-1]
    expression = groovy.quote(last.name)
    asked = list(enumerate((pool for pool in pools if pool is not last), start=1))
    for number, pool in reversed(asked):
        attempt = [] if by_size else [f"task.attempt <= {number}"]
        conditions = " && ".join([*attempt, *_held(pool)])
        expression = Code(f"{conditions} ? {groovy.quote(pool.name)} : {expression}")
    return expression if not asked else Code(f"{{ {expression} }}")


def routing_note(plan: SitePlan) -> str:
    """How `routing` chooses, as a comment."""
    whose = "what is not named below has the pipeline's own numbers" if plan.ladders else "the pipeline's own numbers"
    if len(plan.pools) == 1:
        return whose
    if routed(plan.pools):
        return f"{whose}: the first partition that holds a task, the shortest time limit first"
    held = "first queue that holds a task" if any(pool.shapes for pool in plan.pools) else "first queue first"
    return f"{whose}: the {held}, the next one with each attempt"


def _held(pool: Pool) -> list[str]:
    """What must hold of a task for the pool to take it. A task that says no memory or time gets what the job
    definition or the partition gives."""
    if pool.largest is None:
        return []
    if not pool.exact:
        memory_mib = fit.ask_mib(pool.largest.memory_mib, pool)
        return [f"task.cpus <= {pool.largest.cpus}", f"(task.memory ?: 1.MB) <= {groovy.memory(memory_mib)}"]
    sizes = [f"task.cpus <= {cpus} && (task.memory ?: 1.MB) <= {groovy.memory(mib)}" for cpus, mib in _sizes(pool)]
    held = [sizes[0]] if len(sizes) == 1 else [f"({' || '.join(f'({size})' for size in sizes)})"]
    if pool.time_s is not None:
        held.append(f"(task.time ?: 1.min) <= {groovy.duration(pool.time_s)}")
    return held


def _sizes(pool: Pool) -> list[tuple[int, int]]:
    """CPUs and MiB of the shapes that no other one exceeds in both, within the pool's limits."""
    found = set()
    most_cpus = [bound.most for bound in pool.bounds if bound.what == "cpus" and not bound.least]
    for shape in pool.shapes:
        most_mib = fit.most_memory_mib(replace(pool, shapes=(shape,)), Need(1, 1))
        found.add((min([shape.cpus, *most_cpus]), most_mib or shape.memory_mib))
    return sorted(a for a in found if not any(b != a and b[0] >= a[0] and b[1] >= a[1] for b in found))


def resource_limits(limits: Limits) -> Code | None:
    """The whole map at once, since the parsers differ in how they merge maps. None: no limit is known."""
    known = [
        f"cpus: {limits.cpus}" if limits.cpus is not None else "",
        f"memory: {groovy.memory(limits.memory_mib)}" if limits.memory_mib is not None else "",
        f"time: {groovy.duration(limits.time_s)}" if limits.time_s is not None else "",
    ]
    listed = ", ".join(part for part in known if part)
    return Code(f"[{listed}]") if listed else None


def retries(retry: Retry) -> list[Setting]:
    """errorStrategy and maxRetries."""
    if retry.attempts == 1:
        return [("errorStrategy", groovy.quote("finish")), ("maxRetries", groovy.quote(0))]
    codes = groovy.exit_codes(retry.exit_codes, LOST)
    strategy = Code(f"{{ task.exitStatus in {codes} ? 'retry' : 'finish' }}")
    return [("errorStrategy", strategy), ("maxRetries", groovy.quote(retry.attempts - 1))]


def retry_note(retry: Retry) -> str:
    """What the numbers of errorStrategy mean."""
    if retry.attempts == 1:
        return "one try only"
    spans = [str(low) if low == high else f"{low}-{high}" for low, high in retry.exit_codes]
    like = f"; worth another try like {listed(spans)}" if spans else "; worth another try"
    return f"{LOST}: no exit code, the task was lost with its machine{like}"


def limits_note(plan: SitePlan) -> str:
    """Where the limits come from."""
    largest = fit.largest(plan.pools)
    said = plan.site.limits
    if largest is not None:
        within = ", within the limits of the profile" if said != Limits() else ""
        return f"the most a task may ask for here: {registered(largest)}{within}"
    if said != Limits():
        return "the most a task may ask for here, as the profile says"
    return "the most that any task above asks for"


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
