"""Time and memory of what a build makes of a large cluster's answers: facts, pools, plan, and the lock's JSON.

python -m benchmarks.slurm [ROUNDS]        each case in separate processes; no Slurm is needed
"""

from __future__ import annotations

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise

from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.executors.slurm.facts.parse import Answers, parse
from nfconfgen.executors.slurm.facts.parse_accounting import ASSOC_COLUMNS, QOS_COLUMNS
from nfconfgen.executors.slurm.pools.pools import pools
from nfconfgen.plan.plan import plan
from tests.core import load_text

NODES, PARTITIONS, ACCOUNTS = 10_000, 60, 400
MOST_S, MOST_MIB = 2.0, 300
CASES = {
    "40 kinds of nodes": (40, 6),
    "every node unlike": (NODES, 6),
    "every node unlike, in 20 partitions": (NODES, 20),
}
"""By name how many kinds of nodes there are, and in how many partitions each is."""
PROMISED = list(CASES)[:2]
STEPS = ("read", "pools", "plan", "JSON")
NODE = (
    "NodeName=n{number:05d} Arch=x86_64 CoresPerSocket=1  CPUAlloc=0 CPUEfctv={cpus} CPUTot={cpus} CPULoad=0.04 "
    "AvailableFeatures=avx2,ib ActiveFeatures=avx2,ib Gres=(null) NodeAddr=n{number} NodeHostName=n{number} "
    "Port=6818 Version=22.05.8 OS=Linux 6.1.0 #1 SMP PREEMPT_DYNAMIC  RealMemory={memory_mib} AllocMem=0 "
    "FreeMem=23419 Sockets=16 Boards=1 State=IDLE ThreadsPerCore=1 TmpDisk=0 Weight=1 Owner=N/A MCS_label=N/A "
    "Partitions={partitions}  BootTime=2026-11-22T20:05:21 SlurmdStartTime=2026-11-23T00:01:14 "
    "LastBusyTime=2026-11-23T00:01:14 CfgTRES=cpu=16,mem=62.50G,billing=16 AllocTRES= CapWatts=n/a CurrentWatts=0 "
    "AveWatts=0 ExtSensorsJoules=n/s ExtSensorsWatts=0 ExtSensorsTemp=n/s"
)


def cluster(kinds: int, each: int) -> Answers:
    """What a cluster prints that has so many kinds of nodes, each of them in so many partitions."""
    names = [f"p{number:02d}" for number in range(PARTITIONS)]
    partitions = "\n".join(
        f"PartitionName={name} AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL MaxTime={number + 1}:00:00 "
        "MaxCPUsPerNode=UNLIMITED State=UP TotalCPUs=99999 TotalNodes=1000 MaxMemPerNode=UNLIMITED"
        for number, name in enumerate(names)
    )
    config = "ClusterName = large\nAccountingStorageEnforce = associations,limits,qos\n"
    qos, associations, usage = _accounting()
    return Answers(
        config,
        partitions,
        "\n".join(_nodes(names, kinds, each)),
        qos=qos,
        associations=associations,
        user="ann|a399|lab",
        usage=usage,
        reservations="",
    )


def _accounting() -> tuple[str, str, str]:
    """As many QOS as accounts, each account below another one, with a budget of which something is used."""
    qos = [_row(QOS_COLUMNS, name="normal")]
    qos += [_row(QOS_COLUMNS, name=f"q{n}", maxtres=f"cpu={n + 100}", grptres="cpu=5000") for n in range(ACCOUNTS)]
    associations = [_row(ASSOC_COLUMNS, cluster="large", account="root")]
    for number in range(ACCOUNTS):
        parent = f"a{number - 20}" if number >= 20 else "root"
        own = {"cluster": "large", "account": f"a{number}", "grptres": f"cpu={9000 + number}"}
        associations.append(_row(ASSOC_COLUMNS, **own, parentname=parent))
    associations.append(
        _row(ASSOC_COLUMNS, cluster="large", account="a399", user="ann", qos="normal,q7", defaultqos="normal")
    )
    usage = [
        f"ClusterName=large Account=a{n} UserName= ParentAccount=root(1) GrpWall=N(1.5) "
        f"GrpTRES=cpu=N(3) GrpTRESMins=cpu=900000({n}),mem=N(0) MaxJobs="
        for n in range(ACCOUNTS)
    ]
    return "\n".join(qos), "\n".join(associations), "\n".join(usage)


