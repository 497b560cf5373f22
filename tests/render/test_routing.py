"""The queue of a task as an expression: what CI has no version of Nextflow to see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nfconfgen.render.routing import routing
from tests.plan.clusters import CLUSTER, planned


@pytest.mark.parametrize("how", ["never", "per-node", "per-cpu"])
@pytest.mark.parametrize("counts", [True, False])
def test_a_limit_of_the_profile_holds_whatever_slurm_does_with_memory(how: str, counts: bool) -> None:
    """Before 24.04 Nextflow does not cap what a task asks for: found with 23.10."""
    facts = replace(CLUSTER, memory_counts=counts)
    site = planned(f"queues: auto, ask_memory: {how}, limits: {{memory: 40000 MB}}", facts=facts).sites[0]
    arms = [line for line in str(routing(site)).splitlines() if "task.cpus <=" in line]
    assert arms
    assert all("(task.memory ?: 1.MB) <= 40000.MB" in line for line in arms)


def test_a_task_that_is_capped_at_the_limit_is_held_by_a_node_of_that_size() -> None:
    """Nextflow caps it at all of a limit that is no whole MiB, and submits whole ones."""
    mib = max(group.memory_mib for group in CLUSTER.nodes.values())
    site = planned(f"queues: auto, limits: {{memory: {mib}.5 MB}}", facts=CLUSTER).sites[0]
    assert f"(task.memory ?: 1.MB) <= {mib}.5.MB" in str(routing(site))
