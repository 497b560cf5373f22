"""The lab is as described, and its requests come out as Slurm has it."""

from __future__ import annotations

import multiprocessing
import os
import shlex
import shutil
import subprocess
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from tests.lab.shell import require_tool

from . import cluster
from .cluster import SETTLE_TIMEOUT_S, Cluster, Kind, LabError, Outcome, PartLimits, fields, require, unavailable

NODES = {
    "c1": "16 64000 None avx2,ib (null)",
    "c2": "16 64000 None avx2,ib (null)",
    "himem1": "32 512000 12000 (null) (null)",
    "gpu1": "16 128000 None avx2 gpu:a100:2",
    "sick1": "64 256000 None (null) (null)",
    "ht1": "8 32000 None (null) (null)",
}
PARTITIONS = {
    "short": "Nodes=c[1-2] Default=YES MaxTime=04:00:00 DefaultTime=00:30:00",
    "long": "Nodes=c[1-2] Default=NO MaxTime=7-00:00:00 MaxMemPerNode=48000",
    "himem": "Nodes=himem1 MaxTime=2-00:00:00 DefMemPerCPU=8000 MaxMemPerCPU=16000",
    "percpu": "Nodes=c[1-2] MaxTime=1-00:00:00 MaxMemPerCPU=3000 MaxCPUsPerNode=UNLIMITED",
    "fewcpus": "Nodes=c[1-2] MaxCPUsPerNode=8 MaxMemPerNode=UNLIMITED",
    "fewpercpu": "Nodes=c[1-2] MaxCPUsPerNode=8 MaxMemPerCPU=3000",
    "sick": "Nodes=sick1",
    "mixed": "Nodes=c[1-2],sick1",
    "gpu": "Nodes=gpu1",
    "closed": "Nodes=c1 AllowAccounts=other",
    "noqos": "Nodes=c1 AllowQos=big",
    "denyqos": "Nodes=c1 DenyQos=big",
    "pqos": "Nodes=c1 QoS=partqos",
    "pdown": "Nodes=c1 State=DOWN",
    "pdrain": "Nodes=c1 State=DRAIN",
    "pinact": "Nodes=c1 State=INACTIVE",
    "ht": "Nodes=ht1",
    "excl": "Nodes=c1 OverSubscribe=EXCLUSIVE",
    "infinite": "Nodes=c[1-2] MaxTime=UNLIMITED State=UP",
}
QOS = """\
normal|||||||
short||04:00:00|||||
big|||cpu=24,mem=100G||||
partqos|||mem=20G||||
strict|DenyOnLimit|02:00:00|mem=50G||||
pernode||||cpu=4,mem=10G|||
grp||||||cpu=6,mem=30G|
peruser|||||cpu=6,mem=30G||
minq|||||||cpu=4
partover|PartitionTimeLimit|2-00:00:00|||||
private|||||||
"""
ACCOUNTS = """\
lab||normal|||
lab|root|big,grp,minq,normal,partover,pernode,peruser,short,strict|normal||
other||normal|||
small||normal||cpu=4|
small|root|normal||cpu=4,mem=8G|01:00:00
"""

