"""The limits of a site as `resourceLimits`."""

from __future__ import annotations

from nfconfgen.plan.model import SitePlan
from nfconfgen.profile.model import Limits
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
