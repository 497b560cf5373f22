"""What is added up quickly equals what is added up one by one."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from nfconfgen.runs.observed import Bin
from nfconfgen.runs.traces.histogram import Histogram
from nfconfgen.runs.traces.seen_tasks import SeenTasks
from tests.runs.traces import HEADER, of_texts, report, task, trace


def rows(chance: random.Random, count: int) -> list[dict[str, str]]:
    """All kinds of rows; some values are unknown."""
    made = []
    for number in range(count):
        failed = chance.random() < 0.1
        fields: dict[str, Any] = {
            "process": chance.choice("PQR"),
            "status": "FAILED" if failed else "COMPLETED",
            "exit": chance.choice(["1", "137", "143", "-"]) if failed else "0",
            "attempt": chance.choice([1, 1, 1, 2, 3]),
            "memory": chance.choice(["-", 1 << 30, 6 << 30, 100 << 30]),
            "realtime": chance.choice([5, 1001, int(chance.expovariate(1e-6)) + 1]),
            "cpu": chance.choice(["-", round(chance.uniform(0, 6400), 1)]),
            "peak_rss": chance.choice(["-", 0, chance.randrange(1 << 20), int(2 ** chance.uniform(0, 38))]),
            "rchar": chance.choice(["-", 0, int(2 ** chance.uniform(0, 45))]),
        }
        made.append(task(number, **fields))
    return made


def whole(text: str) -> int:
    return 0 if text == "-" else int(text)


def totals(bins: tuple[Bin, ...]) -> tuple[int, Any]:
    return sum(each.count for each in bins), pytest.approx(sum(each.weight_s for each in bins))


@pytest.mark.parametrize("seed", range(20))
def test_totals_are_those_of_the_rows(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    made = rows(chance, chance.choice([1, 10, 500, 20_000 if seed == 0 else 1000]))
    by_process: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in made:
        by_process[row["process"]].append(row)
    found = of_texts(tmp_path, trace(made) if seed % 2 else report(made))
    assert found.findings == ()
    assert set(found.processes) == set(by_process)
    for process, own in by_process.items():
        seen, completed = found.processes[process], [row for row in own if row["status"] == "COMPLETED"]
        known = [row for row in completed if whole(row["peak_rss"])]
        assert (seen.tasks, seen.unknown_memory) == (len(completed), len(completed) - len(known))
        assert totals(seen.memory_bins) == (len(known), sum(int(row["realtime"]) for row in known) / 1000)
        assert totals(seen.time_bins) == (len(completed), sum(int(row["realtime"]) for row in completed) / 1000)
        used = [row for row in completed if row["%cpu"] != "-"]
        assert totals(seen.cpu_bins) == (len(used), sum(int(row["realtime"]) for row in used) / 1000)
        if known:
            peaks = sorted(math.ceil(int(row["peak_rss"]) / (1 << 20)) for row in known)
            assert seen.memory_bins[-1].value == peaks[-1]
            assert {each.value for each in seen.memory_bins} <= set(peaks)
        assert dict(seen.attempts) == dict(Counter(int(row["attempt"]) for row in own))
        codes = Counter(int(row["exit"]) for row in own if row["status"] == "FAILED" and row["exit"] != "-")
        assert dict(seen.exit_codes) == dict(codes)
        assert sum(seen.failures.values()) == len(own) - len(completed)
        allocated = sum(whole(row["memory"]) * int(row["realtime"]) for row in own)
        assert seen.allocated_gib_h == pytest.approx(allocated / (1 << 30) / 3.6e6)
        used_gib_h = sum(int(row["peak_rss"]) * int(row["realtime"]) for row in known) / (1 << 30) / 3.6e6
        assert seen.used_gib_h == pytest.approx(used_gib_h)
        assert seen.read_bytes == sum(whole(row["rchar"]) for row in completed)
        both = [row for row in known if whole(row["rchar"])]
        pairs = [(math.log(int(row["rchar"])), math.log(int(row["peak_rss"]))) for row in both]
        assert seen.input_memory.n == len(pairs)
        assert seen.input_memory.xy == pytest.approx(sum(x * y for x, y in pairs))
        asked = [row for row in own if row["attempt"] == "1"]
        assert seen.asked_kinds == len({row["memory"] for row in asked})


def test_bins_are_narrow_and_exact_at_their_upper_end() -> None:
    histogram = Histogram()
    chance = random.Random(1)
    values = [*range(2000), *(int(2 ** chance.uniform(0, 50)) for _ in range(20_000))]
    for at in range(0, len(values), 100):
        histogram.add(values[at : at + 100], [1000] * 100)
    bins = histogram.as_bins()
    ends = [each.value for each in bins]
    assert ends == sorted(set(ends))
    assert ends[-1] == max(values)
    assert ends[:512] == list(range(512))
    assert [each.count for each in bins[:512]] == [values.count(value) for value in range(512)]
    assert sum(each.count for each in bins) == len(values)
    low = -1.0
    for each in bins:
        inside = [value for value in values if low < value <= each.value]
        assert len(inside) == each.count
        assert (max(inside) - min(inside)) / max(1, min(inside)) <= 1 / 256
        low = each.value
    assert len(bins) < 512 + 256 * 42


def test_tasks_are_seen_again() -> None:
    seen, chance = SeenTasks(50_000), random.Random(1)
    identities = [chance.getrandbits(64) - (1 << 63) for _ in range(50_000)]
    assert sum(seen.unseen(identities)) >= len(identities) - 5
    assert not any(seen.unseen(identities))
    assert all(seen.unseen([None, None]))


def test_more_tasks_than_expected_are_counted_but_not_kept() -> None:
    seen, chance = SeenTasks(), random.Random(1)
    identities = [chance.getrandbits(62) for _ in range(100_000)]
    assert sum(seen.unseen(identities)) > 95_000
    assert seen.full
    assert not any(seen.unseen(identities[:1000]))


def test_columns_that_vary_in_every_row_take_bounded_memory(tmp_path: Path) -> None:
    made = [task(number, memory=(1024 + number) << 20, cpu=number) for number in range(5000)]
    (seen,) = of_texts(tmp_path, trace(made, HEADER)).processes.values()
    assert seen.tasks == 5000
    assert 1000 < seen.asked_kinds < 5000
