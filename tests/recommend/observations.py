"""Processes as past runs would have left them."""

from __future__ import annotations

from collections.abc import Sequence

from nfconfgen.runs.observed import Bin, Correlation, Observed, Request


def bins(values: Sequence[float], seconds: float = 100.0) -> tuple[Bin, ...]:
    return tuple(
        Bin(float(value), values.count(value), seconds * values.count(value)) for value in sorted(set(values))
    )


def observed(
    process: str = "ALIGN",
    peaks: Sequence[float] = (),
    count: int = 0,
    asked_mib: int | None = 8192,
    unknown: int = 0,
) -> Observed:
    """A process with these peaks in MiB, or with so many tasks of unknown peaks, each of 100 s."""
    tasks = count or len(peaks)
    return Observed(
        process=process,
        tasks=tasks,
        failures={"memory": 0, "time": 0, "lost": 0, "other": 0},
        exit_codes={},
        memory_bins=bins(peaks),
        unknown_memory=unknown,
        time_bins=bins([100.0] * tasks),
        cpu_bins=(),
        asked=Request(2, asked_mib, 3600),
        asked_kinds=1,
        attempts={},
        unresolved_memory=(0, 0.0),
        unresolved_time=(0, 0.0),
        allocated_gib_h=0.0,
        used_gib_h=sum(peaks) * 100 / 1024 / 3600,
        first_submit_ms=None,
        first_end_ms=None,
        read_bytes=0,
        written_bytes=0,
        input_memory=Correlation(),
    )
