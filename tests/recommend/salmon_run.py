"""The run of the example, made from a seed: 1,222 tasks that need about 8 GB each, a few of them much more."""

from __future__ import annotations

import random
from pathlib import Path

PROCESS = "SALMON"
TASKS = 1222
_COLUMNS = "task_id\thash\tprocess\tname\tstatus\texit\tattempt\tcpus\tmemory\ttime\trealtime\t%cpu\tpeak_rss"
_GB = 1024**3


def trace(path: Path, seed: int = 1) -> Path:
    """Written there with raw numbers: each task asks for 6 CPUs and 8 GB (those that need more got 16 at once) and
    takes about 2.5 minutes."""
    source = random.Random(seed)
    rows = [_COLUMNS]
    for number in range(1, TASKS + 1):
        peak = min(7.8 * source.lognormvariate(0, 0.16), 14)
        asked = 8 if peak < 8 else 16
        realtime_ms = round(150_000 * source.uniform(0.8, 1.2))
        cells = [number, f"{number % 256:02x}/{number:06x}", PROCESS, f"{PROCESS} (s{number})", "COMPLETED", 0]
        cells += [1 + (asked > 8), 6, asked * _GB, 3_600_000, realtime_ms, source.uniform(480, 590)]
        rows.append("\t".join(str(cell) for cell in (*cells, round(peak * _GB))))
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path
