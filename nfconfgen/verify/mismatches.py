"""Planned against resolved: the cells that differ, and where in the files to look."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nfconfgen.findings import Finding, Place
from nfconfgen.render.process import LOST
from nfconfgen.verify.model import Cell, Difference, Directive, Probe, SiteCells, Value
from nfconfgen.wording import plural

_KEYS: Mapping[Directive, str] = {
    "queue": "queue",
    "cpus": "cpus",
    "memory_mib": "memory",
    "time_s": "time",
    "container": "container",
    "cluster_options": "clusterOptions",
    "error_strategy": "errorStrategy",
    "max_retries": "maxRetries",
    "executor": "executor",
    "work_dir": "workDir",
}
_UNITS: Mapping[Directive, str] = {"memory_mib": " MiB", "time_s": " s"}


def differences(cells: SiteCells, resolved: Mapping[Cell, Value], parser: str) -> list[Difference]:
    """All cells of the plan that Nextflow sees otherwise."""
    return [
        Difference(cells.site, parser, cell, _probe(cells, cell), planned, resolved.get(cell))
        for cell, planned in cells.planned.items()
        if not _same(planned, resolved.get(cell))
    ]


def _same(planned: Value, resolved: Value) -> bool:
    # true == 1 in Python, and not in a param
    return planned == resolved and isinstance(planned, bool) is isinstance(resolved, bool)


def _probe(cells: SiteCells, cell: Cell) -> Probe | None:
    return cells.probes[cell.probe] if cell.probe is not None else None


def findings(found: Sequence[Difference], file: str, config: str) -> list[Finding]:
    """One for all attempts, failures and parsers that differ alike; `config` is the text of the site's file."""
    grouped: dict[tuple[Any, ...], list[Difference]] = {}
    for one in found:
        key = (one.cell.probe, one.cell.directive, one.cell.key, repr(one.planned), repr(one.resolved))
        grouped.setdefault(key, []).append(one)
    return [_finding(members, file, config) for members in grouped.values()]


def _finding(members: Sequence[Difference], file: str, config: str) -> Finding:
    first = members[0]
    cell, probe = first.cell, first.probe
    what = f"param {cell.key}" if cell.directive == "params" else _KEYS[cell.directive]
    whose = f" of {probe.title}" if probe is not None else ""
    when = [
        _named("attempt", sorted({m.cell.attempt for m in members if m.cell.attempt is not None})),
        _named("exit code", sorted({m.cell.exit_code for m in members if m.cell.exit_code is not None})),
        _named("parser", sorted({m.parser for m in members})),
    ]
    message = (
        f"{what}{whose} is {_shown(first.resolved, cell)}, planned is {_shown(first.planned, cell)} "
        f"({'; '.join(filter(None, when))})"
    )
    return Finding(Place(file, *line_of(config, cell, probe)), "verify", message, "build again, or report a bug")


def _named(word: str, values: Sequence[object]) -> str:
    texts = ["none (lost)" if value == LOST else str(value) for value in values]
    return f"{plural(len(texts), word)} {', '.join(texts)}" if texts else ""


def _shown(value: Value, cell: Cell) -> str:
    if value is None:
        return "not set"
    return f"{str(value).lower() if isinstance(value, bool) else value}{_UNITS.get(cell.directive, '')}"


def line_of(config: str, cell: Cell, probe: Probe | None) -> tuple[int, int]:
    """Line and column of the directive, of its selector where it is not in there, else (0, 0)."""
    lines = config.splitlines()
    key = cell.key if cell.directive == "params" else _KEYS[cell.directive]
    wanted = re.compile(rf"\s*{re.escape(key)}\s*=")
    selector = f"{'withName' if probe.kind == 'process' else 'withLabel'}: '{probe.selector}'" if probe else ""
    begin = next((at for at, line in enumerate(lines) if selector and line.strip().startswith(selector)), None)
    within = range(begin, len(lines)) if begin is not None else range(len(lines))
    for at in within:
        if begin is not None and at > begin and lines[at].strip() == "}":
            break
        if wanted.match(lines[at]):
            return at + 1, _indent(lines[at])
    # retries and limits stand for all, outside of every selector
    outer = next((at for at, line in enumerate(lines) if wanted.match(line)), begin)
    return (outer + 1, _indent(lines[outer])) if outer is not None else (0, 0)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip()) + 1


def as_json(found: Sequence[Difference]) -> Iterator[dict[str, Any]]:
    """As schemas/verify.schema.json describes them."""
    for one in found:
        yield {
            "site": one.site,
            "parser": one.parser,
            "kind": one.probe.kind if one.probe is not None else None,
            "name": (one.probe.selector or None) if one.probe is not None else None,
            "attempt": one.cell.attempt,
            "exit_code": one.cell.exit_code,
            "directive": one.cell.directive,
            "param": one.cell.key or None,
            "planned": one.planned,
            "resolved": one.resolved,
        }
