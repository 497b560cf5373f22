"""The queue of a task: what the real Nextflow makes of the generated expression, compared with the plan's rule."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import pytest

from nfconfgen.executors.awsbatch.facts.region import RegionFacts
from nfconfgen.executors.slurm.facts.accounting import Ceilings
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts, NodeGroup, Partition
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.facts.lock import Lock
from nfconfgen.plan.admission import Need
from nfconfgen.plan.model import SitePlan
from nfconfgen.plan.plan import CAPS_SINCE, plan
from nfconfgen.plan.route import NOWHERE, route
from nfconfgen.profile.model import Accelerator, Limits
from tests.cli import nfconfgen
from tests.core import load_text
from tests.lab.nextflow.harness import Parser, require
from tests.lab.nextflow.launch import version
from tests.lab.nextflow.shared import shared
from tests.plan.clusters import CLUSTER, DAY_S, HOUR_S, changed
from tests.plan.regions import region

PIPELINE = """\
process GRID {
  exec:
  def queues = []
  new groovy.json.JsonSlurper().parse(new File(params.probes)).each { probe ->
    def copy = task.clone()
    copy.setContext([:])
    probe.each { key, value -> copy.put(key, value) }
    queues.add([copy.queue?.toString(), copy.clusterOptions?.toString()])
  }
  file(params.answers).setText(groovy.json.JsonOutput.toJson(queues))
}
workflow { GRID() }
"""
CONFIG = """\
includeConfig 'conf/profiles.config'
params.probes = null
params.answers = null
process { withName: 'GRID' { executor = 'local' } }
"""
ROOMY = replace(
    CLUSTER, nodes={**CLUSTER.nodes, "fat1": NodeGroup(16, 1500000, ("short", "long"), (), {"gpu:v100": 4})}
)
RULES = (
    "queues: [{queue: gpu, when: {accelerator: true}}, {queue: long, when: {over: {time: 4h}}}, "
    "{queue: short, when: {under: {memory: 62 GB}, time: 4h, cpus: 8}}, {queue: percpu, when: {attempt: 1}}, himem]"
)


OPTIONS = (
    "account: lab, queues: [{queue: gpu, when: {accelerator: true}, qos: big}, "
    "{when: {attempt: 1}, constraint: avx2}, {queue: [short, percpu], when: {memory: 62 GB, time: 4h}}, "
    "{when: {from: {cpus: 8}}, cluster_options: [--nice]}, "
    "{queue: himem, when: {over: {memory: 62 GB}}, account: lab, qos: normal}, {queue: long, constraint: ib}]"
)
PER_CPU = (
    "account: lab, queues: [{queue: short, when: {under: {memory_per_cpu: 2000 MB}}}, "
    "{when: {from: {memory_per_cpu: 20000 MB}}, qos: big}, "
    "{queue: long, when: {memory_per_cpu: 3765 MB, time: 2d}}, "
    "{queue: himem, when: {over: {memory_per_cpu: 10 GB}, cpus: 17}}, percpu]"
)
ENFORCED = replace(CLUSTER, part_limits=True, every_part_limits=True)


LIMITS = {
    "odd": Ceilings(job={"cpu": 5}),
    "small": Ceilings(job={"cpu": 16}),
    "least": Ceilings(least={"cpu": 20}),
    "minutes": Ceilings(job_minutes={"cpu": 4 * 240, "mem": 64000 * 240}),
    "billing": Ceilings(job={"billing": 12}),
    "whole": Ceilings(job={"billing": 30}),
    "brief": Ceilings(wall_s=HOUR_S),
    "a100": Ceilings(job={"gres/gpu:a100": 1}),
}


def limited(facts: ClusterFacts) -> ClusterFacts:
    """With a QOS for each kind of limit."""
    own = replace((facts.associations or ())[0], qos=("big", "normal", *LIMITS))
    return replace(facts, qos={**(facts.qos or {}), **LIMITS}, associations=(own,))


def nodes(**keys: int) -> ClusterFacts:
    """With all nodes of this kind."""
    changed_nodes = {name: replace(group, **keys) for name, group in CLUSTER.nodes.items()}  # type: ignore[arg-type]
    return limited(replace(CLUSTER, nodes=changed_nodes))


CLUSTER_OF_LIMITS = limited(CLUSTER)
MIXED = limited(
    replace(
        CLUSTER,
        partitions={**CLUSTER.partitions, "mixed": Partition(cpus=80, nodes=4)},
        nodes={
            **CLUSTER.nodes,
            "c[1-2]": NodeGroup(16, 64000, ("long", "mixed", "percpu", "short")),
            "himem1": NodeGroup(32, 500000, ("himem", "mixed")),
        },
    )
)
WEIGHTS = "CPU=1.0,Mem=0.25G,GRES/gpu=4.5"
BILLING = limited(
    replace(CLUSTER, partitions={name: replace(part, billing=WEIGHTS) for name, part in CLUSTER.partitions.items()})
)


@dataclass(frozen=True, slots=True)
class Case:
    keys: str
    facts: ClusterFacts | RegionFacts


CASES = {
    "auto": Case("queues: auto", CLUSTER),
    "auto with several kinds of nodes and GPUs": Case("queues: auto", ROOMY),
    "a list": Case("queues: [long, short, himem]", CLUSTER),
    "by CPU": Case("queues: [percpu, himem], ask_memory: per-cpu", CLUSTER),
    "a whole node by CPU": Case("queues: [short, himem], ask_memory: per-cpu, exclusive: true", CLUSTER),
    "no limit of time": Case("queues: [short, long]", changed("long", max_time_s=None)),
    "a QOS of its own": Case("queues: [percpu, short, himem], qos: big", CLUSTER),
    "a default time": Case("queues: [long, himem]", changed("long", default_time_s=HOUR_S)),
    "a partition that is down": Case("queues: auto", changed("himem", state="DOWN")),
    "limits": Case("queues: auto, limits: {cpus: 8, memory: 60000 MB, time: 1d}", CLUSTER),
    "rules": Case(RULES, CLUSTER),
    "rules with options": Case(OPTIONS, CLUSTER),
    "rules by the memory of each CPU": Case(PER_CPU, CLUSTER),
    "several at once": Case("queues: [[short, percpu], [long, himem]]", CLUSTER),
    "several at once of which all must allow it": Case("queues: [[short, percpu], [long, himem]]", ENFORCED),
    "whole cores by CPU": Case("queues: [percpu, himem], ask_memory: per-cpu", nodes(cpu_step=2)),
    "whole cores with a limit": Case("queues: [percpu, short, himem], qos: odd", nodes(cpu_step=2)),
    "whole nodes with a limit": Case("queues: [mixed, short], qos: small, exclusive: true", MIXED),
    "whole nodes with a limit below": Case("queues: [mixed, himem], qos: least, exclusive: true", MIXED),
    "minutes of CPUs": Case("queues: [short, long, himem], qos: minutes", CLUSTER_OF_LIMITS),
    "minutes of a whole node": Case("queues: [short, himem], qos: minutes, exclusive: true", CLUSTER_OF_LIMITS),
    "minutes of memory, and a default time": Case(
        "queues: [long, himem], qos: minutes", limited(changed("long", default_time_s=HOUR_S))
    ),
    "a default time beyond a limit": Case(
        "queues: [long, himem], qos: brief", limited(changed("long", default_time_s=2 * HOUR_S))
    ),
    "billing": Case("queues: [short, long, gpu], qos: billing", BILLING),
    "the largest of the billing weights": Case(
        "queues: [short, long, gpu], qos: billing", replace(BILLING, largest_billing=True)
    ),
    "billing of whole nodes": Case("queues: [short, himem, gpu], qos: whole, exclusive: true", BILLING),
    "a type of GPU": Case("queues: [gpu, short], qos: a100", limited(ROOMY)),
    "memory that is not reserved": Case("queues: auto, ask_memory: per-cpu", replace(CLUSTER, memory_counts=False)),
    "memory that is not compared": Case(
        "queues: auto, ask_memory: never, limits: {memory: 400 GB}", replace(CLUSTER, memory_counts=False)
    ),
    "several nodes a job": Case("queues: [short, himem], qos: big", limited(changed("short", min_nodes=2))),
    "escalation": Case(
        "queues: [q1, q2, q3], work_dir: 's3://bucket/work'",
        region(("m5.xlarge", "r5.xlarge"), ("m5.12xlarge",), ("x1.odd",)),
    ),
    "escalation with GPUs": Case(
        "queues: [q1, q2, q3], work_dir: 's3://bucket/work'",
        region(("m5.xlarge", "g4dn.xlarge"), ("g5.xlarge",), ("g4dn.12xlarge", "m5.12xlarge")),
    ),
    "no escalation": Case(
        "queues: [q1, q2], escalate: false, work_dir: 's3://bucket/work'", region(("m5.xlarge",), ("m5.12xlarge",))
    ),
}
MEMORY_MIB = (None, 500, 3001, 15000, 20000, 47999, 48001, 64000, 64001, 102401, 190000, 500000, 600000)
TIMES_S = (None, 60, 4 * HOUR_S, 4 * HOUR_S + 60, 2 * DAY_S, 2 * DAY_S + 1, 8 * DAY_S)
CPUS = (None, 1, 4, 8, 17, 33)
GPUS = (None, Accelerator(1), Accelerator(2, "a100"), Accelerator(4, "T4"), Accelerator(9))
ATTEMPTS = (1, 2)

Probe = tuple["int | None", "int | None", "int | None", "Accelerator | None", int]


def probes() -> Iterator[Probe]:
    yield from product(MEMORY_MIB, TIMES_S, CPUS, GPUS, ATTEMPTS)


def as_directives(probe: Probe) -> Mapping[str, object]:
    memory_mib, time_s, cpus, gpus, attempt = probe
    values: dict[str, object] = {"attempt": attempt}
    values |= {} if memory_mib is None else {"memory": f"{memory_mib} MB"}
    values |= {} if time_s is None else {"time": f"{time_s}s"}
    values |= {} if cpus is None else {"cpus": cpus}
    typed = gpus is not None and {"request": gpus.count, **({"type": gpus.type} if gpus.type else {})}
    return values | ({"accelerator": typed} if typed else {})


def planned(site: SitePlan, probe: Probe) -> tuple[str, str | None]:
    """The queue and other options."""
    memory_mib, time_s, cpus, gpus, attempt = probe
    limits = site.limits if version() >= CAPS_SINCE else Limits()
    capped = [
        asked if asked is None or limit is None else min(asked, limit)
        for asked, limit in ((cpus, limits.cpus), (memory_mib, limits.memory_mib), (time_s, limits.time_s))
    ]
    unset = memory_mib is None and any(bound.by_memory for rule in site.site.rules for bound in rule.when)
    need = Need(capped[0] or 1, capped[1] or 1, capped[2], gpus)
    if unset:
        need = replace(need, memory_mib=None)  # type: ignore[arg-type]  # of the pipeline's tasks alone
    found = route(site.site, site.pools, need, attempt, waiting=True)
    if found is None:
        return NOWHERE, None
    words = site.site.executor.cluster_options(site.site, found.options, None)
    return found.name, " ".join(map(str, words)) or None


def built(case: Case, folder: Path) -> SitePlan:
    scope = "slurm" if isinstance(case.facts, ClusterFacts) else "awsbatch"
    where = "cluster: lab" if scope == "slurm" else "region: eu-central-1"
    text = f"nfconfgen: 1\npipeline: {{name: p}}\nsites:\n  s: {{executor: {scope}, {where}, {case.keys}}}\n"
    (folder / "profile.yml").write_text(text)
    name = "lab" if scope == "slurm" else "eu-central-1"
    (folder / "profile.lock.json").write_text(Lock({scope: {name: case.facts}}).to_text(), "utf-8")
    ended = nfconfgen("build", folder / "profile.yml", "--offline")
    assert ended.code == 0, ended
    loaded = load_text(text, "profile.yml").profile
    assert loaded is not None
    return plan(loaded, {"s": EXECUTORS[scope].pools(loaded.sites[0], case.facts)}).sites[0]


@pytest.mark.parametrize("parser", ["v1", "v2"])
@pytest.mark.parametrize("name", CASES)
def test_every_task_goes_where_the_plan_says(name: str, parser: Parser, tmp_path: Path) -> None:
    require()
    site = built(CASES[name], tmp_path)
    asked = list(probes())
    (tmp_path / "main.nf").write_text(PIPELINE)
    (tmp_path / "nextflow.config").write_text(CONFIG)
    (tmp_path / "probes.json").write_text(json.dumps([as_directives(probe) for probe in asked]))
    params = [f"--{key}={tmp_path}/{key}.json" for key in ("probes", "answers")]
    words = ["run", str(tmp_path / "main.nf"), "-profile", "s", "-w", str(tmp_path / "w"), *params]
    result, _ = shared(parser).run(words)
    assert result.exit_code == 0, result.output
    answers = [tuple(answer) for answer in json.loads((tmp_path / "answers.json").read_text())]
    expected = [planned(site, probe) for probe in asked]
    assert len(set(expected)) > 1
    # an empty text is no option, and those of a task that no queue takes do not matter
    answers = [(queue, None if queue == NOWHERE else options or None) for queue, options in answers]
    differing = [one for one in zip(asked, answers, expected, strict=True) if one[1] != one[2]]
    assert not differing, (len(differing), differing[:5])
