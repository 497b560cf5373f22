"""What clusters of other kinds and versions print, and what comes of it."""

from __future__ import annotations

import pytest

from nfconfgen.executors.slurm.facts.accounting import Reservation
from nfconfgen.executors.slurm.facts.parse import Answers, parse
from nfconfgen.executors.slurm.facts.parse_accounting import ASSOC_COLUMNS, QOS_COLUMNS
from tests.conftest import ROOT
from tests.executors.slurm.samples import NOW, facts, node, row, sample, small


def parsed(*nodes: str, config: str = "", **texts: str) -> Answers:
    given = small(*nodes, **texts)
    given.config += config
    return given


@pytest.mark.parametrize(
    ("keys", "cpus"),
    [
        # 22.05 subtracts them itself
        ({"CPUTot": "64", "CPUEfctv": "60", "CoreSpecCount": "2", "ThreadsPerCore": "2"}, 60),
        # 20.11 and 21.08
        ({"CPUTot": "64", "CPUEfctv": "", "CoreSpecCount": "2", "ThreadsPerCore": "2"}, 60),
        ({"CPUTot": "64", "CPUEfctv": "", "CPUSpecList": "0-1,32-33"}, 60),
        ({"CPUTot": "64", "CPUEfctv": "", "CPUSpecList": "7"}, 63),
        ({"CPUTot": "64", "CPUEfctv": ""}, 64),
    ],
)
def test_cpus_that_the_system_keeps(keys: dict[str, str], cpus: int) -> None:
    (group,) = parse(parsed(node(**keys)), NOW).nodes.values()
    assert group.cpus == cpus


@pytest.mark.parametrize(
    ("select", "keys", "step"),
    [
        ("CR_CPU_MEMORY", {"CPUTot": "16", "Sockets": "1", "CoresPerSocket": "8"}, 1),
        ("CR_CORE_MEMORY", {"CPUTot": "16", "Sockets": "1", "CoresPerSocket": "8"}, 2),
        ("CR_CORE", {"CPUTot": "8", "Sockets": "1", "CoresPerSocket": "8"}, 1),
        ("CR_SOCKET_MEMORY", {"CPUTot": "16", "Sockets": "2", "CoresPerSocket": "4"}, 8),
        ("CR_CORE_MEMORY", {"CPUTot": "16"}, 1),
    ],
)
def test_cpus_that_are_given_at_once(select: str, keys: dict[str, str], step: int) -> None:
    config = f"SelectTypeParameters = {select}\n"
    (group,) = parse(parsed(node(**keys, CPUEfctv=keys["CPUTot"]), config=config), NOW).nodes.values()
    assert group.cpu_step == step


@pytest.mark.parametrize("name", ["all", "ALL", "NONE", "N/A", "none"])
def test_names_that_look_like_words_of_slurm(name: str) -> None:
    given = parsed(node(Partitions=name, ActiveFeatures=name))
    given.partitions = f"PartitionName={name} State=UP AllowAccounts=ALL\n"
    found = parse(given, NOW)
    assert given.doubts == []
    assert list(found.partitions) == [name]
    (group,) = found.nodes.values()
    assert (group.partitions, group.features) == ((name,), (name,))


def test_budgets_that_are_used_up() -> None:
    """As 20.11 to 25.05 print them; the rest of a record may grow."""
    usage = (
        "Current Association Manager state\nUser Records\n"
        "ClusterName=lab Account=lab UserName= ParentAccount=root(1) GrpWall=N(3.20) "
        "GrpTRESMins=cpu=100(100),mem=N(7),gres/gpu:a100=5(4) GrpTRESRunMins=cpu=N(0) New=1\n"
        "ClusterName=lab Account=lab UserName=root(0) GrpWall=60(60.00) GrpTRESMins=cpu=N(0)\n"
        "QOS=short(3) UsageRaw=1.0 GrpWall=N(0.00) GrpTRESMins=cpu=10(9),gres/gpu=0(0)\n"
        "QOS=normal(1) GrpWall=N(0.00) GrpTRESMins=cpu=10(9)\n"
    )
    known = facts()
    found = parse(
        Answers(
            config=sample("config"),
            partitions=sample("partitions"),
            qos=sample("qos"),
            associations=sample("associations"),
            usage=usage,
            user="root|lab|root",
        ),
        NOW,
    )
    spent = {(a.account, a.user): a.ceilings.spent for a in found.associations or () if a.ceilings.spent}
    assert spent == {("lab", False): ("cpu",), ("lab", True): ("wall",)}
    assert {name: c.spent for name, c in (found.qos or {}).items() if c.spent} == {"short": ("gres/gpu",)}
    assert set(found.qos or {}) == set(known.qos or {})


