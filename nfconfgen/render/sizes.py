"""What tasks ask for as it grows with their attempts, and the limits of a site as `resourceLimits`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from nfconfgen.plan.attempts import grown
from nfconfgen.plan.model import SitePlan
from nfconfgen.profile.model import Limits
from nfconfgen.profile.retry_settings import Growth, Retry
from nfconfgen.render import groovy
from nfconfgen.render.groovy import Code


def resource_limits(limits: Limits, others: Iterable[Limits] = ()) -> Code | None:
    """The whole map, since the parsers merge maps differently; null for what only `others` limit, as the limits of a
    variant are merged into them. None: no limit is known."""
    if limits == Limits():
        return None
    written = {"cpus": groovy.quote, "memory_mib": groovy.memory_bound, "time_s": groovy.duration}
    known = {name: getattr(limits, name) for name in written}
    more = {name for other in others for name in written if getattr(other, name) is not None}
    listed = [
        f"{name.partition('_')[0]}: {text(known[name]) if known[name] is not None else groovy.quote(None)}"
        for name, text in written.items()
        if known[name] is not None or name in more
    ]
    return Code(f"[{', '.join(listed)}]")


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
