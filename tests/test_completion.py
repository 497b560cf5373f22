"""The shell completes values: the program is asked as the completion scripts of bash ask it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.rules import rules
from tests.test_imports import SLOW

PROFILE = """\
nfconfgen: 1
pipeline: {name: demo}
tasks:
  default: {memory: 1 GB}
  labels: {big: {memory: 2 GB}}
  processes: {ALIGN: {cpus: 2}, "STAR|SALMON": {cpus: 1}}
sites:
  cluster: {executor: slurm, queues: [short], tasks: {labels: {bigger: {memory: 3 GB}}}}
  cloud: {executor: awsbatch, region: eu-central-1, queues: [q], work_dir: s3://bucket/work}
"""


def suggested(*words: str) -> list[str]:
    """The suggestions for the last of these words."""
    environment = {
        "_NFCONFGEN_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(("nfconfgen", *words)),
        "COMP_CWORD": str(len(words)),
    }
    ended = nfconfgen(environment=environment)
    assert (ended.code, ended.err) == (0, "")
    return ended.out.split()


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "profile.yml"
    path.write_text(PROFILE)
    return path


@pytest.mark.parametrize("command", ["build", "validate", "check", "facts", "doctor", "verify", "explain", "diff"])
def test_formats_and_colours(command: str) -> None:
    assert suggested(command, "--format", "") == ["text", "json", "github"]
    assert suggested(command, "--format", "g") == ["github"]
    assert suggested(command, "--color", "") == ["auto", "always", "never"]


def test_commands_and_options() -> None:
    assert suggested("ex") == ["explain"]
    assert suggested("explain", "--si") == ["--site"]


def test_names_of_the_package() -> None:
    assert suggested("schema", "") == [
        *("profile", "cluster", "lock", "report", "facts", "verify", "explain", "diff", "prices", "recommend")
    ]
    assert suggested("schema", "l") == ["lock"]
    assert set(suggested("rule", "")) == rules()
    assert suggested("rule", "memory-f") == ["memory-fit"]


@pytest.mark.usefixtures("profile")
def test_names_of_the_profile() -> None:
    assert suggested("explain", "--site", "") == ["cluster", "cloud"]
    assert suggested("explain", "--site", "cl") == ["cluster", "cloud"]
    assert suggested("explain", "--site", "clo") == ["cloud"]
    # a pattern has a meaning in a shell
    assert suggested("explain", "--process", "") == ["default", "big", "ALIGN", "bigger"]
    assert suggested("explain", "--process", "big") == ["big", "bigger"]


def test_the_profile_that_is_named(profile: Path) -> None:
    (profile.parent / "other.yml").write_text(PROFILE.replace("cloud:", "elsewhere:"))
    assert suggested("explain", "other.yml", "--site", "") == ["cluster", "elsewhere"]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "sites: [\n",
        "sites: [a, b]\n",
        "sites:\n",
        "- x\n",
        "\x00",
        "a: &x 1\nb: *x\n",
        "tasks: 1\nsites: {a: 1}",
    ],
)
def test_a_broken_profile_suggests_nothing_else(text: str | None, profile: Path) -> None:
    profile.unlink()
    if text is not None:
        profile.write_text(text)
    assert set(suggested("explain", "--site", "")) <= {"a"}
    assert set(suggested("explain", "--process", "")) <= {"default"}


def test_a_profile_that_is_none(profile: Path) -> None:
    profile.unlink()
    os.mkfifo(profile)
    assert suggested("explain", "--site", "") == []
    profile.unlink()
    profile.write_bytes(b"\xff\xfe")
    assert suggested("explain", "--site", "") == []


@pytest.mark.parametrize(
    "name", ["$(touch pwned)", "`x`", "a;b", "a b", "-x", "a\\e[2J", "!x", "ghp_" + "aB3dE5gH7j" * 4]
)
def test_no_name_is_a_command_or_a_credential(name: str, profile: Path) -> None:
    profile.write_text(f'sites: {{"{name}": {{}}, sound: {{}}}}\n')
    assert suggested("explain", "--site", "") == ["sound"]


def test_nothing_slow_is_imported(profile: Path) -> None:
    code = "import sys; sys.argv[0] = 'nfconfgen'\nfrom nfconfgen.__main__ import main\nmain()\nprint(*sys.modules)"
    environment = {
        **os.environ,
        "_NFCONFGEN_COMPLETE": "complete_bash",
        "COMP_WORDS": "nfconfgen explain --site ",
        "COMP_CWORD": "3",
    }
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, env=environment, cwd=profile.parent, capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("cluster\ncloud\n")
    loaded = set(ended.stdout.split())
    assert not (SLOW | {"jsonschema", "jinja2", "nfconfgen.plan", "nfconfgen.executors.table"}) & loaded


def test_bash_completes(profile: Path, tmp_path: Path) -> None:
    """With the script that `nfconfgen --install-completion` installs."""
    program = tmp_path / "bin/nfconfgen"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n")
    program.write_text(program.read_text() + "from nfconfgen.__main__ import run\nrun()\n")
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    script = (
        'eval "$(_NFCONFGEN_COMPLETE=source_bash nfconfgen)"\n'
        "COMP_WORDS=(nfconfgen explain --site cl) COMP_CWORD=3\n"
        "$(complete -p nfconfgen | sed 's/.*-F \\([^ ]*\\).*/\\1/') nfconfgen\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    command = ["bash", "-c", script]
    ended = subprocess.run(command, env=environment, cwd=profile.parent, capture_output=True, text=True, check=True)
    assert (ended.stdout.split(), ended.stderr) == (["cluster", "cloud"], "")
