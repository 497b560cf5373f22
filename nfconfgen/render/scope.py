"""The process scope of one site in the order of its config: the one source for what nfconfgen sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.render import by_rule, groovy, process, routing, run_sections, sizes
from nfconfgen.render.section import Block, Setting

Selected = tuple[str, str]
"""`withLabel` or `withName`, and the selector."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`first` applies to every task of the site, the blocks in `last` follow those of the task classes; `others` are
    settings that the profile gives as they stand, and that replace ours."""

    first: tuple[Setting, ...]
    queue: tuple[Setting, ...]
    default: Block | None
    retries: tuple[Setting, ...]
    limits: tuple[Setting, ...]
    blocks: tuple[Block, ...]
    last: tuple[tuple[Selected, tuple[Setting, ...]], ...]
    others: tuple[Setting, ...] = ()

    @property
    def generic(self) -> frozenset[str]:
        """The keys that are set outside selectors."""
        return frozenset([*dict(self.settings), *(self.default.keys if self.default is not None else ())])

    @property
    def settings(self) -> tuple[Setting, ...]:
        """All settings outside selectors, except a container."""
        own = self.default.settings if self.default is not None else ()
        return (*self.first, *self.queue, *own, *self.retries, *self.limits, *self.others)

    def replaced(self, others: Sequence[Setting]) -> Scope:
        """The scope with these settings in place of ours outside selectors."""
        names = dict(others)

        def kept(settings: tuple[Setting, ...]) -> tuple[Setting, ...]:
            return tuple((key, code) for key, code in settings if key not in names)

        default = self.default and replace(self.default, settings=kept(self.default.settings))
        return replace(
            self,
            first=kept(self.first),
            queue=kept(self.queue),
            default=default,
            retries=kept(self.retries),
            limits=kept(self.limits),
            others=tuple(others),
        )


def scope(site: SitePlan, plan: Plan) -> Scope:
    """The process scope of this site."""
    executor = site.site.executor
    alike = [other for other in plan.sites if site.site.is_variant and other.site.base == site.site.base]
    family = [most for other in alike for most in other.every_limits]
    blocks = process.blocks(site, executor.containers(site, plan), executor.directives(site), family)
    default = next((block for block in blocks if not block.selector), None)
    limits = sizes.resource_limits(site.limits, family)
    run, in_container = site.site.run, by_rule.container_options(site.site)
    made = Scope(
        first=(
            ("executor", groovy.quote(executor.name)),
            *executor.everywhere(site),
            *([("containerOptions", in_container)] if in_container is not None else []),
            *run_sections.directives(run),
        ),
        queue=(("queue", routing.routing(site)),) if site.site.names_queues and site.pools else (),
        default=default,
        retries=tuple(process.retries(site.site.retry)),
        limits=(("resourceLimits", limits),) if limits is not None else (),
        blocks=tuple(block for block in blocks if block.selector),
        last=tuple(executor.last(site)),
    )
    others = run_sections.others(run)
    return made.replaced(others) if others else made
