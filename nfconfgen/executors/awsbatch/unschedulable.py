"""Whether a job that AWS Batch calls unschedulable is waited for, or ended.

Batch says MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT of a job that no machine of its queue holds, and for a moment of
any job while an environment starts up from nothing. Nextflow ends such a job at the first poll that sees it, where it
is asked to (https://github.com/nextflow-io/nextflow/issues/7479): that costs an attempt.
"""

from __future__ import annotations

from nfconfgen.executors.awsbatch.settings import settings_of
from nfconfgen.plan.model import SitePlan


def waits(site: SitePlan) -> bool:
    """Whether Nextflow waits: as the profile says, else where every attempt is proved to fit."""
    settings = settings_of(site.site)
    return settings.unschedulable == "wait" if settings.unschedulable else _proved(site)


def _proved(site: SitePlan) -> bool:
    """An estimate is no proof, and without a default the pipeline brings numbers that nobody has seen."""
    attempts = [attempt for task_plan in site.task_plans for attempt in task_plan.attempts]
    known = all(attempt.shape is not None and attempt.shape.source != "estimated" for attempt in attempts)
    return known and any(task_plan.task.kind == "default" and task_plan.attempts for task_plan in site.task_plans)
