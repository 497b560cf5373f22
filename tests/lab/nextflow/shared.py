"""Nextflow in a JVM that is started once for all tests of a process: a command in it takes a tenth of a start.

For commands that name every file by its whole path: the folder in which they run is that of the JVM, not the test's.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock

from .launch import HERE, NextflowError, Parser, Result, environment

# It is called in the task's folder; Nextflow waits for the begin of a job, then for its exit code.
# A task whose script ends with `exit N` fails with that code.
SBATCH = """\
#!/usr/bin/env bash
: > .command.begin
code=$(sed -n 's/^ *exit \\([0-9]*\\).*/\\1/p' .command.sh)
printf %s "${code:-0}" > .exitcode
echo Submitted batch job $$
"""

ENDED = "ended "


@dataclass(frozen=True, slots=True)
class Shared:
    """The JVM of one parser, and its folder. Its sbatch runs nothing."""

    process: subprocess.Popen[str]
    folder: Path
    free: Lock = field(default_factory=Lock)

    def run(self, words: Sequence[str]) -> tuple[Result, str]:
        """The result holds stdout and stderr, the text next to it stdout alone. One command after the other."""
        with self.free:
            return self._run(words)

    def _run(self, words: Sequence[str]) -> tuple[Result, str]:
        out, err = self.folder / "out", self.folder / "err"
        assert self.process.stdin
        assert self.process.stdout
        print(
            json.dumps({"words": list(words), "out": str(out), "err": str(err)}), file=self.process.stdin, flush=True
        )
        answer = next((line for line in self.process.stdout if line.startswith(ENDED)), "")
        printed, problems = (path.read_text("utf-8", "replace") for path in (out, err))
        if not answer:
            raise NextflowError(f"the shared Nextflow has ended:\n{printed}{problems}")
        return Result(int(answer.removeprefix(ENDED)), printed + problems), printed


@cache
def shared(parser: Parser) -> Shared:
    """The one of this process, started when it is first asked for, and ended with the process."""
    room = tempfile.TemporaryDirectory(prefix="nextflow-")
    folder = Path(room.name)
    fakes = folder / "fakes"
    fakes.mkdir()
    for name in ("sbatch", "squeue", "scancel"):
        (fakes / name).write_text(SBATCH if name == "sbatch" else "#!/usr/bin/env bash\n", "utf-8")
        (fakes / name).chmod(0o755)
    own = {"NEXTFLOW_MAIN": "groovy.ui.GroovyMain", "PATH": f"{fakes}:{os.environ['PATH']}"}
    process = subprocess.Popen(
        [str(HERE / "nextflow"), str(HERE / "shared.groovy")],
        cwd=folder,
        env=environment(folder, parser) | own,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(_end, process, room)
    return Shared(process, folder)


def _end(process: subprocess.Popen[str], room: tempfile.TemporaryDirectory[str]) -> None:
    process.communicate()
    room.cleanup()
