"""What several commands need: the time, how AWS was asked, who holds the lock file."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

from nfconfgen.facts.aws_client import Calls
from nfconfgen.facts.batch import TIME_FORMAT
from nfconfgen.step.quick import journal_name


def utc_now() -> str:
    """Now, as the lock keeps times; SOURCE_DATE_EPOCH where what is said must not depend on the day
    (https://reproducible-builds.org/specs/source-date-epoch)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(epoch), timezone.utc) if epoch.isdigit() else datetime.now(timezone.utc)
    return now.strftime(TIME_FORMAT)


def calls_made(calls: Calls) -> str:
    """How many requests AWS has had."""
    counted = calls.by_operation
    listed = ", ".join(f"{name} {count}" for name, count in sorted(counted.items()))
    return f"{sum(counted.values())} AWS calls: {listed}" if counted else "0 AWS calls"


def journal_beside(profile: Path) -> Path:
    """The journal of whoever writes the lock of this profile."""
    return profile.with_name(journal_name(profile.stem))
