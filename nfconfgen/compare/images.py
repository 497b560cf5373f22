"""Which image a task class really runs on a site: references that look different may be one image."""

from __future__ import annotations

from nfconfgen.executors.awsbatch import definitions
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.profile.model import Slurm, TaskClass

_HUB = "docker.io/"


def image(task: TaskClass, plan: SitePlan) -> str | None:
    """The image with its registry, where it is not Docker Hub's."""
    if task.container is None:
        return None
    name = task.container.value.removeprefix("docker://")
    settings = plan.site.settings
    registry = settings.containers.registry if isinstance(settings, Slurm) else ""
    # as Nextflow: what names a registry itself, a path or another protocol stays as it is
    if registry and not _absolute(name):
        name = f"{registry.rstrip('/')}/{name}"
    return name.removeprefix(_HUB)


def _absolute(name: str) -> bool:
    first, slash, _ = name.partition("/")
    return "://" in name or name.startswith("/") or bool(slash and ("." in first or ":" in first))


def through(site: SitePlan, plan: Plan) -> dict[str, str]:
    """The job definition that stands for each image, as the profile writes it."""
    return definitions.names(plan, site)
