"""The task classes of a site: whether the site names them, which image they run, whether they fit."""

from __future__ import annotations

from dataclasses import dataclass

from nfconfgen.plan.model import SitePlan, TaskPlan
from nfconfgen.profile.model import Kind, Limits, Site, TaskClass

Key = tuple[Kind, str]
"""Kind and selector of a class."""

_HUB = "docker.io/"


@dataclass(frozen=True, slots=True)
class Classes:
    """The task classes of one site; none if the pipeline's own numbers hold."""

    plan: SitePlan
    tasks: dict[Key, TaskClass]
    task_plans: dict[Key, TaskPlan]

    @property
    def site(self) -> Site:
        return self.plan.site

    def limits(self, key: Key) -> Limits:
        """The most that tasks of the class may ask for."""
        found = self.task_plans.get(key)
        return found.limits(self.plan) if found is not None else self.plan.limits

    def set_limits(self, key: Key) -> Limits:
        """The limits that the profile sets for the class, or for its site."""
        found = self.task_plans.get(key)
        of_class = found.own.site.of_class if found is not None and found.own is not None else None
        return self.site.limits if of_class is None else of_class

    def named(self, key: Key) -> bool:
        """Whether the site or the shared tasks name it. A class that only other sites name has the place of the site,
        and the values of the default."""
        task = self.tasks.get(key)
        return task is not None and task.place != self.site.place

    def image(self, key: Key) -> str | None:
        """The image of the class with its registry, unless that is Docker Hub; None: it has no container."""
        task = self.tasks.get(key)
        if task is None or task.container is None:
            return None
        name = task.container.value.removeprefix("docker://")
        registry = self.site.executor.registry(self.site)
        # as in Nextflow: a name with its own registry, a path or another protocol stays as it is
        if registry and not _absolute(name):
            name = f"{registry.rstrip('/')}/{name}"
        return name.removeprefix(_HUB)

    def warmed(self, param: str) -> bool:
        """Whether the first run of the site is given another value of this param than all others."""
        launch = self.site.launch
        return param in launch.warmup and launch.warmup[param] != launch.params.get(param)


def classes(plan: SitePlan) -> Classes:
    task_plans = {_key(task_plan.task): task_plan for task_plan in plan.task_plans}
    return Classes(plan, {_key(task): task for task in plan.site.tasks}, task_plans)


def _key(task: TaskClass) -> Key:
    return task.kind, task.name


def _absolute(image: str) -> bool:
    first, slash, _ = image.partition("/")
    return "://" in image or image.startswith("/") or bool(slash and ("." in first or ":" in first))
