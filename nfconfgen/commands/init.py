"""`nfconfgen init`: writes a first profile for a pipeline, what a build makes of it, and the include; or nothing."""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from nfconfgen import files
from nfconfgen.commands.common import report_unknown, utc_now
from nfconfgen.errors import FINDINGS, OK, UsageError
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.facts.query import Query, read_all
from nfconfgen.fast.cache import remember_rendered
from nfconfgen.fast.discovery import NAMES
from nfconfgen.findings import has_errors
from nfconfgen.initialise import around, key_rules, wanted
from nfconfgen.initialise.around import Addition
from nfconfgen.initialise.decide_sites import Given, decided
from nfconfgen.initialise.first_build import (
    FirstBuild,
    build,
    gpu_processes,
    with_gpu_limits,
    with_limits,
    without_faults,
)
from nfconfgen.initialise.first_profile import output_folder, profile_text
from nfconfgen.initialise.first_sites import FirstSite
from nfconfgen.initialise.found import Found, look
from nfconfgen.initialise.proof import proof_lines
from nfconfgen.initialise.to_decide import decisions
from nfconfgen.initialise.wanted import Wanted
from nfconfgen.plan.plan_table import plan_lines
from nfconfgen.processes.include_line import ALL, line_for
from nfconfgen.report.reporter import report
from nfconfgen.sync import transaction
from nfconfgen.sync.build_changes import journals
from nfconfgen.sync.staging import Write
from nfconfgen.terminal.console import Console
from nfconfgen.wording import counted, listed


@dataclass(frozen=True, slots=True)
class Init:
    """`wanted` are the sites, `collected` files of facts of a cluster. `imports`: whether existing configs are
    imported (None: it is asked, by default they are). With `yes` nothing is asked."""

    folder: Path
    wanted: Wanted
    name: str = ""
    collected: tuple[Path, ...] = ()
    imports: bool | None = None
    yes: bool = False
    dry_run: bool = False

    @property
    def profile(self) -> Path:
        return self.folder / NAMES[0]


def run(options: Init, console: Console) -> int:
    """Exit code 0: everything is written; 1: a site cannot be built yet. Processes of the pipeline that fit nowhere
    are for the user to decide, and reported as such. UsageError, so 2: there is a profile already, or something must
    be known."""
    _refuse(options)
    found = _looked(options, console)
    query = Query(utc_now(), collected=read_all(options.collected, EXECUTORS))
    if query.faults:
        report(query.faults, "text", console)
        return FINDINGS
    given = Given(options.wanted, options.imports, options.yes or options.dry_run)
    sites, query = decided(given, found, query, console)
    output = output_folder(options.folder)

    def built_for(some: Sequence[FirstSite], unused: Sequence[str] = ()) -> FirstBuild:
        return build(options.profile, profile_text(found, some, output, unused), found, query)

    first, sites = without_faults(sites, built_for)
    built, sites = with_limits(first, sites, built_for)
    built, sites = with_gpu_limits(built, sites, built_for)
    unused = gpu_processes(built)
    built = built_for(sites, unused) if unused else built
    lost = {finding for site in sites if site.brought is not None for finding in site.brought.findings}
    findings = sorted({*built.assessment.findings, *lost})
    if options.dry_run:  # then the profile is the result
        console.info(*(f"{f.place}: {f.level}: {f.text} [{f.rule}]" for f in findings))
    else:
        report(findings, "text", console)
    _show_proof(built, found, console)
    console.info(*decisions(options.profile, sites, built))
    _write(options, sites, built, _additions(options, built, output), console)
    return FINDINGS if has_errors(findings) else OK


def _show_proof(built: FirstBuild, found: Found, console: Console) -> None:
    report_unknown(built.assessment, console)
    if built.plan is not None:
        console.info("", *proof_lines(built.plan.sites, built.planned))
    if built.plan is not None and found.lacking:
        console.info("", *plan_lines(built.plan.sites))


