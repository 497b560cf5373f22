"""Compares the plan with the values that Nextflow resolves; differences become findings with their position."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nfconfgen import files
from nfconfgen.findings import Finding, Place
from nfconfgen.nextflow import Installed
from nfconfgen.parallel import side_by_side
from nfconfgen.plan.model import Plan
from nfconfgen.render.groovy import quote
from nfconfgen.render.process import LOST
from nfconfgen.render.section import pattern
from nfconfgen.terminal.console import Console
from nfconfgen.verify import own_code, unknown_options
from nfconfgen.verify.cells import site_cells
from nfconfgen.verify.model import DIRECTIVES, Cell, Difference, Resolved, SiteCells, Skipped, Stub, Value
from nfconfgen.verify.resolve import RunError, resolve
from nfconfgen.wording import plural

PROFILES = "conf/profiles.config"
_UNITS = {"memory_mib": " MiB", "time_s": " s"}


@dataclass
class Comparison:
    nextflow: Installed
    cells: int = 0
    differences: list[Difference] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def compare(plan: Plan, folder: Path, comparison: Comparison, console: Console) -> None:
    """Adds to `comparison` what Nextflow resolves from the configs in this folder, which it runs."""
    nextflow, profiles = comparison.nextflow, folder / Path(PROFILES).name
    # a site never holds alone if a variable names one of its variants
    alone = [site for site in plan.sites if site.site.variant is None]
    sites = [site_cells(site, plan, nextflow.number) for site in alone]
    runs = [(cells, parser) for cells in sites for parser in nextflow.parsers]
    console.info(
        f"starting Nextflow {nextflow.version}: {len(sites)} sites, {' and '.join(nextflow.parsers)} parser …"
    )
    comparison.skipped = [skipped for cells in sites for skipped in cells.skipped]

    def ask(run: tuple[SiteCells, str]) -> Resolved | str:
        try:
            return resolve(nextflow, profiles, *run)
        except RunError as error:
            return str(error)

    found: dict[str, list[Difference]] = {}
    unknown: set[Finding] = set()
    by_name = {site.site.name: site.site for site in alone}
    for (cells, parser), answer in zip(runs, side_by_side(ask, runs, 2), strict=True):
        config = folder / f"{cells.site.replace(',', '-')}.config"
        if isinstance(answer, str):
            message = f"Nextflow rejects it as profile {cells.site} (parser {parser}): {answer}"
            place = own_code.place(by_name[cells.site], answer, config) or Place(str(config))
            comparison.findings.append(Finding(place, "verify", message))
            continue
        comparison.cells += len(cells.planned)
        differing = differences(cells, answer.values, parser)
        comparison.differences += differing
        found.setdefault(cells.site, []).extend(differing)
        unknown |= {*unknown_options.findings(by_name[cells.site], answer.unknown, nextflow.version)}
    comparison.findings += sorted(unknown)
    for site, differing in found.items():
        config = folder / f"{site.replace(',', '-')}.config"
        text = files.start(config, files.LARGEST_BYTES).decode("utf-8", "replace")
        comparison.findings += findings(differing, str(config), text)


def differences(cells: SiteCells, resolved: Mapping[Cell, Value], parser: str) -> list[Difference]:
    """All cells whose resolved value is not the planned one."""
    found = []
    for cell, planned in cells.planned.items():
        planned, value = _set(planned), _set(resolved.get(cell))
        # true == 1 in Python, but not in a param
        if planned != value or isinstance(planned, bool) is not isinstance(value, bool):
            stub = cells.stubs[cell.stub] if cell.stub is not None else None
            found.append(Difference(cells.site, parser, cell, stub, planned, value))
    return found


def _set(value: Value) -> Value:
    """A map without what is null in it: a variant can take a key of a map back in no other way."""
    return {key: _set(each) for key, each in value.items() if each is not None} if isinstance(value, dict) else value


def findings(found: Sequence[Difference], file: str, config: str) -> list[Finding]:
    """One finding for all attempts, failures and parsers with equal values; `config` is the text of `file`."""
    grouped: dict[tuple[Any, ...], list[Difference]] = {}
    for one in found:
        key = (one.cell.stub, one.cell.directive, one.cell.key, repr(one.planned), repr(one.resolved))
        grouped.setdefault(key, []).append(one)
    return [_finding(members, file, config) for members in grouped.values()]


def _finding(members: Sequence[Difference], file: str, config: str) -> Finding:
    first = members[0]
    cell, stub = first.cell, first.stub
    what = f"param {cell.key}" if cell.directive == "params" else DIRECTIVES[cell.directive]
    whose = f" of {stub.title}" if stub is not None else ""
    when = [
        _named("attempt", sorted({m.cell.attempt for m in members if m.cell.attempt is not None})),
        _named("exit code", sorted({m.cell.exit_code for m in members if m.cell.exit_code is not None})),
        _named("parser", sorted({m.parser for m in members})),
    ]
    message = (
        f"{what}{whose} is {_shown(first.resolved, cell)}, but the plan has {_shown(first.planned, cell)} "
        f"({'; '.join(filter(None, when))})"
    )
    return Finding(Place(file, *_position(config, cell, stub)), "verify", message, "build again, or report a bug")


def _named(word: str, values: Sequence[object]) -> str:
    texts = ["none (lost)" if value == LOST else str(value) for value in values]
    return f"{plural(len(texts), word)} {', '.join(texts)}" if texts else ""


def _shown(value: Value, cell: Cell) -> str:
    if value is None:
        return "not set"
    return f"{str(value).lower() if isinstance(value, bool) else value}{_UNITS.get(cell.directive, '')}"


def _position(config: str, cell: Cell, stub: Stub | None) -> tuple[int, int]:
    """Line and column of the directive, else of its selector, else (0, 0)."""
    lines = config.splitlines()
    key = cell.key if cell.directive == "params" else DIRECTIVES[cell.directive]
    wanted = re.compile(rf"\s*{re.escape(key)}\s*=")
    selector = ""
    if stub is not None and stub.kind in ("label", "process"):
        keyword = "withName" if stub.kind == "process" else "withLabel"
        selector = f"{keyword}: {quote(pattern(stub.kind, stub.selector))}"
    begin = next((at for at, line in enumerate(lines) if selector and line.strip().startswith(selector)), None)
    within = range(begin, len(lines)) if begin is not None else range(len(lines))
    for at in within:
        if begin is not None and at > begin and lines[at].strip() == "}":
            break
        if wanted.match(lines[at]):
            return at + 1, _indent(lines[at])
    # retries and limits apply to all processes, so they are outside of selectors
    outer = next((at for at, line in enumerate(lines) if wanted.match(line)), begin)
    return (outer + 1, _indent(lines[outer])) if outer is not None else (0, 0)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip()) + 1


def as_json(found: Sequence[Difference]) -> Iterator[dict[str, Any]]:
    """In the format of schemas/verify.schema.json."""
    for one in found:
        yield {
            "site": one.site,
            "parser": one.parser,
            "kind": one.stub.kind if one.stub is not None else None,
            "name": (one.stub.selector or None) if one.stub is not None else None,
            "attempt": one.cell.attempt,
            "exit_code": one.cell.exit_code,
            "directive": one.cell.directive,
            "param": one.cell.key or None,
            "planned": one.planned,
            "resolved": one.resolved,
        }
