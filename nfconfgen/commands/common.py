"""What several commands need: the time, how facts are queried, the files of a profile."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path

from nfconfgen.assess import Assessment
from nfconfgen.errors import UsageError
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.facts.gather import scopes
from nfconfgen.facts.model import TIME_FORMAT
from nfconfgen.facts.query import Query, read_all
from nfconfgen.files import journal_name
from nfconfgen.profile.model import Profile
from nfconfgen.terminal.console import Console

_LAST_S = 253402300799
"""The end of the year 9999."""


def utc_now() -> str:
    """Now, as the lock keeps times; SOURCE_DATE_EPOCH if what is printed must not depend on the day
    (https://reproducible-builds.org/specs/source-date-epoch)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return datetime.now(timezone.utc).strftime(TIME_FORMAT)
    if not (epoch.isascii() and epoch.isdigit() and len(epoch) <= 12 and int(epoch) <= _LAST_S):
        shown = epoch if len(epoch) <= 40 else f"{epoch[:40]}..."
        advice = "set it as date +%s prints it, or unset it"
        raise UsageError(f"SOURCE_DATE_EPOCH={shown!r}: these are no seconds since 1970: {advice}")
    return datetime.fromtimestamp(int(epoch), timezone.utc).strftime(TIME_FORMAT)


def querying(
    *, offline: bool, refresh: bool, collected: Sequence[Path], console: Console, fallback: bool = True
) -> Callable[[Profile], Query | None]:
    """How facts are queried, which is announced. Offline and without collected facts: not at all."""

    def query(profile: Profile) -> Query | None:
        if offline and not collected:
            return None
        found = Query(utc_now(), refresh, read_all(collected, EXECUTORS), network=not offline, fallback=fallback)
        if not offline:
            announced = [scope.executor.announcement(scope.sites) for scope in scopes(profile)]
            console.info(*dict.fromkeys(line for line in announced if line))
        return found

    return query


def report_unknown(assessment: Assessment, console: Console) -> None:
    """Whose machines are not known, and how they become so."""
    profile, gathered = assessment.profile, assessment.gathered
    if profile is None or gathered is None:
        return
    for site in profile.sites:
        text = site.executor.unknown_machines(site, gathered)
        if text:
            console.info(text)


def calls_made(query: Query) -> str:
    """How many requests were made."""
    counted = query.calls.by_operation
    listed = ", ".join(f"{name} {count}" for name, count in sorted(counted.items()))
    return f"{sum(counted.values())} AWS calls: {listed}" if counted else "0 AWS calls"


def journal_for(profile: Path) -> Path:
    """The journal of whoever writes the lock of this profile."""
    return profile.parent / journal_name(profile.stem)  # with_name fails for a folder such as .
