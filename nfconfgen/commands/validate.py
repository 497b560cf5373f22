"""`nfconfgen validate`: judges profiles by all that can be known without asking anybody. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nfconfgen import jsontext
from nfconfgen.commands.options import Common
from nfconfgen.errors import FINDINGS, OK, USAGE, NfconfgenError
from nfconfgen.facts import lock as locks
from nfconfgen.facts.gather import gather, unasked
from nfconfgen.facts.lock import Lock
from nfconfgen.fast.enclosing import around
from nfconfgen.findings import Finding, has_errors
from nfconfgen.plan.plan import plan
from nfconfgen.profile.document.schema import UNPROVEN
from nfconfgen.profile.load import Loaded, load
from nfconfgen.profile.model import Profile
from nfconfgen.report import reporter
from nfconfgen.terminal.console import Console
from nfconfgen.wording import counted


def run(profiles: Sequence[Path], options: Common, console: Console) -> int:
    """Exit code 0: nothing wrong; 1: findings; 2: a file cannot be read (the others are judged all the same)."""
    findings: list[Finding] = []
    unreadable: list[NfconfgenError] = []
    for path in profiles:
        try:
            findings += judge(path)
        except NfconfgenError as error:
            unreadable.append(error)
    if options.format == "json":
        told = [reporter.as_json(finding) for finding in findings]
        console.document(jsontext.dumps({"findings": told, "files": [], "plan": []}))
    elif findings:
        reporter.tell(findings, options.format, console)
    for fault in unreadable:
        console.error(str(fault))
    if unreadable:
        return USAGE
    if has_errors(findings, strict=options.strict):
        return FINDINGS
    console.say(f"{counted(len(profiles), 'profile is', 'profiles are')} sound")
    return OK


def judge(path: Path) -> list[Finding]:
    """All findings of one profile, with the pipeline that it lies in; what its queues hold is judged where its lock
    knows them."""
    loaded = load(path)
    if loaded.profile is None:
        return list(loaded.findings)
    found = further(loaded, loaded.profile, locks.read(locks.path_beside(path)))
    folder = around(path)
    if folder is None:
        return found
    from nfconfgen.commands.pipeline import by_itself

    return sorted({*found, *by_itself(path, Path(folder))})


def further(loaded: Loaded, profile: Profile, lock: Lock | None) -> list[Finding]:
    """The findings of a loaded profile, and those of the plan that can be made without asking anybody."""
    gathered = gather(profile, lock, None) if lock is not None else unasked(profile)
    found = [*gathered.findings, *plan(profile, gathered.facts).findings]
    proven = [finding for finding in found if not (loaded.pruned and finding.rule in UNPROVEN)]
    return sorted({*loaded.findings, *proven})
