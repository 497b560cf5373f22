"""What is loaded when: start-up stays quick, and the core stays pure."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

SLOW = {"boto3", "botocore", "rich", "pydantic", "requests", "asyncio", "moto"}
IMPURE = {
    "boto3",
    "botocore",
    "typer",
    "socket",
    "subprocess",
    "urllib",
    "os",
    "shutil",
    "tempfile",
    "datetime",
    "time",
}


def _loaded(*arguments: str) -> set[str]:
    """The modules that are loaded when this command has run."""
    code = (
        "import atexit, json, sys\n"
        "from nfconfgen.__main__ import main\n"
        f"sys.argv = ['nfconfgen', *{list(arguments)!r}]\n"
        "main()\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))\n"
    )
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return set(json.loads(ended.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [
        ["build", "profiles/salmon.yml", "--offline", "--dry-run"],
        ["validate", "profiles/rnaseq.yml"],
        ["schema"],
        ["--version"],
    ],
    ids=lambda arguments: str(arguments[0]),
)
def test_nothing_slow_is_loaded_that_is_not_needed(arguments: list[str]) -> None:
    loaded = _loaded(*arguments)
    assert not SLOW & loaded
    if arguments[0] in ("schema", "--version"):
        assert not {"jsonschema", "jinja2", "yaml"} & loaded


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
            yield "open"


@pytest.mark.parametrize("folder", ["plan", "render"])
def test_the_core_is_pure(folder: str) -> None:
    for path in sorted((ROOT / "nfconfgen" / folder).rglob("*.py")):
        found = set(_imports(path)) & (IMPURE | {"open"})
        assert not found, f"{path.name} uses {', '.join(sorted(found))}"


def test_modules_stay_small() -> None:
    for path in sorted((ROOT / "nfconfgen").rglob("*.py")):
        assert len(path.read_text().splitlines()) <= 260, path
