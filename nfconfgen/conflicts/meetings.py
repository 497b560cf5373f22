"""Conflicts of pipeline and profile: found task by task, merged by the pair of blocks that set a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nfconfgen.pipeline.model import Task
from nfconfgen.processes.generated import Own
from nfconfgen.processes.precedence import PARSERS, Blocks, Held, Parser, Value, merged, winner

SIZES = frozenset(("queue", "cpus", "memory", "time", "container", "clusterOptions", "accelerator", "resourceLimits"))
"""The directives that the plan relies on; a pipeline may rightly override all others."""
IN_DEFINITION = ("containerOptions", "hints")
"""The directives that Nextflow passes to AWS Batch only in the job definitions that it registers."""


@dataclass(slots=True)
class Meeting:
    """One generated block and one of the pipeline's (selector BODY: the definitions of processes) that set the same
    keys. `values` are the winning ones; `tasks` those that are affected."""

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


Meetings = dict[tuple[Own, str], Meeting]


@dataclass(slots=True)
class Met:
    """All conflicts of one site. `beaten`: the pipeline's value wins over the profile's; `later`: it wins because it
    comes after our include; `replaced`: our image replaces the pipeline's; `swapped`: another generated block wins
    than by the profile's order. `bare`: tasks without a memory. `unheeded`: values for a job definition that is ours,
    with their tasks; `foreign`: images of the pipeline, with their tasks."""

    beaten: Meetings = field(default_factory=dict)
    later: dict[Value, None] = field(default_factory=dict)
    replaced: Meetings = field(default_factory=dict)
    swapped: Meetings = field(default_factory=dict)
    bare: dict[str, Task] = field(default_factory=dict)
    unheeded: dict[Value, dict[str, None]] = field(default_factory=dict)
    foreign: dict[Value, dict[str, None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A selector of both sides: `values` are the pipeline's, `lost` those that v1 drops and v2 keeps."""

    own: Own
    values: tuple[Value, ...]
    lost: tuple[Value, ...]


def dropped(theirs: Sequence[Value], own: Sequence[Own], number: float) -> Iterator[Dropped]:
    """Every selector of both sides that the pipeline has before our include."""
    for block in filter(lambda block: block.selector, own):
        same = [v for v in theirs if v.selector == block.selector]
        before = tuple(v for v in same if not v.profile and v.number < number)
        again = {v.key for v in same if v.profile or v.number > number}
        if before:
            yield Dropped(block, before, tuple(v for v in before if v.key not in block.keys | again))


def meet(theirs: Sequence[Value], ours: Sequence[Value], tasks: Sequence[Task], held: Mapping[str, Held]) -> Met:
    """The conflicts of every task, by both parsers; `held` are the selectors that apply to each."""
    alone = merged(ours, "v2")
    without = merged(theirs, "v2")
    both = {parser: merged([*theirs, *ours], parser) for parser in PARSERS}
    number = ours[0].number if ours else 0.0
    keys = sorted({value.key for value in ours})
    found = Met()
    for task in tasks:
        holding = held[task.qualified]
        levels = dict(holding)
        own = [(selector, levels[selector]) for selector in alone if selector in levels]
        for key in keys:
            _meet(found, task, winner(alone, own, key), key, number, holding, both)
        _replaced(found, task, holding, without, both["v2"])
        _defined(found, task, holding, both)
        # such a task gets the memory that a job definition or a partition sets
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
    """One key of one task; `wanted` is the value that the generated config alone would give."""
    if wanted is None or wanted.own is None:
        return
    for parser, blocks in both.items():
        actual = winner(blocks, holding, key, task)
        if actual is None or actual.own is wanted.own:
            continue
        if actual.own is not None:
            _meeting(found.swapped, wanted.own, actual.selector).add(actual, task, parser)
        elif actual.selector == wanted.selector and actual.number > number:
            found.later[actual] = None
        else:
            _meeting(found.beaten, wanted.own, actual.selector).add(actual, task, parser)


def _meeting(meetings: Meetings, own: Own, selector: str) -> Meeting:
    return meetings.setdefault((own, selector), Meeting(own, selector))


def _replaced(found: Met, task: Task, holding: Held, without: Blocks, both: Blocks) -> None:
    theirs = winner(without, holding, "container", task)
    actual = winner(both, holding, "container", task)
    if theirs is None or actual is None or actual.own is None or theirs.selector == actual.selector != "":
        return
    _meeting(found.replaced, actual.own, theirs.selector).add(theirs, task, "v2")


def _defined(found: Met, task: Task, holding: Held, both: Mapping[Parser, Blocks]) -> None:
    """Records whose image a task has and, if it is ours, the pipeline's values that our job definition ignores."""
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
