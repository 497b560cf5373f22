"""The proposals as text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nfconfgen.profile.units import memory_text, time_text
from nfconfgen.recommend.proposal import Proposal
from nfconfgen.runs.observed import Bin
from nfconfgen.terminal.visible import visible
from nfconfgen.wording import counted

_MIB_S = 1024 * 3600
_LONGEST = 70
_HEAD = (
    "process",
    "tasks",
    "peak memory: half, 95 %, most",
    "asked",
    "→ ask",
    "2nd try",
    "reserved",
    "cores",
    "time",
)


def lines(found: Sequence[Proposal]) -> Iterator[str]:
    """The table, the largest savings first, and what it means for the run."""
    rows = [_cells(each) for each in sorted(found, key=lambda each: each.saved, reverse=True)]
    widths = [max(len(row[at]) for row in (_HEAD, *rows)) for at in range(len(_HEAD))]
    for row in (_HEAD, *rows):
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        yield "  ".join(cells).rstrip()
    yield ""
    yield from _total(found)


def quantile(bins: Sequence[Bin], share: float) -> float:
    """The value that this share of the tasks does not exceed."""
    left = share * sum(one.count for one in bins)
    for one in bins:
        left -= one.count
        if left <= 1e-9:
            return one.value
    return bins[-1].value


def _cells(each: Proposal) -> tuple[str, ...]:
    seen, memory = each.observed, each.memory
    bins = seen.memory_bins
    peaks = (
        ", ".join(memory_text(round(quantile(bins, share))) for share in (0.5, 0.95, 1.0)) if bins else "not known"
    )
    asked = seen.asked.memory_mib
    return (
        _short(visible(each.process)),
        f"{seen.tasks}{'?' if each.few else ''}",
        peaks,
        memory_text(asked) if asked else "–",
        memory_text(memory.mib) if memory else "–",
        _percent(memory.expected.failures) if memory else "",
        _reserved(each),
        f"{seen.asked.cpus or '–'} → {each.cpus}" if each.cpus else "",
        f"{time_text(seen.asked.time_s) if seen.asked.time_s else '–'} → {time_text(each.time_s)}"
        if each.time_s
        else "",
    )


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"…{name[1 - _LONGEST :]}"


def _reserved(each: Proposal) -> str:
    return f"{-each.saved / each.reserved_before:+.0%}" if each.reserved_before else ""


def _percent(chance: float) -> str:
    return f"{chance:.1%}" if chance >= 0.0005 else "0%"


def _total(found: Sequence[Proposal]) -> Iterator[str]:
    compared = [each for each in found if each.reserved_before]
    tasks = sum(each.observed.tasks for each in compared)
    if not tasks:
        return
    before = sum(each.reserved_before for each in compared)
    after = before - sum(each.saved for each in compared)
    failing = sum(each.observed.tasks * each.memory.expected.failures for each in compared if each.memory)
    used = sum(each.observed.used_gib_h for each in compared)
    yield (
        f"{counted(tasks, 'task')} reserve {before / _MIB_S:,.1f} GB·h as asked, {after / _MIB_S:,.1f} GB·h as "
        f"proposed, and use {used:,.1f}; {failing:.0f} second tries are expected ({_percent(failing / tasks)})"
    )
