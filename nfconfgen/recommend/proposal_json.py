"""The proposals as JSON, in the form of schemas/report.schema.json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nfconfgen.recommend.profile_edits import Chosen
from nfconfgen.recommend.proposal import Proposal
from nfconfgen.runs.observed import quantile


def as_json(found: Sequence[Proposal], chosen: Chosen, reasons: Sequence[str]) -> dict[str, Any]:
    """`recommended`: each process with what it asked for, used and should ask for, and why requests grow."""
    written = {each.process for each in chosen.written}
    return {
        "recommended": {
            "processes": [_process(each, each.process in written) for each in found],
            "growth": list(reasons),
        }
    }


def _process(each: Proposal, written: bool) -> dict[str, Any]:
    seen, memory = each.observed, each.memory
    bins = seen.memory_bins
    return {
        "process": each.process,
        "processes": [one.process for one in seen.members],
        "tasks": seen.tasks,
        "failures": dict(seen.failures),
        "peak_mib": {str(share): round(quantile(bins, share), 1) for share in (0.5, 0.95, 1.0)} if bins else None,
        "unknown_peaks": seen.unknown_memory,
        "asked": {"cpus": seen.asked.cpus, "memory_mib": seen.asked.memory_mib, "time_s": seen.asked.time_s},
        "ask": {"cpus": each.cpus, "memory_mib": memory.mib if memory else None, "time_s": each.time_s},
        "second_tries": round(memory.expected.failures, 5) if memory else None,
        "second_tries_at_most": round(memory.surely, 5) if memory else None,
        "few_tasks": each.few,
        "written": written,
    }
