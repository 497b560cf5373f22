"""What else is said about processes."""

from __future__ import annotations

import math
from dataclasses import replace

from nfconfgen.recommend.proposal import proposals
from nfconfgen.recommend.proposal_notes import notes
from nfconfgen.runs.merged import merged
from nfconfgen.runs.observed import Correlation, Observed
from tests.recommend.observations import observed


def said(one: Observed) -> str:
    return "\n".join(notes(proposals([one], 0.05)))


def line(power: float, tasks: int = 40) -> Correlation:
    pairs = [(math.log(1000 + 50 * at), power * math.log(1000 + 50 * at)) for at in range(tasks)]
    x, y = (sum(pair[at] for pair in pairs) for at in (0, 1))
    xx, yy, xy = (sum(p[a] * p[b] for p in pairs) for a, b in ((0, 0), (1, 1), (0, 1)))
    return Correlation(tasks, x, y, xx, yy, xy)


def test_memory_that_grows_with_the_input_is_told() -> None:
    plain = observed("ALIGN", [float(1000 + 50 * at) for at in range(40)], asked_mib=64_000)
    assert "to the power of 0.8" in said(replace(plain, input_memory=line(0.8)))
    assert said(replace(plain, input_memory=line(0.05))) == ""
    assert said(replace(plain, input_memory=line(0.8, 5))) == ""


def test_a_tool_that_takes_what_it_gets_is_told() -> None:
    assert "takes what it gets" in said(observed("SORT", [7900.0] * 20))
    assert said(observed("SORT", [4000.0] * 20)) == ""


def test_what_was_not_measured_is_told() -> None:
    assert "no peak was measured" in said(observed("FAST", count=20, unknown=20))


def test_the_input_explains_a_process_and_not_several() -> None:
    small, large = (observed(name, [float(mib)] * 20) for name, mib in (("SMALL", 500), ("LARGE", 5000)))
    # each reads and needs always the same
    lines = [Correlation(20, 20 * x, 20 * x, 20 * x * x, 20 * x * x, 20 * x * x) for x in (6.0, 8.0)]
    several = [replace(one, input_memory=line) for one, line in zip((small, large), lines, strict=True)]
    assert said(merged("withLabel:low", several)) == ""
    grows = replace(observed("ALIGN", [float(1000 + 50 * at) for at in range(40)]), input_memory=line(0.8))
    assert said(merged("withLabel:low", [grows, small])).startswith("ALIGN: ")
