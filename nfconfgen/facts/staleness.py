"""How old what is known is, and what makes it worth measuring again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from nfconfgen.executors.awsbatch.facts.region import TIME_FORMAT, RegionFacts
from nfconfgen.facts.gather import Gathered
from nfconfgen.findings import Finding, Place
from nfconfgen.profile.model import Batch, Profile, Site

DAY_S = 86400


def age_s(time: str, now: str) -> int:
    """Seconds from one time (as the lock keeps it) to the other; 0 for times to come."""
    return max(int((_parsed(now) - _parsed(time)).total_seconds()), 0)


def age_text(time: str, now: str) -> str:
    """`today`, `yesterday`, `12 days ago`."""
    days = (_parsed(now).date() - _parsed(time).date()).days
    return "today" if days <= 0 else "yesterday" if days == 1 else f"{days} days ago"


def worth_measuring_again(profile: Profile, gathered: Gathered, now: str) -> list[Finding]:
    """A warning for each measured memory that is older than the profile trusts, and each environment for whose
    AMI Batch has a newer one."""
    return [finding for site in profile.sites for finding in _of_site(site, profile, gathered, now)]


def _of_site(site: Site, profile: Profile, gathered: Gathered, now: str) -> Iterator[Finding]:
    places = {queue.value: queue.place for queue in site.queues}
    for pool in gathered.facts[site.name]:
        place = places.get(pool.name, site.queues_place)
        for shape in pool.shapes:
            if shape.time and age_s(shape.time, now) > profile.max_age_s:
                message = f"{shape.name} of {pool.name} was measured {age_text(shape.time, now)}"
                advice = "measure again: nfconfgen probe"
                if shape.source == "configured":
                    message = f"Slurm was asked about {pool.name} {age_text(shape.time, now)}"
                    advice = "ask again on a login node: nfconfgen facts --refresh"
                yield Finding(place, "stale", message, advice, "warning")
        known = known_to(site, gathered)
        if known is not None:
            yield from _newer_images(known, pool.name, place)


def known_to(site: Site, gathered: Gathered) -> RegionFacts | None:
    """What is known of the region of an AWS Batch site; None for other sites, and where nothing is."""
    if not isinstance(site.settings, Batch):
        return None
    known = gathered.known.get(site.executor, {}).get(site.settings.region)
    return known if isinstance(known, RegionFacts) else None


def _newer_images(known: RegionFacts, queue: str, place: Place) -> Iterator[Finding]:
    for name in known.queues.get(queue, ()):
        if known.environments[name].image_status == "UPDATE_AVAILABLE":
            message = f"{queue}: Batch has a newer AMI for compute environment {name}"
            advice = "once it is updated, measure again: nfconfgen probe"
            yield Finding(place, "newer-image", message, advice, "warning")


def _parsed(time: str) -> datetime:
    return datetime.strptime(time, TIME_FORMAT).replace(tzinfo=timezone.utc)
