"""`nfconfgen recommend`: what the tasks of past runs needed, and what their requests should be."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nfconfgen import files
from nfconfgen.assess import Ask, Assessment, assess
from nfconfgen.commands.common import utc_now
from nfconfgen.commands.explain import write_page
from nfconfgen.commands.recommending.labels_of_pipeline import labels
from nfconfgen.commands.recommending.recommended_change import Change, changed
from nfconfgen.commands.recommending.where_to_run import Wanted, Where, where
from nfconfgen.errors import FINDINGS, OK, UsageError, WriteError
from nfconfgen.findings import Finding, has_errors
from nfconfgen.profile.document import yaml12
from nfconfgen.profile.model import Limits, Profile
from nfconfgen.profile.read import read_own
from nfconfgen.recommend.by_label import by_label, label_notes
from nfconfgen.recommend.charts.process_view import Shown
from nfconfgen.recommend.class_growth import Growths
from nfconfgen.recommend.profile_edits import Chosen, as_asked, edits, together, worthwhile
from nfconfgen.recommend.proposal import Proposal, proposals
from nfconfgen.recommend.proposal_json import as_json
from nfconfgen.recommend.proposal_notes import notes
from nfconfgen.recommend.proposal_text import lines
from nfconfgen.recommend.recommend_page import RecommendPage, page
from nfconfgen.recommend.retry_growth import Growing, growing
from nfconfgen.recommend.sizing import attempts_by
from nfconfgen.recommend.where import placements
from nfconfgen.report.reporter import Reporting, report
from nfconfgen.runs.observed import Observed
from nfconfgen.runs.read_runs import read
from nfconfgen.terminal.console import Console
from nfconfgen.wording import counted

_STEP_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Recommend:
    """`chance` is the share of second tries that a run may have. `write`: the profile is changed; `diff`: what would
    change is shown; `labels`: processes are sized together by their labels in this pipeline (None: the one that the
    profile is in)."""

    profile: Path
    runs: tuple[Path, ...]
    reporting: Reporting
    chance: float = 0.05
    write: bool = False
    diff: bool = False
    html: Path | None = None
    force: bool = False
    wanted: Wanted = field(default_factory=Wanted)
    labels: bool = False
    pipeline: Path | None = None


@dataclass(frozen=True, slots=True)
class Recommended:
    """What is proposed, and what of it makes a profile that can be built; `unfit` are the errors of the others."""

    chosen: Chosen
    growth: Growing
    change: Change
    unfit: tuple[Finding, ...]


def run(options: Recommend, console: Console) -> int:
    """Exit code 0: there is a proposal, or nothing to improve; 1: findings, and what has errors is not written; 2: no
    such file."""
    text = read_own(options.profile)
    assessment = assess(options.profile, Ask())
    profile = assessment.profile
    if not assessment.readable or profile is None:
        report(assessment.findings, options.reporting.format, console, {"recommended": None})
        return FINDINGS
    runs = read(options.runs, _progress(console))
    document, _ = yaml12.parse(text, str(options.profile))
    assert document is not None, "it was read before"
    growths = Growths(document.data, profile)
    found, remarks = _sized(options, growths, list(runs.processes.values()), _most(assessment))
    made = _recommended(options.profile, text, document.data, found, assessment)
    chosen, growth, change = made.chosen, made.growth, made.change
    found = [growth.applied(each) for each in found]
    where_to = where(options.profile, change.assessment, chosen.written, options.wanted, console)
    findings = tuple(sorted({*runs.findings, *change.findings, *made.unfit, *where_to.doubts}))
    shown = options.reporting.format == "text" and not console.quiet
    report(
        findings,
        options.reporting.format,
        console,
        as_json(found, chosen, growth.reasons),
        list(_text(found, [*growth.reasons, *remarks], made, options, where_to)) if shown else (),
    )
    if options.html is not None:
        asked = changed(options.profile, text, as_asked(document.data, chosen.written), assessment)
        model = _page(options, profile, found, remarks, asked.assessment, where_to)
        write_page(options.html, page(model), options.force)
        console.info(f"wrote {options.html}")
    strict = options.reporting.strict
    if not has_errors({*runs.findings, *change.findings}, strict=strict):
        _write(options, change, console)
    return FINDINGS if has_errors(findings, strict=strict) else OK


def _sized(
    options: Recommend, growths: Growths, seen: Sequence[Observed], most: Limits
) -> tuple[list[Proposal], list[str]]:
    """The proposals, by labels if that is wanted, and remarks on them."""
    alone = _proposed(options, growths, seen, most)
    if not options.labels:
        return alone, list(notes(alone))
    label_of = labels(options.profile, options.pipeline, seen)
    found = _proposed(options, growths, by_label(seen, label_of), most)
    return found, [*notes(found), *label_notes(found, alone, label_of)]


def _proposed(options: Recommend, growths: Growths, seen: Sequence[Observed], most: Limits) -> list[Proposal]:
    of = growths.of(each.process for each in seen)
    return proposals(seen, options.chance, lambda process: attempts_by(of[process]), most)


def _recommended(
    path: Path, text: str, data: Mapping[str, Any], found: Sequence[Proposal], before: Assessment
) -> Recommended:
    """All proposals that are worth it; the processes that fit nowhere stay as they are."""
    assert before.profile is not None, "it is readable"
    chosen, unfit = worthwhile(found), list[Finding]()
    while True:
        growth = growing(data, before.profile, found, chosen.written)
        each = edits(data, chosen.written)
        change = changed(path, text, {**together(each), **growth.edits}, before)
        left = change.unfit(each)
        if not left:
            return Recommended(chosen, growth, change, tuple(unfit))
        for process, errors in left.items():
            unfit += [replace(one, message=f"{process} stays as it is: {one.message}") for one in errors]
        chosen = chosen.without(left)


def _most(assessment: Assessment) -> Limits:
    """What all sites hold, as far as that is known."""
    sites = [each.limits for each in assessment.plan.sites] if assessment.plan is not None else []
    memories = [each.memory_mib for each in sites if each.memory_mib is not None]
    times = [each.time_s for each in sites if each.time_s is not None]
    return Limits(memory_mib=min(memories, default=None), time_s=min(times, default=None))


def _page(
    options: Recommend,
    profile: Profile,
    found: Sequence[Proposal],
    remarks: Sequence[str],
    asked: Assessment,
    where_to: Where,
) -> RecommendPage:
    """The page, with the runs as the processes asked before and as proposed."""
    machines = {each.process: each for each in reversed(where_to.placements)}
    before = asked.plan.sites if asked.plan is not None else ()
    return RecommendPage(
        profile.pipeline.name,
        tuple(path.name for path in options.runs),
        utc_now()[:10],
        options.chance,
        tuple(_shown(each, machines.get(each.process)) for each in found),
        tuple(where_to.simulated(before)),
        tuple(remarks),
    )


def _shown(each: Proposal, placed: placements.Placement | None) -> Shown:
    if placed is None:
        return Shown(each)
    attempts = tuple(held.memory_mib for held in placed.tries for _ in held.attempts)
    shape = placed.first.shape
    return Shown(each, attempts, shape.name if shape else "", shape.memory_mib if shape else None)


def _text(
    found: Sequence[Proposal], remarks: Sequence[str], made: Recommended, options: Recommend, where_to: Where
) -> Iterator[str]:
    if not found:
        yield "these files have no completed tasks"
        return
    yield from lines(found)
    yield from remarks
    chosen = made.chosen
    few = sum(each.few for each in found)
    if few:
        yield f"{counted(few, 'process', 'processes')} marked ? had too few tasks to be sure: add the next run"
    if chosen.unnamed:
        yield f"{counted(len(chosen.unnamed), 'name')} of a process cannot be written as one: nothing changes there"
    if chosen.negligible:
        left = counted(len(chosen.negligible), "process", "processes")
        yield f"{left} would save next to nothing, so nothing is written there"
    runs_on = list(where_to.lines())
    if runs_on:
        yield ""
        yield from runs_on
    if options.diff:
        yield ""
        yield from _diff(made.change, options.profile)


def _diff(change: Change, path: Path) -> Iterator[str]:
    before, after = (text.splitlines() for text in (change.before, change.after))
    yield from difflib.unified_diff(before, after, str(path), str(path), lineterm="")


def _write(options: Recommend, change: Change, console: Console) -> None:
    if change.after == change.before:
        console.info(f"{options.profile} stays as it is")
    elif not options.write:
        console.info("nothing is written: --diff shows the changes, --write makes them")
    else:
        try:
            # a profile may be a link to one elsewhere, and need not be for all to read
            real = options.profile.resolve()
            files.replace(real, change.after.encode("utf-8"), real.stat().st_mode & 0o777)
        except OSError as error:
            raise WriteError(f"{options.profile}: cannot be written: {files.reason(error)}") from None
        console.info(f"wrote {options.profile}; next: nfconfgen build {options.profile}")


def chance_of(percent: str) -> float:
    """The share in `5 %`, `5%` or `5`. UsageError if it is not between 0.1 and 100 percent."""
    try:
        share = float(percent.strip().removesuffix("%")) / 100
    except ValueError:
        share = 0.0
    if not 0.001 <= share <= 1:
        raise UsageError(f"--second-tries {percent}: must be a percentage from 0.1% to 100%")
    return share


def _progress(console: Console) -> Callable[[int, int], None]:
    """A line for each part of large files."""
    reported = 0

    def progress(done: int, total: int) -> None:
        nonlocal reported
        if done - reported >= _STEP_BYTES:
            reported = done
            console.info(f"read {done / total:.0%} of {total / 1024**2:,.0f} MB")

    return progress
