"""The process scope of one site, as it is written. Who asks what we set asks here."""

from __future__ import annotations

from dataclasses import dataclass

from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.render import groovy, process, routing
from nfconfgen.render.process import Block, Setting

Selected = tuple[str, str]
"""`withLabel` or `withName`, and the selector."""


@dataclass(frozen=True, slots=True)
class Scope:
    """In the order in which it is written. `first` holds for every task of the site, `queue` where no default has
    its own; `last` are blocks that follow those of the task classes."""

    first: tuple[Setting, ...]
    queue: tuple[Setting, ...]
    default: Block | None
    retries: tuple[Setting, ...]
    limits: tuple[Setting, ...]
    blocks: tuple[Block, ...]
    last: tuple[tuple[Selected, tuple[Setting, ...]], ...]

    @property
    def generic(self) -> frozenset[str]:
        """The keys that are set outside selectors."""
        said = (*self.first, *self.queue, *self.retries, *self.limits)
        return frozenset([*(key for key, _ in said), *(self.default.keys if self.default is not None else ())])


def scope(site: SitePlan, plan: Plan) -> Scope:
    """What the config of this site says of tasks."""
    executor = site.site.executor
    blocks = process.blocks(site, executor.containers(site, plan), executor.directives(site))
    default = next((block for block in blocks if not block.selector), None)
    limits = process.resource_limits(site.limits)
    return Scope(
        first=(("executor", groovy.quote(executor.name)), *executor.everywhere(site)),
        queue=() if default is not None or not executor.has_queues else (("queue", routing.routing(site)),),
        default=default,
        retries=tuple(process.retries(site.site.retry)),
        limits=(("resourceLimits", limits),) if limits is not None else (),
        blocks=tuple(block for block in blocks if block.selector),
        last=tuple(executor.last(site)),
    )
