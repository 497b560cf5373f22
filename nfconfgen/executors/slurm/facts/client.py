"""Queries the facts of a Slurm cluster: one script (templates/collect.sh), on this machine, by ssh in one connection,
or run by somebody on a login node, whose output is then read from a file. Nothing is changed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nfconfgen import __version__
from nfconfgen._data import folder
from nfconfgen.errors import AskingError
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.executors.slurm.facts.parse import Answers, parse
from nfconfgen.executors.slurm.facts.parse_accounting import ASSOC_FORMAT, QOS_FORMAT
from nfconfgen.facts import decode


class SlurmError(AskingError):
    """A cluster could not be queried."""

    rule = "slurm"


TIMEOUT_S = 120
ON_LOGIN = "run this command on a login node of the cluster"
SWITCH = "NFCONFGEN_SLURM"
"""Environment variable: with the value `off`, the Slurm of this machine is not queried."""

_HEAD = re.compile(r"^nfconfgen-collected (\d{1,9}) ([0-9a-f]+) (\S+) (\S+) (\S+)$", re.MULTILINE)
"""The first line of an answer: the version of the format, the mark of all other lines that are the script's own, the
time, and the columns of QOS and associations."""
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer of a cluster: its facts, what was doubtful in them, and the output of each part that succeeded."""

    facts: ClusterFacts
    doubts: tuple[str, ...]
    parts: Mapping[str, str]


def here() -> bool:
    """Whether this machine has Slurm's commands, and may be queried."""
    return os.environ.get(SWITCH) != "off" and shutil.which("scontrol") is not None


def script() -> str:
    """What is run on a login node: a script of POSIX sh."""
    text = (folder("templates") / "collect.sh").read_text("utf-8")
    values = {"NFCONFGEN_VERSION": __version__, "QOS_FORMAT": QOS_FORMAT, "ASSOC_FORMAT": ASSOC_FORMAT}
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def collect() -> tuple[str, list[str]]:
    """The answer of the cluster that this machine belongs to, and what is doubtful in it. SlurmError if there is
    none."""
    if not here():
        raise SlurmError("this machine has no Slurm", ON_LOGIN)
    text, _ = _run(["sh", "-s"], script(), "")
    asked = read(text)
    return text, [f"{asked.facts.cluster}: {doubt}" for doubt in asked.doubts]


def ask(host: str, now: str) -> tuple[ClusterFacts, list[str]]:
    """The facts of the cluster that this machine (`host` empty) or that host belongs to, and what was doubtful.

    SlurmError if it cannot be queried.
    """
    asked = ask_more(host, now, "")
    return asked.facts, list(asked.doubts)


def ask_more(host: str, now: str, further: str) -> Asked:
    """The same, with the output of a further script for bash, which names its parts as in `part jobs squeue`."""
    command = ["ssh", "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "--", host, "bash -l -s"]
    answer, complaint = _run(command if host else ["bash", "-s"], script() + further, host)
    return read(answer, host or "the Slurm of this machine", now, complaint)


def has_answer(text: str) -> bool:
    """Whether this is the output of the script."""
    return _HEAD.search(text) is not None


def read(answer: str, where: str = "the Slurm of this machine", now: str = "", complaint: str = "") -> Asked:
    """The facts in the output of the script; `now` replaces its time, `complaint` is what was printed besides.
    SlurmError if there are none."""
    head = _HEAD.search(answer)
    parts: dict[str, str] = {}
    if head is not None:
        if (int(head[1]), *head.group(4, 5)) != (_FORMAT, QOS_FORMAT, ASSOC_FORMAT):
            message = f"{where} was queried with the script of another version of nfconfgen"
            raise SlurmError(message, "query it with that of this one: nfconfgen facts --collect-script")
        parts = _parts(answer, head[2])
        complaint = "\n".join(re.findall(rf"^{head[2]} message \w+ (.*)$", answer, re.MULTILINE)) or complaint
    if head is None or "ClusterName" not in parts.get("config", "") or not parts.get("partitions", "").strip():
        raise SlurmError(f"{where} does not answer: {_first_line(complaint)}", ON_LOGIN)
    answers = _answers(parts)
    facts = parse(answers, now or _time(head[3], where))
    return Asked(facts, tuple(answers.doubts), parts)


def _time(text: str, where: str) -> str:
    try:
        return decode.time("time", text)
    except ValueError as error:
        raise SlurmError(f"{where} does not tell its time: {error}", ON_LOGIN) from None


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
        done = subprocess.run(command, input=script.encode(), capture_output=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        message = f"{host or 'Slurm'} does not answer within {TIMEOUT_S} s"
        raise SlurmError(message, "try scontrol show config there") from None
    except OSError as error:
        advice = "install it, or remove host from the profile"
        raise SlurmError(f"{command[0]} cannot be run: {error}", advice) from None
    return text_of(done.stdout), text_of(done.stderr)


def text_of(output: bytes) -> str:
    """The output of commands as text, whatever bytes they print; our texts never contain NUL."""
    return output.decode("utf-8", "replace").replace("\0", "\ufffd").replace("\r\n", "\n")


def _parts(answer: str, mark: str) -> dict[str, str]:
    """The output of each command that succeeded. Other output of a login is outside of the marks."""
    found = re.findall(rf"^{mark} begin (\w+)\n(.*?)\n?^{mark} end \1 0$", answer, re.DOTALL | re.MULTILINE)
    return dict(found)


def _first_line(text: str) -> str:
    return next((line.strip()[:200] for line in text.splitlines() if line.strip()), "it prints nothing")
