"""The processes of a pipeline on two sites, side by side."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.compare.model import Mark, ProcessPair, Side
from nfconfgen.plan.route import NOWHERE
from nfconfgen.processes.model import SIZES, Asked, ProcessAttempt, SiteProcesses
from nfconfgen.processes.precedence import PARSERS

Attempts = tuple[ProcessAttempt, ...]


def process_pairs(a: SiteProcesses, b: SiteProcesses, profile: str) -> Iterator[ProcessPair]:
    """In the order of the pipeline; two for a process that the parsers read differently."""
    mine, other = _by_parser(a), _by_parser(b)
    for name in dict.fromkeys(plan.task.qualified for plan in a.processes):
        read = {parser: (mine[name, parser], other[name, parser]) for parser in PARSERS}
        alike = read["v1"] == read["v2"]
        for parser, sides in read.items() if not alike else [("", read["v2"])]:
            parsers = (parser,) if parser else ()
            yield _pair(name, parsers, sides, (a.site.site.name, b.site.site.name), profile)


def _by_parser(site: SiteProcesses) -> dict[tuple[str, str], Attempts]:
    return {(plan.task.qualified, parser): plan.attempts for plan in site.processes for parser in plan.parsers}


def _pair(
    name: str, parsers: tuple[str, ...], sides: tuple[Attempts, Attempts], sites: tuple[str, str], profile: str
) -> ProcessPair:
    mine, other = (tuple(map(_side, attempts)) for attempts in sides)
    return ProcessPair(name, parsers, _mark(mine, other), mine, other, tuple(_why(sides, sites, profile)))


def _side(attempt: ProcessAttempt) -> Side:
    asks = attempt.asks
    return Side(
        "unfit" if attempt.findings else "unknown" if asks.unknown else "fits",
        None if asks.queue.value == NOWHERE else asks.queue.value,
        asks.cpus.value,
        asks.memory_mib.value,
        asks.time_s.value,
        asks.gpus.value[0] if asks.gpus.value is not None else None,
        attempt.shape.name if attempt.shape is not None else None,
    )


def _mark(mine: tuple[Side, ...], other: tuple[Side, ...]) -> Mark:
    if any(side.state == "unfit" for side in (*mine, *other)):
        return "finding"
    alike = [side.size for side in mine] == [side.size for side in other]
    return "same" if alike and all(side.state == "fits" for side in mine) else "meant"


def _why(sides: tuple[Attempts, Attempts], sites: tuple[str, str], profile: str) -> Iterator[str]:
    """Where the values come from, if not from the same line; what limits cut; what is not known."""
    for directive in (*SIZES, "accelerator"):
        asked = [[attempt.asks.by_directive[directive] for attempt in attempts] for attempts in sides]
        unknown = {one.unknown: None for side in asked for one in side if one.unknown}
        yield from (f"{directive} is not known: {why}" for why in unknown)
        if unknown or [one.value for one in asked[0]] == [one.value for one in asked[1]]:
            continue
        places = [_place(side[0], profile) for side in asked]
        if places[0] != places[1]:
            yield f"{directive} is set in {places[0]} for {sites[0]}, in {places[1]} for {sites[1]}"
        for site, side in zip(sites, asked, strict=True):
            if any(one.capped for one in side):
                yield f"{directive} is cut at the limits of {site}"


def _place(asked: Asked[object], profile: str) -> str:
    place = asked.place
    return f"{place.file or profile}:{place.line}" if place is not None else "no file"
