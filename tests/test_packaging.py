"""A wheel, installed where nothing else is, does what the checkout does, on the oldest and the newest Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

OLDEST = (3, 10)


def _interpreters() -> dict[tuple[int, int], Path]:
    """Every Python 3.10 or newer on the PATH or under pyenv, by version."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    folders = [*map(Path, os.environ["PATH"].split(os.pathsep)), *sorted(pyenv.glob("versions/*/bin"))]
    found: dict[tuple[int, int], Path] = {sys.version_info[:2]: Path(sys.executable)}
    for folder in folders:
        for path in folder.glob("python3.*"):
            match = re.fullmatch(r"python3\.(\d+)", path.name)
            # a shim of pyenv stands there for versions that are not active, too
            if match and int(match[1]) >= OLDEST[1] and _works(path):
                found.setdefault((3, int(match[1])), path)
    return found


def _works(python: Path) -> bool:
    command = [str(python), "-c", "import venv, ensurepip"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, by way of the source distribution's files."""
    folder = tmp_path_factory.mktemp("wheel")
    # the user of the source tree may have no network but PyPI's; pip reports it itself
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_what_the_checkout_holds(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    data = [path for kind in ("schemas", "templates") for path in (ROOT / kind).iterdir() if path.is_file()]
    data.append(ROOT / "docs/rules.md")
    wanted = {f"nfconfgen/{path.relative_to(ROOT)}" for path in data}
    wanted |= {str(path.relative_to(ROOT)) for path in (ROOT / "nfconfgen").rglob("*.py")}
    assert packed == wanted


@pytest.mark.parametrize("which", ["oldest", "newest"])
def test_a_fresh_environment_builds_the_example(wheel: Path, tmp_path: Path, which: str) -> None:
    interpreters = _interpreters()
    if which == "oldest" and OLDEST not in interpreters:
        reason = "needs Python 3.10, the oldest that is supported"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    python = interpreters[OLDEST if which == "oldest" else max(interpreters)]
    subprocess.run([str(python), "-m", "venv", str(tmp_path / "venv")], check=True)
    subprocess.run([str(tmp_path / "venv/bin/pip"), "install", "-q", str(wheel)], check=True)

    work = tmp_path / "work"
    work.mkdir()
    for name in ("salmon.yml", "salmon.lock.json"):
        shutil.copy(ROOT / "profiles" / name, work)
    environment = {"HOME": str(work), "PATH": os.environ["PATH"]}
    command = [str(tmp_path / "venv/bin/nfconfgen"), "build", "salmon.yml", "--offline", "--out", "made"]
    ended = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "31100 MiB" in ended.stdout
    explained = [command[0], "rule", "memory-fit"]
    ended = subprocess.run(explained, env=environment, capture_output=True, text=True, check=False)
    assert ended.stdout.startswith("memory-fit")
    committed = ROOT / "profiles/salmon"
    for path in committed.rglob("*"):
        if path.is_file():
            assert (work / "made" / path.relative_to(committed)).read_bytes() == path.read_bytes(), path
