"""The executors whose facts can be asked for, one row each. Of a site whose executor has no row (Slurm, so far)
nothing is known but the limits its profile names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from nfconfgen.facts import aws
from nfconfgen.facts.aws_client import Aws, Calls
from nfconfgen.facts.aws_queues import Problem
from nfconfgen.facts.batch import RegionFacts
from nfconfgen.facts.model import Pool
from nfconfgen.profile.model import Batch, Site


class PlaceFacts(Protocol):
    """What is known of one region or cluster."""

    @property
    def queues(self) -> Mapping[str, tuple[str, ...]]: ...

    def pool(self, queue: str) -> Pool: ...

    def to_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Asking:
    """How facts are asked for: `now` (ISO 8601, UTC) is the time of what is new, `refresh` forgets what was."""

    now: str
    refresh: bool = False
    calls: Calls = field(default_factory=Calls)


Observe = Callable[[str, Sequence[str], "PlaceFacts | None", Asking], "tuple[PlaceFacts, list[Problem]]"]


@dataclass(frozen=True, slots=True)
class Executor:
    """`place` names what a site's facts are kept under in the lock, `from_json` reads them there, `observe` asks
    anew (region or cluster, queues, what is known)."""

    place: Callable[[Site], str]
    from_json: Callable[[Mapping[str, Any]], PlaceFacts]
    observe: Observe


def _region(site: Site) -> str:
    assert isinstance(site.settings, Batch)
    return site.settings.region


def _observe_region(
    region: str, queues: Sequence[str], known: PlaceFacts | None, asking: Asking
) -> tuple[PlaceFacts, list[Problem]]:
    before = known if isinstance(known, RegionFacts) else RegionFacts()
    return aws.observe(Aws(region, asking.calls), queues, before, asking.now, refresh=asking.refresh)


EXECUTORS: Mapping[str, Executor] = {
    "awsbatch": Executor(_region, RegionFacts.from_json, _observe_region),
}
