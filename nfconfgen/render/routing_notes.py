"""The comments on the queue of a task: how it is chosen, and which queues may take its machine away."""

from __future__ import annotations

from nfconfgen.plan.model import SitePlan
from nfconfgen.render.routing import any_known
from nfconfgen.wording import listed


def routing_notes(plan: SitePlan) -> list[str]:
    """The comments on `routing`."""
    words = plan.site.executor.words
    lost = listed(pool.name for pool in plan.pools if pool.reclaimable)
    note = _order(plan)
    return [
        *([note] if note else []),
        *([f"{words.reclaimable} on {lost}: a running task may lose its {words.machine}"] if lost else []),
    ]


def _order(plan: SitePlan) -> str:
    words = plan.site.executor.words
    if len(plan.pools) == 1:
        return f"refused at once where the {words.queue} does not hold a task" if any_known(plan.pools) else ""
    first = f"the first {words.queue} that holds what a task asks for"
    return {
        "next": f"{first}, then the next one with each attempt",
        "first": f"{first}, in this order",
        "auto": f"{first}, small {words.machine}s first",
        "rules": f"the {words.queue} of the first rule that a task meets",
    }[plan.site.choice]
