"""Which image a task class really runs on a site: references that look different may be one image."""

from __future__ import annotations

from nfconfgen.plan.model import SitePlan
from nfconfgen.profile.model import TaskClass

_HUB = "docker.io/"


def image(task: TaskClass, plan: SitePlan) -> str | None:
    """The image with its registry, where it is not Docker Hub's."""
    if task.container is None:
        return None
    name = task.container.value.removeprefix("docker://")
    registry = plan.site.executor.registry(plan.site)
    # as Nextflow: what names a registry itself, a path or another protocol stays as it is
    if registry and not _absolute(name):
        name = f"{registry.rstrip('/')}/{name}"
    return name.removeprefix(_HUB)


def _absolute(name: str) -> bool:
    first, slash, _ = name.partition("/")
    return "://" in name or name.startswith("/") or bool(slash and ("." in first or ":" in first))
