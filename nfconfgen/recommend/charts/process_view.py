"""A process on the page: its numbers, and its chart."""

from __future__ import annotations

from dataclasses import dataclass

from nfconfgen.recommend.charts.memory_chart import Mark, MemoryChart, memory_chart
from nfconfgen.recommend.charts.words import SPACE, amount, memory, percent, time
from nfconfgen.recommend.proposal import MIB_S, Proposal
from nfconfgen.runs.observed import quantile

_LONGEST = 22
_NEAR = 4
"""A machine with more than so many times the memory is left out of the chart: the rest would have no room."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A proposal; what each attempt asks for with it (MiB, the first is the proposal itself; empty: not known); and
    the machine that it will run on."""

    proposal: Proposal
    attempts_mib: tuple[int, ...] = ()
    machine: str = ""
    machine_mib: int | None = None


@dataclass(frozen=True, slots=True)
class ProcessView:
    """`asks`: what was asked for and what is proposed; `facts`: other numbers by their names; `few`: of how many
    tasks, if these are too few; `text`: the chart in words."""

    name: str
    asks: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    few: bool
    chart: MemoryChart | None
    text: str


def process_view(shown: Shown) -> ProcessView:
    each = shown.proposal
    bins = each.observed.memory_bins
    chart = memory_chart(bins, _marks(shown), each.memory.mib if each.memory else None) if bins else None
    return ProcessView(each.process, tuple(_asks(each)), tuple(_facts(shown)), each.few, chart, _text(shown))


def _marks(shown: Shown) -> list[Mark]:
    """In the order of their rows."""
    each, found = shown.proposal, []
    if shown.machine_mib and shown.machine_mib <= _NEAR * max(_known(each)):
        name = shown.machine if len(shown.machine) <= _LONGEST else f"{shown.machine[: _LONGEST - 1]}…"
        found.append(Mark("machine", shown.machine_mib, name or memory(shown.machine_mib)))
    asked = each.observed.asked.memory_mib
    if asked:
        found.append(Mark("asked", asked, f"asked {memory(asked)}"))
    if each.memory:
        found.append(Mark("proposed", each.memory.mib, f"proposed {memory(each.memory.mib)}"))
        later = list(dict.fromkeys(shown.attempts_mib[1:]))
        found += [Mark("later", mib, str(shown.attempts_mib.index(mib, 1) + 1)) for mib in later]
    return found


def _known(each: Proposal) -> list[float]:
    """The amounts that are in the chart in any case."""
    memory = each.memory.mib if each.memory else 0
    return [each.observed.memory_bins[-1].value, each.observed.asked.memory_mib or 0, memory]


def _asks(each: Proposal) -> list[tuple[str, str]]:
    """Memory, cpus and time: as asked → as proposed, where something is proposed."""
    asked, found = each.observed.asked, []
    before = memory(asked.memory_mib) if asked.memory_mib else "not known"
    if each.memory:
        found.append(("memory", f"{before} → {memory(each.memory.mib)}"))
    elif asked.memory_mib:
        found.append(("memory", f"{before}, nothing is proposed"))
    if each.cpus is not None:
        found.append(("cpus", f"{asked.cpus or '?'} → {each.cpus}"))
    if each.time_s is not None:
        found.append(("time", f"{time(asked.time_s) if asked.time_s else '?'} → {time(each.time_s)}"))
    return found


def _facts(shown: Shown) -> list[tuple[str, str]]:
    each, seen = shown.proposal, shown.proposal.observed
    found = [("tasks", f"{seen.tasks:,}")]
    if seen.memory_bins:
        found.append(("peak memory", _peaks(each)))
    if each.memory:
        chance = each.memory.expected.failures
        most = percent(max(chance, each.memory.surely))
        found.append(("second tries", f"{percent(chance)}, at most {most} (95{SPACE}% sure)"))
    if each.reserved_before:
        saved = f"{amount(each.saved / MIB_S)} GB·h ({percent(each.saved / each.reserved_before)})"
        found.append(("saved", saved.replace("-", "\N{MINUS SIGN}")))
    if shown.machine:
        size = f", {memory(shown.machine_mib)}" if shown.machine_mib else ""
        found.append(("machine", f"{shown.machine}{size}"))
    failed = ", ".join(f"{count:,} {cause}" for cause, count in seen.failures.items() if count)
    if failed:
        found.append(("failed tries", failed))
    return found


def _peaks(each: Proposal) -> str:
    half, most, largest = (memory(quantile(each.observed.memory_bins, share)) for share in (0.5, 0.95, 1.0))
    if half == largest:
        return largest
    return f"median {half}, 95{SPACE}% {most}, largest {largest}"


def _text(shown: Shown) -> str:
    """The chart in words."""
    each = shown.proposal
    if not each.observed.memory_bins:
        return ""
    requests = [f"machine {mark.label}" if mark.kind == "machine" else mark.label for mark in _marks(shown)]
    later = ", ".join(memory(mib) for mib in shown.attempts_mib[1:])
    words = [word for word, mark in zip(requests, _marks(shown), strict=True) if mark.kind != "later"]
    return "; ".join(
        [f"{each.observed.tasks:,} tasks, peak memory: {_peaks(each)}", *words]
        + ([f"later attempts {later}"] if later else [])
    )