def test_reservations() -> None:
    text = (
        "ReservationName=course StartTime=2026-11-27T13:00:00 Nodes=n[1-2] PartitionName=(null) Flags=SPEC_NODES "
        "Users=ann,bob Groups=(null) Accounts=(null) State=ACTIVE\n"
        "ReservationName=later Nodes=(null) Users=(null) Accounts=-guests State=INACTIVE\n"
    )
    given = parsed(node())
    given.reservations = text
    assert parse(given, NOW).reservations == {
        "course": Reservation("n[1-2]", ("ann", "bob")),
        "later": Reservation("", (), ("-guests",), active=False),
    }
    given.reservations = None
    assert parse(given, NOW).reservations is None


def test_memory_of_a_partition_and_of_the_cluster() -> None:
    """As a cluster of 22.05 prints partitions that set nothing, UNLIMITED, and a limit of their own."""
    given = parsed(node(Partitions="a,b,c"), config="MaxMemPerCPU = 2000\n")
    given.partitions = (
        "PartitionName=a MaxMemPerNode=UNLIMITED\nPartitionName=b MaxMemPerCPU=9223372036854775807\n"
        "PartitionName=c MaxMemPerNode=8000\n"
    )
    found = parse(given, NOW).partitions
    assert given.doubts == []
    limits = {name: (part.max_memory_per_node_mib, part.max_memory_per_cpu_mib) for name, part in found.items()}
    assert limits == {"a": (None, 2000), "b": (None, None), "c": (8000, None)}


def test_who_preempts_whom_by_tiers() -> None:
    partitions = (
        "PartitionName=p PriorityTier=1 PreemptMode=REQUEUE\nPartitionName=q PriorityTier=5 PreemptMode=REQUEUE\n"
        "PartitionName=far PriorityTier=1 PreemptMode=REQUEUE\n"
    )
    for kind, preempted in (("preempt/partition_prio", ["p"]), ("preempt/none", []), ("preempt/qos", [])):
        given = parsed(node(Partitions="p,q"), node("n2", Partitions="far"), config=f"PreemptType = {kind}\n")
        given.partitions = partitions
        found = parse(given, NOW).partitions
        assert [name for name, part in found.items() if part.preempted] == preempted


def test_a_part_that_was_not_read_is_kept() -> None:
    given = parsed(node())
    given.not_read = ("reservations",)
    assert parse(given, NOW).not_read == ("reservations",)


def test_every_limit_is_in_the_documentation() -> None:
    """Those that scontrol and sacctmgr of 22.05 know, checked or not."""
    text = (ROOT / "docs/slurm.md").read_text("utf-8")
    keys = {word.split("=")[0] for line in sample("partitions").splitlines() for word in line.split()}
    assert {key for key in keys - {"PartitionName"} if key not in text} == set()
    full = {"grpsubmit": "GrpSubmitJobs", "maxtres": "MaxTRESPerJob", "mintres": "MinTRESPerJob", "flags": "Flags"}
    short = {"pu": "peruser", "pa": "peraccount", "maxtresmins": "maxtresminsperjob", "maxsubmit": "maxsubmitjobs"}
    for column in {*QOS_COLUMNS, *ASSOC_COLUMNS[7:], "grptresmins", "grpwall"} - {"name"}:
        name = full.get(column, short.get(column, column)).lower()
        name = name[:-2] + short[name[-2:]] if name[-2:] in ("pu", "pa") else name
        name = name.replace("maxsubmitper", "maxsubmitjobsper")
        assert name in text.lower(), name


def test_rows_are_as_wide_as_their_format() -> None:
    assert row("qos", name="a").count("|") == len(QOS_COLUMNS) - 1
    assert {line.count("|") for line in sample("qos").splitlines()} == {len(QOS_COLUMNS) - 1}
    assert {line.count("|") for line in sample("associations").splitlines()} == {len(ASSOC_COLUMNS) - 1}
