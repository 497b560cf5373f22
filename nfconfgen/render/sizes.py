"""What tasks ask for as it grows with their attempts, and the limits of a site as `resourceLimits`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nfconfgen.plan.attempts import grown
from nfconfgen.plan.model import SitePlan
from nfconfgen.profile.model import Limits
from nfconfgen.profile.retry_settings import Growth, Retry
from nfconfgen.render import groovy
from nfconfgen.render.groovy import Code


def resource_limits(limits: Limits) -> Code | None:
    """The whole map, since the parsers merge maps differently. None: no limit is known."""
    known = [
        f"cpus: {limits.cpus}" if limits.cpus is not None else "",
        f"memory: {groovy.memory(limits.memory_mib)}" if limits.memory_mib is not None else "",
        f"time: {groovy.duration(limits.time_s)}" if limits.time_s is not None else "",
    ]
    listed = ", ".join(part for part in known if part)
    return Code(f"[{listed}]") if listed else None


def limits_note(plan: SitePlan) -> str:
    """The comment on resourceLimits."""
    return f"the most a task may request here: {'; '.join(plan.limits_from)}"


def by_attempt(amounts: Sequence[int], growth: Growth, text: Callable[[int], Code], on: SitePlan) -> Code:
    """The value of each attempt; as a formula if all grow by it, and it cannot lead beyond what a queue is known to
    hold: the pipeline may allow more attempts than are planned."""
    by_formula = growth != "same" and all(
        amount == grown(amounts[0], number, growth) for number, amount in enumerate(amounts, start=1)
    )
    if by_formula and len(amounts) > 1 and (on.site.retry.attempts or not any(pool.known for pool in on.pools)):
        return groovy.grown(text(amounts[0]), growth, text)
    return groovy.by_attempt([text(amount) for amount in amounts])


def after(retry: Retry, grown: Code, first: Code) -> Code:
    """The grown value only after the exit codes that the profile names; `task.exitStatus` is that of the attempt
    before, null on the first."""
    if retry.grow_on is None or grown == first:
        return grown
    inner = grown.removeprefix("{ ").removesuffix(" }")
    return Code(f"{{ task.exitStatus in {groovy.exit_codes(retry.grow_on)} ? ({inner}) : {first} }}")
