"""What only a Slurm site has in its outputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nfconfgen.executors.slurm.settings import Account, Rate, Sbatch, SlurmSettings, Surroundings, settings_of
from nfconfgen.plan.model import Plan, SitePlan, TaskPlan
from nfconfgen.profile.model import Accelerator
from nfconfgen.render import engines, groovy, process
from nfconfgen.render.process import Directives, Setting
from nfconfgen.wording import plural

if TYPE_CHECKING:
    from nfconfgen.pipeline.model import Scope

ALL_PROCESSES = (".+", ".*", ".*.*")
"""Selectors of every process; the first one that the profile does not use is ours. A pipeline that has one of its
own more probably says `.*`, and under the v1 parser ours would then replace all of it."""


def title(site: SitePlan) -> str:
    queues = [pool.name for pool in site.pools]
    return f"Slurm, {plural(len(queues), 'partition')} {', '.join(queues)}"


def directives(site: SitePlan) -> Directives:
    """The request, without memory where none may be asked for; and `clusterOptions` in each selector where the site
    has GPUs, as it takes the place of the site's."""
    settings = settings_of(site.site)
    accelerated = process.accelerated(site)

    def on_slurm(task_plan: TaskPlan, default: TaskPlan | None, request: list[Setting]) -> list[Setting]:
        kept = [(key, value) for key, value in request if key != "memory" or settings.asks_memory]
        # those of the default stand at the head of the process scope
        if not accelerated or task_plan is default or not process.own_accelerator(task_plan, default):
            return kept
        return [*kept, ("clusterOptions", groovy.quote(cluster_options(settings.sbatch, task_plan)))]

    return on_slurm


def config_values(site: SitePlan, plan: Plan) -> dict[str, object]:
    settings = settings_of(site.site)
    return {
        "account_note": _account_note(settings.account, site.site.name),
        "executor": executor_settings(settings),
        "engine": settings.containers.engine,
        "engine_settings": engines.settings(settings.containers),
        "disabled": engines.others(settings.containers.engine),
    }


def everywhere(site: SitePlan) -> list[Setting]:
    """Directives of every task of the site."""
    settings = settings_of(site.site)
    default = next((task_plan for task_plan in site.task_plans if task_plan.task.kind == "default"), None)
    return [
        *engines.if_set("clusterOptions", cluster_options(settings.sbatch, default)),
        *surroundings(settings.surroundings),
    ]


def last(site: SitePlan) -> list[tuple[tuple[str, str], tuple[Setting, ...]]]:
    """A selector of all processes where none may ask for memory, also where the pipeline gives it one."""
    if settings_of(site.site).asks_memory:
        return []
    used = {task.name for task in site.site.tasks if task.kind == "process"}
    every = next(selector for selector in ALL_PROCESSES if selector not in used)
    return [(("withName", every), (("memory", groovy.quote(None)),))]


def _account_note(account: Account | None, site: str) -> str:
    if account is None or not account.env:
        return ""
    otherwise = f", else {account.name}" if account.name else ""
    return f"the account: launch/run-{site}.sh sets SBATCH_ACCOUNT, which sbatch reads, to ${account.env}{otherwise}"


def executor_settings(settings: SlurmSettings) -> list[Setting]:
    account, submission = settings.account, settings.submission
    return [
        *engines.if_set("account", account.name if account is not None and not account.env else ""),
        *engines.if_set("perCpuMemAllocation", settings.ask_memory == "per-cpu" or None),
        *engines.if_set("queueSize", submission.queue_size),
        *engines.if_set("submitRateLimit", _rate(submission.rate)),
        *engines.if_set("pollInterval", engines.duration(submission.poll_interval_s)),
        *engines.if_set("queueStatInterval", engines.duration(submission.queue_stat_interval_s)),
        *engines.if_set("exitReadTimeout", engines.duration(submission.exit_read_timeout_s)),
        *engines.if_set("queueGlobalStatus", submission.queue_global_status),
    ]


def surroundings(said: Surroundings) -> list[Setting]:
    return [
        *engines.if_set("scratch", said.scratch),
        *engines.if_set("stageInMode", said.stage_in),
        *engines.if_set("stageOutMode", said.stage_out),
        *engines.if_set("beforeScript", said.before_script),
        *engines.if_set("module", ":".join(said.modules)),
    ]


def _rate(rate: Rate | None) -> str:
    """Always with the number of the time: Nextflow reads '10 sec' as ten a second."""
    if rate is None:
        return ""
    minutes, rest = divmod(rate.per_s, 60)
    return f"{rate.jobs}/{rate.per_s}sec" if rest else f"{rate.jobs}/{minutes}min"


def options_of(site: SitePlan, task_plan: TaskPlan, default: TaskPlan | None) -> str | None:
    """What clusterOptions comes to for a task class, given the class of the default."""
    asking = task_plan if process.own_accelerator(task_plan, default) else default
    return cluster_options(settings_of(site.site).sbatch, asking) or None


def cluster_options(said: Sbatch, task_plan: TaskPlan | None) -> str:
    """One line of options. The schema sees to it that no value needs quotes for sbatch."""
    accelerator = task_plan.task.accelerator if task_plan is not None else None
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


def paths(site: SitePlan) -> Iterator[Scope]:
    """What the config of a site sets outside of `process`."""
    settings = settings_of(site.site)
    yield from (("executor", key) for key, _ in executor_settings(settings))
    yield from engines.paths(settings.containers)
