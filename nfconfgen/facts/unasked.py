"""What is known before anybody was asked: the queues and limits that the profile names."""

from __future__ import annotations

from nfconfgen.facts.model import Facts, Pool, SitePools
from nfconfgen.profile.model import Profile, Site


def facts(profile: Profile) -> Facts:
    """Of every site."""
    return {site.name: of_site(site) for site in profile.sites}


def of_site(site: Site) -> SitePools:
    return tuple(Pool(queue.value, limits=site.limits) for queue in site.queues)
