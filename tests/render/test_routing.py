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
