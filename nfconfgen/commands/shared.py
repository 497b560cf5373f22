"""What several commands need: the time, how AWS was asked, who holds the lock file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from nfconfgen.errors import UsageError
from nfconfgen.executors.awsbatch.client import Calls
from nfconfgen.executors.awsbatch.facts.region import TIME_FORMAT
from nfconfgen.executors.slurm.facts import query
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.executors.slurm.facts.collected import read_all
from nfconfgen.executors.slurm.facts.observe import place
from nfconfgen.facts.gather import Gathered, anybody_to_ask, not_known
from nfconfgen.facts.query import Asking
from nfconfgen.files import journal_name
from nfconfgen.profile.model import Profile, Site, Slurm
from nfconfgen.terminal.console import Console


def utc_now() -> str:
    """Now, as the lock keeps times; SOURCE_DATE_EPOCH where what is said must not depend on the day
    (https://reproducible-builds.org/specs/source-date-epoch)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return datetime.now(timezone.utc).strftime(TIME_FORMAT)
    if not (epoch.isascii() and epoch.isdigit() and len(epoch) <= 12 and int(epoch) <= _LAST_S):
        shown = epoch if len(epoch) <= 40 else f"{epoch[:40]}..."
        advice = "set it as date +%s prints it, or unset it"
        raise UsageError(f"SOURCE_DATE_EPOCH={shown!r}: these are no seconds since 1970: {advice}")
    return datetime.fromtimestamp(int(epoch), timezone.utc).strftime(TIME_FORMAT)


_LAST_S = 253402300799
"""The end of the year 9999."""


def asking(
    *, offline: bool, refresh: bool, collected: Sequence[Path], profile: Profile | None, console: Console
) -> Asking | None:
    """How facts are to be asked for, which is said; None: not at all."""
    if offline and not collected:
        return None
    found = Asking(utc_now(), refresh, read_all(collected), network=not offline)
    if profile is not None and not offline:
        if anybody_to_ask(profile, "awsbatch"):
            console.say("asking AWS what its queues offer …")
        if anybody_to_ask(profile, "slurm") and slurm_asked(profile):
            console.say("asking Slurm what its partitions offer …")
    return found


def slurm_asked(profile: Profile) -> bool:
    """Whether any cluster can be asked from here."""
    settings = [site.settings for site in profile.sites if isinstance(site.settings, Slurm)]
    return query.here() or any(said.host for said in settings)


def say_unknown(profile: Profile, gathered: Gathered, console: Console) -> None:
    """Whose nodes are not known, and how they become so."""
    for site in not_known(profile, gathered):
        unchecked = f"{site.name}: its nodes are not known, so what it asks for is not checked"
        console.say(f"{unchecked}. {_way_out(site, gathered)}")


def _way_out(site: Site, gathered: Gathered) -> str:
    """Collecting facts does not help where there are some."""
    facts = gathered.known.get(site.executor, {}).get(place(site))
    if isinstance(facts, ClusterFacts):
        return f"The facts of cluster {facts.cluster} name none of its partitions"
    if any(finding.rule == "cluster" for finding in gathered.findings):
        return "The facts that were found are of another cluster"
    return "On a login node: nfconfgen facts --collect > site.json; here: nfconfgen build --from site.json"


def calls_made(calls: Calls) -> str:
    """How many requests AWS has had."""
    counted = calls.by_operation
    listed = ", ".join(f"{name} {count}" for name, count in sorted(counted.items()))
    return f"{sum(counted.values())} AWS calls: {listed}" if counted else "0 AWS calls"


def journal_beside(profile: Path) -> Path:
    """The journal of whoever writes the lock of this profile."""
    return profile.parent / journal_name(profile.stem)  # with_name fails for a folder such as .
