"""Queries the facts of a Slurm cluster on this machine or by ssh: one script, one connection, nothing is changed."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nfconfgen.errors import AskingError
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.executors.slurm.facts.parse import Answers, parse
from nfconfgen.executors.slurm.facts.parse_accounting import ASSOC_FORMAT, QOS_FORMAT


class SlurmError(AskingError):
    """A cluster could not be queried."""

    rule = "slurm"


TIMEOUT_S = 120
SWITCH = "NFCONFGEN_SLURM"
"""Environment variable: with the value `off`, the Slurm of this machine is not queried."""

_SCRIPT = r"""
export LC_ALL=C
unset SLURM_TIME_FORMAT SINFO_FORMAT
part() {
    name=$1
    shift
    echo "MARK begin $name"
    "$@"
    code=$?
    echo
    echo "MARK end $name $code"
    return "$code"
}
me=$(id -un)
used_up() {
    # one line for each user of each account
    scontrol -o show assoc_mgr flags=assoc,qos | grep -E 'GrpTRESMins=[^ ]*=[0-9]|GrpWall=[0-9]'
    return "${PIPESTATUS[0]}"
}
config=$(scontrol show config)
part config printf '%s\n' "$config"
# -a: hidden partitions as well, which jobs may name
part partitions scontrol -a -o show partition
part nodes scontrol -a -o show node || part sinfo sinfo -a -h -N -o '%N|%P|%c|%m|%l|%f|%G|%a|%T'
part reservations scontrol -o show reservation
part qos sacctmgr -nP show qos format=QOS_FORMAT
part own sacctmgr -nP show assoc user="$me" format=ASSOC_FORMAT
cluster=$(printf '%s\n' "$config" | sed -n 's/^ClusterName *= *//p')
part accounts sacctmgr -nP show assoc user= cluster="$cluster" format=ASSOC_FORMAT
part usage used_up
account=$(sacctmgr -nP show user "$me" format=defaultaccount 2> /dev/null | head -n 1)
part user printf '%s|%s|%s\n' "$me" "$account" "$(id -Gn)"
part host printf '%s\n' "${HOSTNAME%%.*}"
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer of a cluster: its facts, what was doubtful in them, and the output of each part that succeeded."""

    facts: ClusterFacts
    doubts: tuple[str, ...]
    parts: Mapping[str, str]


def here() -> bool:
    """Whether this machine has Slurm's commands, and may be queried."""
    return os.environ.get(SWITCH) != "off" and shutil.which("scontrol") is not None


def collect(now: str) -> tuple[ClusterFacts, list[str]]:
    """The facts of the cluster that this machine belongs to. SlurmError if there is none."""
    if not here():
        raise SlurmError("this machine has no Slurm", "run this command on a login node of the cluster")
    facts, doubts = ask("", now)
    return facts, [f"{facts.cluster}: {doubt}" for doubt in doubts]


def ask(host: str, now: str) -> tuple[ClusterFacts, list[str]]:
    """The facts of the cluster that this machine (`host` empty) or that host belongs to, and what was doubtful.

    SlurmError if it cannot be queried.
    """
    asked = ask_more(host, now, "")
    return asked.facts, list(asked.doubts)


def ask_more(host: str, now: str, further: str) -> Asked:
    """The same, with the output of a further script, which names its parts as in `part jobs squeue`."""
    mark = secrets.token_hex(12)
    script = _SCRIPT.replace("MARK", mark).replace("QOS_FORMAT", QOS_FORMAT).replace("ASSOC_FORMAT", ASSOC_FORMAT)
    script += further  # after the replacements: it may hold any path
    command = ["ssh", "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "--", host, "bash -l -s"]
    answer, complaint = _run(command if host else ["bash", "-s"], script, host)
    parts = _parts(answer, mark)
    if "ClusterName" not in parts.get("config", "") or not parts.get("partitions", "").strip():
        where = host or "the Slurm of this machine"
        advice = "run this command on a login node of the cluster"
        raise SlurmError(f"{where} does not answer: {_first_line(complaint)}", advice)
    answers = _answers(parts)
    facts = parse(answers, now)
    return Asked(facts, tuple(answers.doubts), parts)


def _answers(parts: Mapping[str, str]) -> Answers:
    has_accounting = "accounting_storage/none" not in parts["config"]
    wanted = {
        "nodes": "what the system keeps of the nodes (scontrol show node)",
        "reservations": "reservations (scontrol show reservation)",
    }
    if has_accounting:
        wanted |= {
            "qos": "limits of QOS (sacctmgr show qos)",
            "own": "your accounts and their limits (sacctmgr show assoc)",
            "accounts": "limits of accounts (sacctmgr show assoc)",
            "usage": "limits that are used up (scontrol show assoc_mgr)",
        }
    not_read = tuple(what for name, what in wanted.items() if name not in parts)
    return Answers(
        config=parts["config"],
        partitions=parts["partitions"],
        nodes=parts.get("nodes", ""),
        sinfo=parts.get("sinfo", ""),
        qos=parts.get("qos", ""),
        associations=parts.get("own", "") + "\n" + parts.get("accounts", ""),
        user=parts.get("user", "").strip(),
        accounting=has_accounting and "own" in parts,
        usage=parts.get("usage", ""),
        reservations=parts.get("reservations"),
        host=parts.get("host", "").strip(),
        not_read=not_read,
    )


def _run(command: Sequence[str], script: str, host: str) -> tuple[str, str]:
    try:
        done = subprocess.run(
            command, input=script, capture_output=True, text=True, timeout=TIMEOUT_S, check=False, errors="replace"
        )
    except subprocess.TimeoutExpired:
        message = f"{host or 'Slurm'} does not answer within {TIMEOUT_S} s"
        raise SlurmError(message, "try scontrol show config there") from None
    except OSError as error:
        advice = "install it, or remove host from the profile"
        raise SlurmError(f"{command[0]} cannot be run: {error}", advice) from None
    return done.stdout.replace("\0", "\ufffd"), done.stderr  # our texts never contain NUL


def _parts(answer: str, mark: str) -> dict[str, str]:
    """The output of each command that succeeded. Other output of a login is outside of the marks."""
    found = re.findall(rf"^{mark} begin (\w+)\n(.*?)\n?^{mark} end \1 0$", answer, re.DOTALL | re.MULTILINE)
    return dict(found)


def _first_line(text: str) -> str:
    return next((line.strip()[:200] for line in text.splitlines() if line.strip()), "it prints nothing")
