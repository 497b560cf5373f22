"""How much to ask for on nodes of a cluster, and what is the most."""

from __future__ import annotations

import pytest

from nfconfgen.facts.model import Bound, Pool, Shape
from nfconfgen.plan import placement
from nfconfgen.plan.admission import Need
from nfconfgen.profile.model import Limits
from tests.plan.clusters import changed, planned, pools_of

SMALL, LARGE = Shape("a", 4, 10000, "configured"), Shape("b", 32, 64050, "configured")
POOL = Pool("p", (SMALL, LARGE), rules_known=True, configured=True)


@pytest.mark.parametrize(
    ("need", "shape"),
    [
        (Need(4, 10000), SMALL),
        (Need(4, 10001), LARGE),
        (Need(5, 1), LARGE),
        (Need(32, 64050), LARGE),
        (Need(33, 1), None),
        (Need(1, 64051), None),
    ],
)
def test_the_smallest_node_that_holds_it(need: Need, shape: Shape | None) -> None:
    assert placement.smallest(POOL, need) == shape
    assert placement.can_place(POOL, need) == (shape is not None)


def test_configured_memory_is_requested_to_the_mib() -> None:
    assert placement.ask_mib(64050, POOL) == 64050
    assert placement.ask_mib(64050, Pool("p", (LARGE,))) == 64000


@pytest.mark.parametrize(
    ("pool", "most_mib"),
    [
        (POOL, 64050),
        (Pool("p", rules_known=True, configured=True), None),
        (Pool("p", (LARGE,), bounds=(Bound("memory", 100, "", "pends"),), rules_known=True, configured=True), 100),
        (
            Pool(
                "p",
                (LARGE,),
                bounds=(Bound("memory", 100, "", "pends", least=True),),
                rules_known=True,
                configured=True,
            ),
            64050,
        ),
        (Pool("p", (LARGE,), bounds=(Bound("time", 100, "", "pends"),), rules_known=True, configured=True), 64050),
        (Pool("p", (LARGE,), limits=Limits(memory_mib=500), rules_known=True, configured=True), 500),
        (Pool("p", limits=Limits(memory_mib=500)), 500),
    ],
)
def test_the_most_memory(pool: Pool, most_mib: int | None) -> None:
    assert placement.most_memory_mib(pool, Need(1, 1)) == most_mib


def test_the_most_memory_with_many_cpus_is_that_of_the_nodes_that_have_them() -> None:
    shapes = (Shape("a", 64, 1000, "configured"), Shape("b", 4, 9000, "configured"))
    assert placement.most_memory_mib(Pool("p", shapes, rules_known=True, configured=True), Need(5, 1)) == 1000


def test_limits_of_the_site_hold_as_well() -> None:
    pool = pools_of("queues: [short], limits: {memory: 10 GB, cpus: 4}")["short"]
    assert placement.can_place(pool, Need(4, 10240))
    assert not placement.can_place(pool, Need(5, 1))
    assert not placement.can_place(pool, Need(1, 10241))


def test_an_unknown_pool_is_only_bounded_by_its_limits() -> None:
    assert placement.can_place(Pool("p"), Need(10**6, 10**9))
    assert not placement.can_place(Pool("p", limits=Limits(cpus=1)), Need(2, 1))


@pytest.mark.parametrize(
    ("site", "limits"),
    [
        ("queues: auto", Limits(32, 500000, 7 * 86400)),
        ("queues: [long]", Limits(16, 48000, 7 * 86400)),
        ("queues: [short]", Limits(16, 64000, 4 * 3600)),
        ("queues: [short], limits: {memory: 10 GB, cpus: 4, time: 1h}", Limits(4, 10240, 3600)),
        ("queues: [short], limits: {memory: 999 GB, cpus: 99}", Limits(16, 64000, 4 * 3600)),
    ],
)
def test_the_most_that_a_task_of_the_pipeline_gets(site: str, limits: Limits) -> None:
    assert planned(site).sites[0].limits == limits


def test_of_partitions_without_limit_of_time_there_is_none() -> None:
    facts = changed("long", max_time_s=None)
    assert planned("queues: [short, long]", facts=facts).sites[0].limits.time_s is None
