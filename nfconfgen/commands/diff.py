"""`nfconfgen diff`: the sites of a profile beside each other. Asks nobody, writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from nfconfgen import jsontext
from nfconfgen.commands.offline import planned
from nfconfgen.compare.columns import lines
from nfconfgen.compare.disparities import told
from nfconfgen.compare.model import Pair, Retries
from nfconfgen.compare.pairs import pairs, retries
from nfconfgen.errors import FINDINGS, OK, UsageError
from nfconfgen.findings import Finding
from nfconfgen.profile.model import Profile
from nfconfgen.report import reporter
from nfconfgen.report.reporter import Format
from nfconfgen.suggest import near
from nfconfgen.terminal.console import Console


@dataclass(frozen=True, slots=True)
class Diff:
    """`sites`: the two to be compared; empty: the first of the profile with each other one."""

    profile: Path
    format: Format = "text"
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Compared:
    findings: tuple[Finding, ...]
    pairs: tuple[Pair, ...] = ()
    retries: tuple[Retries, ...] = ()


def arguments(words: Sequence[str]) -> tuple[Path | None, tuple[str, ...]]:
    """Profile (None: the default) and sites of `[PROFILE] [SITE SITE]`. A site's name has no dot in it."""
    if len(words) == 2 and not any(map(_is_profile, words)):
        return None, _two(*words)
    if len(words) == 1 and not _is_profile(words[0]) and not Path(words[0]).exists():
        raise UsageError(f"{words[0]} is no file: name a profile, or two sites")
    if len(words) in (0, 1):
        return (Path(words[0]) if words else None), ()
    if len(words) == 3:
        return Path(words[0]), _two(*words[1:])
    raise UsageError("name one profile, and two sites or none, as in `nfconfgen diff profile.yml slurm awsbatch`")


def _is_profile(word: str) -> bool:
    return word.endswith((".yml", ".yaml"))


def _two(a: str, b: str) -> tuple[str, str]:
    if a == b:
        raise UsageError(f"{a} is one site: name another one beside it")
    return a, b


def run(options: Diff, console: Console) -> int:
    """Exit code 0: nothing differs that must not; 1: findings, be they warnings to a build; 2: no such site."""
    made = planned(options.profile, lambda profile: _chosen(profile, options.sites))
    compared = _Compared(made.findings)
    if made.tried is not None:
        beside = pairs(made.tried)
        compared = _Compared(told(made.findings, made.tried, beside), beside, retries(made.tried))
    _tell(compared, options.format, console)
    return FINDINGS if compared.findings else OK


def _chosen(profile: Profile, names: Sequence[str]) -> Profile:
    """The profile with these sites only, in this order."""
    sites = {site.name: site for site in profile.sites}
    for name in names:
        if name not in sites:
            listed = near(name, sites) or f"there is {', '.join(sites)}"
            raise UsageError(f"there is no site '{name}': {listed}")
    return replace(profile, sites=tuple(sites[name] for name in names)) if names else profile


def _tell(compared: _Compared, form: Format, console: Console) -> None:
    if form == "json":
        console.document(jsontext.dumps(_as_json(compared)))
        return
    if compared.findings:
        reporter.tell(compared.findings, form, console)
    if not compared.retries or form != "text" or console.quiet:
        return
    if compared.pairs:
        console.result(*([""] if compared.findings else []), *lines(compared.pairs, compared.retries))
    else:
        console.say("the profile has one site only: there is nothing to compare it with")


def _as_json(compared: _Compared) -> dict[str, Any]:
    return {
        "findings": [reporter.as_json(finding) for finding in compared.findings],
        "retry": [{"site": one.site, **asdict(one.retry)} for one in compared.retries],
        "pairs": [asdict(pair) for pair in compared.pairs],
    }
