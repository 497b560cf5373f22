"""The process scope of a site: directives of each task class, retries and limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nfconfgen.plan.model import Ladder, SitePlan
from nfconfgen.plan.table import asks_cpus, ladder_lines
from nfconfgen.profile.model import Limits, Retry, TaskClass
from nfconfgen.profile.units import exit_code_texts
from nfconfgen.render import groovy, routing
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
    default = next((ladder for ladder in plan.ladders if ladder.task.kind == "default"), None)
    labels = [ladder for ladder in plan.ladders if ladder.task.kind == "label"]
    # a label that only adds GPUs must have the last word, or a whole request beside it would take them away
    adding = [ladder for ladder in labels if ladder.task.additive and own_accelerator(ladder, default)]
    # nor may the partition that a whole request has chosen stand beside a time that only another one gives
    requeueing = [ladder for ladder in labels if ladder not in adding and addition(ladder, default, plan)]
    ordered = [
        *(ladder for ladder in plan.ladders if ladder is default),
        *(ladder for ladder in labels if ladder not in adding and ladder not in requeueing),
        *requeueing,
        *adding,
        *(ladder for ladder in plan.ladders if ladder.task.kind == "process"),
    ]
    # classes that ask for the same share their steps, and so what is said of them
    asked = {key: _asked(ladder, plan) for key, ladder in {id(ladder.steps): ladder for ladder in ordered}.items()}
    made = []
    for ladder in ordered:
        table, request = asked[id(ladder.steps)]
        request = request or addition(ladder, default, plan)
        made.append(_block(ladder, default, table, request, container, directives))
    return made


def _asked(ladder: Ladder, plan: SitePlan) -> tuple[tuple[str, ...], list[Setting]]:
    """The comment on a request, and its directives; nothing of an additive class."""
    return (tuple(ladder_lines(ladder, plan)), _request(ladder, plan)) if ladder.steps else ((), [])


def _block(
    ladder: Ladder,
    default: Ladder | None,
    table: tuple[str, ...],
    request: list[Setting],
    container: Container,
    directives: Directives,
) -> Block:
    task = ladder.task
    settings = list(request)
    if task.time_s is not None and _says_time(ladder, default):
        settings.append(("time", groovy.duration(task.time_s.value)))
    settings = directives(ladder, default, settings)
    image, note = _image(ladder, default, container)
    return Block(task, table, tuple(settings), image, note)


def _request(ladder: Ladder, plan: SitePlan) -> list[Setting]:
    requests = [step.request for step in ladder.steps]
    queue = groovy.by_attempt([groovy.quote(request.queue) for request in requests])
    cpus = groovy.by_attempt([groovy.quote(request.cpus) for request in requests])
    return [
        *([("queue", queue)] if plan.site.executor.has_queues else []),
        *([("cpus", cpus)] if asks_cpus(ladder, plan) else []),
        ("memory", groovy.memory_by_attempt([request.memory_mib for request in requests])),
    ]


def addition(ladder: Ladder, default: Ladder | None, plan: SitePlan) -> list[Setting]:
    """The queue, where what a label adds may need another one."""
    task = ladder.task
    own_gpus = task.accelerator is not None and own_accelerator(ladder, default)
    if not task.additive or not (own_gpus or (task.time_s is not None and _says_time(ladder, default))):
        return []
    found = routing.requeued(plan, task.accelerator.value if task.accelerator is not None else None)
    return [("queue", found)] if found is not None else []


def _says_time(ladder: Ladder, default: Ladder | None) -> bool:
    return not (ladder.task.additive and default is not None and ladder.task.time_s == default.task.time_s)


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
