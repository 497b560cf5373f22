"""A plan from profile and lock alone, for the commands that ask nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from nfconfgen.commands.validate import further
from nfconfgen.facts import lock as locks
from nfconfgen.facts.gather import gather
from nfconfgen.facts.lock import Lock
from nfconfgen.findings import Finding, has_errors
from nfconfgen.plan.model import Plan
from nfconfgen.plan.plan import plan
from nfconfgen.profile.load import load
from nfconfgen.profile.model import Profile

Choice = Callable[[Profile], Profile]


@dataclass(frozen=True, slots=True)
class Planned:
    """The findings of a profile, and its plan where no error stands in the way. `tried` is there also where something
    does not fit, and then lacks just that."""

    findings: tuple[Finding, ...]
    plan: Plan | None = None
    tried: Plan | None = None


def planned(path: Path, choose: Choice | None = None) -> Planned:
    """What `build --offline` would plan; `choose` may leave sites out, of which nothing is planned then."""
    loaded = load(path)
    if loaded.profile is None:
        return Planned(loaded.findings)
    known = locks.read(locks.path_beside(path))
    if has_errors(loaded.findings):
        return Planned(tuple(further(loaded, loaded.profile, known)))
    profile = choose(loaded.profile) if choose is not None else loaded.profile
    gathered = gather(profile, known or Lock(), None)
    made = plan(profile, gathered.facts)
    findings = tuple(sorted({*loaded.findings, *gathered.findings, *made.findings}))
    # names that go into outputs depend on all sites
    made = replace(made, profile=loaded.profile)
    return Planned(findings, None if has_errors(findings) else made, made)
