"""The plan for machines, as schemas/report.schema.json describes it."""

from __future__ import annotations

from typing import Any

from nfconfgen.facts.model import Shape
from nfconfgen.plan.model import Ladder, SitePlan, Step
from nfconfgen.plan.table import gpus_asked


def plan_as_json(plan: SitePlan) -> dict[str, Any]:
    """One site; units are in the names, null is what is not known."""
    limits = plan.limits
    return {
        "site": plan.site.name,
        "executor": plan.site.executor.name,
        "queues": [pool.name for pool in plan.pools],
        "limits": {"cpus": limits.cpus, "memory_mib": limits.memory_mib, "time_s": limits.time_s},
        "tasks": [_ladder(ladder) for ladder in plan.ladders],
    }


def _ladder(ladder: Ladder) -> dict[str, Any]:
    return {
        "kind": ladder.task.kind,
        "name": ladder.task.name or None,
        "additive": ladder.task.additive,
        "attempts": [_step(step, gpus_asked(ladder.task)) for step in ladder.steps],
    }


def _step(step: Step, gpus: int) -> dict[str, Any]:
    return {
        "attempt": step.attempt,
        "queue": step.request.queue,
        "cpus": step.request.cpus,
        "granted_cpus": step.granted_cpus,
        "memory_mib": step.request.memory_mib,
        "time_s": step.request.time_s,
        "gpus": gpus,
        "per_shape": step.per_shape,
        "capped_from_mib": step.capped_from_mib,
        "shape": _shape(step.shape) if step.shape else None,
    }


def _shape(shape: Shape) -> dict[str, Any]:
    return {
        "name": shape.name,
        "cpus": shape.cpus,
        "memory_mib": shape.memory_mib,
        "source": shape.source,
        "time": shape.time or None,
        "image": shape.image or None,
        "gpus": dict(shape.gpus) if shape.gpus is not None else None,
        "architecture": shape.architecture or None,
    }