def _row(columns: Sequence[str], **values: str) -> str:
    return "|".join(values.get(column, "") for column in columns)


def _nodes(names: list[str], kinds: int, each: int) -> Iterator[str]:
    for number in range(NODES):
        kind = number * kinds // NODES
        within = ",".join(random.Random(kind * 40 // kinds).sample(names, each))  # noqa: S311 - the same each time
        yield NODE.format(number=number, cpus=16 + kind * 40 // kinds, memory_mib=64000 + kind, partitions=within)


def profile() -> str:
    labels = "".join(
        f"    l{n}: {{cpus: {n % 16 + 1}, memory: {n + 1} GB, time: {n % 50 + 1}h}}\n" for n in range(30)
    )
    return (
        "nfconfgen: 1\npipeline: {name: large}\ntasks:\n  default: {cpus: 1, memory: 1 GB, time: 1h}\n"
        f"  labels:\n{labels}sites:\n  s: {{executor: slurm, queues: auto}}\n"
    )


def child(case: str) -> None:
    """One case in this process; its seconds by step, those of a yardstick, and MiB as JSON."""
    printed = cluster(*CASES[case])
    loaded = load_text(profile(), "large.yml").profile
    assert loaded is not None
    marks = [time.perf_counter()]
    for line in printed.nodes.splitlines():
        dict([word.split("=", 1) for word in line.split() if "=" in word])
    marks.append(time.perf_counter())
    facts = parse(printed, "2026-11-22T00:00:00Z")
    marks.append(time.perf_counter())
    offered = pools(facts, loaded.sites[0])
    marks.append(time.perf_counter())
    made = plan(loaded, {"s": offered})
    marks.append(time.perf_counter())
    assert ClusterFacts.from_json(json.loads(json.dumps(facts.to_json()))) == facts
    marks.append(time.perf_counter())
    assert not made.findings, made.findings[:3]
    assert not printed.doubts, printed.doubts[:3]
    taken = [after - before for before, after in pairwise(marks)]
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"yardstick": taken[0], "steps": taken[1:], "groups": len(facts.nodes), "peak_mib": peak_mib}))


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(
        f"| | groups | {' | '.join(f'{step}, s' for step in STEPS)} | first three, s | × splitting the lines | MiB |"
    )
    print(f"|---|--:|{'--:|' * (len(STEPS) + 3)}")
    kept = True
    for case in CASES:
        command = [sys.executable, "-m", "benchmarks.slurm", "--case", case]
        runs = [
            json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            for _ in range(rounds)
        ]
        steps = [statistics.median(run["steps"][step] for run in runs) for step in range(len(STEPS))]
        total_s = statistics.median(sum(run["steps"][:3]) for run in runs)
        ratio = statistics.median(sum(run["steps"][:3]) / run["yardstick"] for run in runs)
        peak_mib = max(run["peak_mib"] for run in runs)
        kept = kept and (case not in PROMISED or (total_s < MOST_S and peak_mib < MOST_MIB))
        cells = [f"{step:.2f}" for step in steps]
        print(
            f"| {case} | {runs[0]['groups']} | {' | '.join(cells)} | {total_s:.2f} | {ratio:.1f} | {peak_mib:.0f} |"
        )
    promise = f"read, pools and plan of the first two under {MOST_S:.0f} s and {MOST_MIB} MiB"
    print(f"{rounds} rounds, {os.cpu_count()} cores; promise {'kept' if kept else 'missed'}: {promise}")
    return 0 if kept else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--case"]:
        child(sys.argv[2])
        raise SystemExit(0)
    raise SystemExit(main())
