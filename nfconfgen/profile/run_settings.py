"""Settings of a site that mean the same on every executor: of the run, its reports, further options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nfconfgen.findings import Finding, Place
from nfconfgen.profile import units
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.references import Text, Value

REPORTS = ("trace", "report", "timeline", "dag")


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many jobs in so much time."""

    jobs: int
    per_s: int


@dataclass(frozen=True, slots=True)
class Submission:
    """How jobs are submitted and watched."""

    queue_size: int | None = None
    rate: Rate | None = None
    poll_interval_s: int | None = None
    queue_stat_interval_s: int | None = None
    exit_read_timeout_s: int | None = None
    queue_global_status: bool | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a run: whether it is written (None: not set), where, and whether it replaces an older one."""

    name: str
    enabled: bool | None = None
    file: Value = ""
    overwrite: bool | None = None


@dataclass(frozen=True, slots=True)
class RunSettings:
    """None or empty: not set. `nextflow` are literals and `groovy` expressions, by the path of the option; `places`
    are their positions."""

    cleanup: bool | Text | None = None
    cache: bool | str | None = None
    env: Mapping[str, Any] = field(default_factory=dict)
    reports: tuple[Report, ...] = ()
    submission: Submission = field(default_factory=Submission)
    array: int | None = None
    error_limit: int | None = None
    nextflow: Mapping[str, Any] = field(default_factory=dict)
    groovy: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)


def read(site: str, document: Document, findings: list[Finding]) -> RunSettings:
    """Those of a site; a time that is too small becomes a finding."""
    data = document.data["sites"][site]
    known: dict[str, Any] = {
        key: data[key] for key in ("cleanup", "cache", "env", "nextflow", "groovy") if key in data
    }
    known |= {key: int(data[key]) for key in ("array", "error_limit") if key in data}
    return RunSettings(
        **known,
        reports=tuple(_reports(data.get("reports", {}))),
        places={
            option: document.key_place(("sites", site, key, option))
            for key in ("nextflow", "groovy")
            for option in data.get(key, {})
        },
        submission=_submission(("sites", site, "submission"), document, findings),
    )


def _reports(data: Mapping[str, Any]) -> list[Report]:
    overwritten = data.get("overwrite", ())
    names = REPORTS if overwritten is True else overwritten or ()
    found = []
    for name in REPORTS:
        value = data.get(name)
        enabled = value if isinstance(value, bool) else True if value is not None else None
        # false is written for those that are named anyway
        overwrite = True if name in names else False if overwritten is False and name in data else None
        if enabled is not None or overwrite is not None:
            found.append(Report(name, enabled, "" if value is None or isinstance(value, bool) else value, overwrite))
    return found


def _submission(path: Path, document: Document, findings: list[Finding]) -> Submission:
    data = document.data_at(path) or {}

    def time_s(*key: str) -> int | None:
        return units.size(units.time_s, (*path, *key), document, findings)

    per_s = time_s("rate", "per")
    return Submission(
        queue_size=int(data["queue_size"]) if "queue_size" in data else None,
        rate=Rate(int(data["rate"]["jobs"]), per_s) if per_s is not None else None,
        poll_interval_s=time_s("poll_interval"),
        queue_stat_interval_s=time_s("queue_stat_interval"),
        exit_read_timeout_s=time_s("exit_read_timeout"),
        queue_global_status=data.get("queue_global_status"),
    )
