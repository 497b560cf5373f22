"""How facts are asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from nfconfgen.executors.awsbatch.client import Calls
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts


@dataclass(frozen=True, slots=True)
class Asking:
    """`now` (ISO 8601, UTC) is the time of what is new, `refresh` forgets what was. `collected` are clusters that
    were asked elsewhere; without `network` nobody else is asked. `alone`: the profile has one Slurm cluster, so what
    has no name of its own can only be that one. `fallback`: where there is no answer, what is remembered will do."""

    now: str
    refresh: bool = False
    collected: tuple[ClusterFacts, ...] = ()
    network: bool = True
    alone: bool = True
    fallback: bool = True
    calls: Calls = field(default_factory=Calls)
