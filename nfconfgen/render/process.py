"""The process scope of a site: directives of each task class, retries and limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nfconfgen.plan.model import SitePlan, TaskPlan
from nfconfgen.plan.table import asks_cpus, attempt_lines
from nfconfgen.profile.model import Limits, Retry, TaskClass
from nfconfgen.profile.units import exit_code_texts
from nfconfgen.render import groovy, routing
from nfconfgen.render.groovy import Code

LOST = 2147483647
"""What Nextflow takes for the exit code of a task that left none: reclaimed, host lost, killed from outside."""

Container = Callable[[str], "tuple[str, str]"]
"""Image → what `container` is set to, and a comment on it (empty: none)."""

Setting = tuple[str, Code]

Directives = Callable[[TaskPlan, "TaskPlan | None", "list[Setting]"], "list[Setting]"]
"""What an executor makes of the request of a class, given the class of the default; the request may be empty."""


@dataclass(frozen=True, slots=True)
class Block:
    """The directives of one task class."""

    task: TaskClass
    table: tuple[str, ...]
    settings: tuple[Setting, ...]
    container: str
    container_note: str

    @property
    def selector(self) -> str:
        """The word for its selector; empty for the default."""
        return {"default": "", "label": "withLabel", "process": "withName"}[self.task.kind]

    @property
    def keys(self) -> frozenset[str]:
        """What it sets."""
        return frozenset([*(key for key, _ in self.settings), *(["container"] if self.container else [])])

    @property
    def width(self) -> int:
        return max((len(key) for key, _ in self.settings), default=0)


def blocks(plan: SitePlan, container: Container, directives: Directives) -> list[Block]:
    """The default first, then labels, then processes: the later and more special wins, in both parsers."""
    default = next((task_plan for task_plan in plan.task_plans if task_plan.task.kind == "default"), None)
    labels = [task_plan for task_plan in plan.task_plans if task_plan.task.kind == "label"]
    # a label that only adds GPUs must have the last word, or a whole request beside it would take them away
    adding = [task_plan for task_plan in labels if task_plan.task.additive and own_accelerator(task_plan, default)]
    # nor may the partition that a whole request has chosen stand beside a time that only another one gives
    requeueing = [task_plan for task_plan in labels if task_plan not in adding and addition(task_plan, default, plan)]
    ordered = [
        *(task_plan for task_plan in plan.task_plans if task_plan is default),
        *(task_plan for task_plan in labels if task_plan not in adding and task_plan not in requeueing),
        *requeueing,
        *adding,
        *(task_plan for task_plan in plan.task_plans if task_plan.task.kind == "process"),
    ]
    # classes that ask for the same share their attempts, and so what is said of them
    asked = {
        key: _asked(task_plan, plan)
        for key, task_plan in {id(task_plan.attempts): task_plan for task_plan in ordered}.items()
    }
    made = []
    for task_plan in ordered:
        table, request = asked[id(task_plan.attempts)]
        request = request or addition(task_plan, default, plan)
        made.append(_block(task_plan, default, table, request, container, directives))
    return made


def _asked(task_plan: TaskPlan, plan: SitePlan) -> tuple[tuple[str, ...], list[Setting]]:
    """The comment on a request, and its directives; nothing of an additive class."""
    return (tuple(attempt_lines(task_plan, plan)), _request(task_plan, plan)) if task_plan.attempts else ((), [])


def _block(
    task_plan: TaskPlan,
    default: TaskPlan | None,
    table: tuple[str, ...],
    request: list[Setting],
    container: Container,
    directives: Directives,
) -> Block:
    task = task_plan.task
    settings = list(request)
    if task.time_s is not None and _says_time(task_plan, default):
        settings.append(("time", groovy.duration(task.time_s.value)))
    settings = directives(task_plan, default, settings)
    image, note = _image(task_plan, default, container)
    return Block(task, table, tuple(settings), image, note)


def _request(task_plan: TaskPlan, plan: SitePlan) -> list[Setting]:
    requests = [attempt.request for attempt in task_plan.attempts]
    queue = groovy.by_attempt([groovy.quote(request.queue) for request in requests])
    cpus = groovy.by_attempt([groovy.quote(request.cpus) for request in requests])
    return [
        *([("queue", queue)] if plan.site.executor.has_queues else []),
        *([("cpus", cpus)] if asks_cpus(task_plan, plan) else []),
        ("memory", groovy.memory_by_attempt([request.memory_mib for request in requests])),
    ]


def addition(task_plan: TaskPlan, default: TaskPlan | None, plan: SitePlan) -> list[Setting]:
    """The queue, where what a label adds may need another one."""
    task = task_plan.task
    own_gpus = task.accelerator is not None and own_accelerator(task_plan, default)
    if not task.additive or not (own_gpus or (task.time_s is not None and _says_time(task_plan, default))):
        return []
    found = routing.requeued(plan, task.accelerator.value if task.accelerator is not None else None)
    return [("queue", found)] if found is not None else []


def _says_time(task_plan: TaskPlan, default: TaskPlan | None) -> bool:
    return not (task_plan.task.additive and default is not None and task_plan.task.time_s == default.task.time_s)


def _image(task_plan: TaskPlan, default: TaskPlan | None, container: Container) -> tuple[str, str]:
    said = task_plan.task.container
    inherited = default is not None and task_plan is not default and said == default.task.container
    # in a selector it would beat the containers that the pipeline's processes bring themselves
    return ("", "") if said is None or inherited else container(said.value)


def accelerated(plan: SitePlan) -> bool:
    """Whether any class asks for GPUs: every class then says how many, as none may get those of a label that the
    pipeline gives the process besides."""
    return any(task_plan.task.accelerator and task_plan.task.accelerator.value.count for task_plan in plan.task_plans)


def own_accelerator(task_plan: TaskPlan, default: TaskPlan | None) -> bool:
    """Whether a class has to say its GPUs: an additive one only where it says them itself."""
    inherited = default is not None and task_plan.task.accelerator == default.task.accelerator
    return not task_plan.task.additive or not (inherited or task_plan.task.accelerator is None)


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
    """errorStrategy and maxRetries, each where the profile sets it: written, it replaces the pipeline's own."""
    found = []
    if retry.sets_strategy:
        codes = retry.attempts != 1 and groovy.exit_codes(retry.exit_codes or (), *([LOST] if retry.lost else []))
        ends = groovy.quote(retry.ends)
        found.append(
            ("errorStrategy", Code(f"{{ task.exitStatus in {codes} ? 'retry' : {ends} }}") if codes else ends)
        )
    if retry.attempts is not None and retry.attempts > 1:
        found.append(("maxRetries", groovy.quote(retry.attempts - 1)))
    return found


def retry_note(retry: Retry) -> str:
    """What the numbers of errorStrategy mean."""
    if retry.attempts == 1:
        return "one try only"
    if not retry.sets_strategy:
        whose = "as the errorStrategy of the pipeline says"
        return f"a failed task is tried again {whose if retry.attempts else f'{whose}, and its maxRetries'}"
    spans = exit_code_texts(retry.exit_codes)
    if not retry.lost:
        return f"worth another try: {listed(spans)}" if spans else "nothing is tried again"
    like = f"; worth another try like {listed(spans)}" if spans else "; worth another try"
    return f"{LOST}: no exit code, the task was lost with its machine{like}"


def limits_note(plan: SitePlan) -> str:
    """Where the limits come from."""
    return f"the most a task may ask for here: {'; '.join(plan.limits_from)}"


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
