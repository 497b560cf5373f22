"""Where the attempts of a process run, and how many of them share a machine."""

from __future__ import annotations

import pytest

from nfconfgen.plan.model import Plan
from nfconfgen.recommend.where.placements import Placement, lines, placements
from tests.plan import clusters, regions

SMALL_AND_LARGE = regions.region(["m5.xlarge"], ["m5.12xlarge"])


def only(made: Plan, process: str = "P") -> Placement:
    (place,) = placements(made.sites, [process])
    return place


@pytest.mark.parametrize(("fit", "small", "large"), [("request", 3, 46), ("instance", 1, 1), ("share", 3, 46)])
def test_tasks_that_share_an_instance(fit: str, small: int, large: int) -> None:
    """They register 15422 and 188699 MiB, which hold 3 and 46 times 4 GB."""
    for facts, tasks in ((regions.region(["m5.xlarge"]), small), (regions.region(["m5.12xlarge"]), large)):
        held = only(regions.planned(facts, "cpus: 1, memory: 4 GB", fit, attempts=1)).first
        assert held.tasks == tasks
        assert held.shape is not None
        assert held.tasks * held.memory_mib <= held.shape.memory_mib


def test_attempts_that_go_elsewhere() -> None:
    place = only(regions.planned(SMALL_AND_LARGE, "cpus: 2, memory: 8 GB"))
    assert [(each.attempts, each.queue) for each in place.tries] == [((1,), "q1"), ((2,), "q2"), ((3,), "q2")]
    assert place.elsewhere is place.tries[1]
    assert (place.machine, place.task) == ("instance", "default")
    stays = only(regions.planned(regions.region(["m5.12xlarge"]), "cpus: 2, memory: 8 GB"))
    assert (stays.elsewhere, [each.tasks for each in stays.tries]) == (None, [23, 11, 7])


def test_nodes_that_a_job_has_alone() -> None:
    shared = only(clusters.planned("queues: [short]", "cpus: 4, memory: 20 GB", 1)).first
    assert shared.tasks == 3
    alone = clusters.changed("short", exclusive=True)
    assert only(clusters.planned("queues: [short]", "cpus: 4, memory: 20 GB", 1, alone)).first.tasks == 1


def test_the_class_of_the_process_or_else_the_default() -> None:
    text = regions.text(SMALL_AND_LARGE, "cpus: 1, memory: 1 GB").replace(
        "}}\nsites", "}, processes: {W:FULL: {memory: 20 GB}, SHORT: {memory: 30 GB}, 'B.*': {memory: 5 GB}}}\nsites"
    )
    made = regions.plan_of(text, SMALL_AND_LARGE)
    found = placements(made.sites, ["W:FULL", "X:SHORT", "X:FULL", "X:BWA"])
    assert [(each.task, each.first.memory_mib) for each in found] == [
        ("W:FULL", 20480),
        ("SHORT", 30720),
        ("default", 1024),
        ("B.*", 5120),
    ]
    table = list(lines(found))
    assert len(table) == 1 + sum(1 if each.elsewhere is None else 2 for each in found)
    column = table[0].index("queue")
    assert {line[column : column + 2] for line in table[1:]} == {"q1", "q2"}


def test_a_site_that_plans_no_request_has_no_places() -> None:
    assert placements(regions.planned(SMALL_AND_LARGE).sites, ["P"]) == []
    assert list(lines([])) == []


def test_machines_that_are_not_known() -> None:
    made = regions.plan_of(regions.text(SMALL_AND_LARGE, "cpus: 1, memory: 1 GB"), regions.region())
    place = only(made)
    assert (place.first.shape, place.first.tasks) == (None, None)
    (line,) = lines([place])
    assert line.startswith("s: its machines are not known")