# A request of each kind, what comes of it under NO and under ALL, and words of the reason under each.
REQUESTS: list[tuple[str, tuple[Kind, str], tuple[Kind, str]]] = [
    ("-p short --mem=64000M", ("started", ""), ("started", "")),
    ("-p short --mem=64001M", ("refused", "Memory specification"), ("refused", "Memory specification")),
    ("-p short --mem=1G -t 241", ("pends", "PartitionTimeLimit"), ("refused", "time limit is invalid")),
    ("-p long --mem=48001M", ("pends", "MaxMemPerLimit"), ("refused", "Memory required by task")),
    ("-p himem --mem=500000M", ("started", ""), ("started", "")),
    ("-p himem --mem=500001M", ("refused", "node configuration"), ("refused", "node configuration")),
    ("-p sick --mem=1G", ("pends", "UnavailableNodes:sick1|are_DOWN"), ("pends", "UnavailableNodes:sick1|are_DOWN")),
    ("-p gpu --mem=1G --gres=gpu:a100:2", ("started", ""), ("started", "")),
    ("-p gpu --mem=1G --gres=gpu:a100:3", ("refused", "node configuration"), ("refused", "node configuration")),
    ("-p closed --mem=1G", ("pends", "closed_allows_other"), ("refused", "account/partition")),
    ("-p pdown --mem=1G", ("pends", "PartitionDown"), ("pends", "PartitionDown")),
    ("-p pqos --mem=20481M", ("pends", "QOSMaxMemoryPerJob"), ("pends", "QOSMaxMemoryPerJob")),
    ("-p himem --mem=1G --qos=big -c 25", ("pends", "QOSMaxCpuPerJob"), ("pends", "QOSMaxCpuPerJob")),
    ("-p short --mem=51201M --qos=strict", ("refused", "QOSMaxMemoryPerJob"), ("refused", "QOSMaxMemoryPerJob")),
    ("-p short --mem=1G --qos=private", ("refused", "Invalid qos"), ("refused", "Invalid qos")),
    ("-p short --mem=1G -A other", ("refused", "Invalid account"), ("refused", "Invalid account")),
    ("-p short --mem=8193M -A small -t 60", ("pends", "AssocMaxMemPerJob"), ("pends", "AssocMaxMemPerJob")),
]


def asked(slurm: Cluster, what: str, key: str) -> dict[str, dict[str, str]]:
    return {found[key]: found for found in map(fields, slurm.ask("scontrol", "-o", "show", what).splitlines())}


def test_nodes(slurm: Cluster) -> None:
    keys = ("CPUTot", "RealMemory", "MemSpecLimit", "AvailableFeatures", "Gres")
    nodes = asked(slurm, "node", "NodeName")
    assert {name: " ".join(str(node.get(key)) for key in keys) for name, node in nodes.items()} == NODES
    assert nodes["sick1"]["State"] == "IDLE+DRAIN"
    assert nodes["sick1"]["Reason"].startswith("disk is  bad = really [root@")
    assert not [name for name, node in nodes.items() if "DRAIN" in node["State"] and name != "sick1"]


def test_partitions(slurm: Cluster) -> None:
    partitions = asked(slurm, "partition", "PartitionName")
    assert sorted(partitions) == sorted(PARTITIONS)
    for name, expected in PARTITIONS.items():
        assert fields(expected).items() <= partitions[name].items(), name


def test_accounts_and_qos(slurm: Cluster) -> None:
    qos = "format=name,flags,maxwall,maxtres,maxtrespernode,maxtresperuser,grptres,mintres"
    printed = slurm.ask("sacctmgr", "-nP", "show", "qos", qos)
    # the topologies beside the lab have theirs in the same database
    assert set(printed.splitlines()) >= set(QOS.splitlines())
    printed = slurm.ask("sacctmgr", "-nP", "show", "user", "root", "format=user,defaultaccount")
    assert printed == "root|lab\n"
    assoc = "format=account,user,qos,defaultqos,maxtres,maxwall"
    printed = slurm.ask("sacctmgr", "-nP", "show", "assoc", "cluster=lab", "account=lab,small,other", assoc)
    assert sorted(printed.splitlines()) == sorted(ACCOUNTS.splitlines())


@pytest.mark.parametrize("part_limits", ["NO", "ALL"])
def test_requests_of_each_kind(slurm: Cluster, part_limits: PartLimits) -> None:
    outcomes = slurm.submit([shlex.split(request) for request, _, _ in REQUESTS], part_limits)
    expected = [no if part_limits == "NO" else everything for _, no, everything in REQUESTS]
    assert [outcome.kind for outcome in outcomes] == [kind for kind, _ in expected]
    for outcome, (_, words) in zip(outcomes, expected, strict=True):
        assert any(word in outcome.reason for word in words.split("|")), outcome


