"""The queues of a site before anything was queried: their names, and the limits that the profile sets."""

from __future__ import annotations

from nfconfgen.facts.model import Pool, SitePools
from nfconfgen.profile.model import Site


def of_site(site: Site) -> SitePools:
    return tuple(Pool(queue.value, limits=site.limits) for queue in site.queues)
