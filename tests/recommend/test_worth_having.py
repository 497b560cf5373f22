"""For which processes machines are looked for, by which prices, and for which machines prices are asked."""

from __future__ import annotations

import pytest

from nfconfgen.explain.price_file import Price, Spot
from nfconfgen.facts.model import Shape
from nfconfgen.plan.model import SitePlan
from nfconfgen.recommend.proposal import Proposal
from nfconfgen.recommend.where import machines_text
from nfconfgen.recommend.where.worth_having import largest, to_price, worth_having
from nfconfgen.runs.observed import Bin, Correlation, Observed, Request
from tests.plan import regions

NONE = {"memory": 0, "time": 0, "lost": 0, "other": 0}


def process(name: str, memory_mib: int | None, task_s: float = 100, tasks: int = 20, cpus: int = 2) -> Proposal:
    """One whose request stays as it was."""
    seen = Observed(
        process=name,
        tasks=tasks,
        failures=NONE,  # type: ignore[arg-type]
        exit_codes={},
        memory_bins=(),
        unknown_memory=tasks,
        time_bins=(Bin(task_s, tasks, tasks * task_s),),
        cpu_bins=(),
        asked=Request(cpus, memory_mib),
        asked_kinds=1,
        attempts={},
        unresolved_memory=(0, 0.0),
        unresolved_time=(0, 0.0),
        allocated_gib_h=0.0,
        used_gib_h=0.0,
        first_submit_ms=None,
        first_end_ms=None,
        read_bytes=0,
        written_bytes=0,
        input_memory=Correlation(),
    )
    return Proposal(seen, None, None, None, few=False)


def site(*queues: list[str], kind: str = "EC2", attempts: int = 3) -> SitePlan:
    facts = regions.region(*queues, kind=kind)
    return regions.planned(facts, "cpus: 1, memory: 1 GB", attempts=attempts).sites[0]


@pytest.mark.parametrize(
    ("found", "names"),
    [
        ([process("a", 1000), process("b", 2000)], ["b"]),
        ([process("a", 1000, tasks=900), process("b", 2000)], ["a", "b"]),
        ([process("a", 1000), process("b", 1000)], ["a"]),
        ([process("a", None), process("b", 1000)], ["b"]),
        ([process("a", None)], []),
        ([], []),
    ],
)
def test_the_processes_that_need_most(found: list[Proposal], names: list[str]) -> None:
    assert [each.process for each in largest(found)] == names


def test_what_a_queue_has_is_known_without_a_query() -> None:
    (found,) = worth_having([process("a", 8192)], site(["m5.xlarge", "r5.xlarge"], ["m5.12xlarge"]), [], {})
    assert [machine.shape.name for machine in found.ranking.first] == ["r5.xlarge", "m5.12xlarge", "m5.xlarge"]
    assert found.later is not None
    assert (found.later.memory_mib, found.task_s) == (16384, 100)
    assert found.queues["m5.12xlarge"] == ("q2",)
    assert "$" not in "\n".join(machines_text.lines([found], "eu-central-1", "instance types"))


def test_a_single_attempt_has_no_next_one() -> None:
    (found,) = worth_having([process("a", 8192)], site(["m5.xlarge"], attempts=1), [], {})
    assert (found.later, found.ranking.later, found.ranking.next) == (None, (), None)
    assert not [line for line in machines_text.lines([found], "x", "instance types") if "second" in line]


def test_nothing_holds_it() -> None:
    (found,) = worth_having([process("a", 10**6)], site(["m5.xlarge"]), [], {})
    assert found.ranking.best is None
    assert any("none of the" in line for line in machines_text.lines([found], "x", "instance types"))
    assert machines_text.fleet(found, 10, 3600, 60) == ""


@pytest.mark.parametrize(("kind", "usd"), [("EC2", 0.19), ("SPOT", 0.08)])
def test_by_the_price_for_which_the_queue_buys(kind: str, usd: float) -> None:
    prices = {"m5.xlarge": Price(0.19, Spot(0.07, 0.08, "2026-11-20T09:30:00Z"))}
    (found,) = worth_having([process("a", 12_000)], site(["m5.xlarge", "r5.xlarge"], kind=kind), [], prices)
    first, second = found.ranking.first
    assert (first.shape.name, first.usd_per_hour) == ("m5.xlarge", usd)
    assert second.usd_per_hour is None
    shown = "\n".join(machines_text.lines([found], "x", "instance types", "prices of 2026-11-20"))
    assert "prices of 2026-11-20" in shown
    assert "$" in shown


@pytest.mark.parametrize(("kind", "spot"), [("EC2", False), ("SPOT", True)])
def test_prices_are_asked_for_a_few_machines_only(kind: str, spot: bool) -> None:
    many = [Shape(f"x{n}.large", 2, 16_000 + n, "estimated") for n in range(500)]
    plan = site(["m5.xlarge"], kind=kind)
    asked = to_price([process("a", 8192)], plan, many, most=10)
    assert 10 <= len(asked) <= 20
    assert set(asked.values()) == {spot}
    assert to_price([], plan, many) == {}
