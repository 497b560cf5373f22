"""What tasks and samples cost: shares, ranges, sums, and what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from nfconfgen.explain.cost import Priced
from nfconfgen.explain.cost_text import most, of_attempt, of_site
from nfconfgen.explain.model import (
    Attempt,
    Cost,
    Dollars,
    Holder,
    Process,
    ProcessAttempt,
    Retries,
    Site,
    SiteCost,
    Task,
)
from nfconfgen.explain.price_file import Market, Price, Prices, Spot

REGION = "eu-central-1"
SPOT = Spot(0.1, 0.2, "2026-11-20T09:30:00Z")
PRICES = {"big": Price(1.0), "small": Price(0.5, SPOT), "unknown": Price(unknown="two products", spot_unknown="none")}


def unasked(machines: Mapping[str, bool]) -> Mapping[str, Price]:
    raise AssertionError("a file has the prices")


MARKET = Market(
    REGION,
    lambda queue, machine: queue == "spot",
    lambda queue: "no prices of these" if queue == "fixed" else "",
    unasked,
    ("disks",),
)


def holder(name: str = "big", cpus: int = 2, memory_mib: int = 1024, tasks: int = 1, gpus: int = 0) -> Holder:
    """Part of a machine of 4 CPUs, 8 GiB and 2 GPUs."""
    taken = (cpus * tasks, memory_mib * tasks)
    return Holder(name, 4, 8192, tasks, *taken, 0, 0, "measured", None, None, "", 2, gpus * tasks)


def attempt(number: int = 1, on: Holder | None = None, queue: str = "q", time_s: int | None = 7200) -> Attempt:
    return Attempt(number, queue, 2, 1024, time_s, on or holder(), (), "")


def of_process(*attempts: Attempt, name: str = "ALIGN") -> Process:
    found = (
        ProcessAttempt(one.attempt, one.queue, one.cpus, one.memory_mib, one.time_s, 0, True, one.holder, ())
        for one in attempts
    )
    return Process(name, (), (), tuple(found))


def site(*attempts: Attempt, processes: tuple[Process, ...] | None = None) -> Site:
    tasks = (Task("default", None, False, (), attempts), Task("label", "big", False, (), attempts))
    return Site("cloud", "x", "", (), (), (), Retries(1, "", ""), "", (), (), tasks, processes)


def priced(
    found: Site, prices: Mapping[str, Price] = PRICES, unused: frozenset[str] = frozenset(), total: bool = True
) -> Site:
    known = Prices("2026-11-20", {REGION: prices})
    return Priced(known, "x.prices.json", MARKET).site(found, unused, total=total)


def cost(one: Attempt, prices: Mapping[str, Price] = PRICES) -> Cost:
    found = priced(site(one), prices).tasks[0].attempts[0].cost
    assert found is not None
    return found


def totals(found: Site) -> SiteCost:
    assert found.cost is not None
    return found.cost


@pytest.mark.parametrize(
    ("on", "share"),
    [
        (holder(cpus=2, memory_mib=1024), 0.5),
        (holder(cpus=1, memory_mib=6144), 0.75),
        (holder(cpus=1, memory_mib=1024, tasks=4), 0.25),
        (holder(cpus=4, memory_mib=1), 1.0),
        (holder(cpus=1, memory_mib=1, gpus=2), 1.0),
        (replace(holder(cpus=1, memory_mib=1024), gpus=None), 0.25),
    ],
)
def test_a_task_costs_its_share_at_least_and_the_whole_at_most(on: Holder, share: float) -> None:
    found = cost(attempt(on=on))
    assert found.share == share
    assert found.on_demand.usd_per_hour == Dollars(1.0, 1.0)
    assert found.on_demand.usd == Dollars(2.0 * share, 2.0)
    assert found.spot is None
    (line,) = of_attempt(priced(site(attempt(on=on))).tasks[0].attempts[0])
    assert ("shared" in line) is (share < 1)


def test_spot_ranges_over_the_zones_where_the_queue_buys_so() -> None:
    found = cost(attempt(on=holder("small"), queue="spot"))
    assert found.spot is not None
    assert found.spot.usd_per_hour == Dollars(0.1, 0.2)
    assert found.spot.usd == Dollars(0.1, 0.4), "half of it in the cheapest zone, all of it in the dearest"
    assert found.spot.time == SPOT.time
    assert found.on_demand.usd == Dollars(0.5, 1.0)


def test_without_a_time_there_is_only_a_price_per_hour() -> None:
    found = cost(attempt(time_s=None))
    assert found.on_demand.usd is None
    assert found.on_demand.usd_per_hour == Dollars(1.0, 1.0)
    assert totals(priced(site(attempt(time_s=None)))).per_sample[0].on_demand_usd is None


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (attempt(on=holder("other")), "x.prices.json has no price of other in eu-central-1"),
        (attempt(on=holder("unknown")), "two products"),
        (attempt(queue="fixed"), "no prices of these"),
        (replace(attempt(), holder=None), "its machine is not known"),
    ],
)
def test_what_is_not_known_has_a_reason_and_no_number(one: Attempt, why: str) -> None:
    found = cost(one)
    assert (found.on_demand.usd_per_hour, found.on_demand.usd) == (None, None)
    assert found.on_demand.unknown == why
    (total,) = totals(priced(site(one))).per_sample
    assert (total.on_demand_usd, total.tasks, total.left_out) == (None, (), (f"default: {why}",))


def test_a_missing_spot_price_leaves_the_price_on_demand() -> None:
    one = attempt(on=holder("big"), queue="spot")
    found = cost(one)
    assert found.on_demand.usd is not None
    assert found.spot is not None
    assert found.spot.usd is None
    (total,) = totals(priced(site(one))).per_sample
    assert total.on_demand_usd is not None
    assert total.spot_usd is None
    assert [each.startswith("default on Spot: ") for each in total.left_out] == [True]


def test_a_spot_price_alone_is_shown_alone() -> None:
    one = attempt(on=holder("small"), queue="spot")
    prices = {"small": Price(spot=SPOT, unknown="two products")}
    (total,) = totals(priced(site(one), prices)).per_sample
    assert (total.on_demand_usd, total.spot_usd) == (None, Dollars(0.1, 0.4))
    assert total.left_out == ("default on demand: two products",)


def test_without_a_pipeline_a_sample_is_one_task_of_the_default_class() -> None:
    found = priced(site(attempt(), attempt(2, holder("big", cpus=4), "later", 3600)))
    first, second = totals(found).per_sample
    assert (first.attempt, first.tasks, first.queues) == (1, ("default",), ("q",))
    assert first.on_demand_usd == Dollars(1.0, 2.0)
    assert (second.attempt, second.queues, second.on_demand_usd) == (2, ("later",), Dollars(1.0, 1.0))


def test_a_second_attempt_that_costs_the_same_is_not_repeated() -> None:
    assert len(totals(priced(site(attempt(), attempt(2)))).per_sample) == 1


def test_with_a_pipeline_a_sample_is_every_process_once() -> None:
    processes = (
        of_process(attempt(), attempt(2, queue="later"), name="ALIGN"),
        of_process(attempt(on=holder("small"), queue="spot"), name="SORT"),
        of_process(attempt(time_s=None), name="QC"),
        of_process(attempt(), name="NEVER"),
        of_process(attempt(), name="TWICE"),
        of_process(attempt(time_s=60), name="TWICE"),
    )
    first, second = totals(priced(site(attempt(), processes=processes), unused=frozenset({"NEVER"}))).per_sample
    assert first.tasks == ("ALIGN", "SORT")
    assert first.on_demand_usd == Dollars(1.5, 3.0)
    assert first.spot_usd == Dollars(1.1, 2.4), "ALIGN is not bought on Spot"
    assert {each.partition(":")[0] for each in first.left_out} == {"QC", "NEVER", "TWICE"}
    assert second.queues == ("later", "spot"), "one attempt only: its own counts again"
    assert second.on_demand_usd == first.on_demand_usd


def test_a_part_of_the_tasks_has_no_sum() -> None:
    found = priced(site(attempt()), total=False)
    assert totals(found).per_sample == ()
    assert found.tasks[0].attempts[0].cost is not None


def test_what_is_shown_of_processes_in_a_table() -> None:
    found = priced(site(processes=(of_process(attempt(), attempt(2, time_s=None), attempt(3, holder("other"))),)))
    assert found.processes is not None
    assert most(found.processes[0].attempts) == ["$2.00", "$1.00/h", "?"]
    assert most(of_process(attempt()).attempts) == [""]


@pytest.mark.parametrize(
    ("usd_per_hour", "rate", "bound"),
    [
        (0.388, "$0.388", "$0.388"),
        (1.7281, "$1.7281", "$1.73"),
        (12345.5, "$12,345.50", "$12,345.50"),
        (0.00123456, "$0.00123", "$0.00124"),
    ],
)
def test_an_upper_bound_is_rounded_up(usd_per_hour: float, rate: str, bound: str) -> None:
    one = attempt(on=holder(cpus=4), time_s=3600)
    (line,) = of_attempt(priced(site(one), {"big": Price(usd_per_hour)}).tasks[0].attempts[0])
    assert f"{rate} per hour" in line
    assert f"at most {bound} in 1h" in line


def test_only_a_few_reasons_are_shown_and_the_rest_is_counted() -> None:
    processes = tuple(of_process(attempt(time_s=None), name=f"P{number}") for number in range(9))
    text = "\n".join(of_site(totals(priced(site(processes=processes)))))
    assert "P0: " in text
    assert "5 more" in text
    assert "P8: " not in text
    assert "not included: disks" in text
