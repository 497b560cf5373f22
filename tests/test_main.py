"""What the program is started with: its streams, its folder, its environment. One line and the right exit code."""

from __future__ import annotations

import fcntl
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.cli import nfconfgen
from tests.conftest import ROOT

PROFILE = ROOT / "profiles/salmon.yml"
pytestmark = pytest.mark.lab  # a process for each test
BARE = {"PATH": os.environ["PATH"], "SOURCE_DATE_EPOCH": "1795339800", "NFCONFGEN_SLURM": "off"}
# one of each way in which results are written
EVERY = (
    ("explain",),
    ("build", "--offline", "--dry-run", "--format", "json"),
    ("check",),
    ("check", "--format", "json"),
)


def start(
    *arguments: object,
    cwd: Path | None = None,
    environment: Mapping[str, str] = BARE,
    prepare: Callable[[], object] | None = None,
    stdout: int = subprocess.PIPE,
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nfconfgen", *map(str, arguments)]
    return subprocess.run(
        command,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="backslashreplace",
        check=False,
        cwd=cwd,
        env={**environment, "PYTHONPATH": str(ROOT)},
        preexec_fn=prepare,
    )


def one_line(ended: subprocess.CompletedProcess[str], text: str) -> None:
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert ended.stderr.startswith("nfconfgen: error: ")
    assert text in ended.stderr


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A profile with many kinds of findings."""
    shutil.copy(PROFILE.with_suffix(".lock.json"), tmp_path)
    profile = tmp_path / "salmon.yml"
    profile.write_text(PROFILE.read_text("utf-8") + "unknown: 1\n", "utf-8")
    return profile


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_a_full_disk_behind_stdout(command: tuple[str, ...], wrong: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = start(command[0], wrong, *command[1:], stdout=full.fileno())
    assert ended.returncode == 2
    line = ended.stderr.splitlines()[-1]
    assert line == "nfconfgen: error: standard output cannot be written to: no space left on device"


@pytest.mark.parametrize("command", [*EVERY, ("--help",), ("schema",)], ids=" ".join)
def test_a_closed_stdout(command: tuple[str, ...], wrong: Path) -> None:
    named = [wrong] if command[0] in [first for first, *_ in EVERY] else []
    ended = start(command[0], *named, *command[1:], prepare=lambda: os.close(1))
    assert ended.returncode == 2
    line = ended.stderr.splitlines()[-1]
    assert line == "nfconfgen: error: standard output cannot be written to: bad file descriptor"


@pytest.mark.parametrize("command", [*EVERY, ("schema",)], ids=" ".join)
def test_a_reader_that_has_gone(command: tuple[str, ...], wrong: Path) -> None:
    """As with other tools: no message, and exit code 141 (visible with set -o pipefail)."""
    reader, writer = os.pipe()
    os.close(reader)
    named = [wrong] if command[0] != "schema" else []
    try:
        ended = start(command[0], *named, *command[1:], stdout=writer)
    finally:
        os.close(writer)
    assert ended.returncode == 141
    assert "nfconfgen: " not in ended.stderr


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_a_closed_stderr(command: tuple[str, ...], wrong: Path) -> None:
    """Words for people have nowhere to go; results are what they were."""
    usual = start(command[0], wrong, *command[1:])
    ended = start(command[0], wrong, *command[1:], prepare=lambda: os.close(2))
    assert (ended.returncode, ended.stdout) == (usual.returncode, usual.stdout)


def test_a_full_disk_behind_stderr(wrong: Path) -> None:
    def full() -> None:
        os.dup2(os.open("/dev/full", os.O_WRONLY), 2)

    ended = start("validate", wrong, prepare=full)
    assert ended.returncode == 1
    assert "[unknown-key]" in ended.stdout


def test_a_pipe_that_does_not_wait() -> None:
    def small() -> None:
        os.set_blocking(1, False)
        fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 4096)

    ended = start("schema", prepare=small)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == (ROOT / "schemas/profile.schema.json").read_text("utf-8")


def test_nothing_is_open(tmp_path: Path) -> None:
    """No file that a build writes gets the number of a stream."""
    for end in (".yml", ".lock.json"):
        shutil.copy(PROFILE.with_suffix(end), tmp_path)

    def close_all() -> None:
        for number in (0, 1, 2):
            os.close(number)

    start("build", tmp_path / "salmon.yml", "--offline", "--quiet", prepare=close_all)
    profile = tmp_path / "salmon.yml"
    assert profile.read_bytes() == PROFILE.read_bytes()
    assert start("check", profile).returncode == 0


@pytest.mark.parametrize("command", [(), ("check",), ("build",), ("validate",), ("--version",)], ids=" ".join)
@pytest.mark.parametrize("absolute", [True, False])
def test_a_working_directory_that_is_gone(command: tuple[str, ...], absolute: bool, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()

    def leave() -> None:
        os.chdir(gone)
        gone.rmdir()

    named = [PROFILE] if absolute and command and command[0] in ("check", "build", "validate") else []
    options = ["--offline", "--dry-run"] if command == ("build",) else []
    # -m asks for the working directory itself
    script = "import sys; sys.argv[0] = 'nfconfgen'; from nfconfgen.__main__ import run; run()"
    ended = subprocess.run(
        [sys.executable, "-c", script, *command, *map(str, named), *options],
        capture_output=True,
        text=True,
        check=False,
        env={**BARE, "PYTHONPATH": str(ROOT)},
        preexec_fn=leave,
    )
    assert ended.returncode in (0, 1, 2)
    assert "bug" not in ended.stderr
    assert "Traceback" not in ended.stderr
    if command in [("check",), ("build",)] and not absolute:
        one_line(subprocess.CompletedProcess([], ended.returncode, ended.stdout, ended.stderr), "")


@pytest.mark.parametrize(
    "environment",
    [
        {"HOME": "/nowhere", "XDG_CACHE_HOME": "/dev/null/x"},
        {"HOME": ""},
        {"XDG_CACHE_HOME": "/proc/no"},
        {"XDG_CACHE_HOME": "relative"},
        {"TERM": "dumb", "COLUMNS": "0", "LINES": "0"},
        {"TERM": "", "COLUMNS": "-1"},
        {"COLUMNS": "x" * 1000},
        {"LANG": "C"},
        {"LC_ALL": "C"},
        {"LC_ALL": "nowhere.UTF-7"},
        {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1:strict"},
        {"PYTHONIOENCODING": "utf-16"},
        {"TMPDIR": "/nowhere"},
        {"NO_COLOR": "", "FORCE_COLOR": "1"},
    ],
    ids=str,
)
def test_any_environment(environment: Mapping[str, str], wrong: Path) -> None:
    wrong.write_text(wrong.read_text("utf-8") + "é…→: '😀 \u00a0'\n", "utf-8")
    for arguments, code in ((("explain", wrong), 1), (("check", wrong), 1), (("--help",), 0)):
        ended = start(*arguments, environment={**BARE, **environment})
        assert ended.returncode == code, (arguments, ended.stderr)
        assert "Traceback" not in ended.stderr


def test_a_sign_that_the_terminal_has_not_is_shown_in_others(wrong: Path) -> None:
    wrong.write_text(wrong.read_text("utf-8") + "grün: 1\n", "utf-8")
    ended = start("validate", wrong, environment={**BARE, "PYTHONIOENCODING": "ascii"})
    assert "gr\\xfcn" in ended.stdout


@pytest.mark.parametrize("epoch", ["-1", "1.5", "x", "²", "9" * 20, "9" * 5000, "253402300800", " "])
def test_a_time_that_is_none(epoch: str) -> None:
    for command in (("facts", "--offline"), ("build", "--offline", "--dry-run"), ("explain",)):
        ended = nfconfgen(command[0], PROFILE, *command[1:], environment={"SOURCE_DATE_EPOCH": epoch})
        assert (ended.code, ended.out) == (2, "")
        assert len(ended.err.splitlines()) == 1
        assert "SOURCE_DATE_EPOCH" in ended.err


def test_no_space_for_the_outputs(tmp_path: Path) -> None:
    for end in (".yml", ".lock.json"):
        shutil.copy(PROFILE.with_suffix(end), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    ended = start(
        "build",
        tmp_path / "salmon.yml",
        "--offline",
        "--quiet",
        prepare=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300)),
    )
    assert ended.returncode == 2
    one_line(ended, "too large")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    for end in (".yml", ".lock.json"):
        shutil.copy(PROFILE.with_suffix(end), tmp_path)
    tmp_path.chmod(0o555)
    try:
        ended = start("build", tmp_path / "salmon.yml", "--offline", "--quiet")
    finally:
        tmp_path.chmod(0o755)
    assert ended.returncode == 2
    one_line(ended, "permission denied")


@pytest.mark.parametrize("name", ["", ".", "..", "/", "a" * 300, "nowhere/x"])
def test_names_that_are_no_page(name: str) -> None:
    ended = nfconfgen("explain", PROFILE, "--html", name, "--force")
    assert ended.code == 2
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize(
    "name", ["", ".", "a" * 300, "a" * 5000, "\udcff", "a\udcffb.yml", "/dev/null", "README.md/x"]
)
def test_names_that_are_no_profile(name: str) -> None:
    """What a shell hands over when a variable is empty, a pattern matches nothing, a name is not UTF-8."""
    for command in (
        ("build", "--offline", "--dry-run"),
        ("validate",),
        ("check",),
        ("facts", "--offline"),
        ("explain",),
        ("diff",),
        ("verify",),
        ("doctor",),
        ("probe", "--restore", "--yes"),
    ):
        if name == "." and command[0] in ("build", "check"):
            continue  # all profiles below
        ended = nfconfgen(command[0], name, *command[1:])
        # of a profile that is not there nothing is left to be undone
        assert ended.code == 2 or (command[0] == "probe" and ended.code == 0), (command, ended)
        assert "Traceback" not in ended.err
