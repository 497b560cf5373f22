"""The values of the launch scripts of a Slurm site: the job that runs Nextflow, and the images to pull before."""

from __future__ import annotations

from nfconfgen.executors.slurm.settings import settings_of
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.profile.model import Site
from nfconfgen.profile.references import Text, Value, at_launch, concat

ACCOUNT_SINCE = (24, 4)
"""The first Nextflow version with executor.account; with older ones sbatch reads SBATCH_ACCOUNT."""

HEAD_NOTICE_S = 120
"""Time between the signal and the time limit of the head job; Slurm may signal up to a minute earlier."""


def values(site: SitePlan, plan: Plan) -> dict[str, object]:
    settings = settings_of(site.site)
    # SBATCH_ACCOUNT overrides the options of a task
    in_config = bool(settings.sbatch.account) or plan.profile.pipeline.nextflow >= ACCOUNT_SINCE
    account = "" if in_config else at_launch(settings.account or "", site.site.params)
    return {"account": account, **_head_values(site, plan), **_pull_values(site)}


def _head_values(site: SitePlan, plan: Plan) -> dict[str, object]:
    head = settings_of(site.site).head
    assert head is not None
    memory_mib, time_s = head.memory_mib.value, head.time_s.value if head.time_s else None
    options: list[Value] = [
        f"--job-name={plan.profile.pipeline.name}-{site.site.name}",
        *([f"--time={_clock(time_s)}"] if time_s else []),
        *([f"--mem={memory_mib}M"] if site.site.settings.asks_memory else []),
        f"--cpus-per-task={head.cpus.value}",
        *([f"--partition={site.head_queue}"] if site.head_queue else []),
        *_charged(site.site),
        "--requeue",
        "--open-mode=append",
        f"--signal=B:TERM@{_notice_s(time_s)}",
    ]
    # the JVM needs the rest in addition to its heap
    return {"head": options, "heap": f"-Xmx{memory_mib * 3 // 4}m"}


def _charged(site: Site) -> list[Value]:
    """Account and QOS for sbatch, the same as for the tasks. One that may be unset is left to the user."""
    settings = settings_of(site)
    named = (("--account=", settings.account or ""), ("--qos=", settings.sbatch.qos))
    values = [(option, at_launch(value, site.params)) for option, value in named]
    kept = [(option, value) for option, value in values if value and not (isinstance(value, Text) and value.optional)]
    return [concat(option, value) for option, value in kept]


def _notice_s(time_s: int | None) -> int:
    """How long before the limit Nextflow is signalled: enough to cancel its jobs, but no large part of the whole."""
    return min(HEAD_NOTICE_S, (time_s or 4 * HEAD_NOTICE_S) // 4)


def _clock(seconds: int) -> str:
    """The time as sbatch reads it: days-hours:minutes:seconds."""
    days, rest = divmod(seconds, 86400)
    return f"{days}-{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"


def _pull_values(site: SitePlan) -> dict[str, object]:
    settings = settings_of(site.site)
    engine, cache_dir = settings.containers.engine, at_launch(settings.containers.cache_dir, site.site.params)
    reason = _why_no_pull(engine, cache_dir)
    return {
        "cache_dir": cache_dir,
        "engine": engine,
        "images": list(dict.fromkeys(each.task.container.value for each in site.task_plans if each.task.container)),
        "pull": not reason,
        "no_pull": f"no images are pulled ahead: {reason}" if reason else "",
    }


def _why_no_pull(engine: str, cache_dir: Value) -> str:
    """Why the images cannot be pulled before the first task needs them; empty if they can."""
    if not engine:
        return "the profile names no container engine"
    if engine in ("docker", "podman"):
        return f"{engine} keeps them on each node, and each node pulls its own"
    if engine == "charliecloud":
        return "only ch-image knows the layout of its store, and Nextflow calls it"
    return "" if cache_dir else "the profile names no cache_dir, so Nextflow pulls into its work directory"
