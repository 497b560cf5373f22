"""Reads what only a Slurm site has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nfconfgen.executors.slurm.facts.hostlist import readable
from nfconfgen.executors.slurm.settings import Account, Head, Rate, Sbatch, SlurmSettings, Submission, Surroundings
from nfconfgen.findings import Finding, Place
from nfconfgen.profile import containers, units
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.model import Located
from nfconfgen.profile.units import size

DEFAULT_HEAD_MIB = 4096


def read(site: str, document: Document, findings: list[Finding]) -> SlurmSettings:
    """The settings of a site; a time that is too small becomes a finding."""
    path: Path = ("sites", site)
    data = document.data["sites"][site]
    return SlurmSettings(
        host=data.get("host", ""),
        cluster=data.get("cluster", ""),
        auto=data["queues"] == "auto",
        account=_account(data.get("account")),
        sbatch=_sbatch(data),
        ask_memory=data.get("ask_memory", "per-node"),
        submission=_submission(data.get("submission", {}), (*path, "submission"), document, findings),
        surroundings=_surroundings(data),
        containers=containers.read((*path, "container"), document, findings),
        head=_head(site, document, findings),
    )


def _account(said: str | Mapping[str, Any] | None) -> Account | None:
    if said is None or isinstance(said, str):
        return Account(said) if said else None
    return Account(said.get("default", ""), said["env"], said.get("required", True))


def _sbatch(data: Mapping[str, Any]) -> Sbatch:
    return Sbatch(
        qos=data.get("qos", ""),
        constraint=data.get("constraint", ""),
        # what is left out is told by meaning_slurm
        nodelist=readable(data.get("nodelist", ())),
        exclude=readable(data.get("exclude", ())),
        reservation=data.get("reservation", ""),
        exclusive=data.get("exclusive", False),
        options=tuple(data.get("cluster_options", ())),
    )


def _submission(data: Mapping[str, Any], path: Path, document: Document, findings: list[Finding]) -> Submission:
    def time_s(*key: str) -> int | None:
        return size(units.time_s, (*path, *key), document, findings)

    per_s = time_s("rate", "per")
    return Submission(
        queue_size=int(data["queue_size"]) if "queue_size" in data else None,
        rate=Rate(int(data["rate"]["jobs"]), per_s) if per_s is not None else None,
        poll_interval_s=time_s("poll_interval"),
        queue_stat_interval_s=time_s("queue_stat_interval"),
        exit_read_timeout_s=time_s("exit_read_timeout"),
        queue_global_status=data.get("queue_global_status"),
    )


def _surroundings(data: Mapping[str, Any]) -> Surroundings:
    return Surroundings(
        scratch=data.get("scratch"),
        stage_in=data.get("stage_in", ""),
        stage_out=data.get("stage_out", ""),
        before_script=data.get("before_script", "").rstrip("\n"),
        modules=tuple(data.get("modules", ())),
    )


def _head(site: str, document: Document, findings: list[Finding]) -> Head:
    path: Path = ("sites", site, "head")
    data = document.data_at(path) or {}
    home = document.key_place(path if data else ("sites", site))

    def place(key: str) -> Place:
        return document.place((*path, key)) if key in data else home

    time_s = size(units.time_s, (*path, "time"), document, findings)
    memory_mib = size(units.memory_mib, (*path, "memory"), document, findings)
    return Head(
        time_s=None if time_s is None else Located(time_s, place("time")),
        memory_mib=Located(memory_mib or DEFAULT_HEAD_MIB, place("memory")),
        cpus=Located(int(data.get("cpus", 1)), place("cpus")),
        queue=Located(data["queue"], place("queue")) if "queue" in data else _first_queue(site, document),
        said=bool(data),
    )


def _first_queue(site: str, document: Document) -> Located[str] | None:
    path: Path = ("sites", site, "queues")
    queues = document.data_at(path)
    # anything but a list leaves the choice to the cluster
    return Located(queues[0], document.place((*path, 0))) if isinstance(queues, list) and queues else None