def test_what_is_reported_of_a_job(slurm: Cluster) -> None:
    raised, small = slurm.submit(
        [["-p", "himem", "-c", "2", "--mem=400000M"], ["-A", "small", "-t", "30", "--mem=64"]]
    )
    assert raised == Outcome(
        kind="started",
        state="COMPLETED",
        cpus=24,
        tres={"cpu": "24", "mem": "400000M", "node": "1", "billing": "24"},
        partition="himem",
        qos="normal",
        account="lab",
        time_limit="2-00:00:00",
    )
    assert (raised.memory_mib, small.memory_mib) == (400000, 64)
    assert (small.partition, small.account, small.time_limit) == ("short", "small", "00:30:00")


def test_limits_on_what_runs_together_apply_to_each_request_by_itself(slurm: Cluster) -> None:
    requests = [["--mem=20G", "--qos", qos, "-w", node] for qos in ("grp", "peruser") for node in ("c1", "c2")]
    outcomes = slurm.submit([*requests, ["--mem=30721M", "--qos=grp"]])
    assert [outcome.kind for outcome in outcomes] == ["started"] * 4 + ["pends"]
    assert outcomes[-1].reason == "QOSGrpMemLimit"


def test_over_memory_is_killed(slurm: Cluster) -> None:
    greedy = "exec python3 -c 'import time; held = bytearray(200 << 20); time.sleep(60)'"
    modest = "exec python3 -c 'import time; held = bytearray(200 << 20); time.sleep(3)'"
    (killed,) = slurm.submit([["--mem=50M"]], wrap=greedy)
    (left,) = slurm.submit([["--mem=500M"]], wrap=modest)
    assert (killed.kind, killed.state) == ("started", "FAILED")
    assert (left.kind, left.state) == ("started", "COMPLETED")


def test_nothing_is_left_in_the_queue(slurm: Cluster) -> None:
    with slurm.alone():
        slurm.submit([["-p", "sick"]])
        assert "nfconfgen-lab" not in slurm.ask("squeue", "-h", "-o", "%j", "-t", "pending")


def test_a_command_that_fails_is_reported_with_its_message(slurm: Cluster) -> None:
    with pytest.raises(LabError, match="scontrol show node nope: Node nope not found"):
        slurm.ask("scontrol", "show", "node", "nope")


def _use(slurm: Cluster, done: Event) -> None:
    with slurm.alone():
        done.set()


def test_another_worker_waits_for_its_turn(slurm: Cluster) -> None:
    context = multiprocessing.get_context("spawn")
    done = context.Event()
    other = context.Process(target=_use, args=(Cluster(), done))
    with slurm.alone(), slurm.alone():
        other.start()
        assert not done.wait(2)
    # it may have to wait for tests that share the lab, too; this only ends one that hangs
    other.join(SETTLE_TIMEOUT_S)
    assert done.is_set()


def test_settings_of_the_developer_do_not_reach_the_lab(slurm: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SBATCH_ACCOUNT", "nope")
    monkeypatch.setenv("SLURM_CONF", "/nowhere")
    assert [outcome.kind for outcome in slurm.submit([["--mem=64"]])] == ["started"]


def test_values_with_blanks_are_read_whole() -> None:
    line = (
        "NodeName=c1 OS=Linux 6.1 #1 SMP @0  Reason=disk is  bad = really [root@2026-11-23T00:01:14] Partitions=a,b "
    )
    assert fields(line) == {
        "NodeName": "c1",
        "OS": "Linux 6.1 #1 SMP @0 ",
        "Reason": "disk is  bad = really [root@2026-11-23T00:01:14]",
        "Partitions": "a,b",
    }


def test_missing_lab_skips_here_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(cluster, "unavailable", unavailable.__wrapped__)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs root"):
        require()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="needs root"):
        require()


def test_start_that_fails_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "", "start.sh: packages could not be installed\n")

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: "/usr/sbin/slurmctld")
    monkeypatch.setattr(cluster, "call", broken)
    reason = unavailable.__wrapped__()
    assert reason == "the lab's Slurm does not start: start.sh: packages could not be installed"


def test_shellcheck_finds_nothing() -> None:
    require_tool("shellcheck")
    scripts = sorted(map(str, Path(__file__).parent.glob("*.sh")))
    assert subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, check=False).stdout == ""
