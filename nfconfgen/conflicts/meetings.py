"""Conflicts of pipeline and profile: found task by task, merged by the pair of blocks that set a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nfconfgen.pipeline.model import Task
from nfconfgen.processes.generated import Own
from nfconfgen.processes.precedence import Blocks, Held, Parser, Value, merged, winner
from nfconfgen.processes.sides import Sides

SIZES = frozenset(("queue", "cpus", "memory", "time", "container", "clusterOptions", "accelerator", "resourceLimits"))
"""The directives that the plan relies on; a pipeline may rightly override all others."""
PLANNED = frozenset(("cpus", "memory", "time", "accelerator", "queue", "errorStrategy", "maxRetries"))
"""The directives that the plan of each process has from either side: what comes of them is reported, not who wins."""
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
    than by the profile's order. `unheeded`: values for a job definition that is ours,
    with their tasks; `foreign`: images of the pipeline, with their tasks."""

    beaten: Meetings = field(default_factory=dict)
    later: dict[Value, None] = field(default_factory=dict)
    replaced: Meetings = field(default_factory=dict)
    swapped: Meetings = field(default_factory=dict)
    unheeded: dict[Value, dict[str, None]] = field(default_factory=dict)
    foreign: dict[Value, dict[str, None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A selector of both sides: `values` are the pipeline's, `lost` those that v1 drops and v2 keeps."""

    own: Own
    values: tuple[Value, ...]
    lost: tuple[Value, ...]


def dropped(sides: Sides) -> Iterator[Dropped]:
    """Every selector of both sides that the pipeline has before our include."""
    for block in filter(lambda block: block.selector, sides.written.blocks):
        same = [v for v in sides.theirs if v.selector == block.selector]
        before = tuple(v for v in same if not v.profile and v.number < sides.number)
        again = {v.key for v in same if v.profile or v.number > sides.number}
        if before:
            yield Dropped(block, before, tuple(v for v in before if v.key not in block.keys | again))


def meet(sides: Sides, tasks: Sequence[Task]) -> Met:
    """The conflicts of every task, by both parsers."""
    alone, without, both = merged(sides.own, "v2"), merged(sides.theirs, "v2"), sides.both
    keys = sorted({value.key for value in sides.own})
    found = Met()
    for task in tasks:
        holding = sides.held[task.qualified]
        levels = dict(holding)
        own = [(selector, levels[selector]) for selector in alone if selector in levels]
        for key in keys:
            _meet(found, task, winner(alone, own, key), key, sides, levels)
        _replaced(found, task, holding, without, both["v2"])
        _defined(found, task, holding, both)
    return found


def _meet(
    found: Met,
    task: Task,
    wanted: Value | None,
    key: str,
    sides: Sides,
    levels: Mapping[str, int],
) -> None:
    """One key of one task; `wanted` is the value that the generated config alone would give, `levels` is the
    precedence of each selector that applies."""
    if wanted is None or wanted.own is None:
        return
    for parser, blocks in sides.both.items():
        actual = winner(blocks, sides.held[task.qualified], key, task)
        if actual is None or actual.own is wanted.own:
            continue
        if actual.own is not None:
            _meeting(found.swapped, wanted.own, actual.selector).add(actual, task, parser)
        elif actual.number > sides.number and levels.get(actual.selector) == levels.get(wanted.selector):
            found.later[actual] = None
        elif key not in PLANNED:
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
