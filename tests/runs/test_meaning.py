"""What the rows of a trace are evidence of."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from nfconfgen.runs.observed import Bin, Request
from tests.runs.traces import GIB, HEADER, of_texts, only, report, rules, task, trace


def test_a_completed_task(tmp_path: Path) -> None:
    seen = only(of_texts(tmp_path, trace([task(1)])))
    assert (seen.process, seen.tasks, seen.unknown_memory) == ("A:ALIGN", 1, 0)
    assert seen.memory_bins == (Bin(2048, 1, 60.0),)
    assert seen.time_bins == (Bin(60, 1, 60.0),)
    assert seen.cpu_bins == (Bin(2.0, 1, 60.0),)
    assert (seen.asked, seen.asked_kinds) == (Request(4, 8192, 3600, None), 1)
    assert seen.attempts == {1: 1}
    assert seen.allocated_gib_h == pytest.approx(8 / 60)
    assert seen.used_gib_h == pytest.approx(2 / 60)
    assert (seen.read_bytes, seen.written_bytes) == (1000000, 5000)
    assert not any(seen.failures.values())
    assert seen.exit_codes == {}


PRETTY = {
    "memory": "8 GB",
    "time": "1h",
    "submit": "2023-11-14 22:13:20.000",
    "start": "2023-11-14 22:13:21.000",
    "complete": "2023-11-14 22:14:21.000",
    "realtime": "1m",
    "cpu": "200.0%",
    "peak_rss": "2 GB",
}


def test_pretty_units_are_read_value_by_value(tmp_path: Path) -> None:
    rows = [task(number, **{key: PRETTY[key]}) for number, key in enumerate(PRETTY)]
    pretty = only(of_texts(tmp_path, trace([*rows, task(9, **PRETTY)])))
    assert pretty == only(of_texts(tmp_path, trace([task(number) for number in (*range(len(PRETTY)), 9)])))


@pytest.mark.parametrize("peak", ["0", "-", ""])
def test_a_peak_that_was_not_measured_is_unknown(peak: str, tmp_path: Path) -> None:
    seen = only(of_texts(tmp_path, trace([task(1, peak_rss=peak), task(2)])))
    assert (seen.tasks, seen.unknown_memory, len(seen.memory_bins)) == (2, 1, 1)
    assert seen.input_memory.n == 1


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"realtime": "0"}, 60),
        ({"realtime": "-"}, 60),
        ({"realtime": "-", "start": "-", "duration": "90000"}, 90),
        ({"realtime": "0", "start": "-", "duration": "90000"}, 0),
        ({"realtime": "1"}, 1),
    ],
)
def test_the_time_without_realtime(fields: dict[str, str], seconds: int, tmp_path: Path) -> None:
    seen = only(of_texts(tmp_path, trace([task(1, **fields)], (*HEADER, "duration"))))
    assert [(each.value, each.count) for each in seen.time_bins] == [(seconds, 1)]


CAUSES = [
    ({"exit": "137"}, "memory"),
    ({"exit": "247"}, "memory"),
    ({"exit": "1", "peak_rss": str(8 * GIB * 95 // 100)}, "memory"),
    ({"exit": "134", "peak_rss": str(9 * GIB)}, "memory"),
    ({"exit": "1"}, "other"),
    ({"exit": "1", "peak_rss": str(9 * GIB), "memory": "-"}, "other"),
    ({"exit": "2", "peak_rss": str(9 * GIB)}, "other"),
    ({"exit": "143", "realtime": "3590000"}, "time"),
    ({"exit": "140", "realtime": "3590000"}, "time"),
    ({"exit": "143"}, "other"),
    ({"exit": "-"}, "lost"),
    ({"exit": ""}, "lost"),
    ({"exit": "2147483647"}, "lost"),
]


@pytest.mark.parametrize(("fields", "cause"), CAUSES)
def test_why_a_try_failed(fields: dict[str, str], cause: str, tmp_path: Path) -> None:
    seen = only(of_texts(tmp_path, trace([task(1, status="FAILED", **fields)])))
    assert {name: count for name, count in seen.failures.items() if count} == {cause: 1}
    assert seen.exit_codes == ({} if cause == "lost" else {int(fields["exit"]): 1})
    assert (seen.tasks, seen.memory_bins, seen.used_gib_h) == (0, (), 0)
    assert seen.attempts == {1: 1}


def test_what_failed_for_memory_and_did_not_complete(tmp_path: Path) -> None:
    killed = {"status": "FAILED", "exit": "137"}
    rows = [
        *(task(1, **killed), task(2, attempt=2, memory=16 * GIB)),
        *(task(3, **killed), task(4, **killed, attempt=2, memory=16 * GIB, peak_rss=20 * GIB)),
    ]
    seen = only(of_texts(tmp_path, trace(rows)))
    assert (seen.unresolved_memory, seen.unresolved_time) == ((1, 20 * 1024), (0, 0))
    assert seen.attempts == {1: 2, 2: 2}
    assert (seen.asked, seen.asked_kinds) == (Request(4, 8192, 3600, None), 1)
    assert seen.allocated_gib_h == pytest.approx((8 + 16 + 8 + 16) / 60)


def test_what_failed_for_time_and_did_not_complete(tmp_path: Path) -> None:
    rows = [task(1, status="FAILED", exit="143", realtime="3605000")]
    assert only(of_texts(tmp_path, trace(rows))).unresolved_time == (1, 3605)


def test_without_attempts_nothing_is_called_unresolved(tmp_path: Path) -> None:
    header = [name for name in HEADER if name != "attempt"]
    found = of_texts(tmp_path, trace([task(1, status="FAILED", exit="137"), task(2)], header))
    (seen,) = found.processes.values()
    assert rules(found) == [("trace-columns", 1)]
    assert (seen.failures["memory"], seen.unresolved_memory, seen.attempts) == (1, (0, 0), {})
    assert seen.asked == Request(4, 8192, 3600, None)


@pytest.mark.parametrize("status", ["ABORTED", "NEW", "SUBMITTED", "RUNNING", "-"])
def test_what_did_not_end_is_no_evidence(status: str, tmp_path: Path) -> None:
    found = of_texts(tmp_path, trace([task(1), task(2, status=status, exit="-")]))
    assert only(found).tasks == 1
    assert not any(only(found).failures.values())
    assert only(found).attempts == {1: 1}


def test_the_most_frequent_request(tmp_path: Path) -> None:
    rows = [task(number, memory=(4 if number < 3 else 8) * GIB) for number in range(8)]
    rows += [task(number, memory=16 * GIB, attempt=2) for number in range(10, 20)]
    seen = only(of_texts(tmp_path, trace(rows)))
    assert (seen.asked, seen.asked_kinds) == (Request(4, 8192, 3600, None), 2)


def test_memory_that_grows_with_the_input(tmp_path: Path) -> None:
    rows = [task(number, rchar=10**number, peak_rss=4 * GIB // 2 ** (9 - number)) for number in range(4, 10)]
    line = only(of_texts(tmp_path, trace(rows))).input_memory
    assert line.n == 6
    assert line.slope == pytest.approx(math.log(2) / math.log(10))
    assert line.r_squared == pytest.approx(1)
    flat = only(of_texts(tmp_path, trace([task(1), task(2)]))).input_memory
    assert (flat.slope, flat.r_squared) == (None, None)


def test_a_task_counts_once_in_a_trace_its_report_and_a_resumed_run(tmp_path: Path) -> None:
    rows = [task(1), task(2, status="FAILED", exit="137"), task(3, attempt=2)]
    cached = [task(7, hash=task(1)["hash"], status="CACHED"), task(8), task(9, status="CACHED")]
    alone = only(of_texts(tmp_path, trace(rows)))
    assert only(of_texts(tmp_path, trace(rows), trace(rows), report(rows))) == alone
    found = of_texts(tmp_path, trace(rows), trace(cached))
    # that of 9 is in no other file
    assert only(found).tasks == 4
    assert [(file.kind, file.tries, file.new) for file in found.files] == [("trace", 3, 3), ("trace", 3, 2)]
    assert only(of_texts(tmp_path, trace(cached), trace(rows))) == only(found)


def test_a_task_counts_once_without_hashes(tmp_path: Path) -> None:
    header = [name for name in HEADER if name not in ("hash", "name")]
    rows = [task(number, submit=1700000000000 + number) for number in range(5)]
    alone = only(of_texts(tmp_path, trace(rows, header)))
    assert alone.tasks == 5
    again = [{**row, "status": "CACHED", "task_id": "99"} for row in rows]
    assert only(of_texts(tmp_path, trace(rows, header), trace(again, header))) == alone


def test_jobs_of_an_array_are_different_tasks(tmp_path: Path) -> None:
    header = [name for name in HEADER if name not in ("hash", "name")]
    rows = [task(number, rchar=1000 + number) for number in range(5)]
    assert only(of_texts(tmp_path, trace(rows, header))).tasks == 5


def test_rows_that_nothing_tells_apart_are_all_counted(tmp_path: Path) -> None:
    header = [name for name in HEADER if name not in ("hash", "submit", "start", "complete")]
    assert only(of_texts(tmp_path, trace([task(1)] * 3, header))).tasks == 3
    assert only(of_texts(tmp_path, trace([task(1, hash="-")] * 3))).tasks == 3


def test_the_default_trace_of_nextflow_shows_peaks_and_times(tmp_path: Path) -> None:
    header = "task_id hash native_id name status exit submit duration realtime %cpu peak_rss peak_vmem rchar wchar"
    found = of_texts(tmp_path, trace([task(1), task(2)], header.split()))
    assert rules(found) == [("trace-columns", 1)]
    for name in ("process", "cpus", "memory", "time", "attempt"):
        assert name in found.findings[0].message
    assert "peak_rss" not in found.findings[0].message
    (seen,) = found.processes.values()
    assert (seen.process, seen.memory_bins, seen.asked) == ("A:ALIGN", (Bin(2048, 2, 120.0),), Request())
    assert seen.attempts == {}


def test_without_status_the_exit_code_counts(tmp_path: Path) -> None:
    header = [name for name in HEADER if name != "status"]
    found = of_texts(tmp_path, trace([task(1), task(2, exit="137"), task(3, exit="-")], header))
    (seen,) = found.processes.values()
    assert (seen.tasks, seen.failures["memory"], seen.failures["lost"]) == (1, 1, 0)


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    rows = [task(1), task(2)]
    assert only(of_texts(tmp_path, trace(rows, HEADER[::-1]))) == only(of_texts(tmp_path, trace(rows)))
