"""Differences as findings: grouped, with message and line."""

from __future__ import annotations

from nfconfgen.verify.mismatches import differences, findings
from nfconfgen.verify.model import Cell, SiteCells, Stub, Value

CONFIG = """\
process {
    queue = 'other'
    errorStrategy = 'finish'

    withLabel: 'big' {
        memory = 1.GB
    }
}

params {
    flag = 1
}
"""


def cells(planned: dict[Cell, Value]) -> SiteCells:
    return SiteCells("s", 3, (1,), (Stub("default", "", "P"), Stub("label", "big", "Q", ("big",))), planned, ())


def messages(planned: dict[Cell, Value], resolved: dict[Cell, Value]) -> list[str]:
    given = cells(planned)
    found = [one for parser in ("v1", "v2") for one in differences(given, resolved, parser)]
    return [f"{finding.place}: {finding.message}" for finding in findings(found, "s.config", CONFIG)]


def test_what_is_the_same_is_no_finding() -> None:
    planned: dict[Cell, Value] = {Cell(0, "queue", 1): "q", Cell(0, "memory_mib", 1): None}
    assert messages(planned, {Cell(0, "queue", 1): "q"}) == []


def test_attempts_and_parsers_that_differ_alike_are_one() -> None:
    planned: dict[Cell, Value] = {Cell(0, "queue", 2): "q", Cell(0, "queue", 3): "q"}
    resolved: dict[Cell, Value] = {Cell(0, "queue", 2): "other", Cell(0, "queue", 3): "other"}
    assert messages(planned, resolved) == [
        "s.config:2:5: queue of default is other, but the plan has q (attempts 2, 3; parsers v1, v2)"
    ]


def test_a_line_is_looked_for_in_the_selector_and_then_outside() -> None:
    planned: dict[Cell, Value] = {
        Cell(1, "memory_mib", 1): 2048,
        Cell(1, "error_strategy", 1, 2147483647): "RETRY",
        Cell(None, "params", key="flag"): True,
    }
    resolved: dict[Cell, Value] = {
        Cell(1, "memory_mib", 1): 1024,
        Cell(1, "error_strategy", 1, 2147483647): "FINISH",
        Cell(None, "params", key="flag"): 1,
    }
    assert messages(planned, resolved) == [
        "s.config:6:9: memory of big is 1024 MiB, but the plan has 2048 MiB (attempt 1; parsers v1, v2)",
        "s.config:3:5: errorStrategy of big is FINISH, but the plan has RETRY "
        "(attempt 1; exit code none (lost); parsers v1, v2)",
        "s.config:11:5: param flag is 1, but the plan has true (parsers v1, v2)",
    ]
