"""The output of the commands of the lab's Slurm, from the samples stored next to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.executors.slurm.facts.parse import Answers, parse
from nfconfgen.executors.slurm.facts.parse_accounting import (
    ASSOC_COLUMNS,
    ASSOC_FORMAT,
    QOS_COLUMNS,
    QOS_FORMAT,
)
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.facts.query import read_all
from tests.conftest import ROOT

SAMPLES = ROOT / "tests/lab/slurm/samples"
NOW = "2026-11-22T00:00:00Z"
FILES = {
    "config": "scontrol-show-config.txt",
    "partitions": "scontrol-show-partition.txt",
    "nodes": "scontrol-show-node.txt",
    "sinfo": "sinfo.txt",
    "qos": "sacctmgr-show-qos.txt",
    "associations": "sacctmgr-show-assoc.txt",
}


def sample(field: str) -> str:
    return (SAMPLES / FILES[field]).read_text("utf-8")


def answers(**texts: str) -> Answers:
    """All of it, with these texts in place of the sample's."""
    return replace(Answers(**{field: sample(field) for field in FILES}, user="root|lab|root"), **texts, doubts=[])  # type: ignore[arg-type]


def answer(**texts: str) -> str:
    """The output of the script that is run on a login node, with these texts in place of the sample's."""
    parts = {field: sample(field) for field in FILES} | texts
    of_all, own = "", ""
    for line in parts.pop("associations").splitlines(keepends=True):
        user = line.split("|")[2]
        of_all, own = of_all + ("" if user else line), own + (line if user == "root" else "")
    parts |= {"own": own, "accounts": of_all, "user": "root|lab|root\n", "usage": "", "host": "n\n"}
    parts |= {"reservations": "No reservations in the system\n"}
    head = f"nfconfgen-collected 1 0a {NOW} {QOS_FORMAT} {ASSOC_FORMAT}\n"
    return head + "".join(f"0a begin {name}\n{text}\n0a end {name} 0\n" for name, text in parts.items())


def collected(file: Path) -> ClusterFacts:
    """The facts in the one collected file."""
    (found,) = read_all([file], EXECUTORS)
    assert isinstance(found.facts, ClusterFacts)
    return found.facts


def facts(**texts: str) -> ClusterFacts:
    """What they come to, without a doubt."""
    given = answers(**texts)
    found = parse(given, NOW)
    assert given.doubts == []
    return found


def row(kind: str, **columns: str) -> str:
    """A line of sacctmgr about a QOS or an association (`qos`, `assoc`)."""
    wanted = {"qos": QOS_COLUMNS, "assoc": ASSOC_COLUMNS}[kind]
    assert set(columns) <= set(wanted)
    return "|".join(columns.get(column, "") for column in wanted) + "\n"


def node(name: str = "n1", **keys: str) -> str:
    """A line of `scontrol -o show node`."""
    record = {"CPUEfctv": "4", "CPUTot": "4", "RealMemory": "8000", "State": "IDLE", "Partitions": "p", **keys}
    return f"NodeName={name} OS=Linux 6.1 #1 SMP " + " ".join(f"{key}={value}" for key, value in record.items())


def small(*nodes: str, partition: str = "", **texts: str) -> Answers:
    """A cluster of one partition, p, with these lines of nodes."""
    config = "ClusterName = tiny\nSLURM_VERSION = 22.05.8\n"
    return Answers(config, f"PartitionName=p MaxTime=1:00:00 {partition}\n", "\n".join(nodes), **texts)  # type: ignore[arg-type]
