"""Options of sbatch that cluster_options must not contain: they have a key, or Nextflow sets them itself."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

_NEXTFLOW = "Nextflow sets it itself"
_ONE_NODE = "each task is one process on one node; the key for its width is cpus, under tasks"
_MEMORY = "the key is memory, under tasks; ask_memory sets whether it is requested per node or per CPU"
_LATER = "each task would wait for it, while Nextflow waits for the task"
_REQUEUE = "Nextflow sets it itself; the key for retries is retry"

_REFUSED = {
    **dict.fromkeys(("mem", "mem-per-cpu", "mem-per-gpu"), _MEMORY),
    **dict.fromkeys(("cpus-per-task", "cpus-per-gpu"), "the key is cpus, under tasks"),
    "time": "the key is time, under tasks",
    "partition": "the key is queues",
    **{key: f"the key is {key}" for key in ("account", "qos", "constraint", "nodelist", "exclude", "reservation")},
    "exclusive": "the key is exclusive",
    **dict.fromkeys(("job-name", "output", "signal", "chdir", "array"), _NEXTFLOW),
    **dict.fromkeys(("requeue", "no-requeue"), _REQUEUE),
    "clusters": "Nextflow watches the cluster it runs on and no other",
    **dict.fromkeys(("nodes", "ntasks"), _ONE_NODE),
    "test-only": "sbatch would submit nothing",
    "wait": "sbatch would wait for the job, and Nextflow for sbatch",
    "wrap": "Nextflow passes a script",
    "quiet": "Nextflow reads the number of the job",
    **dict.fromkeys(("help", "usage", "version"), "sbatch would submit nothing"),
    **dict.fromkeys(("begin", "dependency", "hold"), _LATER),
}
_LETTERS = {
    "A": "account",
    "C": "constraint",
    "D": "chdir",
    "J": "job-name",
    "M": "clusters",
    "N": "nodes",
    "a": "array",
    "b": "begin",
    "c": "cpus-per-task",
    "d": "dependency",
    "n": "ntasks",
    "o": "output",
    "p": "partition",
    "q": "qos",
    "t": "time",
    "w": "nodelist",
    "x": "exclude",
}
_SWITCHES = {"H": "hold", "O": "", "Q": "quiet", "V": "version", "W": "wait", "h": "help", "k": "", "s": "", "v": ""}
"""Letters that take no value, so that another option may follow in the same word (-Opshort), and their long names."""


def unreadable(text: str) -> bool:
    """Whether a quote in this text is not closed."""
    try:
        shlex.split(text)
    except ValueError:
        return True
    return False


def refused(text: str) -> Iterator[tuple[str, str]]:
    """Each option in a text such as `-A lab --mem=4G` that is not allowed there, and what to do instead."""
    words = shlex.split(text)
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word.startswith("--"):
            name, _, value = word[2:].partition("=")
            yield from _long(name, value or following)
        elif word.startswith("-"):
            yield from _letters(word[1:])


def _long(name: str, value: str) -> Iterator[tuple[str, str]]:
    if name in ("nodes", "ntasks") and value == "1":
        return
    # sbatch accepts any unambiguous prefix of a name: --part=short
    whole = name if name in _REFUSED else next((known for known in _REFUSED if name and known.startswith(name)), "")
    if whole:
        yield f"--{name}", _REFUSED[whole]


def _letters(letters: str) -> Iterator[tuple[str, str]]:
    rest = letters.lstrip("".join(_SWITCHES))
    for letter in letters[: len(letters) - len(rest)]:
        if _SWITCHES[letter] in _REFUSED:
            yield f"-{letter}", _REFUSED[_SWITCHES[letter]]
    if rest and rest[0] in _LETTERS:
        yield f"-{rest[0]}", _REFUSED[_LETTERS[rest[0]]]


def names_gpus(options: Iterable[object]) -> bool:
    """Whether options ask for GPUs or other generic resources themselves: then `accelerator` adds none."""
    words = [word for text in options for word in str(text).split()]
    return any(word.startswith(("--gres", "--gpus", "-G")) for word in words)
