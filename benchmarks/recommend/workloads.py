"""Tasks to learn from and to try: three real runs of nf-core pipelines, one of hog/ on a real Slurm,
and five shapes that were made up."""

from __future__ import annotations

import csv
import gzip
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from benchmarks.recommend.rules import Task

HERE = Path(__file__).parent
REAL = ("eager", "mag", "methylseq")
Workload = Mapping[str, list[Task]]

_PROCESSES = 10
_TASKS = (40, 100, 200, 400)


def trace(path: Path) -> Workload:
    """The tasks of a trace with raw values that completed, and whose peak was measured, by process."""
    found: dict[str, list[Task]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            peak = _number(row["peak_rss"])
            if row["status"] == "COMPLETED" and peak > 0:
                hours = _number(row["realtime"]) / 3_600_000
                found[row["process"]].append(Task(peak / 2**20, _number(row["memory"]) / 2**20, hours))
    return found


def _number(text: str | None) -> float:
    return float(text) if text and text != "-" else 0.0


def shapes() -> dict[str, Workload]:
    """The same on every call."""
    made = random.Random(20261126)  # noqa: S311
    return {
        "narrow": _many(made, lambda: made.gauss(1, 0.02)),
        "long tail": _many(made, lambda: math.exp(made.gauss(0, 0.5))),
        "two humps": _many(made, lambda: made.gauss(1, 0.04) * (3 if made.random() < 0.15 else 1)),
        "grows with the input": _many(made, lambda: 0.4 + 0.6 * math.exp(made.gauss(0, 0.45)), by_size=True),
        "rare outliers": _many(
            made, lambda: made.gauss(1, 0.03) * (made.uniform(2, 5) if made.random() < 0.01 else 1)
        ),
    }


def _many(made: random.Random, draw: Callable[[], float], *, by_size: bool = False) -> Workload:
    return {f"p{number}": list(_process(made, draw, by_size)) for number in range(_PROCESSES)}


def _process(made: random.Random, draw: Callable[[], float], by_size: bool) -> Iterable[Task]:
    """The pipeline asks for six times the usual need, as pipelines do, and no task needs more."""
    usual_mib, usual_hours = math.exp(made.uniform(math.log(300), math.log(20_000))), made.uniform(0.05, 3)
    for _ in range(made.choice(_TASKS)):
        needed = max(0.05, draw())
        hours = usual_hours * (needed if by_size else 1) * made.uniform(0.7, 1.3)
        yield Task(min(usual_mib * needed, 6 * usual_mib), 6 * usual_mib, hours)
