"""What is loaded when: start-up stays quick, and the core stays pure."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.fast.test_noticed import copied

SLOW = {"boto3", "botocore", "rich", "pydantic", "requests", "asyncio", "moto"}
_OF_A_CHECK = (
    *("cache", "check", "checksum", "discovery", "fingerprint", "orphans", "quick_check"),
    "unchanged",
)
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
    environment = {**os.environ, "CI": ""}  # there it looks closely
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
    return set(json.loads(ended.stdout.splitlines()[-1]))


def test_a_check_without_changes_loads_next_to_nothing(tmp_path: Path) -> None:
    profile = copied(tmp_path, "salmon")
    loaded = {
        name for name in _loaded("check", str(profile)) if name.split(".")[0] not in ("encodings", "json", "re")
    }
    assert not {"typer", "yaml", "jsonschema", "jinja2", "typing", "dataclasses", "pathlib", "inspect"} & loaded
    ours = {name for name in loaded if name.startswith("nfconfgen")}
    at_once = ("__main__", "errors", "files", "wording", "fast", *(f"fast.{part}" for part in _OF_A_CHECK))
    assert ours <= {"nfconfgen", *(f"nfconfgen.{name}" for name in at_once)}


FENCED = [
    *sorted((ROOT / "nfconfgen/fast").glob("*.py")),
    *(ROOT / f"nfconfgen/{n}.py" for n in ("errors", "files", "wording")),
]


@pytest.mark.parametrize("path", FENCED, ids=lambda path: path.stem)
def test_what_every_check_loads_imports_nothing_slow(path: Path) -> None:
    at_once = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    named = {alias.name for node in at_once if isinstance(node, ast.Import) for alias in node.names}
    named |= {str(node.module) for node in at_once if isinstance(node, ast.ImportFrom)}
    assert not {"pathlib", "dataclasses", "typing", "contextlib", "inspect"} & named
    ours = {name.removeprefix("nfconfgen.") for name in named if name.startswith("nfconfgen.")}
    assert all(name.startswith("fast") or name in ("errors", "files", "wording") for name in ours), ours


def test_a_check_of_a_sound_profile_loads_no_typer_and_no_jsonschema(tmp_path: Path) -> None:
    profile = copied(tmp_path, "salmon")
    profile.write_text(profile.read_text().replace("time: 1h", "time: 3h"))
    loaded = _loaded("check", str(profile))
    assert "jinja2" in loaded
    assert not (SLOW | {"typer", "jsonschema", "difflib", "logging"}) & loaded


def test_a_check_of_a_changed_pipeline_renders_nothing(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ROOT / "tests/pipeline/cases/all-is-well", tmp_path / "p"))
    profile = str(folder / "profile.yml")
    _loaded("build", profile, "--offline")
    # what an earlier check found is not true any more
    (folder / "main.nf").write_text((folder / "main.nf").read_text() + "// changed\n")
    _loaded("check", profile)
    (folder / "main.nf").write_text((folder / "main.nf").read_text() + "// again\n")
    loaded = _loaded("check", profile)
    assert "nfconfgen.pipeline.script_file" in loaded
    assert not (SLOW | {"typer", "jsonschema", "jinja2"}) & loaded
    # and now it is true again
    loaded = _loaded("check", profile)
    assert not (SLOW | {"typer", "yaml", "pathlib", "inspect"}) & loaded


@pytest.mark.parametrize(
    "arguments",
    [
        ["build", "profiles/salmon.yml", "--offline", "--dry-run"],
        ["validate", "profiles/rnaseq.yml"],
        ["explain", "profiles/salmon.yml"],
        ["explain", "profiles/salmon.yml", "--prices", "nowhere.json"],
        ["diff", "profiles/salmon.yml"],
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


OPENS = {
    "files.py",
    # what belongs to nfconfgen itself
    "commands/reference.py",
    "report/rules.py",
    "profile/document/schema.py",
    "executors/slurm/facts/client.py",
    "fast/fingerprint.py",
    "terminal/streams.py",
    # a folder that it has made itself
    "verify/resolve.py",
}


def _opens(path: Path) -> Iterator[int]:
    """The lines where a file is opened by its name to be read."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        named = isinstance(node.func, ast.Name) and node.func.id == "open"
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        # a descriptor was opened elsewhere, and mode x opens nothing that is there
        elsewhere = any(word in ast.unparse(node) for word in ("descriptor", "reader", "'x'"))
        if (named and not elsewhere) or method in ("open", "read_text", "read_bytes"):
            yield node.lineno


def test_what_a_repository_brings_is_opened_in_one_place() -> None:
    for path in sorted((ROOT / "nfconfgen").rglob("*.py")):
        name = path.relative_to(ROOT / "nfconfgen").as_posix()
        lines = list(_opens(path))
        assert not lines or name in OPENS, (name, lines)


PURE_OF_PIPELINE = ("config_file", "cursor", "resolved", "script_file", "tokens")


@pytest.mark.parametrize("name", PURE_OF_PIPELINE)
def test_modules_that_check_a_pipeline_are_pure(name: str) -> None:
    found = set(_imports(ROOT / f"nfconfgen/pipeline/{name}.py")) & (IMPURE | {"open"})
    assert not found, f"{name} uses {', '.join(sorted(found))}"


@pytest.mark.parametrize("folder", ["plan", "render", "explain", "compare", "conflicts"])
def test_the_core_is_pure(folder: str) -> None:
    for path in sorted((ROOT / "nfconfgen" / folder).rglob("*.py")):
        found = set(_imports(path)) & (IMPURE | {"open"})
        assert not found, f"{path.name} uses {', '.join(sorted(found))}"


def test_modules_stay_small() -> None:
    for path in sorted((ROOT / "nfconfgen").rglob("*.py")):
        assert len(path.read_text().splitlines()) <= 260, path
