"""Time and memory of reading a large trace, in units of a loop that only splits its lines.

python -m benchmarks.traces [ROWS [ROUNDS]]        each round in a separate process
"""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from nfconfgen.runs.read_runs import read

PROCESSES = 60
MOST_TIMES, MOST_MIB = 14, 100
LEAN = (
    *("task_id", "process", "status", "exit", "attempt", "cpus", "time", "memory", "submit", "start", "complete"),
    *("realtime", "%cpu", "peak_rss", "peak_vmem", "rchar", "wchar"),
)
FULL = (
    *("task_id", "hash", "native_id", "process", "tag", "name", "status", "exit", "attempt", "submit", "start"),
    *("complete", "duration", "realtime", "queue", "cpus", "%cpu", "memory", "%mem", "rss", "peak_rss", "peak_vmem"),
    *("rchar", "wchar", "disk", "time", "container", "error_action"),
)
CASES = {
    "17 columns": (LEAN, False, False),
    "28 columns": (FULL, False, False),
    "28 columns, pretty": (FULL, True, False),
    "28 columns, packed": (FULL, False, True),
}
"""By name the columns, and whether values are pretty and the file packed."""
PROMISED = list(CASES)[:2]
BEGIN_MS = 1_700_000_000_000


def rows(count: int, header: Sequence[str], pretty: bool) -> Iterator[str]:
    """A trace: each process has its request, and typical peaks, times and cores; one row in fifty is a failed try."""
    chance = random.Random(1)  # noqa: S311 - the same each time
    kinds = [
        (f"NFCORE_DEMO:DEMO:STEP_{number:02}", chance.choice([1, 2, 6, 12, 16]), *typical(chance))
        for number in range(PROCESSES)
    ]
    yield "\t".join(header)
    for number in range(count):
        process, cpus, typical_mib, typical_s, typical_share = chance.choice(kinds)
        peak_mib, realtime_s = typical_mib * chance.uniform(0.5, 1.5), typical_s * chance.lognormvariate(0, 0.5)
        share = min(1.0, typical_share * chance.uniform(0.8, 1.2))
        begin_ms, failed = BEGIN_MS + number * 37, chance.random() < 0.02
        sizes = {"memory": typical_mib * 2, "peak_rss": peak_mib, "rss": peak_mib * 0.9, "peak_vmem": peak_mib * 2}
        sizes |= {"rchar": peak_mib * chance.uniform(1, 9), "wchar": peak_mib * chance.uniform(0.1, 2)}
        times = {"realtime": realtime_s, "duration": realtime_s + 40, "time": cpus * 14400}
        moments = {"submit": begin_ms, "start": begin_ms + 30_000, "complete": begin_ms + 30_000 + realtime_s * 1000}
        cells = {
            "task_id": str(number),
            "hash": f"{number % 256:02x}/{number * 40503 % 2**24:06x}",
            "native_id": str(900_000 + number),
            "process": process,
            "tag": f"sample_{number % 5000}",
            "name": f"{process} (sample_{number % 5000})",
            "status": "FAILED" if failed else "COMPLETED",
            "exit": "137" if failed else "0",
            "attempt": "1",
            "queue": "short",
            "cpus": str(cpus),
            "%cpu": f"{share * cpus * 100:.1f}" + "%" * pretty,
            "%mem": "1.2" + "%" * pretty,
            "disk": "-",
            "container": "quay.io/biocontainers/samtools:1.17--h00cdaf9_0",
            "error_action": "-",
            **{name: size_text(mib, pretty) for name, mib in sizes.items()},
            **{name: time_text(seconds, pretty) for name, seconds in times.items()},
            **{name: moment_text(int(ms), pretty) for name, ms in moments.items()},
        }
        yield "\t".join([cells[name] for name in header])


def typical(chance: random.Random) -> tuple[float, float, float]:
    """MiB, seconds, and the part of its cores that a process uses."""
    return 2 ** chance.uniform(5, 15), chance.lognormvariate(4, 1.5), chance.uniform(0.1, 1)


def size_text(mib: float, pretty: bool) -> str:
    if not pretty:
        return str(int(mib * 2**20))
    return f"{mib / 1024:.1f} GB" if mib >= 1024 else f"{mib:.1f} MB"


def time_text(seconds: float, pretty: bool) -> str:
    if not pretty:
        return str(int(seconds * 1000))
    minutes = int(seconds) // 60
    return f"{minutes // 60}h {minutes % 60}m {int(seconds) % 60}s" if minutes else f"{seconds:.1f}s"


def moment_text(ms: int, pretty: bool) -> str:
    whole = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(ms // 1000)) if pretty else ""
    return f"{whole}.{ms % 1000:03}" if pretty else str(ms)


def write(path: Path, case: str, count: int) -> None:
    header, pretty, packed = CASES[case]
    with gzip.open(path, "wt", compresslevel=1) if packed else path.open("w", encoding="utf-8") as file:
        file.writelines(f"{row}\n" for row in rows(count, header, pretty))


def child(path: Path, packed: bool) -> None:
    """One file in this process: CPU seconds of reading, of a yardstick, and MiB as JSON."""
    began = time.process_time()
    found = read([path])
    taken_s = time.process_time() - began
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert not found.findings, found.findings
    began = time.process_time()
    with gzip.open(path, "rt") if packed else path.open(encoding="utf-8") as file:
        for line in file:
            line.split("\t")
    yardstick_s = time.process_time() - began
    tries = sum(each.new for each in found.files)
    print(json.dumps({"tries": tries, "read": taken_s, "yardstick": yardstick_s, "peak_mib": peak_mib}))


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    print("| | rows | CPU s | rows a second | × splitting the lines | MiB |")
    print("|---|--:|--:|--:|--:|--:|")
    kept = True
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            path = Path(folder, "trace.txt")
            write(path, case, count)
            command = [sys.executable, "-m", "benchmarks.traces", "--case", str(path), *["packed"] * CASES[case][2]]
            runs = [
                json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                for _ in range(rounds)
            ]
            taken_s, times = (
                statistics.median(run["read"] for run in runs),
                statistics.median(run["read"] / run["yardstick"] for run in runs),
            )
            peak_mib = max(run["peak_mib"] for run in runs)
            kept = kept and peak_mib < MOST_MIB and (case not in PROMISED or times < MOST_TIMES)
            speed = f"{runs[0]['tries'] / taken_s:,.0f}"
            print(f"| {case} | {runs[0]['tries']:,} | {taken_s:.2f} | {speed} | {times:.1f} | {peak_mib:.0f} |")
    promise = f"the first two under {MOST_TIMES} times splitting the lines, all under {MOST_MIB} MiB"
    print(f"{rounds} rounds, {os.cpu_count()} cores; promise {'kept' if kept else 'missed'}: {promise}")
    return 0 if kept else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--case"]:
        child(Path(sys.argv[2]), "packed" in sys.argv)
        raise SystemExit(0)
    raise SystemExit(main())
