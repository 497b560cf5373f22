"""The rules that a finding can bear, derived from the code: whoever writes a new one need not register it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator

from tests.conftest import ROOT

PACKAGE = ROOT / "nfconfgen"
_RULE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# what has a rule as its second argument
_BEARERS = ("Finding", "Problem")
# where a rule is not a literal: (module, expression) to the functions and tables that hold the literals, there or in
# another module. Empty if the rule is that of another finding.
PASSED_ON: dict[tuple[str, str], tuple[str, ...]] = {
    ("commands/check.py", "*rest"): (),
    ("executors/examination.py", "rule"): (),  # of the tables of checks, which are annotated as such
    ("executors/awsbatch/facts/queues.py", "rule"): ("check_environment",),
    ("executors/slurm/site_checks.py", "rule"): ("executors/slurm/pools/selection.py:unproven",),
    ("facts/staleness.py", "rule"): ("executors/awsbatch/executor.py:_aged",),
    ("imports/recognise/draft.py", "rule"): (
        *("report", "imports/recognise/scopes.py:report", "imports/recognise/directives.py:report"),
        "imports/sites.py:report",
    ),
    ("plan/limits.py", "_RULES"): ("_RULES",),
    ("plan/misfit.py", "_RULES"): ("_RULES",),
    ("profile/document/messages.py", "*_MESSAGES.get(it.keyword, _other)(it, document)"): (
        *("_wrong_type", "_pattern", "_not_one_of", "_out_of_range", "_too_few", "_other"),
    ),
    ("profile/document/yaml12.py", "rule"): ("report",),
    ("profile/units.py", "rule"): ("too_small",),
    ("runs/traces/trouble.py", "rule"): (
        *("runs/traces/broken_rows.py:note", "runs/traces/trace_columns.py:note"),
        *("runs/traces/report_file.py:note", "runs/traces/trace_file.py:note"),
        *("runs/traces/trace_lines.py:note", "runs/traces/unpacked.py:note", "runs/read_runs.py:note"),
    ),
    ("sync/drift.py", "rule"): ("_finding", "_of_error"),
}


def rules() -> set[str]:
    """All of them."""
    modules = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text()) for path in PACKAGE.rglob("*.py")}
    found = set(_of_schema(json.loads((ROOT / "schemas/profile.schema.json").read_text())))
    for name, tree in modules.items():
        found.update(_written(name, tree), _of_tables(tree), _of_errors(tree))
    for (name, _), holders in PASSED_ON.items():
        for holder in holders:
            home, _, own = holder.rpartition(":")
            inside = set(_held(modules[home or name], own))
            assert inside, f"nothing in {holder}, which {name} passes on"
            found |= inside
    return found


def _written(name: str, tree: ast.Module) -> Iterator[str]:
    for call in _calls(tree, *_BEARERS):
        if len(call.args) < 2:
            assert not call.args, f"{name}:{call.lineno}"
            rule: ast.expr = next(word.value for word in call.keywords if word.arg == "rule")
        else:
            rule = call.args[1]
        literals = [node for node in _branches(rule) if isinstance(node, ast.Constant)]
        if literals:
            yield from (str(node.value) for node in literals)
        elif not (isinstance(rule, ast.Attribute) and rule.attr == "rule"):
            text = ast.unparse(rule.value if isinstance(rule, ast.Subscript) else rule)
            assert (name, text) in PASSED_ON, f"{name}:{call.lineno}: where do the rules in {text} come from?"


def _branches(rule: ast.expr) -> list[ast.expr]:
    return [*_branches(rule.body), *_branches(rule.orelse)] if isinstance(rule, ast.IfExp) else [rule]


def _of_tables(tree: ast.Module) -> Iterator[str]:
    """The keys of tables of checks, and of those that a function makes."""
    for node in ast.walk(tree):
        made = node.returns if isinstance(node, ast.FunctionDef) else getattr(node, "annotation", None)
        if made is None or not ast.unparse(made).startswith("Checks[") or isinstance(node, ast.arg):
            continue
        for table in ast.walk(node):
            if isinstance(table, ast.Dict):
                yield from (str(key.value) for key in table.keys if isinstance(key, ast.Constant))
            elif isinstance(table, ast.DictComp):
                yield from _texts(table.generators[0].iter)


def _of_errors(tree: ast.Module) -> Iterator[str]:
    """Errors that become findings have their rule as an attribute of the class."""
    for each in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        for line in each.body:
            if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "rule":
                yield from _texts(line.value)


def _held(tree: ast.Module, holder: str) -> Iterator[str]:
    """The rules in a function's tuples, in a table, or in the calls of a function that passes its argument on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == holder:
            yield from _in_function(node)
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == holder:
            assert isinstance(node.value, ast.Dict)
            for value in node.value.values:
                yield from _rules_in(value)
    for call in _calls(tree, holder):
        for argument in call.args[1:2]:
            yield from _rules_in(argument)


def _in_function(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Tuple) and len(node.elts) > 1 and isinstance(node.ctx, ast.Load):
            yield from _rules_in(node.elts[0])
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("schema.get") and len(node.args) == 2:
            yield from _rules_in(node.args[1])


def _rules_in(node: ast.expr) -> Iterator[str]:
    for each in _branches(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and _RULE.fullmatch(each.value):
            yield each.value


def _texts(node: ast.AST) -> Iterator[str]:
    return (each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str))


def _calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] in names:
            yield node


def _of_schema(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("x-rule"), str):
            yield part["x-rule"]
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _of_schema(inner)
