"""Meetings of pipeline and profile as findings, each with the place on both sides and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from nfconfgen.conflicts.meetings import SIZES, Dropped, Meeting, Met
from nfconfgen.conflicts.precedence import BODY, Value
from nfconfgen.findings import Finding, Level, Place
from nfconfgen.wording import listed, plural

SAYABLE = frozenset(("cpus", "memory", "time", "container"))
"""What a profile can say of a class of tasks."""


def of_dropped(found: Dropped, *, included: bool) -> Finding:
    """A selector on both sides: harmless where the profile says all that the pipeline does."""
    own, selector = found.own, found.own.selector
    both = f"{own.title}: the pipeline sets {selector} too, {_values(found.values)}"
    if not found.lost:
        message = f"{both}: by both parsers the profile's values hold"
        return Finding(own.place, "selector-collision", message, level="note")
    keys = [value.key for value in found.lost]
    message = (
        f"{both}: Nextflow's v1 parser then drops the pipeline's {listed(keys, 6)}, "
        f"v2 (the default from 26.04 on) keeps {plural(len(keys), 'it', 'them')}"
    )
    if "container" in keys and "container" not in own.keys:
        message += ", where it beats the container of tasks.default"
    level: Level = "error" if included else "warning"
    return Finding(own.place, "selector-collision", message, _respelt(selector, keys), level)


def _respelt(selector: str, lost: Iterable[str]) -> str:
    name = selector.partition(":")[2]
    other = f"write the selector as '({name})' in the profile, which matches the same and leaves the pipeline's alone"
    keys = list(lost)
    return other if not set(keys) <= SAYABLE else f"say {listed(keys)} in the profile too; or {other}"


def of_met(met: Met, lost: Set[Value]) -> Iterator[Finding]:
    """`lost` are those that a collision of selectors has told already."""
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
    # images that modules bring themselves are how it is meant where the profile names one for the rest
    meant = not sizes or (sizes == ["container"] and meeting.selector == BODY and not own.selector)
    shown = [v for v in meeting.values.values() if meant or v.key in SIZES]
    who = "they say" if len(meeting.tasks) > 1 else "it says"
    by = f"{who} so" if meeting.selector == BODY else f"the pipeline's {meeting.selector} says so"
    names = listed(value.key for value in shown)
    holds = plural(len({value.key for value in shown}), "does not hold", "do not hold")
    stronger = "which is stronger" if meeting.selector != BODY or own.selector == "" else "which is later"
    message = f"{own.title}: {names} {holds} for {listed(meeting.tasks)}: {by}, {_values(shown)}, {stronger}"
    if len(meeting.parsers) == 1:
        message += f" (by parser {next(iter(meeting.parsers))} only)"
    return Finding(own.place, "pipeline-wins", message, _raise(meeting), "note" if meant else "warning")


def _raise(meeting: Meeting) -> str:
    """What puts the profile's word above the pipeline's."""
    if not {key for key in meeting.keys if key in SIZES} & SAYABLE:
        return ""
    if meeting.selector == BODY:
        name = next(iter(meeting.tasks)).rpartition(":")[2]
        return f"if the profile's should hold, name them under tasks.processes, as in {name}"
    kind, _, pattern = meeting.selector.partition(":")
    group = "labels" if kind == "withLabel" else "processes"
    return f"if the profile's should hold, name it under tasks.{group}: '({pattern})'"


def _swapped(meeting: Meeting) -> Finding:
    own = meeting.own
    value = next(iter(meeting.values.values()))
    other = value.own.title if value.own is not None else meeting.selector
    message = (
        f"{own.title}: {listed(meeting.keys)} of {other} (line {value.place.line}) holds instead for "
        f"{listed(meeting.tasks)}: the pipeline has both selectors, and its order counts"
    )
    name = own.selector.partition(":")[2]
    return Finding(own.place, "selector-order", message, f"write '({name})': what is new comes last", "warning")


def _replaced(meeting: Meeting) -> Finding:
    values = [*meeting.values.values()]
    tasks = listed(meeting.tasks)
    message = f"{meeting.own.title}: its container replaces the pipeline's for {tasks}, {_values(values)}"
    return Finding(meeting.own.place, "container-replaced", message, level="note")


def of_later(values: Iterable[Value], include: Place) -> Iterator[Finding]:
    for value in values:
        scope = f"{value.selector} {value.key}" if value.selector else f"process.{value.key}"
        yield too_early(include, scope, value.place)


def too_early(include: Place, what: str, place: Place) -> Finding:
    message = f"stands before {place}, where the pipeline sets {what} again: the later one wins"
    return Finding(include, "include-order", message, "make this line the last of nextflow.config")


def of_bare(met: Met, place: Place) -> Iterator[Finding]:
    """Processes for which nobody says a memory."""
    if not met.bare:
        return
    first = next(iter(met.bare.values())).process
    message = f"no memory is said for {listed(met.bare)} ({first.place}), neither here nor by the pipeline"
    advice = "say it under tasks.default, which holds for all that is named nowhere"
    yield Finding(place, "uncovered", message, advice, "warning")


def _values(values: Iterable[Value]) -> str:
    """`container 'x' at conf/a.config:3:5, cpus at …`; places of one line once."""
    in_order = sorted(values, key=lambda value: value.place)
    return listed((f"{v.key}{_literal(v)} at {v.place}" for v in in_order), 6)


def _literal(value: Value) -> str:
    return f" '{value.literal[:80]}'" if value.key == "container" and value.literal else ""
