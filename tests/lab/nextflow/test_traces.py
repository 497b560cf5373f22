"""Traces and reports that the real Nextflow writes, as they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from nfconfgen.report import rules
from nfconfgen.runs.observed import Bin, Observed, Request
from nfconfgen.runs.read_runs import read
from tests.lab.nextflow.harness import Parser, require
from tests.lab.nextflow.launch import start

PIPELINE = """\
process EAT {
    tag "it's $x"
    memory { 300.MB * task.attempt }
    time '1h'
    disk '2 GB'
    errorStrategy 'retry'
    maxRetries 1
    input:
    val x
    script:
    \"\"\"
    python3 -c "b = bytearray($x * 40000000); import time; time.sleep(2.2)"
    [ $x = 2 -a $task.attempt = 1 ] && exit 137
    true
    \"\"\"
}
process BAD {
    errorStrategy 'ignore'
    script:
    "exit 3"
}
workflow {
    EAT(Channel.of(1, 2))
    BAD()
}
"""


def columns() -> str:
    """The configuration that the page of rules recommends."""
    lines = rules.read()["trace-columns"].lines
    return "\n".join(lines[lines.index("```groovy") + 1 : lines.index("```", lines.index("```groovy") + 1)])


def run(folder: Path, parser: Parser, name: str, raw: bool, *arguments: str) -> None:
    """Writes NAME.txt and NAME.html."""
    scopes = [columns(), f"trace.raw = {str(raw).lower()}", f"trace.file = '{name}.txt'"]
    scopes += ["report.enabled = true", f"report.file = '{name}.html'"]
    (folder / f"{name}.config").write_text("\n".join(scopes) + "\n")
    result, _ = start(["-C", f"{name}.config", "run", "main.nf", *arguments], folder, parser)
    assert result.exit_code == 0, result.output


def observed(*paths: Path) -> dict[str, Observed]:
    found = read(paths)
    assert found.findings == ()
    return dict(found.processes)


def counts(seen: Observed) -> Observed:
    """Without what was measured, of which pretty values have one decimal."""
    rounded = replace(seen, memory_bins=(), time_bins=(), cpu_bins=(), read_bytes=0, written_bytes=0)
    return replace(rounded, allocated_gib_h=0, used_gib_h=0, input_memory=type(seen.input_memory)())


def values(bins: Sequence[Bin]) -> list[float]:
    return [each.value for each in bins for _ in range(each.count)]


def measured(bins: Sequence[Bin]) -> object:
    """These values, each of them perhaps one more or less: 3.02 s count as 4 s, and pretty, as `3s`, as 3 s."""
    return pytest.approx(values(bins), abs=1)


@pytest.mark.parametrize("parser", ["v1", "v2"])
def test_a_trace_raw_or_pretty_and_its_report_show_the_same(parser: Parser, tmp_path: Path) -> None:
    require()
    (tmp_path / "main.nf").write_text(PIPELINE)
    run(tmp_path, parser, "first", True)
    run(tmp_path, parser, "again", False, "-resume")
    trace, report = tmp_path / "first.txt", tmp_path / "first.html"
    seen = observed(trace)
    assert observed(report) == observed(trace, report) == seen
    assert (seen["EAT"].tasks, seen["EAT"].failures["memory"], seen["BAD"].exit_codes) == (2, 1, {3: 1})
    assert seen["EAT"].asked == Request(1, 300, 3600, 2048)
    assert seen["EAT"].attempts == {1: 2, 2: 1}
    assert not any(seen["EAT"].unresolved_memory)
    assert 38 <= seen["EAT"].memory_bins[0].value <= 60
    assert 76 <= seen["EAT"].memory_bins[-1].value <= 100
    # of the run that resumed it, BAD is new, which failed
    pretty, resumed = observed(tmp_path / "again.txt"), observed(tmp_path / "again.html")
    one, other = pretty["EAT"], resumed["EAT"]
    assert counts(one) == counts(other)
    assert values(one.memory_bins) == measured(other.memory_bins)
    assert values(one.time_bins) == measured(other.time_bins)
    assert values(one.cpu_bins) == measured(other.cpu_bins)
    assert one.used_gib_h == pytest.approx(other.used_gib_h, rel=0.05)
    assert values(one.memory_bins) == measured(seen["EAT"].memory_bins)
    both = observed(trace, tmp_path / "again.txt")
    assert both["EAT"] == seen["EAT"]
    assert both["BAD"].exit_codes == {3: 2}
