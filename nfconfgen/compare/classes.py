"""What a task class is on a site, beside its plan: whether it is named there, whether anything takes it."""

from __future__ import annotations

from dataclasses import dataclass

from nfconfgen.plan.model import SitePlan, TaskPlan
from nfconfgen.profile.model import Kind, Site, TaskClass

Key = tuple[Kind, str]
"""How a class is named, and its selector."""


@dataclass(frozen=True, slots=True)
class Classes:
    """The task classes of one site; none where the pipeline brings its own numbers."""

    plan: SitePlan
    tasks: dict[Key, TaskClass]
    task_plans: dict[Key, TaskPlan]

    @property
    def site(self) -> Site:
        return self.plan.site

    def named(self, key: Key) -> bool:
        """Whether the site names it, or the tasks for all sites do. What only other sites name is given the place
        of the site, and the values of the default."""
        task = self.tasks.get(key)
        return task is not None and task.place != self.site.place


def classes(plan: SitePlan) -> Classes:
    task_plans = {
        _key(task_plan.task): task_plan for task_plan in plan.task_plans if not _over_time(task_plan.task, plan.site)
    }
    return Classes(plan, {_key(task): task for task in plan.site.tasks}, task_plans)


def _key(task: TaskClass) -> Key:
    return task.kind, task.name


def _over_time(task: TaskClass, site: Site) -> bool:
    """It is planned all the same, so that its other faults are told, too."""
    return task.time_s is not None and site.limits.time_s is not None and task.time_s.value > site.limits.time_s