def _write(
    options: Init,
    sites: Sequence[FirstSite],
    built: FirstBuild,
    additions: Sequence[Addition],
    console: Console,
) -> None:
    """All of it or nothing."""
    writes = [Write(options.profile, built.text, before=None), *built.writes]
    writes += [addition.write for addition in additions if addition.write is not None]
    if options.dry_run:
        console.result(*built.text.splitlines())
        _show_files(writes, additions, console, "would write", "would change")
        return
    with _uninterrupted():
        transaction.commit(writes, journals(options.profile)[0])
        if built.whole:
            remember_rendered(str(options.profile), (built.writes[-1].text or "").encode())
        _show_files(writes, additions, console, "wrote", "changed")
        console.info("", *_next_steps(options, sites, built))


def _refuse(options: Init) -> None:
    if not options.folder.is_dir():
        raise UsageError(f"{options.folder}: there is no such folder")
    for name in (*NAMES, files.lock_name(Path(NAMES[0]).stem)):
        path = options.folder / name
        if os.path.lexists(path):
            advice = f"`nfconfgen build {path}` builds it" if name in NAMES else "it belongs to a profile"
            raise UsageError(f"{path} exists: {advice}; to begin anew, remove it first")
    wanted.named(options.wanted, EXECUTORS)
    if options.name and not key_rules.is_pipeline_name(options.name):
        raise UsageError(f"--name {options.name}: letters, digits, - and _ only, at most 60")


def _looked(options: Init, console: Console) -> Found:
    found = look(options.folder)
    found = replace(found, name=options.name or found.name)
    if not found.pipeline:
        console.info(f"{options.folder}: neither nextflow.config nor main.nf is here: a profile for a new pipeline")
        return found
    console.info(f"{found.name}: {counted(found.processes, 'process', 'processes')}, {_labels(found)}")
    if not found.lacking:
        console.info(f"it sets cpus, memory and time itself ({listed(found.sized_in, 2)}), so no tasks are needed")
    return found


def _labels(found: Found) -> str:
    return f"labels {listed(found.labels, 6)}" if found.labels else "no labels"


def _additions(options: Init, built: FirstBuild, output: str) -> list[Addition]:
    """The files that exist or may exist already. Without a git repository, nothing reads those of git."""
    found = []
    if built.plan is not None:
        found.append(around.include(options.folder / "nextflow.config", line_for(f"{output}conf/{ALL}")))
    folder = os.path.abspath(options.folder)  # noqa: PTH100 - links stay
    top = files.repository(folder)
    if top is not None:
        found.append(around.hook(Path(os.path.relpath(top)) / ".pre-commit-config.yaml"))
        generated = [output, files.lock_name(options.profile.stem)]
        found.append(around.ignored(options.folder / ".prettierignore", found[-1].path, generated))
        found.append(around.attributes(options.folder / ".gitattributes", options.profile.name, output))
    return found


def _show_files(
    writes: Sequence[Write], additions: Sequence[Addition], console: Console, wrote: str, changed: str
) -> None:
    console.info("")
    for write in writes:
        console.info(f"{wrote if write.before is None else changed} {write.target}")
    for addition in additions:
        if addition.by_hand:
            console.info(f"{addition.path} is left as it is: {addition.why}; add to it:")
            console.info(*(f"  {line}" for line in addition.by_hand.splitlines()))


def _next_steps(options: Init, sites: Sequence[FirstSite], built: FirstBuild) -> Iterator[str]:
    where = "" if options.folder == Path() else f" {shlex.quote(str(options.profile))}"
    yield "Next:"
    if not built.whole:
        yield f"  fix what is reported above, and run: nfconfgen build{where}"
    if built.plan is None:
        yield f"  then see which line nextflow.config needs: nfconfgen check{where}"
        return
    yield f"  read {options.profile}, change what is not right, and run: nfconfgen build{where}"
    for one in sites:
        if one.brought is not None:
            yield f"  use {one.name} instead of {one.brought.origin.title}, which stays as it is"
    yield f"  see why each process fits: nfconfgen explain{where}"
    if built.planned:
        site = built.plan.sites[0].site.name
        yield f"  commit all of it, and run: nextflow run {shlex.quote(str(options.folder))} -profile {site}"


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C has no effect on the last moment, in which everything is written."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
