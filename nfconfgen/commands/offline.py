"""A plan from profile and lock alone, for the commands that ask nobody."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nfconfgen.commands.validate import further
from nfconfgen.facts import lock as locks
from nfconfgen.facts.gather import gather
from nfconfgen.facts.lock import Lock
from nfconfgen.findings import Finding, has_errors
from nfconfgen.plan.model import Plan
from nfconfgen.plan.plan import plan
from nfconfgen.profile.load import load


@dataclass(frozen=True, slots=True)
class Planned:
    """The findings of a profile, and its plan where no error stands in the way."""

    findings: tuple[Finding, ...]
    plan: Plan | None = None


def planned(path: Path) -> Planned:
    """What `build --offline` would plan."""
    loaded = load(path)
    if loaded.profile is None:
        return Planned(loaded.findings)
    known = locks.read(locks.path_beside(path))
    if has_errors(loaded.findings):
        return Planned(tuple(further(loaded, loaded.profile, known)))
    gathered = gather(loaded.profile, known or Lock(), None)
    made = plan(loaded.profile, gathered.facts)
    findings = tuple(sorted({*loaded.findings, *gathered.findings, *made.findings}))
    return Planned(findings, None if has_errors(findings) else made)
