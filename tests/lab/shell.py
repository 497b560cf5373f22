"""Generated scripts, built and called: the tools that takes, a profile, and fakes that note how they were called."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli import nfconfgen
from tests.conftest import ROOT

VERSION = "25.04.4"
# All that a script may rely on besides nextflow, sbatch and aws.
TOOLS = (
    *("bash", "env", "cat", "cut", "dirname", "du", "grep", "head", "mkdir", "mv", "readlink", "rm", "sed", "sort"),
    *("tail", "tr", "mktemp", "nohup", "setsid", "sha256sum", "sleep", "uniq", "wc"),
)
REPORTS = ("-with-trace", "-with-report")
# What a value of a profile would call if it ever came to be run.
BAIT = "touch"
FAKE = """\
#!/usr/bin/env bash
printf '%s\\0' "${0##*/}" "${SBATCH_ACCOUNT-}" "$#" "$@" >> "$FAKE_LOG"
for word in "$@"; do
    if [ "$word" = "${FAKE_FAILS:-no word}" ]; then exit 1; fi
done
case "${0##*/} ${1-}" in
    'nextflow -version') printf '%s\\n' "$FAKE_VERSION" ;;
    'nextflow log') printf '%b' "${FAKE_TASKS-}" ;;
    'nextflow inspect') printf '%b' "${FAKE_INSPECT-}" ;;
    'nextflow run')
        if [ -n "${FAKE_SESSION-}" ]; then
            while [ "$1" != -name ]; do shift; done
            mkdir -p .nextflow
            printf '%s\\t' '2026-11-23 00:50:15' - "$2" - 86c1 "$FAKE_SESSION" >> .nextflow/history
            printf '%s\\n' 'nextflow run .' >> .nextflow/history
        fi
        if [ -n "${FAKE_WAITS-}" ]; then
            trap 'exit 1' TERM
            : > waiting
            while [ "$SECONDS" -lt 600 ]; do :; done
        fi
        exit "${FAKE_EXIT:-0}"
        ;;
    'aws batch')
        if [ "$2" = describe-job-queues ]; then
            while [ "$1" != --job-queues ]; do shift; done
            while shift && [ "${1#--}" = "$1" ]; do printf '%s\\tENABLED\\tVALID\\n' "$1"; done
        fi
        ;;
    'aws sts') printf '%s\\t%s\\n' 123456789012 arn:aws:iam::123456789012:user/tester ;;
    sbatch*) printf '%s\\n' '4242;lab' ;;
    singularity*)
        while [ "$1" != --name ]; do shift; done
        printf 'an image\\n' > "$2"
        ;;
esac
"""


def require_tool(name: str) -> None:
    """Skip the test where this tool is not installed, except in CI: there it is expected, so fail."""
    if shutil.which(name) is not None:
        return
    reason = f"{name} is not on the PATH"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def written(value: Any) -> Any:
    """As a profile has it: a dollar is doubled."""
    if isinstance(value, dict):
        return {key: written(item) for key, item in value.items()}
    if isinstance(value, list):
        return [written(item) for item in value]
    return value.replace("$", "$$") if isinstance(value, str) else value


def profile(folder: Path) -> dict[str, Any]:
    """A profile of two sites, to be changed as a test needs it; Slurm's work directory is in the folder."""
    return {
        "nfconfgen": 1,
        "pipeline": {"name": "salmon-nf", "run": "t-neumann/salmon-nf", "revision": "master"},
        "tasks": {"default": {"cpus": 6, "memory": "8 GB", "time": "1h", "container": "obenauflab/salmon:1.0"}},
        "sites": {
            "slurm": {"executor": "slurm", "queues": ["short"], "work_dir": str(folder / "work").replace("$", "$$")},
            "awsbatch": {
                "executor": "awsbatch",
                "region": "eu-central-1",
                "queues": ["salmonWorkload", "salmonExcess"],
                "cli_path": "/home/ec2-user/miniconda/bin/aws",
                "work_dir": "s3://obenauflab/work",
                "job_role": "arn:aws:iam::123456789012:role/salmonJob",
            },
        },
        "launch": {"params": {"slurm": {"inputDir": "/data"}, "awsbatch": {"inputDir": "s3://obenauflab/fastq"}}},
    }


