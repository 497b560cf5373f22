"""What only a Slurm site has in its outputs."""

from __future__ import annotations

from typing import Any

from nfconfgen.executors.slurm import launch
from nfconfgen.executors.slurm.settings import Account, Containers, Rate, Sbatch, Surroundings
from nfconfgen.plan.model import Ladder, Plan, SitePlan
from nfconfgen.profile.model import Accelerator, Slurm
from nfconfgen.render import groovy, process
from nfconfgen.render.groovy import Code
from nfconfgen.render.process import Container, Directives, Setting
from nfconfgen.wording import plural

ACCOUNT_SINCE = (24, 4)
"""The Nextflow that first knows executor.account; for older ones sbatch reads SBATCH_ACCOUNT."""

ALL_PROCESSES = (".+", ".*", ".*.*")
"""Selectors of every process; the first one that the profile does not use is ours. A pipeline that has one of its
own more probably says `.*`, and under the v1 parser ours would then replace all of it."""

BY_ITSELF = {"singularity": ("docker",), "apptainer": ("docker",), "docker": ("singularity", "apptainer")}
BY_ITSELF["podman"] = BY_ITSELF["charliecloud"] = ("docker", "singularity", "apptainer")


def _settings(site: SitePlan) -> Slurm:
    assert isinstance(site.site.settings, Slurm)
    return site.site.settings


def title(site: SitePlan) -> str:
    queues = [pool.name for pool in site.pools]
    return f"Slurm, {plural(len(queues), 'partition')} {', '.join(queues)}"


def containers(site: SitePlan, plan: Plan) -> Container:
    """The image itself: the engine pulls it."""
    return lambda image: (image, "")


def directives(site: SitePlan) -> Directives:
    """The request, without memory where none may be asked for; and `clusterOptions` in each selector where the site
    has GPUs, as it takes the place of the site's."""
    settings = _settings(site)
    accelerated = process.accelerated(site)

    def on_slurm(ladder: Ladder, default: Ladder | None, request: list[Setting]) -> list[Setting]:
        kept = [(key, value) for key, value in request if key != "memory" or settings.ask_memory != "never"]
        # those of the default stand at the head of the process scope
        if not accelerated or ladder is default or not process.own_accelerator(ladder, default):
            return kept
        return [*kept, ("clusterOptions", groovy.quote(cluster_options(settings.sbatch, ladder)))]

    return on_slurm


def config_values(site: SitePlan, plan: Plan) -> dict[str, Any]:
    settings = _settings(site)
    return {
        "account_note": _account_note(settings.account, site.site.name),
        "executor": executor_settings(settings),
        "engine": settings.containers.engine,
        "engine_settings": engine_settings(settings.containers),
        "disabled": BY_ITSELF.get(settings.containers.engine, ()),
    }


def launch_values(site: SitePlan, plan: Plan) -> dict[str, Any]:
    account = _settings(site).account
    in_config = account is not None and not account.env and plan.profile.pipeline.nextflow >= ACCOUNT_SINCE
    return {"account": None if in_config else account, **launch.values(site, plan)}


def files(site: SitePlan, plan: Plan) -> dict[str, str]:
    """No further files."""
    return {}


def everywhere(site: SitePlan) -> list[Setting]:
    """Directives of every task of the site."""
    settings = _settings(site)
    default = next((ladder for ladder in site.ladders if ladder.task.kind == "default"), None)
    return [
        *_if_said("clusterOptions", cluster_options(settings.sbatch, default)),
        *surroundings(settings.surroundings),
    ]


def last(site: SitePlan) -> list[tuple[tuple[str, str], tuple[Setting, ...]]]:
    """A selector of all processes where none may ask for memory, also where the pipeline gives it one."""
    if _settings(site).ask_memory != "never":
        return []
    used = {task.name for task in site.site.tasks if task.kind == "process"}
    every = next(selector for selector in ALL_PROCESSES if selector not in used)
    return [(("withName", every), (("memory", groovy.quote(None)),))]


def _account_note(account: Account | None, site: str) -> str:
    if account is None or not account.env:
        return ""
    otherwise = f", else {account.name}" if account.name else ""
    return f"the account: launch/run-{site}.sh sets SBATCH_ACCOUNT, which sbatch reads, to ${account.env}{otherwise}"


def executor_settings(settings: Slurm) -> list[Setting]:
    account, submission = settings.account, settings.submission
    return [
        *_if_said("account", account.name if account is not None and not account.env else ""),
        *_if_said("perCpuMemAllocation", settings.ask_memory == "per-cpu" or None),
        *_if_said("queueSize", submission.queue_size),
        *_if_said("submitRateLimit", _rate(submission.rate)),
        *_if_said("pollInterval", _duration(submission.poll_interval_s)),
        *_if_said("queueStatInterval", _duration(submission.queue_stat_interval_s)),
        *_if_said("exitReadTimeout", _duration(submission.exit_read_timeout_s)),
        *_if_said("queueGlobalStatus", submission.queue_global_status),
    ]


def engine_settings(said: Containers) -> list[Setting]:
    return [
        ("enabled", groovy.quote(True)),
        *_if_said("autoMounts", said.auto_mounts),
        *_if_said("cacheDir", said.cache_dir),
        *_if_said("libraryDir", said.library_dir),
        *_if_said("runOptions", said.options),
        *_if_said("pullTimeout", _duration(said.pull_timeout_s)),
        *_if_said("envWhitelist", ",".join(said.env)),
        *_if_said("registry", said.registry),
    ]


def surroundings(said: Surroundings) -> list[Setting]:
    return [
        *_if_said("scratch", said.scratch),
        *_if_said("stageInMode", said.stage_in),
        *_if_said("stageOutMode", said.stage_out),
        *_if_said("beforeScript", said.before_script),
        *_if_said("module", ":".join(said.modules)),
    ]


def _if_said(key: str, value: object) -> list[Setting]:
    return [] if value is None or value == "" else [(key, groovy.quote(value))]


def _duration(seconds: int | None) -> Code | None:
    return groovy.duration(seconds) if seconds is not None else None


def _rate(rate: Rate | None) -> str:
    """Always with the number of the time: Nextflow reads '10 sec' as ten a second."""
    if rate is None:
        return ""
    minutes, rest = divmod(rate.per_s, 60)
    return f"{rate.jobs}/{rate.per_s}sec" if rest else f"{rate.jobs}/{minutes}min"


def cluster_options(said: Sbatch, ladder: Ladder | None) -> str:
    """One line of options. The schema sees to it that no value needs quotes for sbatch."""
    accelerator = ladder.task.accelerator if ladder is not None else None
    return " ".join(
        option
        for option in (
            f"--qos={said.qos}" if said.qos else "",
            f"--constraint={said.constraint}" if said.constraint else "",
            f"--nodelist={','.join(said.nodelist)}" if said.nodelist else "",
            f"--exclude={','.join(said.exclude)}" if said.exclude else "",
            f"--reservation={said.reservation}" if said.reservation else "",
            "--exclusive" if said.exclusive else "",
            _gres(accelerator.value) if accelerator is not None else "",
            *said.options,
        )
        if option
    )


def _gres(wanted: Accelerator) -> str:
    if wanted.count == 0:
        return ""
    return f"--gres=gpu:{wanted.type}:{wanted.count}" if wanted.type else f"--gres=gpu:{wanted.count}"
