"""Tasks with their own numbers: the real Nextflow sends each to the partition that the plan would choose."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.executors.slurm.pools.pools import pools
from nfconfgen.facts.lock import Lock
from nfconfgen.plan.admission import Need
from nfconfgen.plan.attempts import attempts_of
from nfconfgen.plan.placement import can_place
from nfconfgen.profile.model import Accelerator, Site
from nfconfgen.profile.retry_settings import Retry
from tests.cli import nfconfgen
from tests.lab.nextflow.harness import Parser, Process, attempts, require
from tests.lab.nextflow.submit import headers
from tests.lab.nextflow.test_slurm_keys import made
from tests.plan.clusters import CLUSTER, DAY_S, HOUR_S, profile
from tests.plan.regions import plan_of, region, text

SITES = {
    "auto": ("queues: auto", CLUSTER),
    "by CPU": ("queues: [percpu, himem], ask_memory: per-cpu", CLUSTER),
}


def _needs() -> Iterator[Need]:
    """Around every limit of the cluster."""
    sizes = (1000, 3001, 20000, 47999, 48001, 64000, 64001, 102401, 500000)
    times = (60, 4 * HOUR_S, 4 * HOUR_S + 60, 2 * DAY_S + 1)
    yield from (Need(cpus, mib, time_s) for cpus, mib, time_s in product((1, 8, 17), sizes, times))


def _planned(need: Need, facts: ClusterFacts, site: Site) -> str:
    """Where the plan sends a task of this size; empty: nowhere."""
    offered = pools(facts, site)
    if not any(can_place(pool, need) for pool in offered):
        return ""
    found = attempts_of(need, offered, replace(site, retry=Retry(1)))
    assert found is not None
    return found[0].request.queue


@pytest.mark.parametrize("parser", ["v1", "v2"])
def test_what_a_label_adds_chooses_the_partition_too(parser: Parser, tmp_path: Path) -> None:
    """A queue for an hour without GPUs is of no use to who gets a day or a GPU besides."""
    require()
    processes = {
        "PLAIN": (),
        "ROOMY": ("label 'roomy'",),
        "LONG": ("label 'added_time'",),
        "LONG_ROOMY": ("label 'added_time'", "label 'roomy'"),
        "ROOMY_LONG": ("label 'roomy'", "label 'added_time'"),
        "GPU": ("label 'added_gpu'",),
        "GPU_LONG": ("label 'added_gpu'", "label 'added_time'"),
    }
    text_of_profile = (
        "nfconfgen: 1\npipeline: {name: p}\ntasks:\n  default: {cpus: 2, memory: 8 GB, time: 1h}\n  labels:\n"
        "    added_time: {time: 20h}\n    added_gpu: {accelerator: 1}\n"
        "    roomy: {cpus: 4, memory: 40 GB, time: 3d}\n"
        "sites:\n  cluster: {executor: slurm, queues: [short, long, himem, gpu], cluster: lab, "
        "submission: {poll_interval: 1s}}\n"
    )
    (tmp_path / "profile.lock.json").write_text(Lock({"slurm": {"lab": CLUSTER}}).to_text(), "utf-8")
    folder = made(tmp_path, text_of_profile, processes, "includeConfig 'conf/profiles.config'\n")
    found = headers(folder, "cluster", parser)
    sent = {name: next(line[3:] for line in lines if line.startswith("-p ")) for name, lines in found.items()}
    assert sent == {
        "PLAIN": "short",
        "ROOMY": "long",
        "LONG": "long",
        "LONG_ROOMY": "long",
        "ROOMY_LONG": "long",
        "GPU": "gpu",
        "GPU_LONG": "gpu",
    }


@pytest.mark.parametrize(("case", "parser"), [("auto", "v1"), ("auto", "v2"), ("by CPU", "v2")])
def test_tasks_go_where_the_plan_would_send_them(case: str, parser: Parser, tmp_path: Path) -> None:
    require()
    keys, facts = SITES[case]
    site = profile(keys).sites[0]
    wanted = {f"T{number}": (need, _planned(need, facts, site)) for number, need in enumerate(_needs())}
    placed = {name: (need, queue) for name, (need, queue) in wanted.items() if queue}
    assert len(placed) >= 20
    processes = {
        name: (f"cpus {need.cpus}", f"memory {need.memory_mib}.MB", f"time {need.time_s}.s")
        for name, (need, _) in placed.items()
    }
    text_of_profile = (
        f"nfconfgen: 1\npipeline: {{name: p}}\nsites:\n"
        f"  cluster: {{executor: slurm, {keys}, cluster: lab, submission: {{poll_interval: 1s}}}}\n"
    )
    lock = json.loads(Lock({"slurm": {"lab": facts}}).to_text())
    (tmp_path / "profile.lock.json").write_text(json.dumps(lock), "utf-8")
    folder = made(tmp_path, text_of_profile, processes, "includeConfig 'conf/profiles.config'\n")
    found = headers(folder, "cluster", parser)
    sent = {name: next(line[3:] for line in lines if line.startswith("-p ")) for name, lines in found.items()}
    assert {name: (need, sent[name]) for name, (need, _) in placed.items()} == placed


QUEUES = (
    ("m5.xlarge", "m5.12xlarge"),
    ("m5.12xlarge", "g4dn.xlarge", "g4dn.8xlarge"),
    ("g4dn.12xlarge",),
    ("m5.12xlarge", "g4dn.12xlarge"),
)


@pytest.mark.parametrize("parser", ["v1", "v2"])
def test_tasks_with_gpus_of_their_own_go_to_the_queue_that_has_them(parser: Parser, tmp_path: Path) -> None:
    """On AWS Batch, where Nextflow hands the accelerator on."""
    require()
    facts = region(*QUEUES)
    (tmp_path / "profile.yml").write_text(text(facts, attempts=1), "utf-8")
    (tmp_path / "profile.lock.json").write_text(Lock({"awsbatch": {"eu-central-1": facts}}).to_text(), "utf-8")
    assert nfconfgen("build", tmp_path / "profile.yml", "--offline").code == 0
    planned = plan_of(text(facts), facts).sites[0]
    pools = planned.pools
    wanted = {}
    for cpus, memory_mib, gpus in product((2, 8, 40), (4096, 100000), (0, 1, 2, 4)):
        need = Need(cpus, memory_mib, gpus=Accelerator(gpus) if gpus else None)
        found = attempts_of(need, pools, replace(planned.site, retry=Retry(1)))
        if found is not None:
            wanted[f"T{cpus}x{memory_mib}x{gpus}"] = (need, found[0].request.queue)
    assert {queue for _, queue in wanted.values()} == {"q1", "q2", "q3"}
    processes = [
        Process(
            name,
            directives=f"cpus {need.cpus}\nmemory {need.memory_mib}.MB"
            + (f"\naccelerator {need.gpus.count}, type: 'T4'" if need.gpus else ""),
        )
        for name, (need, _) in wanted.items()
    ]
    run = attempts(tmp_path / "conf/profiles.config", "s", processes, parser)
    assert {name: found[0].queue for name, found in run.items()} == {
        name: queue for name, (_, queue) in wanted.items()
    }
