"""`nfconfgen init` at a terminal: a real one, of a process of its own."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.init.repositories import CLUSTER, pipeline, state

QUESTIONS = ("Sites:", "Slurm: partitions", "Work directory")


class Terminal:
    """A terminal in which init runs: what is read from it, and typed into it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= {"PYTHONPATH": str(ROOT), "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(folder.parent)}
        self._end, inner = pty.openpty()
        command = [sys.executable, "-m", "nfconfgen", "init", *arguments]
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=inner, stdout=inner, stderr=inner, start_new_session=True
        )
        os.close(inner)
        self.shown, self._at = "", 0

    def until(self, text: str) -> None:
        """Reads up to the next place where this is shown."""
        while (found := self.shown.find(text, self._at)) < 0:
            assert self._read(), f"no {text!r} in {self.shown}"
        self._at = found + len(text)

    def type(self, text: str) -> None:
        os.write(self._end, text.encode())

    def ended(self) -> int:
        while self._read():
            pass
        return self.process.wait()

    def close(self) -> None:
        os.close(self._end)
        self.process.kill()
        self.process.wait()

    def _read(self) -> str:
        try:
            read = os.read(self._end, 4096).decode()
        except OSError:  # the other end is closed
            return ""
        self.shown += read
        return read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lab.yml").write_text(CLUSTER)
    return pipeline(tmp_path / "reads")


@pytest.fixture
def terminal(folder: Path) -> Iterator[Terminal]:
    found = Terminal(folder, "--from", str(folder.parent / "lab.yml"))
    yield found
    found.close()


def test_few_questions_each_with_a_default(folder: Path, terminal: Terminal) -> None:
    for question in QUESTIONS:
        terminal.until(question)
        terminal.until(": ")
        terminal.type("\n")
    assert terminal.ended() == 0, terminal.shown
    assert yaml.safe_load((folder / "profile.yml").read_text())["sites"]["cluster"]["queues"] == "auto"


def test_a_wrong_answer_is_asked_for_again(folder: Path, terminal: Terminal) -> None:
    terminal.until("Sites")
    for typed, shown in (
        ("slrm", "slrm"),
        ("slurm", "Slurm:"),
        ("shrt", "did you mean"),
        ("short", "Work directory"),
    ):
        terminal.type(f"{typed}\n")
        terminal.until(shown)
    for typed in ("work", "/scratch/work"):
        terminal.type(f"{typed}\n")
    assert terminal.ended() == 0, terminal.shown
    site = yaml.safe_load((folder / "profile.yml").read_text())["sites"]["cluster"]
    assert (site["queues"], site["work_dir"]) == (["short"], "/scratch/work")


@pytest.mark.parametrize("number", range(len(QUESTIONS)))
@pytest.mark.parametrize("how", ["signal", "end of input"])
def test_who_leaves_leaves_nothing(number: int, how: str, folder: Path, terminal: Terminal) -> None:
    before = state(folder)
    for question in QUESTIONS[:number]:
        terminal.until(question)
        terminal.until(": ")
        terminal.type("\n")
    terminal.until(QUESTIONS[number])
    terminal.until(": ")
    if how == "signal":
        terminal.process.send_signal(signal.SIGINT)
    else:
        terminal.type("\x04")
    assert terminal.ended() == 130
    assert state(folder) == before


@pytest.mark.parametrize("closed", [True, False])
def test_without_a_terminal_nobody_is_asked(closed: bool, folder: Path) -> None:
    command = [sys.executable, "-m", "nfconfgen", "init", "--from", str(folder.parent / "lab.yml")]
    closing = ["sh", "-c", 'exec "$@" <&-', "sh"] if closed else []
    ended = subprocess.run(
        [*closing, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "AWS_EC2_METADATA_DISABLED": "true"},
        stdin=subprocess.PIPE if not closed else None,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert (folder / "nfconfgen/conf/cluster.config").exists()


@pytest.mark.parametrize(("answer", "imported"), [("", True), ("yes", True), ("no", False), ("n", False)])
def test_an_existing_config_is_imported_if_the_user_agrees(answer: str, imported: bool, folder: Path) -> None:
    (folder / "conf/hpc.config").write_text("process { executor = 'slurm'; queue = 'short'; scratch = true }\n")
    terminal = Terminal(folder, "--from", str(folder.parent / "lab.yml"))
    terminal.until("Import ")
    terminal.until(": ")
    terminal.type("perhaps\n")
    terminal.until("yes or no")
    terminal.until(": ")
    terminal.type(f"{answer}\n")
    # partitions are not asked for where the config names them
    for question in QUESTIONS if not imported else ("Sites:", "Work directory"):
        terminal.until(question)
        terminal.until(": ")
        terminal.type("\n")
    assert terminal.ended() == 0, terminal.shown
    terminal.close()
    site = next(iter(yaml.safe_load((folder / "profile.yml").read_text())["sites"].values()))
    assert (site["queues"], "scratch" in site) == ((["short"], True) if imported else ("auto", False))
