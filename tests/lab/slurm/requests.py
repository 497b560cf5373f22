"""Requests to a cluster of the lab, as sbatch and the profile have them, and what the plan expects of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nfconfgen.facts.model import Pool
from nfconfgen.plan.admission import Need, faults
from nfconfgen.profile.model import Profile
from tests.core import load_text
from tests.lab.slurm.cluster import Outcome

DOWN = ("ReqNodeNotAvail", "Nodes_required_for_job_are_DOWN")
WORDED_OTHERWISE = {
    "ReqNodeNotAvail": DOWN,
    "AccountNotAllowed": ("Job's_account_not_permitted", *DOWN),
    "QOSNotAllowed": ("Job's_QOS_not_permitted", *DOWN),
    # which of them stands there changes while the job waits
    "PartitionTimeLimit": ("PartitionTimeLimit", "PartitionConfig"),
    "PartitionNodeLimit": ("PartitionNodeLimit", "PartitionConfig"),
    "MaxMemPerLimit": ("MaxMemPerLimit", "PartitionConfig"),
}
"""Reasons that Slurm words in its own long way."""


@dataclass(frozen=True, slots=True)
class Request:
    partition: str
    memory_mib: int = 1000
    cpus: int = 1
    minutes: int = 10
    account: str = "lab"
    qos: str = ""
    gpus: int = 0
    gpu_type: str = ""
    constraint: str = ""
    nodelist: str = ""
    exclude: str = ""
    ask_memory: str = "per-node"
    exclusive: bool = False
    reservation: str = ""

    def sbatch(self) -> list[str]:
        memory = f"--mem={self.memory_mib}M"
        if self.ask_memory == "per-cpu":
            memory = f"--mem-per-cpu={self.memory_mib // self.cpus}M"
        kind = f"gpu:{self.gpu_type}:{self.gpus}" if self.gpu_type else f"gpu:{self.gpus}"
        return [
            f"--partition={self.partition}",
            memory,
            f"--cpus-per-task={self.cpus}",
            f"--time={self.minutes}",
            f"--account={self.account}",
            *([f"--qos={self.qos}"] if self.qos else []),
            *([f"--gres={kind}"] if self.gpus else []),
            *([f"--constraint={self.constraint}"] if self.constraint else []),
            *([f"--nodelist={self.nodelist}"] if self.nodelist else []),
            *([f"--exclude={self.exclude}"] if self.exclude else []),
            *(["--exclusive"] if self.exclusive else []),
            *([f"--reservation={self.reservation}"] if self.reservation else []),
        ]

    def site(self) -> str:
        accelerator = f", accelerator: {{count: {self.gpus}, type: {self.gpu_type}}}" if self.gpu_type else ""
        if self.gpus and not self.gpu_type:
            accelerator = f", accelerator: {self.gpus}"
        sizes = f"cpus: {self.cpus}, memory: {self.memory_mib} MB, time: {self.minutes}m{accelerator}"
        given = {
            "qos": self.qos,
            "constraint": f'"{self.constraint}"' if self.constraint else "",
            "nodelist": f"[{self.nodelist}]" if self.nodelist else "",
            "exclude": f'["{self.exclude}"]' if self.exclude else "",
            "ask_memory": self.ask_memory,
            "exclusive": "true" if self.exclusive else "",
            "reservation": self.reservation,
        }
        keys = "".join(f", {key}: {value}" for key, value in given.items() if value)
        return (
            f"{{executor: slurm, cluster: lab, queues: [[{self.partition}]], account: {self.account}{keys}, "
            f"tasks: {{default: {{{sizes}}}}}}}"
        )


def profile_of(wanted: Sequence[Request]) -> Profile:
    sites = "\n".join(f"  s{number}: {request.site()}" for number, request in enumerate(wanted))
    loaded = load_text(
        f"nfconfgen: 1\npipeline: {{name: lab, run: .}}\nretry: {{attempts: 1}}\nsites:\n{sites}\n", "lab.yml"
    )
    assert loaded.profile is not None
    assert not [finding for finding in loaded.findings if finding.level == "error"], loaded.findings
    return loaded.profile


def expected(pool: Pool, need: Need) -> tuple[str, str]:
    found = faults(pool, need)
    return (found[0].kind, found[0].reason if found[0].kind == "pends" else "") if found else ("started", "")


def done(outcome: Outcome, expected: str) -> tuple[str, str]:
    """What came of it, with the reason in the plan's words where it is the same."""
    if outcome.kind != "pends":
        return outcome.kind, ""
    words = WORDED_OTHERWISE.get(expected, (expected,))
    return outcome.kind, expected if outcome.reason.startswith(words) else outcome.reason
