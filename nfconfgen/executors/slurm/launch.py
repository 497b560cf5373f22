"""What the launch scripts of a Slurm site need: the job that Nextflow runs in, and the images to pull before."""

from __future__ import annotations

from nfconfgen.executors.slurm.settings import SlurmSettings, settings_of
from nfconfgen.plan.model import Plan, SitePlan

ACCOUNT_SINCE = (24, 4)
"""The Nextflow that first knows executor.account; for older ones sbatch reads SBATCH_ACCOUNT."""

HEAD_NOTICE_S = 120
"""Before the head job's time limit; Slurm may signal up to a minute earlier."""


def values(site: SitePlan, plan: Plan) -> dict[str, object]:
    account = settings_of(site.site).account
    in_config = account is not None and not account.env and plan.profile.pipeline.nextflow >= ACCOUNT_SINCE
    return {"account": None if in_config else account, **_head_values(site, plan), **_pull_values(site)}


def _head_values(site: SitePlan, plan: Plan) -> dict[str, object]:
    head = settings_of(site.site).head
    assert head is not None
    memory_mib, time_s = head.memory_mib.value, head.time_s.value if head.time_s else None
    options = [
        f"--job-name={plan.profile.pipeline.name}-{site.site.name}",
        *([f"--time={_clock(time_s)}"] if time_s else []),
        *([f"--mem={memory_mib}M"] if site.site.settings.asks_memory else []),
        f"--cpus-per-task={head.cpus.value}",
        *([f"--partition={site.head_queue}"] if site.head_queue else []),
        *_charged(settings_of(site.site)),
        "--requeue",
        "--open-mode=append",
        f"--signal=B:TERM@{_notice_s(time_s)}",
    ]
    # the rest is for what the JVM needs beside its heap
    return {"head": options, "heap": f"-Xmx{memory_mib * 3 // 4}m"}


def _charged(settings: SlurmSettings) -> list[str]:
    """Account and QOS for sbatch, the same as the tasks have."""
    said = settings.account
    account = [f"--account={said.name}"] if said is not None and not said.env else []
    qos = settings.sbatch.qos
    return [*account, *([f"--qos={qos}"] if qos else [])]


def _notice_s(time_s: int | None) -> int:
    """How long before the limit Nextflow is told to end: time to cancel its jobs, but no great part of the whole."""
    return min(HEAD_NOTICE_S, (time_s or 4 * HEAD_NOTICE_S) // 4)


def _clock(seconds: int) -> str:
    """As sbatch reads it: days-hours:minutes:seconds."""
    days, rest = divmod(seconds, 86400)
    return f"{days}-{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"


def _pull_values(site: SitePlan) -> dict[str, object]:
    settings = settings_of(site.site)
    images = list(
        dict.fromkeys(task_plan.task.container.value for task_plan in site.task_plans if task_plan.task.container)
    )
    no_pull = _why_no_pull(settings)
    return {
        "engine": settings.containers.engine,
        "images": images,
        "pull": not no_pull,
        "no_pull": no_pull,
        "pull_folder": f"{settings.containers.engine.upper()}_PULLFOLDER",
    }


def _why_no_pull(settings: SlurmSettings) -> str:
    """Why the images cannot be pulled before the first task needs them; empty where they can."""
    if not settings.containers.engine:
        return "no images are pulled ahead: the profile names no container engine"
    if settings.containers.engine in ("docker", "podman"):
        return f"no images are pulled ahead: {settings.containers.engine} keeps them on each node, each pulls its own"
    if settings.containers.engine == "charliecloud":
        return "no images are pulled ahead: only ch-image knows how its store is laid out, Nextflow calls it"
    if not settings.containers.cache_dir:
        return "no images are pulled ahead: the profile names no cache_dir, Nextflow pulls into its work directory"
    return ""
