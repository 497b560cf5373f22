"""What the directives of a profile come to, attempt by attempt, when the real Nextflow runs it.

Each process runs in its own session, because the first to give up would end those of the others.
"""

from __future__ import annotations

import json
import re
import tempfile
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .launch import HERE, NextflowError, Parser, groovy_string
from .resolved import config
from .shared import shared

# The values pass through a shell, so they go as base64, which has nothing that a shell would touch.
SCRIPT = """\
process %(name)s {
%(head)s
  script:
  def asked = groovy.json.JsonOutput.toJson([
    attempt: task.attempt,
    queue: task.queue,
    cpus: task.cpus,
    memory: task.memory?.toBytes(),
    time: task.time?.toMillis(),
    clusterOptions: task.clusterOptions,
    container: task.container
  ])
  \"\"\"
  echo ATTEMPT ${asked.bytes.encodeBase64()}
  exit %(exit_code)d
  \"\"\"
}
workflow {
  %(name)s()
}
"""


@dataclass(frozen=True, slots=True)
class Process:
    name: str
    labels: tuple[str, ...] = ()
    directives: str = ""  # lines of the process's own, as its author would write them
    exit_code: int = 137  # with which each of its attempts fails


@dataclass(frozen=True, slots=True)
class Attempt:
    attempt: int
    queue: str | None
    cpus: int
    memory_mib: int | None
    time_s: int | None
    cluster_options: str | None  # a list comes as lines, the way Slurm's header has it
    container: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """The attempts of each process, and the resolved configuration."""

    attempts: dict[str, list[Attempt]]
    config: dict[str, Any]


def attempts(
    profiles_config: Path, profile: str, processes: Sequence[Process], parser: Parser
) -> dict[str, list[Attempt]]:
    """The attempts of each process, which all fail, until Nextflow gives up on it."""
    return run(profiles_config, profile, processes, parser).attempts


def run(profiles_config: Path, profile: str, processes: Sequence[Process], parser: Parser) -> Run:
    """The same, and what `config` resolves, in one start."""
    for process in processes:
        if not 0 < process.exit_code < 256:
            raise ValueError(f"no exit code of a failure: {process.exit_code}")
    if not processes or len({process.name for process in processes}) != len(processes):
        raise ValueError("attempts needs processes, each with a name of its own")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for process in processes:
            (folder / f"{process.name}.nf").write_text(_script(process), "utf-8")
        names = [process.name for process in processes]
        resolved = _run(folder, profiles_config.resolve(), profile, names, parser)
        found = {process.name: _attempts(folder, process.name, process.exit_code) for process in processes}
        return Run(found, resolved)


def _script(process: Process) -> str:
    labels = [f"  label {groovy_string(label)}" for label in process.labels]
    head = "\n".join([*labels, process.directives])
    return SCRIPT % {"name": process.name, "head": head, "exit_code": process.exit_code}


def _run(folder: Path, source: Path, profile: str, names: Sequence[str], parser: Parser) -> dict[str, Any]:
    """Runs the script of each name, each in its own session; returns the configuration."""
    room = folder / "attempts.config"
    room.write_text((HERE / "attempts.config").read_text("utf-8") + _declared(profile), "utf-8")
    # `room` declares the profile, so a run cannot know that it is unknown: `config` does
    resolved = config(source, profile, parser)
    for name in names:
        files = ["-log", str(_log(folder, name)), "-C", str(source), "-C", str(room)]
        run = ["run", str(folder / f"{name}.nf"), "-profile", profile, "-w", str(folder / "tasks" / name)]
        # each of them fails
        shared(parser).run([*files, *run])
    return resolved


def _declared(profile: str) -> str:
    # The v2 parser looks for the profile in the last file alone.
    empty = "".join(f"    {groovy_string(name)} {{ }}\n" for name in profile.split(","))
    return f"profiles {{\n{empty}}}\n"


def _log(folder: Path, name: str) -> Path:
    return folder / f"{name}.log"


def _attempts(folder: Path, name: str, exit_code: int) -> list[Attempt]:
    """The attempts of a session, provided that nothing but the failures asked for ended it."""
    # The log has it: the console of a session that ends early may be cut short.
    log = _log(folder, name).read_text("utf-8", "replace")
    given_up = rf"-- Error is ignored$|^Caused by:\n  Process .* terminated .* exit status \({exit_code}\)$"
    tasks = (folder / "tasks" / name).glob("*/*/.command.sh")
    found = sorted((_attempt(path, exit_code) for path in tasks), key=lambda attempt: attempt.attempt)
    whole = [attempt.attempt for attempt in found] == list(range(1, len(found) + 1))
    if not found or not whole or not re.search(given_up, log, re.MULTILINE):
        shown = [line for line in log.splitlines() if " DEBUG " not in line]
        raise NextflowError("\n".join([f"the attempts of {name} did not end as expected", *shown]))
    return found


def _attempt(script: Path, exit_code: int) -> Attempt:
    """Read what one task printed, provided that it ran and ended as expected."""
    folder = script.parent
    status, output = folder / ".exitcode", folder / ".command.out"
    line = re.search(r"^ATTEMPT (\S+)$", output.read_text("utf-8") if output.exists() else "", re.MULTILINE)
    if line is None or not status.exists() or status.read_text("utf-8").strip() != str(exit_code):
        logs = [path.read_text("utf-8", "replace") for path in sorted(folder.glob(".command.[els]*"))]
        raise NextflowError("\n".join(["a task did not end as expected", *logs]))
    asked: dict[str, object] = json.loads(b64decode(line[1]))
    memory, time = _integer(asked["memory"]), _integer(asked["time"])
    return Attempt(
        attempt=_integer(asked["attempt"]) or 0,
        queue=_text(asked["queue"]),
        cpus=_integer(asked["cpus"]) or 0,
        memory_mib=None if memory is None else memory // 2**20,
        time_s=None if time is None else time // 1000,
        cluster_options=_text(asked["clusterOptions"]),
        container=_text(asked["container"]),
    )


def _integer(value: object) -> int | None:
    return None if value is None else int(str(value))


def _text(value: object) -> str | None:
    if isinstance(value, list):
        return "\n".join(str(item) for item in value)
    return None if value is None else str(value)
