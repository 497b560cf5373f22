"""A simulated run of a site: its queues and machines by the facts, what each process asks for by the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nfconfgen.explain.price_file import Market, Price
from nfconfgen.facts.rows import Row
from nfconfgen.plan.model import SitePlan
from nfconfgen.recommend.fleet import Fleet, fleet, samples_of, work
from nfconfgen.recommend.simulation.queue_machines import IDLE_S, STARTUP_S, UNLIMITED, Queue
from nfconfgen.recommend.simulation.stages import stages
from nfconfgen.recommend.simulation.workload import Ask
from nfconfgen.recommend.where.placements import Placement, placements
from nfconfgen.runs.observed import Observed

Rates = tuple[Market, Mapping[str, Price]]
"""How a site buys machines, and what they cost by their types."""


def simulated(
    plan: SitePlan, seen: Sequence[Observed], rows: Sequence[Row], samples: int | None, rates: Rates | None
) -> Fleet | None:
    """A run of so many samples (None: as many as the runs had), by a plan with a class for each process. None if a
    machine is not known, or nothing fits. Without known times, everything begins at once."""
    places = {placement.process: placement for placement in placements([plan], [each.process for each in seen])}
    placed = {one.process: places[each.process] for each in seen if each.process in places for one in each.each}
    seen = [one for each in seen for one in each.each]
    held = [one for placement in placed.values() for one in placement.tries]
    if not held or any(one.shape is None for one in held):
        return None
    of_samples = samples_of(seen)
    order = stages(seen) or [0] * len(seen)
    works = [
        work(each, _asks(placed[each.process]), of_samples, stage)
        for each, stage in zip(seen, order, strict=True)
        if each.process in placed
    ]
    queues = [
        _queue(name, plan, list(placed.values()), rows, rates) for name in dict.fromkeys(one.queue for one in held)
    ]
    try:
        return fleet([each for each in works if each is not None], queues, samples or of_samples)
    except ValueError:
        return None


def _asks(placement: Placement) -> list[Ask]:
    return [Ask(held.queue, held.cpus, held.memory_mib) for held in placement.tries for _ in held.attempts]


def _queue(name: str, plan: SitePlan, placed: Sequence[Placement], rows: Sequence[Row], rates: Rates | None) -> Queue:
    """The queue with the largest machine that any of these attempts gets there."""
    held = [one for each in placed for one in each.tries if one.queue == name]
    shapes = [one.shape for one in held if one.shape is not None]
    shape = max(shapes, key=lambda each: (each.memory_mib, each.cpus))
    counts = [row.at_once for row in rows if (row.queue, row.instance_type) == (name, shape.name)]
    starts = plan.site.executor.prices is not None
    return Queue(
        name=name,
        machine=shape.name,
        cpus=shape.cpus,
        memory_mib=shape.memory_mib,
        most=max((count for count in counts if count), default=UNLIMITED),
        price=_price(name, shape.name, rates),
        startup_s=STARTUP_S if starts else 0.0,
        idle_s=IDLE_S if starts else 0.0,
        whole=plan.site.settings.fit == "instance",
    )


def _price(queue: str, machine: str, rates: Rates | None) -> float | None:
    """Per hour, on Spot at the dearest zone."""
    if rates is None or rates[0].unpriced(queue):
        return None
    price = rates[1].get(machine, Price())
    if rates[0].spot(queue, machine):
        return price.spot.most_usd_per_hour if price.spot is not None else None
    return price.usd_per_hour
