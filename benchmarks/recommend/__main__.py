"""Replays runs: learns requests from some of their tasks and tries them on the others. See README.md."""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.recommend.rules import RIVALS, Request, Rule, Task, charged, ours
from benchmarks.recommend.workloads import HERE, REAL, Workload, shapes, trace

SEEDS = 40
SHARES = (0.5, 0.1)
CHANCES = (0.01, 0.05)
FREE = 1.0
PROMISED: Mapping[tuple[str, float], int] = {
    ("real runs", 0.5): 3,
    ("real runs", 0.1): 3,
    ("lab", 0.5): 1,
    ("lab", 0.1): 0,
    ("shapes", 0.5): 4,
    ("shapes", 0.1): 4,
}
"""On how many workloads of each kind ours is the best. Of the lab, ten percent are twelve tasks of each process."""
_QUESTIONS = (*(f"best at {chance:.0%}" for chance in CHANCES), "no worse than Tovar")
NO_WORSE = 1.02
"""What the choice of the seeds makes of it."""


class Score(NamedTuple):
    """Means over the seeds: what is wasted as a multiple of what is used, failed tries; the tasks that were tried."""

    wasted: float
    failed: float
    tasks: int


def split(workload: Workload, share: float, seed: int) -> tuple[dict[str, list[Task]], dict[str, list[Task]]]:
    """At least one task of each process to learn from; the others."""
    chosen = random.Random(seed)  # noqa: S311 - the same on every run
    seen, others = {}, {}
    for name in sorted(workload):
        tasks = list(workload[name])
        chosen.shuffle(tasks)
        number = max(1, round(share * len(tasks)))
        seen[name], others[name] = tasks[:number], tasks[number:]
    return seen, others


def score(rule: Rule, workload: Workload, share: float) -> Score:
    runs = []
    for seed in range(SEEDS):
        seen, others = split(workload, share, seed)
        requests = rule(seen)
        results = [
            charged(task, requests.get(name, Request(task.asked_mib))) for name in others for task in others[name]
        ]
        used = sum(task.peak_mib * task.hours for tasks in others.values() for task in tasks)
        runs.append((sum(each.wasted for each in results) / used, sum(each.failed for each in results), len(results)))
    wasted, failed, tasks = zip(*runs, strict=True)
    return Score(statistics.fmean(wasted), statistics.fmean(failed), tasks[0])


def replay(name: str, workload: Workload, share: float) -> list[bool]:
    """Prints the table of one workload, and whether ours is the best for each chance, and no worse than Tovar's."""
    own: Mapping[float, Score] = {chance: score(ours(chance), workload, share) for chance in (*CHANCES, FREE)}
    rivals = {rule: score(each, workload, share) for rule, each in RIVALS.items()}
    print(f"\n{name}, learned from {share:.0%}, tried on {own[FREE].tasks} tasks")
    rows: list[tuple[str, Score]] = [
        *rivals.items(),
        *((f"ours, {chance:.0%}", found) for chance, found in own.items()),
        *((f"ours, {chance:.0%}, and growth", score(ours(chance, growing=True), workload, share)) for chance in own),
    ]
    for rule, found in rows:
        print(f"  {rule:24} {found.wasted:7.3f} {found.failed:6.0f}  {found.failed / found.tasks:6.1%}")
    won = [_best(own[chance], rivals.values(), chance) for chance in CHANCES]
    won.append(own[FREE].wasted <= NO_WORSE * rivals["Tovar"].wasted)
    print("  " + ", ".join(f"{what}: {'yes' if yes else 'NO'}" for what, yes in zip(_QUESTIONS, won, strict=True)))
    return won


def _best(own: Score, rivals: Iterable[Score], chance: float) -> bool:
    """Whether it keeps to the chance, and wastes less than all others that do."""
    allowed = [each.wasted for each in rivals if each.failed <= chance * each.tasks]
    return own.failed <= chance * own.tasks and own.wasted < min(allowed, default=float("inf"))


def main(arguments: Sequence[str]) -> int:
    if arguments:
        answers = [replay(path, trace(Path(path)), share) for path in arguments for share in SHARES]
        return 0 if all(map(all, answers)) else 1
    workloads = {
        "real runs": {name: trace(HERE / f"{name}.txt.gz") for name in REAL},
        "lab": {"hog": trace(HERE / "hog.txt.gz")},
        "shapes": shapes(),
    }
    of_kinds = {
        (kind, share): [replay(name, workload, share) for name, workload in found.items()]
        for share in SHARES
        for kind, found in workloads.items()
    }
    print()
    kept = True
    for (kind, share), found in of_kinds.items():
        for question, won in zip(_QUESTIONS, zip(*found, strict=True), strict=True):
            promised = PROMISED[kind, share]
            print(f"{kind}, learned from {share:.0%}: {question} in {sum(won)} of {len(won)}, {promised} promised")
            kept &= sum(won) >= promised
    print(f"promise: {'kept' if kept else 'MISSED'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
