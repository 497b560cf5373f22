"""Pairs of sites as text, for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from nfconfgen.compare.model import Mark, Pair, ProcessPair, Request, Side, Value
from nfconfgen.plan.model import SitePlan
from nfconfgen.plan.plan_table import aligned, queue_text
from nfconfgen.processes.names import collapsed, short_names
from nfconfgen.profile.retry_settings import Added, Growth, Otherwise, Retry
from nfconfgen.profile.units import exit_code_texts, memory_text, time_text
from nfconfgen.wording import listed

_MARKS: dict[Mark, str] = {"same": "=", "meant": "~", "finding": "!"}
_STATES = {"unfit": "does not fit", "added": "(added)", "own": "(the pipeline's)"}
_GROWS = {"attempt": "{} ×2, ×3 …", "double": "{} doubled each time", "same": "the same {}"}
_AMOUNTS: Mapping[str, Callable[[int], str]] = {"memory": memory_text, "time": time_text, "cpus": str}
_ENDS: dict[Otherwise, str] = {
    "finish": "ends the run when the running tasks are finished",
    "terminate": "ends the run at once",
    "ignore": "ignores the task",
}
_NUMBERS = frozenset({4, 5, 10, 11})
_ONE_LINE = 70
_NAMES = 3
"""Processes that one line names."""


def lines(pairs: Sequence[Pair], sites: Sequence[SitePlan]) -> list[str]:
    text = ["= the same   ~ differs, as intended   ! a finding", "", *_all_retries(sites)]
    for pair in pairs:
        text += ["", *_pair(pair)]
    return text


def _all_retries(sites: Sequence[SitePlan]) -> list[str]:
    found: dict[str, list[str]] = {}
    for site in sites:
        found.setdefault(_retries(site.site.retry), []).append(site.site.name)
    return [f"{', '.join(names) if len(found) > 1 else 'all sites'}: {text}" for text, names in found.items()]


def _retries(retry: Retry) -> str:
    otherwise = f"any other error {_ENDS[retry.ends]}"
    if retry.attempts == 1:
        return f"one attempt, no retry; {otherwise}"
    often = f"{retry.attempts} attempts" if retry.attempts else "as many attempts as the pipeline sets"
    if not retry.sets_strategy:
        return f"{often}, after the failures that the pipeline names, {_growth(retry)}"
    codes = ", ".join(exit_code_texts(retry.exit_codes))
    worth = " or ".join([*([f"exit codes {codes}"] if codes else []), *(["a lost task"] if retry.lost else [])])
    last = f"; the last {_ENDS[retry.last]}" if retry.last is not None else ""
    if retry.every:
        return f"{often}, after any failure, {_growth(retry)}{last}"
    return f"{often}, after {worth or 'no failure'}, {_growth(retry)}{last}; {otherwise}"


def _growth(retry: Retry) -> str:
    """Memory always, time and cpus if they grow."""
    growths: dict[str, Growth] = {"memory": retry.memory, "time": retry.time, "cpus": retry.cpus}
    return ", ".join(
        f"{what} +{_AMOUNTS[what](growth.amount)} each time"
        if isinstance(growth, Added)
        else _GROWS[growth].format(what)
        for what, growth in growths.items()
        if what == "memory" or growth != "same"
    )


def _pair(pair: Pair) -> Iterator[str]:
    yield f"{pair.a} | {pair.b}"
    if pair.processes is not None:
        yield from _processes(pair, pair.processes)
    if pair.requests:
        yield from (f"  {line}" for line in _table(pair))
        yield from _reasons(pair.requests)
    else:
        yield "  the profile has no task class: the pipeline's own numbers hold"
    differing = [value for value in pair.selectors if value.mark != "same"]
    alike = len(pair.selectors) - len(differing)
    if pair.selectors:
        yield f"  selectors: {alike} the same" if alike else "  selectors"
        yield from _values(differing)
    if pair.params:
        yield "  params"
        yield from _values(pair.params)
    if pair.containers:
        yield "  containers"
        yield from _containers(pair.containers)
    if pair.limits:
        yield "  limits"
        yield from _values([_readable(value) for value in pair.limits])


def _processes(pair: Pair, processes: Sequence[ProcessPair]) -> Iterator[str]:
    """How many ask the same on both sites, and a row for each of the others."""
    differing = [process for process in processes if process.mark != "same"]
    unfit = sum(process.mark == "finding" for process in differing)
    counts = [f"{len(processes) - len(differing)} ask the same"]
    counts += [f"{len(differing) - unfit} differ"] if len(differing) > unfit else []
    counts += [f"{unfit} {'does' if unfit == 1 else 'do'} not fit"] if unfit else []
    yield f"  processes: {', '.join(counts)}"
    if not differing:
        return
    heading = ("queue", "cpus", "memory MiB", "time", "on")
    rows: list[Sequence[str]] = [("", "", pair.a, *[""] * 4, "|", pair.b, *[""] * 4)]
    rows.append(("", "process", *heading, "|", *heading))
    short = short_names([process.name for process in processes])
    for process in differing:
        title = f"{short[process.name]}{f' (parser {listed(process.parsers)})' if process.parsers else ''}"
        rows.append((_MARKS[process.mark], title, *_attempts(process.a), "|", *_attempts(process.b)))
    yield from (f"  {line}" for line in aligned(rows))
    reasons: dict[str, list[str]] = {}
    for process in differing:
        for why in process.why:
            reasons.setdefault(why, []).append(short[process.name])
    yield from (f"    {listed(names, _NAMES)}: {why}" for why, names in reasons.items())


def _attempts(sides: Sequence[Side]) -> tuple[str, ...]:
    """Each value of a process; those that change from attempt to attempt in a row."""
    columns = [
        [queue_text(side.queue) if side.queue else "-" for side in sides],
        [f"{side.cpus or '-'}{f' +{side.gpus} GPU' if side.gpus else ''}" for side in sides],
        [str(side.memory_mib or "-") for side in sides],
        [time_text(side.time_s) if side.time_s is not None else "-" for side in sides],
        ["does not fit" if side.state == "unfit" else side.holder or "?" for side in sides],
    ]
    return tuple(", ".join(collapsed(values)) for values in columns)


def _table(pair: Pair) -> list[str]:
    heading = ("queue", "cpus", "memory", "time", "on")
    rows: list[Sequence[str]] = [("", "", "", pair.a, *[""] * 4, "|", pair.b, *[""] * 4)]
    rows.append(("", "task", "attempt", *heading, "|", *heading))
    before: tuple[str, str | None] | None = None
    for request in pair.requests:
        title = request.title if (request.kind, request.name) != before else ""
        before = request.kind, request.name
        attempt = str(request.attempt or "-")
        rows.append((_MARKS[request.mark], title, attempt, *_side(request.a), "|", *_side(request.b)))
    return aligned(rows, right=_NUMBERS)


def _side(side: Side) -> tuple[str, str, str, str, str]:
    time = time_text(side.time_s) if side.time_s is not None else "-"
    if side.state != "fits":
        return _STATES[side.state], "-", "-", time if side.state == "added" else "-", "-"
    gpus = f" +{side.gpus} GPU" if side.gpus else ""
    return (
        queue_text(str(side.queue)),
        f"{side.cpus}{gpus}",
        f"{side.memory_mib} MiB",
        time,
        side.holder or "(unknown)",
    )


def _reasons(requests: Sequence[Request]) -> Iterator[str]:
    """Each reason once, with its classes."""
    found: dict[str, dict[str, None]] = {}
    for request in requests:
        for why in request.why:
            found.setdefault(why, {})[request.title] = None
    for why, titles in found.items():
        yield f"    {listed(titles)}: {why}"


def _containers(values: Sequence[Value]) -> Iterator[str]:
    """Each image, or pair of images, once."""
    found: dict[Value, list[str]] = {}
    for value in values:
        found.setdefault(replace(value, group="", name=""), []).append(value.name)
    yield from _values([replace(value, name=listed(names)) for value, names in found.items()])


def _readable(value: Value) -> Value:
    texts = {"memory_mib": memory_text, "time_s": time_text}
    of, space, size = value.name.rpartition(" ")
    text = texts.get(size)
    a, b = ((text(x) if text and isinstance(x, int) else x) for x in (value.a, value.b))
    return replace(value, name=f"{of}{space}{size.partition('_')[0]}", a=a, b=b)


def _values(values: Sequence[Value]) -> Iterator[str]:
    names = [f"{v.group} {v.name}" if v.group not in ("", "params", "limits") else v.name for v in values]
    width = max(map(len, names), default=0)
    for name, value in zip(names, values, strict=True):
        why = f" ({value.why})" if value.why else ""
        a, b = _text(value.a), _text(value.b)
        head = f"    {_MARKS[value.mark]} {name.ljust(width)}  "
        if a == b:
            yield f"{head}{a}{why}"
        elif len(a) + len(b) < _ONE_LINE:
            yield f"{head}{a} | {b}{why}"
        else:
            yield f"{head}{a}"
            yield f"{' ' * (len(head) - 2)}| {b}{why}"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "(none)" if value is None else str(value)
