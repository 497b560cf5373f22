"""The proposals as text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nfconfgen.plan.plan_table import aligned
from nfconfgen.profile.units import memory_text, time_text
from nfconfgen.recommend.proposal import Proposal, total
from nfconfgen.runs.observed import quantile
from nfconfgen.wording import counted

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
    yield from aligned([_HEAD, *rows], right=frozenset(range(1, len(_HEAD))))
    yield ""
    yield from _total(found)


def _cells(each: Proposal) -> tuple[str, ...]:
    seen, memory = each.observed, each.memory
    bins = seen.memory_bins
    peaks = (
        ", ".join(memory_text(round(quantile(bins, share))) for share in (0.5, 0.95, 1.0)) if bins else "not known"
    )
    asked = seen.asked.memory_mib
    return (
        _short(each.process),
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
    run = total(found)
    if run is not None:
        yield (
            f"{counted(run.tasks, 'task')} reserve {run.before_gib_h:,.1f} GB·h as asked, "
            f"{run.after_gib_h:,.1f} GB·h as proposed, and use {run.used_gib_h:,.1f}; "
            f"{run.failing:.0f} second tries are expected ({_percent(run.failing / run.tasks)})"
        )
