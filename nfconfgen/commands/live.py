"""`nfconfgen check --live`: the lock beside AWS and Slurm as they are now. Writes nothing."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nfconfgen.commands.shared import asking, slurm_asked
from nfconfgen.facts import lock as locks
from nfconfgen.facts.gather import Gathered, gather
from nfconfgen.findings import Finding, Place, has_errors
from nfconfgen.plan.plan import plan
from nfconfgen.profile.load import load
from nfconfgen.profile.model import Profile, Slurm
from nfconfgen.sync.fix_command import command
from nfconfgen.sync.live_changes import Difference, counted, of_facts, of_plans
from nfconfgen.terminal.console import Console


@dataclass(frozen=True, slots=True)
class Live:
    """Asks for each profile what a build would ask; `collected` are files of `facts --collect`, without `network`
    nothing else counts."""

    collected: tuple[Path, ...]
    console: Console
    network: bool = True

    def findings(self, path: Path) -> list[Finding]:
        """What a build would take into the lock and the plan. AskingError where there is no answer: nothing
        remembered stands in for one here."""
        loaded = load(path)
        lock = locks.read(locks.path_beside(path))
        if loaded.profile is None or lock is None or has_errors(loaded.findings):
            return []  # all of it told by the check itself
        how = asking(
            offline=not self.network,
            refresh=False,
            collected=self.collected,
            profile=loaded.profile,
            console=self.console,
        )
        assert how is not None
        remembered = gather(loaded.profile, lock, None)
        now = gather(loaded.profile, lock, replace(how, fallback=False))
        self._say_who_was_not_asked(loaded.profile)
        facts = of_facts(remembered.known, now.known)
        self.console.say(f"{path}: {counted(facts)}")
        mend = command(path, *(f"--from {shlex.quote(str(file))}" for file in self.collected))
        return [*_of_facts(path, facts, mend), *_of_plan(path, loaded.profile, remembered, now, mend)]

    def _say_who_was_not_asked(self, profile: Profile) -> None:
        clusters = [site for site in profile.sites if isinstance(site.settings, Slurm)]
        if clusters and not slurm_asked(profile) and not self.collected:
            names = ", ".join(site.name for site in clusters)
            self.console.say(f"{names}: not asked, as there is no Slurm here; --from takes what was collected there")


def _of_facts(path: Path, differences: Sequence[Difference], mend: str) -> Iterator[Finding]:
    place = Place(str(locks.path_beside(path)))
    for difference in differences:
        yield Finding(place, "live-facts", difference.text, mend)


def _of_plan(path: Path, profile: Profile, remembered: Gathered, now: Gathered, mend: str) -> Iterator[Finding]:
    before, after = plan(profile, remembered.facts), plan(profile, now.facts)
    known = {*remembered.findings, *before.findings}
    yield from (finding for finding in (*now.findings, *after.findings) if finding not in known)
    if has_errors(after.findings):
        return  # what cannot be planned is told above
    places = {site.name: site.place for site in profile.sites}
    for difference in of_plans(before, after):
        yield Finding(places[difference.site], "live-plan", difference.text, mend)
