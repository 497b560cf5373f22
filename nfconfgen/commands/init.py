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
from nfconfgen.errors import FINDINGS, OK, AskingError, UsageError
from nfconfgen.executors.interface import Offers
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.facts.query import Collected, Query, read_all
from nfconfgen.fast.cache import remember_rendered
from nfconfgen.fast.discovery import NAMES
from nfconfgen.findings import has_errors
from nfconfgen.initialise import around, first_sites, key_rules
from nfconfgen.initialise.around import Addition
from nfconfgen.initialise.first_build import FirstBuild, build, with_limits
from nfconfgen.initialise.first_profile import output_folder, profile_text
from nfconfgen.initialise.first_sites import Asking, FirstSite, Sites, Wanted
from nfconfgen.initialise.found import Found, look
from nfconfgen.initialise.installed import engines
from nfconfgen.initialise.proof import proof_lines
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
    """`wanted` are the sites, `collected` files of facts of a cluster. With `yes` nothing is asked."""

    folder: Path
    wanted: Wanted
    name: str = ""
    collected: tuple[Path, ...] = ()
    yes: bool = False
    dry_run: bool = False

    @property
    def profile(self) -> Path:
        return self.folder / NAMES[0]


def run(options: Init, console: Console) -> int:
    """Exit code 0: everything is written; 1: findings, as where a site cannot be built yet. UsageError, so 2: there
    is a profile already, or something must be known."""
    _refuse(options)
    found = _looked(options, console)
    query = Query(utc_now(), collected=read_all(options.collected, EXECUTORS))
    if query.faults:
        report(query.faults, "text", console)
        return FINDINGS
    sites, query = _sites(options, found, query, console)
    output = output_folder(options.folder)

    def built_for(some: Sequence[FirstSite]) -> FirstBuild:
        return build(options.profile, profile_text(found, some, output), found, query)

    built = with_limits(built_for(sites), sites, built_for)
    if options.dry_run:  # then the profile is the result
        console.info(*(f"{f.place}: {f.level}: {f.text} [{f.rule}]" for f in built.findings))
    else:
        report(built.findings, "text", console)
    _show_proof(built, found, console)
    _write(options, built, _additions(options, built, output), console)
    return FINDINGS if has_errors(built.findings) else OK


def _show_proof(built: FirstBuild, found: Found, console: Console) -> None:
    report_unknown(built.assessment, console)
    if built.plan is not None:
        console.info("", *proof_lines(built.plan.sites, built.planned))
    if built.plan is not None and found.lacking:
        console.info("", *plan_lines(built.plan.sites))


def _write(options: Init, built: FirstBuild, additions: Sequence[Addition], console: Console) -> None:
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
        console.info("", *_next_steps(options, built))


def _refuse(options: Init) -> None:
    if not options.folder.is_dir():
        raise UsageError(f"{options.folder}: there is no such folder")
    for name in (*NAMES, files.lock_name(Path(NAMES[0]).stem)):
        path = options.folder / name
        if os.path.lexists(path):
            advice = f"`nfconfgen build {path}` builds it" if name in NAMES else "it belongs to a profile"
            raise UsageError(f"{path} exists: {advice}; to begin anew, remove it first")
    first_sites.named(options.wanted, EXECUTORS)
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
    _mention_existing(found, console)
    return found


def _labels(found: Found) -> str:
    return f"labels {listed(found.labels, 6)}" if found.labels else "no labels"


def _mention_existing(found: Found, console: Console) -> None:
    """Where configs for a scheduler exist: what is in them can be imported."""
    for one in found.existing:
        profile = f" --profile {shlex.quote(one.profile)}" if one.profile else ""
        which = f"its profile {one.profile}" if one.profile else "it"
        console.info(f"{one.file}: {which} is for {one.executor}: nfconfgen import {shlex.quote(one.file)}{profile}")


def _sites(options: Init, found: Found, query: Query, console: Console) -> tuple[list[FirstSite], Query]:
    """The sites, and the query with what has been answered already."""
    asks = not options.yes and not options.dry_run and console.can_ask
    asking = Asking(console.answer if asks else None, lambda line: console.info(f"  {line}"))
    sites = Sites(options.wanted, EXECUTORS, found.profiles, engines(containers=found.containers), asking)
    wanted = first_sites.named(options.wanted, EXECUTORS)
    console.info("looking for partitions and queues …")
    offers = {name: _offers(name, options, query, console) for name in wanted or key_rules.executors()}
    chosen = sites.chosen(offers)
    first_sites.check_work_dirs(options.wanted, list(chosen))
    made = []
    for name, site in chosen.items():
        offer = offers.get(name, Offers())
        made.append(sites.site(name, site, offer))
        if offer.facts is not None and not query.collected:
            query = replace(query, collected=(Collected(EXECUTORS[name], offer.facts, offer.doubts),))
    return made, query


def _offers(name: str, options: Init, query: Query, console: Console) -> Offers:
    executor = EXECUTORS[name]
    try:
        found = executor.offers(options.wanted.region, query)
    except AskingError as error:
        found = Offers(options.wanted.region, missing=error.message)
    words = executor.words
    if found.queues:
        console.info(f"{words.scheduler}: {counted(len(found.queues), words.queue)}: {listed(found.queues, 8)}")
    elif found.missing:
        console.info(f"{words.scheduler}: {found.missing}")
    return found


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


def _next_steps(options: Init, built: FirstBuild) -> Iterator[str]:
    where = "" if options.folder == Path() else f" {shlex.quote(str(options.profile))}"
    yield "Next:"
    if not built.whole:
        yield f"  fix what is reported above, and run: nfconfgen build{where}"
    if built.plan is None:
        yield f"  then see which line nextflow.config needs: nfconfgen check{where}"
        return
    yield f"  read {options.profile}, change what is not right, and run: nfconfgen build{where}"
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
