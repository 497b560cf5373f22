"""The age of facts, and warnings for those that should be queried again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from nfconfgen.facts.gather import Gathered
from nfconfgen.facts.model import TIME_FORMAT
from nfconfgen.findings import Finding
from nfconfgen.profile.model import Profile, Site


def age_s(time: str, now: str) -> int:
    """Seconds from one time (in the format of the lock) to the other; 0 for times in the future."""
    return max(int((_parsed(now) - _parsed(time)).total_seconds()), 0)


def age_text(time: str, now: str) -> str:
    """`today`, `yesterday`, `12 days ago`."""
    days = (_parsed(now).date() - _parsed(time).date()).days
    return "today" if days <= 0 else "yesterday" if days == 1 else f"{days} days ago"


def stale_facts(profile: Profile, gathered: Gathered, now: str) -> list[Finding]:
    """A warning for facts that are older than the profile allows, or out of date for another reason."""
    seen = [each for site in profile.sites for each in site.seen]
    return list(dict.fromkeys(found for site in seen for found in _of_site(site, profile.max_age_s, gathered, now)))


def _of_site(site: Site, max_age_s: int, gathered: Gathered, now: str) -> Iterator[Finding]:
    for pool in gathered.facts[site.key]:
        place = site.queue_place(pool.name)
        for shape in pool.shapes:
            if shape.time and age_s(shape.time, now) > max_age_s:
                message, advice = site.executor.stale(pool, shape, age_text(shape.time, now))
                yield Finding(place, "stale", message, advice, "warning")
        for rule, message, advice in site.executor.aged(pool.name, gathered.of(site)):
            yield Finding(place, rule, message, advice, "warning")


def _parsed(time: str) -> datetime:
    return datetime.strptime(time, TIME_FORMAT).replace(tzinfo=timezone.utc)
