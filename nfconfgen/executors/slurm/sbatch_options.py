"""Options of sbatch that a profile must not hand on as they are: they have a key, or Nextflow sets them itself."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

_NEXTFLOW = "Nextflow sets it itself"
_ONE_NODE = "each task is one process on one node; the key for its width is cpus, under tasks"
_MEMORY = "the key is memory, under tasks; ask_memory says whether it goes by node or by CPU"
_GPUS = "the key is accelerator, under tasks"
_REQUEUE = "Nextflow sets it itself; the key for another try is retry"

_REFUSED = {
    "mem": _MEMORY,
    "mem-per-cpu": _MEMORY,
    "mem-per-gpu": _MEMORY,
    "cpus-per-task": "the key is cpus, under tasks",
    "cpus-per-gpu": "the key is cpus, under tasks",
    "time": "the key is time, under tasks",
    "partition": "the key is queues",
    "account": "the key is account",
    "qos": "the key is qos",
    "constraint": "the key is constraint",
    "nodelist": "the key is nodelist",
    "exclude": "the key is exclude",
    "reservation": "the key is reservation",
    "exclusive": "the key is exclusive",
    "gpus": _GPUS,
    "gpus-per-node": _GPUS,
    "gpus-per-socket": _GPUS,
    "gpus-per-task": _GPUS,
    "job-name": _NEXTFLOW,
    "output": _NEXTFLOW,
    "requeue": _REQUEUE,
    "no-requeue": _REQUEUE,
    "signal": _NEXTFLOW,
    "chdir": _NEXTFLOW,
    "array": _NEXTFLOW,
    "clusters": "Nextflow watches the cluster it runs on and no other",
    "nodes": _ONE_NODE,
    "ntasks": _ONE_NODE,
}
_LETTERS = {
    "A": "account",
    "C": "constraint",
    "D": "chdir",
    "G": "gpus",
    "J": "job-name",
    "M": "clusters",
    "N": "nodes",
    "a": "array",
    "c": "cpus-per-task",
    "n": "ntasks",
    "o": "output",
    "p": "partition",
    "q": "qos",
    "t": "time",
    "w": "nodelist",
    "x": "exclude",
}
_SWITCHES = frozenset("HOQVWhksv")
"""Letters that take no value, so that another option may follow in the same word: -Hpshort."""


def unreadable(text: str) -> bool:
    """Whether sbatch could not tell where an option of this text ends."""
    try:
        shlex.split(text)
    except ValueError:
        return True
    return False


def refused(text: str) -> Iterator[tuple[str, str]]:
    """Each option in a text such as `-A lab --mem=4G` that must not stand there, and what to do instead."""
    words = shlex.split(text)
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word.startswith("--"):
            name, _, value = word[2:].partition("=")
            yield from _long(name, value or following)
        elif word.startswith("-"):
            yield from _letters(word[1:])


def _long(name: str, value: str) -> Iterator[tuple[str, str]]:
    if name == "gres":
        if any(item.strip().startswith("gpu") for item in value.split(",")):
            yield f"--gres={value}", _GPUS
        return
    # sbatch takes any beginning of a name that is clear: --part=short
    whole = name if name in _REFUSED else next((known for known in _REFUSED if name and known.startswith(name)), "")
    if whole:
        yield f"--{name}", _REFUSED[whole]


def _letters(letters: str) -> Iterator[tuple[str, str]]:
    rest = letters.lstrip("".join(_SWITCHES))
    if rest and rest[0] in _LETTERS:
        yield f"-{rest[0]}", _REFUSED[_LETTERS[rest[0]]]
