"""Files that are cut, joined, damaged, or no traces at all."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from nfconfgen.errors import UnreadableError
from nfconfgen.runs.read_runs import read
from nfconfgen.runs.traces import take_rows
from tests.runs.traces import HEADER, of_texts, only, report, rules, task, trace

ROWS = [task(1), task(2), task(3)]
WHOLE = trace(ROWS)


@pytest.mark.parametrize(
    "text",
    [
        WHOLE.replace("\n", "\r\n"),
        "\ufeff" + WHOLE,
        "\n\n" + WHOLE,
        WHOLE + "\n\n",
        WHOLE + WHOLE,
        WHOLE + trace([task(1)], HEADER[::-1]),
        WHOLE.replace("A:ALIGN (s2)", "A:ALIGN (\udcff\udcfe)"),
        gzip.compress(WHOLE.encode()),
        gzip.compress(WHOLE.encode()) + gzip.compress(WHOLE.encode()),
        report(ROWS),
        "\ufeff" + report(ROWS),
        gzip.compress(report(ROWS).encode()),
    ],
)
def test_these_are_as_good_as_the_plain_file(text: str | bytes, tmp_path: Path) -> None:
    assert only(of_texts(tmp_path, text)) == only(of_texts(tmp_path, WHOLE))


@pytest.mark.parametrize(
    ("text", "rule", "line", "tasks"),
    [
        (WHOLE[:-1], "trace-rows", 4, 2),
        (WHOLE[:-30], "trace-rows", 4, 2),
        (WHOLE + "1\tx\t3\n" + trace([task(4)]).split("\n")[1] + "\n", "trace-rows", 5, 4),
        (WHOLE + "x" * (3 << 20) + "\n" + trace([task(4)]).split("\n")[1] + "\n", "trace-rows", 5, 4),
        (WHOLE + "x" * (3 << 20), "trace-rows", 5, 3),
        (trace([*ROWS, task(4, process="-")]), "trace-values", 5, 3),
        (trace([*ROWS, task(4, status="DONE")]), "trace-values", 5, 3),
        (trace([*ROWS, task(4, peak_rss="NaN")]), "trace-values", 5, 4),
        (trace([*ROWS, task(4, peak_rss="-5")]), "trace-values", 5, 4),
        (trace([*ROWS, task(4, peak_rss="9" * 18)]), "trace-values", 5, 4),
        (trace([*ROWS, task(4, peak_rss="9" * 5000)]), "trace-values", 5, 4),
        (trace([*ROWS, task(4, cpu="nan")]), "trace-values", 5, 4),
        (trace([*ROWS, task(4, cpu="inf")]), "trace-values", 5, 4),
        (trace([*ROWS, task(4, memory="8 GiB?")]), "trace-values", 5, 4),
        (trace([*ROWS, task(4, realtime="1 fortnight")]), "trace-values", 5, 4),
        (trace(ROWS, (*HEADER, "peak_rss")), "trace-columns", 1, 3),
        (trace(ROWS, [name for name in HEADER if name != "peak_rss"]), "trace-columns", 1, 3),
        (trace([]), "trace-empty", 0, 0),
        (trace([task(1, status="ABORTED")]), "trace-empty", 0, 0),
        (trace(ROWS, [name for name in HEADER if name not in ("status", "exit")]), "trace-format", 1, 0),
        (trace(ROWS, [name for name in HEADER if name not in ("process", "name")]), "trace-format", 1, 0),
        ("", "trace-format", 0, 0),
        ("\n\n", "trace-format", 0, 0),
        ("task_id\thash", "trace-rows", 1, 0),
        ("a,b,c\n1,2,3\n", "trace-format", 1, 0),
        ("process { cpus = 1 }\n", "trace-format", 1, 0),
        (b"\x7fELF\0\0\1\2", "trace-format", 0, 0),
        (b"\x1f\x8bnothing", "trace-rows", 0, 0),
        ("<html>\n</html>\n", "trace-format", 0, 0),
        (report(None), "report-tasks", 3, 0),
        (report([]), "trace-empty", 3, 0),
        (report(ROWS)[:-120], "trace-rows", 3, 2),
        (report([*ROWS, task(4, peak_rss="much")]), "trace-values", 3, 4),
    ],
)
def test_what_is_wrong_is_reported_and_the_rest_counts(
    text: str | bytes, rule: str, line: int, tasks: int, tmp_path: Path
) -> None:
    found = of_texts(tmp_path, text)
    assert (rule, line) in rules(found)
    assert sum(each.tasks for each in found.processes.values()) == tasks


def test_a_script_in_the_trace_breaks_rows_into_lines(tmp_path: Path) -> None:
    rows = [task(number, script="\n    a\n    name\n    ") for number in range(1, 4)]
    for header in (("script", *HEADER), (*HEADER[:5], "script", *HEADER[5:]), (*HEADER, "script")):
        assert only(of_texts(tmp_path, trace(rows, header))) == only(of_texts(tmp_path, WHOLE))


def test_lines_may_lie_across_the_parts_that_are_read(tmp_path: Path) -> None:
    rows = [task(number, container="x" * 300, script="a\nb") for number in range(1, 9000)]
    for header in ((*HEADER, "container"), (*HEADER[:3], "script", "container", *HEADER[3:])):
        assert only(of_texts(tmp_path, trace(rows, header))).tasks == len(rows)
    assert only(of_texts(tmp_path, report(rows))).tasks == len(rows)


def test_what_is_there_of_a_packed_file_counts(tmp_path: Path) -> None:
    rows = [task(number, container=f"{number * 7919:x}") for number in range(5000)]
    packed = gzip.compress(trace(rows, (*HEADER, "container")).encode())
    middle = len(packed) // 2
    for broken in (packed[:middle], packed[:middle] + b"xyz" * 50 + packed[middle + 150 :]):
        found = of_texts(tmp_path, broken)
        assert 1000 < found.processes["A:ALIGN"].tasks < 4000
        assert ("trace-rows", 0) in rules(found)


def test_files_of_several_versions(tmp_path: Path) -> None:
    less = [name for name in HEADER if name not in ("disk", "rchar")]
    found = of_texts(tmp_path, WHOLE + trace([task(4)], less), trace([task(5)], ("native_id", *HEADER)))
    assert only(found).tasks == 5


def test_a_handful_of_findings_for_each_kind(tmp_path: Path) -> None:
    found = of_texts(tmp_path, trace([task(number, peak_rss=f"bad{number}") for number in range(100)]) + "x\n" * 100)
    assert len(found.findings) == 6
    assert all(any(more in finding.message for finding in found.findings) for more in ("97 more", "99 more"))


def test_characters_of_strangers_stay_in_messages_as_they_are_short(tmp_path: Path) -> None:
    found = of_texts(tmp_path, trace([task(1, peak_rss="x" * 10_000)]))
    assert all(len(finding.message) < 200 for finding in found.findings)


def test_half_a_surrogate_pair_in_a_report(tmp_path: Path) -> None:
    text = report([task(1)]).replace("A:ALIGN (s1)", r"\ud800").replace("A:ALIGN", r"B\ud800")
    assert [*of_texts(tmp_path, text).processes] == ["B?"]


def test_what_cannot_be_read_at_all(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "nothing", tmp_path / "pipe", Path("a\0b")):
        with pytest.raises(UnreadableError):
            read([path])


def test_too_many_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take_rows, "_MOST_PROCESSES", 10)
    found = of_texts(tmp_path, trace([task(number, process=f"P{number}") for number in range(20)]))
    assert ("trace-limits", 0) in rules(found)
    assert len(found.processes) == 10


def test_progress_ends_with_all_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(WHOLE)
    (tmp_path / "b").write_text(report(ROWS))
    calls: list[tuple[int, int]] = []
    read([tmp_path / "a", tmp_path / "b"], lambda done, total: calls.append((done, total)))
    size = sum((tmp_path / name).stat().st_size for name in "ab")
    assert calls[-1] == (size, size)
    assert calls == sorted(calls)
