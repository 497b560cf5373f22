"""Which machines hold a task, what it costs on each of them, and which only seem to hold it."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from nfconfgen.explain.price_file import Price, Spot
from nfconfgen.facts.model import Shape
from nfconfgen.plan.admission import Need
from nfconfgen.profile.model import Accelerator
from nfconfgen.recommend.where.ranked_machines import (
    Buying,
    just_too_small,
    machines_for,
    ranked,
    share_over,
    usual_s,
)
from nfconfgen.runs.observed import Bin


def shape(name: str, cpus: int, nominal_mib: int, registered_mib: int, **gpus: int) -> Shape:
    return Shape(name, cpus, registered_mib, "estimated", gpus=gpus, machine_mib=nominal_mib)


C5_XLARGE = shape("c5.xlarge", 4, 8192, 7476)
C5_2XLARGE = shape("c5.2xlarge", 8, 16384, 15282)
C5_4XLARGE = shape("c5.4xlarge", 16, 32768, 30895)
C6I_2XLARGE = shape("c6i.2xlarge", 8, 16384, 15282)
R5_LARGE = shape("r5.large", 2, 16384, 15492)
G4DN = shape("g4dn.xlarge", 4, 16384, 15478, T4=1)
SHAPES = (G4DN, C5_4XLARGE, R5_LARGE, C5_XLARGE, C6I_2XLARGE, C5_2XLARGE)
PRICES = {
    "c5.2xlarge": Price(0.388, Spot(0.12, 0.16, "2026-11-20T09:30:00Z")),
    "c5.4xlarge": Price(0.776, Spot(0.30, 0.31, "2026-11-20T09:30:00Z")),
    "c6i.2xlarge": Price(0.40),
    "r5.large": Price(0.152),
    "g4dn.xlarge": Price(0.01),
}


def names(need: Need, buying: Buying) -> list[str]:
    return [machine.shape.name for machine in ranked(need, 600, SHAPES, buying)]


def test_what_does_not_hold_the_request_with_its_real_memory_is_left_out() -> None:
    assert "c5.xlarge" not in names(Need(2, 8192), Buying({}))
    assert "c5.xlarge" in names(Need(2, 7476), Buying({}))
    assert names(Need(17, 1024), Buying({})) == []


def test_by_price_of_the_share_of_one_task() -> None:
    """Two share a c5.4xlarge, so it costs as much per task as the smaller one, which then comes first."""
    first, second, third = ranked(Need(6, 12_000), 1800, SHAPES, Buying(PRICES))
    assert [each.shape.name for each in (first, second, third)] == ["c5.2xlarge", "c5.4xlarge", "c6i.2xlarge"]
    assert [each.tasks for each in (first, second, third)] == [1, 2, 1]
    assert (first.filled_usd, first.alone_usd) == pytest.approx((0.194, 0.194))
    assert (second.filled_usd, second.alone_usd) == pytest.approx((0.194, 0.388))


def test_a_machine_that_is_not_filled_costs_each_task_more() -> None:
    need = Need(6, 12_000)
    assert names(need, Buying(PRICES, whole=True))[-1] == "c5.4xlarge"
    assert names(need, Buying(PRICES, at_once=1)) == names(need, Buying(PRICES, whole=True))


def test_on_spot_by_the_dearest_zone() -> None:
    first, second, *rest = ranked(Need(6, 12_000), 3600, SHAPES, Buying(PRICES, on_spot=True))
    assert [each.shape.name for each in (first, second)] == ["c5.4xlarge", "c5.2xlarge"]
    assert [each.filled_usd for each in (first, second)] == pytest.approx([0.155, 0.16])
    assert [(each.shape.name, each.filled_usd) for each in rest] == [("c6i.2xlarge", None)]


def test_without_prices_by_what_a_task_takes() -> None:
    two_on_each = Need(1, 15_000)
    assert names(two_on_each, Buying({})) == ["r5.large", "c5.2xlarge", "c6i.2xlarge", "c5.4xlarge"]
    assert names(Need(8, 8192), Buying({}, has=["c6i.2xlarge"]))[0] == "c6i.2xlarge"
    assert names(Need(8, 8192), Buying({}))[0] == "c5.2xlarge"


def test_gpus_are_for_tasks_that_ask_for_some() -> None:
    assert "g4dn.xlarge" not in names(Need(4, 8192), Buying(PRICES))
    assert names(Need(4, 8192, gpus=Accelerator(1)), Buying(PRICES)) == ["g4dn.xlarge"]


def test_any_order_of_the_shapes_gives_the_same() -> None:
    source = random.Random(4)
    for _ in range(200):
        need = Need(source.randint(1, 8), source.randint(500, 15_000))
        buying = Buying(source.choice([{}, PRICES]), whole=source.random() < 0.5)
        mixed = source.sample(SHAPES, len(SHAPES))
        found = ranked(need, 60, SHAPES, buying)
        assert found == ranked(need, 60, mixed, buying)
        assert all(before.rank <= after.rank for before, after in pairwise(found))


BINS = [Bin(7000, 40, 40.0), Bin(8000, 50, 50.0), Bin(12_000, 10, 20.0)]


def test_what_only_seems_to_hold_the_request() -> None:
    (found,) = just_too_small(Need(4, 8000), [], SHAPES, BINS)
    assert (found.shape.name, found.memory_mib, found.cpus_too, found.over) == ("c5.xlarge", 8000, False, 0.6)
    assert just_too_small(Need(4, 7476), [], SHAPES, BINS) == []
    assert just_too_small(Need(4, 8193), [], SHAPES, BINS) == []


def test_what_only_seems_to_hold_another_request_that_one_would_think_of() -> None:
    (found,) = just_too_small(Need(6, 10_000), [8192], SHAPES, [])
    assert (found.shape.name, found.memory_mib, found.cpus_too, found.over) == ("c5.xlarge", 8192, True, None)
    assert just_too_small(Need(12, 10_000), [8192], SHAPES, []) == []


def test_families_that_are_there_come_first() -> None:
    found = just_too_small(Need(2, 16_000), [], SHAPES, [], ["c6i.4xlarge"])
    assert [each.shape.name for each in found] == ["c6i.2xlarge", "r5.large", "c5.2xlarge"]


@pytest.mark.parametrize(
    ("tasks", "task_s", "per_machine", "within_s", "start_s", "machines"),
    [
        (1222, 150, 1, 7200, 180, 27),  # 46 one after the other on each
        (1222, 150, 4, 7200, 180, 7),
        (1222, 150, 1, 330, 180, 1222),
        (1222, 150, 1, 329, 180, None),
        (0, 150, 1, 7200, 180, 0),
        (1, 150, 8, 7200, 180, 1),
    ],
)
def test_how_many_machines_end_in_time(
    tasks: int, task_s: float, per_machine: int, within_s: float, start_s: float, machines: int | None
) -> None:
    assert machines_for(tasks, task_s, per_machine, within_s, start_s) == machines


def test_tasks_that_were_not_measured_are_not_known() -> None:
    assert (usual_s([]), share_over([], 1)) == (None, None)
    assert usual_s(BINS) == pytest.approx(1.1)
