"""The job that runs Nextflow: its partition, and the findings if it cannot start."""

from __future__ import annotations

import pytest

from tests.plan.clusters import CLUSTER, changed, planned, reported


@pytest.mark.parametrize(
    ("site", "queue"),
    [
        ("queues: auto", "short"),  # 4 GB and no time
        ("queues: auto, head: {time: 3d}", "long"),
        ("queues: auto, head: {time: 1d, memory: 100 GB}", "himem"),
        ("queues: auto, head: {time: 8d}", ""),  # the cluster's own default
        ("queues: [long, short]", "long"),  # the one that the profile names first
        ("queues: [long, short], head: {queue: himem}", "himem"),
    ],
)
def test_it_goes_to_the_first_partition_that_holds_it(site: str, queue: str) -> None:
    assert planned(site).sites[0].head_queue == queue


@pytest.mark.parametrize(
    ("site", "message"),
    [
        (
            "queues: [short], head: {time: 5h}",
            "time 5h of the head job does not fit short (MaxTime of short is 4h): it would pend indefinitely "
            "(PartitionTimeLimit)",
        ),
        (
            "queues: [long], head: {memory: 48001 MB}",
            "memory 48001 MB of the head job does not fit long (MaxMemPerNode of long is 48000 MB): it would "
            "pend indefinitely (MaxMemPerLimit)",
        ),
        (
            "queues: [short], head: {cpus: 17}",
            "17 cpus of the head job do not fit short (largest: c[1-2], 16 CPUs): Slurm would refuse it",
        ),
    ],
)
def test_a_misfit_is_reported_where_it_is_set(site: str, message: str) -> None:
    found = planned(site).findings
    assert [(f.place.line, f.rule, f.message, f.level) for f in found] == [(6, "head-fit", message, "error")]
    text = f"  s: {{executor: slurm, {site}}}"
    assert text[found[0].place.column - 1 :].startswith(tuple(f"{value}" for value in ("5h", "48001 MB", "17")))


@pytest.mark.parametrize("site", ["queues: [short], head: {time: 4h, memory: 64000 MB, cpus: 16}", "queues: [long]"])
def test_a_fitting_head_job_has_no_findings(site: str) -> None:
    assert planned(site).findings == ()


def test_its_memory_is_requested_per_node_whatever_the_tasks_do() -> None:
    """4 GB for the one CPU would be 64 GB for the 16 of a whole node."""
    made = planned("queues: [short, himem], ask_memory: per-cpu, exclusive: true")
    assert reported(made) == []
    auto = planned("queues: auto, ask_memory: per-cpu, exclusive: true")
    assert auto.sites[0].head_queue == "short"


def test_it_may_use_the_nodes_that_the_tasks_may_not() -> None:
    """Its options have no constraint."""
    made = planned("queues: [himem, short], constraint: avx2", "memory: 4 GB")
    assert (made.sites[0].head_queue, reported(made)) == ("himem", [])


def test_a_partition_that_accepts_no_jobs_is_reported_once() -> None:
    made = planned("queues: [short]", facts=changed("short", accounts=("other",)))
    assert [rule for _, rule, _ in reported(made)] == ["no-access"]


def test_an_unknown_partition_is_not_checked() -> None:
    assert "debug" not in CLUSTER.partitions
    assert planned("queues: [short], head: {queue: debug, time: 30d}").findings == ()


def test_without_memory_requests_it_requests_none() -> None:
    assert reported(planned("queues: [short], ask_memory: never, head: {memory: 900 GB}")) == []


def test_a_head_job_that_the_profile_never_speaks_of_is_a_warning() -> None:
    made = planned("queues: [short]", facts=changed("short", max_memory_per_node_mib=2000))
    assert [(f.rule, f.level) for f in made.findings if f.rule == "head-fit"] == [("head-fit", "warning")]
