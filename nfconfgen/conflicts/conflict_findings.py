"""Findings on conflicts of pipeline and profile, each with the position on both sides and advice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set

from nfconfgen.conflicts.meetings import SIZES, Dropped, Meeting, Met
from nfconfgen.findings import Finding, Level, Place
from nfconfgen.processes.precedence import BODY, Value
from nfconfgen.wording import listed, plural

_TITLES = 8
"""Task classes that one note names."""
PROFILE_KEYS = frozenset(("cpus", "memory", "time", "container"))
"""The directives that a profile can set for a class of tasks."""


def of_dropped(every: Sequence[Dropped], *, included: bool) -> Iterator[Finding]:
    """A finding on each selector of both sides of which v1 drops something, and one note on the others, where the
    profile sets all that the pipeline sets."""
    yield from (_lost(found, included=included) for found in every if found.lost)
    kept = [found for found in every if not found.lost]
    if kept:
        titles = listed((found.own.title for found in kept), _TITLES)
        first = f"{kept[0].own.selector} at {kept[0].values[0].place}"
        message = f"{titles}: the pipeline configures {first}{' too' if len(kept) == 1 else ' and the like too'}: "
        message += "the profile's values win with both parsers"
        yield Finding(kept[0].own.place, "selector-collision", message, level="note")


def _lost(found: Dropped, *, included: bool) -> Finding:
    own, selector = found.own, found.own.selector
    both = f"{own.title}: the pipeline configures {selector} too, {_values(found.values)}"
    keys = [value.key for value in found.lost]
    message = (
        f"{both}: Nextflow's v1 parser then drops the pipeline's {listed(keys, 6)}, "
        f"v2 (the default since 26.04) keeps {plural(len(keys), 'it', 'them')}"
    )
    if "container" in keys and "container" not in own.keys:
        message += ", which then overrides the container of tasks.default"
    level: Level = "error" if included else "warning"
    name = selector.partition(":")[2]
    advice = f"write the selector as '({name})' in the profile, which matches the same and keeps the pipeline's"
    if PROFILE_KEYS.issuperset(keys):
        advice = f"set {listed(keys)} in the profile too; or {advice}"
    return Finding(own.place, "selector-collision", message, advice, level)


def of_met(met: Met, lost: Set[Value]) -> Iterator[Finding]:
    """The findings on all conflicts of a site, without `lost`, on which of_dropped reports."""
    for meeting in met.beaten.values():
        if not all(value in lost for value in meeting.values.values()):
            yield _beaten(meeting)
    for meeting in met.swapped.values():
        yield _swapped(meeting)
    for meeting in met.replaced.values():
        yield _replaced(meeting)


def _beaten(meeting: Meeting) -> Finding:
    own, keys = meeting.own, meeting.keys
    sizes = [key for key in keys if key in SIZES]
    # it is intended that images set in modules override the profile's image for all tasks
    intended = not sizes or (sizes == ["container"] and meeting.selector == BODY and not own.selector)
    shown = [v for v in meeting.values.values() if intended or v.key in SIZES]
    definition = plural(len(meeting.tasks), "its definition sets", "their definitions set")
    winner = definition if meeting.selector == BODY else f"the pipeline's {meeting.selector} sets"
    names = listed(value.key for value in shown)
    applies = plural(len({value.key for value in shown}), "does not apply", "do not apply")
    reason = "which is stronger" if meeting.selector != BODY or own.selector == "" else "which is later"
    message = f"{own.title}: {names} {applies} to {listed(meeting.tasks)}: {winner} {_values(shown)}, {reason}"
    if len(meeting.parsers) == 1:
        message += f" (parser {next(iter(meeting.parsers))} only)"
    return Finding(own.place, "pipeline-wins", message, _override(meeting), "note" if intended else "warning")


def _override(meeting: Meeting) -> str:
    """Advice on how to give the profile's value precedence."""
    if not {key for key in meeting.keys if key in SIZES} & PROFILE_KEYS:
        return ""
    if meeting.selector == BODY:
        name = next(iter(meeting.tasks)).rpartition(":")[2]
        return f"if the profile's value should win, add the process under tasks.processes, as in {name}"
    kind, _, pattern = meeting.selector.partition(":")
    where = f"'({pattern})' under tasks.labels" if kind == "withLabel" else f"'{pattern}' under tasks.processes"
    return f"if the profile's value should win, add {where}"


def _swapped(meeting: Meeting) -> Finding:
    own = meeting.own
    value = next(iter(meeting.values.values()))
    other = value.own.title if value.own is not None else meeting.selector
    message = (
        f"{own.title}: {listed(meeting.tasks)} gets {listed(meeting.keys)} of {other} (line {value.place.line}) "
        "instead: the pipeline has both selectors, and its order counts"
    )
    name = own.selector.partition(":")[2]
    return Finding(own.place, "selector-order", message, f"write '({name})': a new selector comes last", "warning")


def _replaced(meeting: Meeting) -> Finding:
    values = [*meeting.values.values()]
    tasks = listed(meeting.tasks)
    message = f"{meeting.own.title}: its container replaces the pipeline's in {tasks}, {_values(values)}"
    return Finding(meeting.own.place, "container-replaced", message, level="note")


def of_later(values: Iterable[Value], include: Place) -> Iterator[Finding]:
    for value in values:
        scope = f"{value.selector} {value.key}" if value.selector else f"process.{value.key}"
        yield too_early(include, scope, value.place)


def too_early(include: Place, what: str, place: Place) -> Finding:
    message = f"the include comes before {place}, where the pipeline sets {what} again: the later one wins"
    return Finding(include, "include-order", message, "make this line the last of nextflow.config")


def _values(values: Iterable[Value]) -> str:
    """`container 'x' at conf/a.config:3:5, cpus at …`, by position."""
    parts = []
    for value in sorted(values, key=lambda value: value.place):
        image = f" '{value.literal[:80]}'" if value.key == "container" and value.literal else ""
        parts.append(f"{value.key}{image} at {value.place}")
    return listed(parts, 6)
