"""Where the pipeline and the profile speak of the same: found task by task, told by pair of places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nfconfgen.conflicts.generated import Own
from nfconfgen.conflicts.precedence import PARSERS, Blocks, Held, Parser, Value, held, merged, winner
from nfconfgen.pipeline.model import Task

SIZES = frozenset(("queue", "cpus", "memory", "time", "container", "clusterOptions", "accelerator", "resourceLimits"))
"""What the plan stands on; a pipeline may well know better about all else."""
IN_DEFINITION = ("containerOptions", "hints")
"""What Nextflow writes into the job definitions that it makes, and says nowhere else to AWS Batch."""


@dataclass(slots=True)
class Meeting:
    """One block of ours and one of the pipeline's (or, selector BODY, what processes say themselves). `values` are
    the pipeline's, by place; `tasks` those for which it counts."""

    own: Own
    selector: str
    values: dict[tuple[str, object], Value] = field(default_factory=dict)
    tasks: dict[str, None] = field(default_factory=dict)
    parsers: set[str] = field(default_factory=set)

    @property
    def keys(self) -> list[str]:
        return sorted({value.key for value in self.values.values()})

    def add(self, value: Value, task: Task, parser: str) -> None:
        self.values[value.key, value.place] = value
        self.tasks[task.qualified] = None
        self.parsers.add(parser)


@dataclass(slots=True)
class Met:
    """All meetings on one site. `beaten`: the pipeline decides what the profile says; `later`: because it stands
    behind our include; `replaced`: an image of the pipeline that ours replaces; `swapped`: another block of ours
    decides than the profile's order says. `unheeded`: what the pipeline says for a job definition, by the
    tasks whose definition is ours; `foreign`: images of the pipeline, and whose."""

    beaten: dict[tuple[Own, str], Meeting] = field(default_factory=dict)
    later: dict[Value, None] = field(default_factory=dict)
    replaced: dict[tuple[Own, str], Meeting] = field(default_factory=dict)
    swapped: dict[tuple[Own, str], Meeting] = field(default_factory=dict)
    bare: dict[str, Task] = field(default_factory=dict)
    unheeded: dict[Value, dict[str, None]] = field(default_factory=dict)
    foreign: dict[Value, dict[str, None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A selector that both sides have: `values` are the pipeline's, `lost` those that v1 drops and v2 keeps."""

    own: Own
    values: tuple[Value, ...]
    lost: tuple[Value, ...]


def dropped(theirs: Sequence[Value], own: Sequence[Own], number: float) -> Iterator[Dropped]:
    """Every selector that stands on both sides, the pipeline's before ours."""
    for block in own:
        before = [
            v
            for v in theirs
            if block.selector and v.selector == block.selector and not v.profile and v.number < number
        ]
        again = {v.key for v in theirs if v.selector == block.selector and (v.profile or v.number > number)}
        if before:
            lost = tuple(v for v in before if v.key not in block.keys | again)
            yield Dropped(block, tuple(before), lost)


def meet(theirs: Sequence[Value], ours: Sequence[Value], tasks: Sequence[Task]) -> Met:
    """Who decides what, for every task and by both parsers."""
    alone = merged(ours, "v2")
    without = merged(theirs, "v2")
    both = {parser: merged([*theirs, *ours], parser) for parser in PARSERS}
    number = ours[0].number if ours else 0.0
    keys = sorted({value.key for value in ours})
    found = Met()
    for task in tasks:
        holding, own = held(both["v2"], task), held(alone, task)
        for key in keys:
            _meet(found, task, winner(alone, own, key), key, number, holding, both)
        _replaced(found, task, holding, without, both["v2"])
        _defined(found, task, holding, both)
        # a job definition or a partition then says what it gets
        if all(winner(blocks, holding, "memory", task) is None for blocks in both.values()):
            found.bare[task.qualified] = task
    return found


def _meet(
    found: Met,
    task: Task,
    wanted: Value | None,
    key: str,
    number: float,
    holding: Held,
    both: Mapping[Parser, Blocks],
) -> None:
    """One key of one task, for which we alone would want this."""
    if wanted is None or wanted.own is None:
        return
    for parser, blocks in both.items():
        actual = winner(blocks, holding, key, task)
        if actual is None or actual.own is wanted.own:
            continue
        if actual.own is not None:
            found.swapped.setdefault((wanted.own, actual.selector), Meeting(wanted.own, actual.selector)).add(
                actual, task, parser
            )
        elif actual.selector == wanted.selector and actual.number > number:
            found.later[actual] = None
        else:
            found.beaten.setdefault((wanted.own, actual.selector), Meeting(wanted.own, actual.selector)).add(
                actual, task, parser
            )


def _replaced(found: Met, task: Task, holding: Held, without: Blocks, both: Blocks) -> None:
    theirs = winner(without, holding, "container", task)
    actual = winner(both, holding, "container", task)
    if theirs is None or actual is None or actual.own is None or theirs.selector == actual.selector != "":
        return
    found.replaced.setdefault((actual.own, theirs.selector), Meeting(actual.own, theirs.selector)).add(
        theirs, task, "v2"
    )


def _defined(found: Met, task: Task, holding: Held, both: Mapping[Parser, Blocks]) -> None:
    """What a job definition of ours takes away from a task, and whether it has one at all."""
    for blocks in both.values():
        image = winner(blocks, holding, "container", task)
        if image is None:
            continue
        if image.own is None:
            found.foreign.setdefault(image, {})[task.qualified] = None
            continue
        for value in (winner(blocks, holding, key, task) for key in IN_DEFINITION):
            if value is not None and value.own is None:
                found.unheeded.setdefault(value, {})[task.qualified] = None
