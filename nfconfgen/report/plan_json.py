"""The plan as JSON, in the format of schemas/report.schema.json."""

from __future__ import annotations

from typing import Any

from nfconfgen.facts.model import Shape
from nfconfgen.plan.model import Attempt, SitePlan, TaskPlan
from nfconfgen.plan.plan_table import gpus_asked
from nfconfgen.profile.model import Limits


def plan_as_json(plan: SitePlan) -> dict[str, Any]:
    """One site; names contain the units, null means unknown."""
    return {
        "site": plan.site.name,
        "executor": plan.site.executor.name,
        "queues": list(dict.fromkeys(pool.name for pool in plan.pools)),
        "limits": _limits(plan.limits),
        "tasks": [_task(task_plan, plan) for task_plan in plan.task_plans],
    }


def _limits(limits: Limits) -> dict[str, Any]:
    return {"cpus": limits.cpus, "memory_mib": limits.memory_mib, "time_s": limits.time_s}


def _task(task_plan: TaskPlan, plan: SitePlan) -> dict[str, Any]:
    limits = task_plan.limits(plan)
    return {
        "kind": task_plan.task.kind,
        "name": task_plan.task.name or None,
        "additive": task_plan.task.additive,
        "limits": _limits(limits) if task_plan.limited else None,
        "attempts": [_attempt(attempt, gpus_asked(task_plan.task)) for attempt in task_plan.attempts],
    }


def _attempt(attempt: Attempt, gpus: int) -> dict[str, Any]:
    return {
        "attempt": attempt.number,
        "queue": attempt.request.queue,
        "cpus": attempt.request.cpus,
        "granted_cpus": attempt.granted_cpus,
        "memory_mib": attempt.request.memory_mib,
        "time_s": attempt.request.time_s,
        "gpus": gpus,
        "per_shape": attempt.per_shape,
        "capped_from_mib": attempt.capped_from_mib,
        "shape": _shape(attempt.shape) if attempt.shape else None,
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
