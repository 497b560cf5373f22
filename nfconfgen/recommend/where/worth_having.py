"""The machines that are worth having on a site, for the processes that need most of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nfconfgen.explain.price_file import Price
from nfconfgen.facts.model import Shape
from nfconfgen.plan.admission import Need
from nfconfgen.plan.attempts import grown
from nfconfgen.plan.model import SitePlan
from nfconfgen.profile.retry_settings import Retry
from nfconfgen.recommend.proposal import Proposal
from nfconfgen.recommend.where.ranked_machines import Buying, Ranking, just_too_small, need_of, ranked, usual_s

MOST_PRICED = 40
"""Each price is a request of its own."""


@dataclass(frozen=True, slots=True)
class Worth:
    """The machines for a process on a site: for what its first attempt needs, and the next one (None: there is none).
    `task_s` is the mean time of its tasks, None if that is not known. `queues` are those of the site that have a
    machine, by its name."""

    site: str
    process: str
    need: Need
    later: Need | None
    task_s: float | None
    ranking: Ranking
    queues: Mapping[str, tuple[str, ...]]


def worth_having(
    found: Sequence[Proposal], plan: SitePlan, shapes: Sequence[Shape], prices: Mapping[str, Price]
) -> list[Worth]:
    """For the processes of `largest`, among these shapes and those of the queues, at these prices by name (empty: no
    price is known). Nothing if no machine is known."""
    own = [shape for pool in plan.pools for shape in pool.shapes if not pool.fixed_sizes]
    every = {shape.name: shape for shape in (*own, *shapes)}
    return [_of(each, plan, list(every.values()), prices) for each in largest(found) if every]


def to_price(
    found: Sequence[Proposal], plan: SitePlan, shapes: Sequence[Shape], most: int = MOST_PRICED
) -> dict[str, bool]:
    """The machines whose prices are worth asking for, and whether on Spot as well: for each process of `largest` and
    its next attempt so many that take the fewest vCPUs and GiB."""
    on_spot = any(pool.reclaimable for pool in plan.pools)
    rankings = [each.ranking for each in worth_having(found, plan, shapes, {})]
    ordered = [machines[:most] for each in rankings for machines in (each.first, each.later)]
    return {machine.shape.name: on_spot for machines in ordered for machine in machines}


def largest(found: Sequence[Proposal]) -> list[Proposal]:
    """The process that reserves most, and the one that asks for most memory, if that is another; those that ask for
    nothing known are left out. The first of equals counts."""
    known = [each for each in found if need_of(each) is not None]
    if not known:
        return []
    most = max(known, key=_reserved)
    larger = [each for each in known if _memory_mib(each) > _memory_mib(most)]
    return [most, max(larger, key=_memory_mib)] if larger else [most]


def _memory_mib(each: Proposal) -> int:
    need = need_of(each)
    return need.memory_mib if need is not None else 0


def _reserved(each: Proposal) -> float:
    """In MiB·s, by first attempts."""
    return _memory_mib(each) * sum(one.weight_s for one in each.observed.time_bins)


def _of(each: Proposal, plan: SitePlan, shapes: Sequence[Shape], prices: Mapping[str, Price]) -> Worth:
    need, seen = need_of(each), each.observed
    assert need is not None, "others are left out"
    later, task_s = _grown(need, plan.site.retry), usual_s(seen.time_bins)
    used = [shape.name for pool in plan.pools for shape in pool.shapes]
    buying = Buying(prices, whole=plan.site.settings.fit == "instance", has=used)
    # tries that grow go to the later queues
    spot, later_spot = (bool(some) and some[0].reclaimable for some in (plan.pools[:1], plan.pools[-1:]))
    tempting = [seen.asked.memory_mib] if seen.asked.memory_mib is not None else []
    ranking = Ranking(
        tuple(ranked(need, task_s, shapes, replace(buying, on_spot=spot))),
        tuple(ranked(later, task_s, shapes, replace(buying, on_spot=later_spot))) if later is not None else (),
        tuple(just_too_small(need, tempting, shapes, seen.memory_bins, used)),
    )
    names = {name: tuple(pool.name for pool in plan.pools if _has(pool.shapes, name)) for name in used}
    return Worth(plan.site.name, each.process, need, later, task_s, ranking, names)


def _grown(need: Need, retry: Retry) -> Need | None:
    """What the second attempt needs; None if there is none."""
    if retry.attempts == 1:
        return None
    return replace(need, cpus=grown(need.cpus, 2, retry.cpus), memory_mib=grown(need.memory_mib, 2, retry.memory))


def _has(shapes: Sequence[Shape], name: str) -> bool:
    return any(shape.name == name for shape in shapes)
