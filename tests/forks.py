"""Processes of the program that start at once: a Python that has loaded everything forks them, and waits for them.

For tests that kill hundreds of them. Each has its own environment and streams, and ends as the program ends. Run as a
script this is the one that forks: it gets a line of JSON for each process and answers with its number; an empty line
lets the process run, and is answered by its exit code.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, NoReturn

import nfconfgen
from nfconfgen.__main__ import run
from tests import killing
from tests.lab.aws import models

ROOT = Path(__file__).resolve().parents[1]


@dataclass(slots=True)
class Child:
    """A process that waits to be let go; afterwards its exit code (negative: a signal) and what it printed."""

    pid: int
    forks: Forks
    code: int = 0
    out: str = ""
    err: str = ""

    def finish(self) -> None:
        """Lets it run to its end, whatever that is."""
        self.code = int(self.forks.ask(""))
        self.out, self.err = (path.read_text(encoding="utf-8") for path in self.forks.streams)


@dataclass(slots=True)
class Forks:
    """The process that forks, started when the first child is."""

    folder: Path
    _process: subprocess.Popen[str] | None = field(default=None)

    @property
    def streams(self) -> tuple[Path, Path]:
        return self.folder / "out", self.folder / "err"

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], kill: killing.Deadly = None) -> Child:
        """A process of `nfconfgen ARGUMENTS`, with this environment and no other, which waits for `finish`."""
        wanted = {"arguments": arguments, "environment": dict(environment), "kill": kill}
        wanted["streams"] = [str(path) for path in self.streams]
        return Child(int(self.ask(json.dumps(wanted))), self)

    def ask(self, line: str) -> str:
        if self._process is None:
            command = [sys.executable, "-m", "tests.forks"]
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        assert self._process.stdin
        assert self._process.stdout
        print(line, file=self._process.stdin, flush=True)
        return self._process.stdout.readline()

    def close(self) -> None:
        if self._process is not None:
            self._process.communicate()


@contextmanager
def running() -> Iterator[Forks]:
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Forks(Path(folder))) as forks:
        yield forks


def _serve() -> None:
    while line := sys.stdin.readline():
        waiting, go = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(go)
            _run(json.loads(line), waiting)
        os.close(waiting)
        print(pid, flush=True)
        sys.stdin.readline()
        os.close(go)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


def _run(wanted: Mapping[str, Any], waiting: int) -> NoReturn:
    """The child: what a new process would find, then the program."""
    code = 1
    try:
        os.environ.clear()
        os.environ.update(wanted["environment"])
        _redirect(wanted["streams"])
        sys.argv = ["nfconfgen", *wanted["arguments"]]
        os.read(waiting, 1)
        os.close(waiting)
        if wanted["kill"]:
            killing.arm(*wanted["kill"])
        run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
        with contextlib.suppress(OSError):
            sys.stdout.flush()
    finally:
        os._exit(code)


def _redirect(streams: Sequence[str]) -> None:
    for number, path in enumerate((os.devnull, *streams)):
        opened = os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(opened, number)
        os.close(opened)


def _load() -> None:
    """All that a command may import on its way, so that no child has to."""
    for module in ("jinja2", "jsonschema", "yaml"):
        import_module(module)
    models.load()
    for found in walk_packages(nfconfgen.__path__, "nfconfgen."):
        import_module(found.name)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.dont_write_bytecode = True
    _load()
    _serve()
