"""The order of the processes of a run, by the times of their tasks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nfconfgen.recommend.simulation.stages import stages
from nfconfgen.runs.observed import Observed
from nfconfgen.runs.read_runs import read
from tests.conftest import ROOT
from tests.recommend.observations import observed


def process(submit_ms: int | None, end_ms: int | None) -> Observed:
    return replace(observed("P", count=1), first_submit_ms=submit_ms, first_end_ms=end_ms)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([(0, 10), (1, 20), (10, 30), (40, 50)], [0, 0, 1, 2]),
        # the first one may depend on nothing that comes later
        ([(40, 50), (0, 10)], [1, 0]),
        ([(0, 100), (1, 5), (6, 8), (101, 102)], [0, 0, 1, 2]),
        ([(7, 7), (7, 7), (8, 8)], [0, 0, 1]),
        ([], []),
    ],
)
def test_a_process_follows_those_that_had_completed_a_task(times: list[tuple[int, int]], expected: list[int]) -> None:
    assert stages([process(*each) for each in times]) == expected


def test_unknown_times_are_no_order() -> None:
    assert stages([process(0, 1), process(None, 1)]) is None
    assert stages([process(0, 1), process(1, None)]) is None


def test_the_order_of_a_real_run() -> None:
    seen = list(read([ROOT / "benchmarks/recommend/methylseq.txt.gz"]).processes.values())
    found = stages(seen)
    assert found is not None
    by_name = {each.process.rpartition(":")[2]: stage for each, stage in zip(seen, found, strict=True)}
    steps = (
        "TRIMGALORE",
        "BISMARK_ALIGN",
        "BISMARK_DEDUPLICATE",
        "BISMARK_METHYLATIONEXTRACTOR",
        "BISMARK_REPORT",
        "MULTIQC",
    )
    assert sorted(steps, key=by_name.__getitem__) == list(steps)
    assert by_name["FASTQC"] == by_name["TRIMGALORE"] == 0
