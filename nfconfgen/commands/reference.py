"""`nfconfgen rule` and `nfconfgen schema`: what the package says about findings and files."""

from __future__ import annotations

from nfconfgen._data import folder
from nfconfgen.errors import OK, UsageError
from nfconfgen.report import rules
from nfconfgen.shell.completion import SCHEMAS
from nfconfgen.suggest import near
from nfconfgen.terminal.console import Console


def rule(name: str, console: Console) -> int:
    """Explains a rule, or lists all without a name."""
    known = rules.read()
    if not name:
        console.result(*_list(known, console))
        return OK
    found = known.get(name.strip("[]").lower())
    if found is None:
        advice = near(name, known) or "nfconfgen rule lists all"
        raise UsageError(f"there is no rule '{name}': {advice}")
    console.result(console.paint(found.name, "bold"), "", *rules.text(found))
    return OK


def _list(known: dict[str, rules.Rule], console: Console) -> list[str]:
    """A line for each rule, by group."""
    width = max(map(len, known))
    lines: list[str] = []
    for name, found in known.items():
        if found.group:
            lines += [*([""] if lines else []), console.paint(found.group, "bold")]
        lines.append(f"  {name:{width}}  {found.summary}")
    return lines


def schema(name: str, console: Console) -> int:
    if name not in SCHEMAS:
        raise UsageError(f"there is no schema '{name}': {near(name, SCHEMAS) or ', '.join(SCHEMAS)}")
    console.document((folder("schemas") / f"{name}.schema.json").read_text(encoding="utf-8"))
    return OK