def build(folder: Path, data: Mapping[str, Any], out: str = "out") -> Path:
    """The folder of what is built from this profile, with the facts of the example; it may be built anew."""
    lock = json.loads((ROOT / "profiles/salmon.lock.json").read_text(encoding="utf-8"))
    lock["facts"]["awsbatch"]["eu-west-1"] = lock["facts"]["awsbatch"]["eu-central-1"]
    folder.mkdir(parents=True, exist_ok=True)
    source, locked = folder / "profile.yml", folder / "profile.lock.json"
    source.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    if not locked.exists():
        locked.write_text(json.dumps({**lock, "outputs": {}}), encoding="utf-8")
    ended = nfconfgen("build", source, "--offline", "--out", folder / out)
    assert ended.code == 0, ended
    return folder / out


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a fake; `account` is the SBATCH_ACCOUNT it saw."""

    name: str
    arguments: tuple[str, ...]
    account: str


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str

    def complaint(self) -> str:
        """The one line that gives the reason why the script stops; nothing follows it."""
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert self.code == 2, self
        assert lines == self.err.splitlines()[-1:], self
        return lines[0]

    def shown(self) -> list[list[str]]:
        """The commands that the script reports as run, read back by bash itself."""
        read = 'eval "words=($1)"; printf "%s\\0" "${words[@]}"'
        lines = [line[2:] for line in self.err.split("\n") if line.startswith("+ ")]
        return [_words(["bash", "-c", read, "bash", line]) for line in lines]


class Stage:
    """A place to call scripts from, with fakes of some commands first on the PATH and all others hidden."""

    def __init__(self, folder: Path, *fakes: str, environment: Mapping[str, str] | None = None) -> None:
        """With an environment, everything on its PATH is there next to the fakes."""
        self.cwd, self._log = folder / "cwd", folder / "calls"
        self.bin, tools = folder / "bin", folder / "tools"
        for made in (self.cwd, self.bin, tools):
            made.mkdir(parents=True)
        for name in fakes:
            (self.bin / name).write_text(FAKE, encoding="utf-8")
            (self.bin / name).chmod(0o755)
        for name in (*TOOLS, BAIT):
            (tools / name).symlink_to(shutil.which(name) or "missing")
        given = environment or {"PATH": str(tools), "HOME": str(folder)}
        ours = {"LC_ALL": "C.UTF-8", "FAKE_LOG": str(self._log)}
        self._environment = {**given, **ours, "PATH": f"{self.bin}:{given['PATH']}"}
        self.fakes_print(VERSION)

    def fakes_print(self, version: str, fails: str = "", code: int = 0) -> None:
        """The version of Nextflow, the word at which a command fails, and what a run of Nextflow ends with."""
        banner = f"\n      N E X T F L O W\n      version {version} build 5944\n      created 08-05-2025 15:19 UTC\n"
        text = banner if version else ""
        self._environment |= {"FAKE_VERSION": text, "FAKE_FAILS": fails, "FAKE_EXIT": str(code)}

    def forget(self, *names: str) -> None:
        """Takes variables out of the environment."""
        for name in names:
            del self._environment[name]

    @property
    def environment(self) -> dict[str, str]:
        """What scripts are called with, for tests that must start one themselves."""
        return dict(self._environment)

    def run(self, *command: object, cwd: Path | None = None, **environment: str) -> Ended:
        ended = subprocess.run(
            list(map(str, command)),
            cwd=cwd or self.cwd,
            env=self._environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    def calls(self, name: str = "") -> list[Call]:
        """All calls so far, or those of one command."""
        words = self._log.read_bytes().decode().split("\0")[:-1] if self._log.exists() else []
        found: list[Call] = []
        while words:
            (command, account, count), words = words[:3], words[3:]
            found.append(Call(command, tuple(words[: int(count)]), account))
            words = words[int(count) :]
        return [call for call in found if name in ("", call.name)]

    def nextflow(self) -> tuple[str, ...]:
        """The words after `nextflow run` of the only run so far; without the name, which is another each time."""
        (words,) = [call.arguments for call in self.calls("nextflow") if call.arguments[0] == "run"]
        return unnamed(words[1:])


def unnamed(words: Sequence[str]) -> tuple[str, ...]:
    """Without `-name NAME`."""
    at = list(words).index("-name")
    return (*words[:at], *words[at + 2 :])


@dataclass(frozen=True, slots=True)
class Run:
    """What Nextflow makes of the words after `nextflow run`; params of the command line are texts."""

    options: dict[str, str]
    params: dict[str, Any]
    rest: list[str]


def as_nextflow_reads(words: Sequence[str]) -> Run:
    """Its launcher takes what follows `--name` for the value, unless that is empty or looks like an option.

    Then the param is true, and the value stands for itself; `--name=value` is always whole (seen with 25.04.4).
    """
    run, left = Run({}, {}, []), list(words)
    while left:
        word = left.pop(0)
        name, equals, value = word[2:].partition("=")
        if word in ("-r", "-c", "-profile", "-name", "-work-dir", "-params-file"):
            assert word not in run.options, f"{word} twice: Nextflow refuses that"
            run.options[word] = left.pop(0)
        elif word in REPORTS and (not left or left[0].startswith("-")):
            continue  # every script keeps them
        elif word.startswith("--"):
            is_value = bool(left and left[0]) and (not left[0].startswith("-") or left[0][1:].isdigit())
            run.params[name] = value if equals else left.pop(0) if is_value else "true"
        else:
            run.rest.append(word)
    if file := run.options.get("-params-file"):
        return Run(run.options, json.loads(Path(file).read_text(encoding="ascii")) | run.params, run.rest)
    return run


def _words(command: list[str]) -> list[str]:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    printed = subprocess.run(command, capture_output=True, check=True, env=environment)
    return printed.stdout.decode().split("\0")[:-1]
