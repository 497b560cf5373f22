"""`nfconfgen diff`: compares the sites of a profile. Offline, read-only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from nfconfgen.assess import Ask, assess
from nfconfgen.compare.columns import lines
from nfconfgen.compare.disparities import all_findings
from nfconfgen.compare.model import Pair
from nfconfgen.compare.pairs import pairs
from nfconfgen.errors import FINDINGS, OK, UsageError
from nfconfgen.fast.discovery import pipeline_around
from nfconfgen.findings import Finding
from nfconfgen.plan.model import Plan
from nfconfgen.profile.model import Profile
from nfconfgen.report.reporter import Format, report
from nfconfgen.suggest import near
from nfconfgen.terminal.console import Console
from nfconfgen.wording import listed


@dataclass(frozen=True, slots=True)
class Diff:
    """`sites`: the two to compare; empty: the first one of the profile with each other one."""

    profile: Path
    format: Format = "text"
    sites: tuple[str, ...] = ()
    pipeline: Path | None = None


def arguments(words: Sequence[str]) -> tuple[Path | None, tuple[str, ...]]:
    """Profile (None: the default) and sites of `[PROFILE] [SITE SITE]`. A site's name has no dot in it."""
    if len(words) == 2 and not any(map(_is_profile, words)):
        return None, _two(*words)
    if len(words) == 1 and not _is_profile(words[0]) and not Path(words[0]).exists():
        raise UsageError(f"{words[0]} does not exist: name a profile, or two sites")
    if len(words) in (0, 1):
        return (Path(words[0]) if words else None), ()
    if len(words) == 3:
        return Path(words[0]), _two(*words[1:])
    raise UsageError("name one profile, and two sites or none, as in `nfconfgen diff profile.yml slurm awsbatch`")


def _is_profile(word: str) -> bool:
    return word.endswith((".yml", ".yaml"))


def _two(a: str, b: str) -> tuple[str, str]:
    if a == b:
        raise UsageError(f"{a} cannot be compared with itself: name another site")
    return a, b


def run(options: Diff, console: Console) -> int:
    """Exit code 0: all differences are intended; 1: findings, also those that are warnings in a build; 2: no such
    site."""
    assessment = assess(options.profile, Ask(choose=lambda profile: _chosen(profile, options.sites)))
    findings, plan = assessment.findings, assessment.plan if assessment.readable else None
    if plan is not None and not plan.sites:
        plan = None
    compared = pairs(plan) if plan is not None else ()
    if plan is not None:
        findings = all_findings(findings, plan, compared)
        compared, unfit = _of_pipeline(options, plan, compared)
        findings = tuple(sorted({*findings, *unfit}))
    shown = plan is not None and options.format == "text" and not console.quiet
    text = [*([""] if findings else []), *lines(compared, plan.sites)] if plan is not None and compared else []
    sites = plan.sites if plan is not None else ()
    data = {
        "retry": [{"site": each.site.name, **asdict(each.site.retry)} for each in sites],
        "pairs": [asdict(pair) for pair in compared],
    }
    report(findings, options.format, console, data, text if shown else ())
    if shown and not compared:
        alone = "only one site can be compared" if assessment.left_out else "the profile has only one site"
        console.info(f"{alone}: there is nothing to compare")
    return FINDINGS if findings else OK


def _of_pipeline(options: Diff, plan: Plan, pairs: Sequence[Pair]) -> tuple[tuple[Pair, ...], list[Finding]]:
    """The pairs with the processes of the named pipeline, or of the one that the profile is in; and what does not
    fit."""
    folder = options.pipeline or pipeline_around(str(options.profile))
    if folder is None:
        return tuple(pairs), []
    from nfconfgen.commands.pipeline import planned_processes
    from nfconfgen.compare.process_pairs import process_pairs

    _, (first, *others), unfit = planned_processes(options.profile, plan, Path(folder))
    source = plan.profile.source
    together = (
        replace(pair, processes=tuple(process_pairs(first, other, source)))
        for pair, other in zip(pairs, others, strict=True)
    )
    return tuple(together), unfit


def _chosen(profile: Profile, names: Sequence[str]) -> Profile:
    """The profile with these sites only, in this order."""
    sites = {site.name: site for site in profile.sites}
    for name in names:
        if name not in sites:
            raise UsageError(f"there is no site '{name}': {near(name, sites) or f'the sites are {listed(sites)}'}")
    return replace(profile, sites=tuple(sites[name] for name in names)) if names else profile
