"""What only a Slurm site has in its outputs."""

from __future__ import annotations

from typing import Any

from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.profile.model import Slurm
from nfconfgen.render.process import Container

ACCOUNT_SINCE = (24, 4)
"""The Nextflow that first knows executor.account; for older ones sbatch reads SBATCH_ACCOUNT."""


def _settings(site: SitePlan) -> Slurm:
    assert isinstance(site.site.settings, Slurm)
    return site.site.settings


def title(site: SitePlan) -> str:
    queues = [pool.name for pool in site.pools]
    return f"Slurm, {'partition' if len(queues) == 1 else 'partitions'} {', '.join(queues)}"


def containers(site: SitePlan, plan: Plan) -> Container:
    """The image itself: the engine pulls it."""
    return lambda image: (image, "")


def config_values(site: SitePlan, plan: Plan) -> dict[str, Any]:
    settings = _settings(site)
    return {
        "engine": settings.engine,
        "auto_mounts": settings.engine in ("singularity", "apptainer"),
        "cluster_options": f"--qos={settings.qos}" if settings.qos else "",
    }


def launch_values(site: SitePlan, plan: Plan) -> dict[str, Any]:
    settings = _settings(site)
    old = plan.profile.pipeline.nextflow < ACCOUNT_SINCE
    return {"account": settings.account if old else ""}


def files(site: SitePlan, plan: Plan) -> dict[str, str]:
    """No further files."""
    return {}
