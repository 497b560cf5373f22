"""The folders of nfconfgen/ depend on each other one way only: each floor on those below it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "nfconfgen"
# from the bottom; the parts of one floor do not import each other, except on the ground floor
FLOORS = (
    "errors files wording jsontext suggest parallel findings _data terminal executors.interface",
    "fast",
    "trusted",
    "profile",
    "facts",
    "plan",
    "render",
    "nextflow",
    "pipeline",
    "expressions",
    "processes",
    "conflicts verify explain compare runs own_options executors.examination",
    "recommend",
    "executors.slurm executors.awsbatch executors.local",
    "executors.table",
    "assess report",
    "sync",
    "imports shell",
    "initialise",
    "commands",
    "command_line.cli_options",
    "cli",
    "command_line.cli_sites",
    "__main__",
)
UNITS = {unit: floor for floor, units in enumerate(FLOORS) for unit in units.split()}
MOST_MODULES = 15


def unit(module: str) -> str | None:
    """The part of the program that a module belongs to; None: the package itself."""
    parts = module.split(".")
    names = (".".join(parts[1:end]) for end in range(len(parts), 1, -1))
    return next((name for name in names if name in UNITS), None)


def imports(node: ast.AST, for_types: bool = False) -> Iterator[tuple[str, int, bool]]:
    """Each of our modules that is imported below a node, its line, and whether for type checkers alone."""
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        for_types = True
    if isinstance(node, ast.Import | ast.ImportFrom):
        origin = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        names = (origin + name.name for name in node.names)
        yield from ((name, node.lineno, for_types) for name in names if name.startswith("nfconfgen."))
    for child in ast.iter_child_nodes(node):
        yield from imports(child, for_types)


def upward(for_types: bool) -> list[str]:
    """Every import of a floor that is not below, nor the importing folder itself."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        own = unit(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for module, line, guarded in imports(ast.parse(path.read_text())):
            other = unit(module)
            if guarded is not for_types or own is None or other in (own, None):
                continue
            if UNITS[other] > UNITS[own] or UNITS[other] == UNITS[own] > 0:
                found.append(f"{path.relative_to(PACKAGE)}:{line} imports {module}")
    return found


def test_every_module_is_on_a_floor() -> None:
    modules = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path.stem != "__init__"}
    assert [str(path) for path in modules if unit(".".join(("nfconfgen", *path.with_suffix("").parts))) is None] == []


def test_no_module_imports_from_a_floor_above() -> None:
    assert upward(for_types=False) == []


def test_nor_for_its_types() -> None:
    """But the interface of the executors, which speaks of all that they are given."""
    assert [each for each in upward(for_types=True) if not each.startswith("executors/interface.py")] == []


@pytest.mark.parametrize("home", ["slurm", "awsbatch", "local"])
def test_a_file_name_is_used_once(home: str) -> None:
    """In the core and the home of one executor; another home has its own settings, config, client …"""
    others = {"slurm", "awsbatch", "local"} - {home}
    names = Counter(path.name for path in PACKAGE.rglob("*.py") if not others & set(path.parts))
    assert [name for name, times in names.items() if times > 1 and name not in ("model.py", "__init__.py")] == []


def test_no_folder_is_crowded() -> None:
    folders = Counter(path.parent.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
    assert {str(folder): count for folder, count in folders.items() if count > MOST_MODULES} == {}
