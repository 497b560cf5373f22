"""Functions that several commands share: the time, and how facts are queried."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path

from nfconfgen.assess import Assessment
from nfconfgen.errors import UsageError
from nfconfgen.executors.interface import Executor
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.facts.gather import scopes
from nfconfgen.facts.model import TIME_FORMAT
from nfconfgen.facts.query import Query, read_all
from nfconfgen.profile.model import Profile
from nfconfgen.terminal.console import Console

_LAST_S = 253402300799
"""The end of the year 9999."""


def utc_now() -> str:
    """The current time in the format of the lock, or SOURCE_DATE_EPOCH, for output that does not depend on the day
    (https://reproducible-builds.org/specs/source-date-epoch)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return datetime.now(timezone.utc).strftime(TIME_FORMAT)
    if not (epoch.isascii() and epoch.isdigit() and len(epoch) <= 12 and int(epoch) <= _LAST_S):
        shown = epoch if len(epoch) <= 40 else f"{epoch[:40]}..."
        advice = "set it as date +%s prints it, or unset it"
        raise UsageError(f"SOURCE_DATE_EPOCH={shown!r}: must be a number of seconds since 1970: {advice}")
    return datetime.fromtimestamp(int(epoch), timezone.utc).strftime(TIME_FORMAT)


def querying(
    *, offline: bool, refresh: bool, collected: Sequence[Path], console: Console, fallback: bool = True
) -> Callable[[Profile], Query | None]:
    """The function that returns how facts are queried, and announces it; offline without collected facts, None."""

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
    """Prints the sites whose machines are unknown, and how to make them known."""
    profile, gathered = assessment.profile, assessment.gathered
    if profile is None or gathered is None or (assessment.query is not None and assessment.query.faults):
        return
    for site in profile.sites:
        if site in assessment.left_out:
            continue
        console.info(*filter(None, [site.executor.unknown_machines(site, gathered)]))


def no_site(able: Callable[[Executor], object]) -> str:
    """That no site has an executor with this function."""
    names = [executor.words.scheduler for executor in EXECUTORS.values() if able(executor) is not None]
    return f"no site runs on {' or '.join(names)}"


def calls_made(query: Query) -> str:
    counted = query.calls.by_operation
    listed = ", ".join(f"{name} {count}" for name, count in sorted(counted.items()))
    return f"{sum(counted.values())} AWS calls: {listed}" if counted else "0 AWS calls"
