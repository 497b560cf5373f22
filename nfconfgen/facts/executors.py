"""The executors whose facts can be asked for, one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nfconfgen.executors.awsbatch.client import Aws
from nfconfgen.executors.awsbatch.facts import observe as region
from nfconfgen.executors.awsbatch.facts.queues import Problem
from nfconfgen.executors.awsbatch.facts.region import RegionFacts
from nfconfgen.executors.slurm.facts import observe, pools
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.facts.model import Pool
from nfconfgen.facts.query import Asking
from nfconfgen.profile.model import Batch, Site


class PlaceFacts(Protocol):
    """What is known of one region or cluster."""

    @property
    def queues(self) -> Mapping[str, tuple[str, ...]]: ...

    def to_json(self) -> dict[str, Any]: ...


Observe = Callable[[Sequence[Site], "PlaceFacts | None", Asking], "tuple[PlaceFacts | None, list[Problem]]"]


@dataclass(frozen=True, slots=True)
class Executor:
    """`place` names what a site's facts are kept under in the lock, `from_json` reads them there (given how messages
    name that place), `observe` asks anew for the sites of one place (given what is known), `pools` is what the facts
    are to a site."""

    place: Callable[[Site], str]
    from_json: Callable[[Any, str], PlaceFacts]
    observe: Observe
    pools: Callable[[PlaceFacts, Site], tuple[Pool, ...]]


def _region(site: Site) -> str:
    assert isinstance(site.settings, Batch)
    return site.settings.region


def _observe_region(
    sites: Sequence[Site], known: PlaceFacts | None, asking: Asking
) -> tuple[PlaceFacts | None, list[Problem]]:
    before = known if isinstance(known, RegionFacts) else RegionFacts()
    if not asking.network:
        return known, []
    queues = sorted({queue.value for site in sites for queue in site.queues})
    return region.observe(Aws(_region(sites[0]), asking.calls), queues, before, asking.now, refresh=asking.refresh)


def _region_pools(facts: PlaceFacts, site: Site) -> tuple[Pool, ...]:
    assert isinstance(facts, RegionFacts)
    return facts.pools(site)


def _observe_cluster(
    sites: Sequence[Site], known: PlaceFacts | None, asking: Asking
) -> tuple[PlaceFacts | None, list[Problem]]:
    return observe.observe(sites, known if isinstance(known, ClusterFacts) else None, asking)


def _cluster_pools(facts: PlaceFacts, site: Site) -> tuple[Pool, ...]:
    assert isinstance(facts, ClusterFacts)
    return pools.pools(facts, site)


EXECUTORS: Mapping[str, Executor] = {
    "awsbatch": Executor(_region, RegionFacts.from_json, _observe_region, _region_pools),
    "slurm": Executor(observe.place, ClusterFacts.from_json, _observe_cluster, _cluster_pools),
}
