"""The parts of the config that only a Slurm site has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nfconfgen.executors.slurm import options
from nfconfgen.executors.slurm.settings import Account, Rate, SlurmSettings, Surroundings, settings_of
from nfconfgen.plan.model import SitePlan, TaskPlan
from nfconfgen.plan.plan_table import queue_text
from nfconfgen.render import engines, groovy, process
from nfconfgen.render.process import Directives, Setting
from nfconfgen.wording import plural

if TYPE_CHECKING:
    from nfconfgen.pipeline.model import Scope

EVERY_PROCESS = ".+"
"""The selector of every process. The pipeline itself would rather use `.*`, which ours would replace completely under
the v1 parser."""


def title(site: SitePlan) -> str:
    queues = list(dict.fromkeys(queue_text(pool.name) for pool in site.pools if pool.name))
    if not site.site.names_queues:
        return f"Slurm, the default partition{f' ({queues[0]})' if queues else ''}"
    return f"Slurm, {plural(len(queues), 'partition')} {', '.join(queues)}"


def directives(site: SitePlan) -> Directives:
    """The request, without memory if none may be requested. If the site has GPUs, also their number, which chooses
    the partition. `clusterOptions` in a selector replaces that of the site, so it has all options."""
    settings = settings_of(site.site)
    accelerated, default = process.accelerated(site), site.default

    def on_slurm(task_plan: TaskPlan, request: list[Setting]) -> list[Setting]:
        kept = [(key, value) for key, value in request if key != "memory" or settings.asks_memory]
        with_gpus = accelerated and process.own_accelerator(task_plan)
        if with_gpus:
            kept.append(("accelerator", process.accelerator(task_plan.task.accelerator)))
        # the options of the default are set for the whole process scope
        if task_plan is not default and (with_gpus or options.sets(site, task_plan)):
            kept.append(("clusterOptions", options.of_class(site, task_plan) or groovy.quote("")))
        return kept

    return on_slurm


def config_values(site: SitePlan) -> dict[str, object]:
    settings = settings_of(site.site)
    return {
        "account_note": _account_note(settings.account, site.site.name),
        "executor": executor_settings(settings),
        **engines.values(settings.containers),
    }


def everywhere(site: SitePlan) -> list[Setting]:
    """Directives of every task of the site."""
    code = options.code(site.site, site.default.task.gpus if site.default is not None else None)
    return [
        *([("clusterOptions", code)] if code is not None else []),
        *surroundings(settings_of(site.site).surroundings),
    ]


def last(site: SitePlan) -> list[tuple[tuple[str, str], tuple[Setting, ...]]]:
    """A selector that removes the memory of all processes, including the pipeline's own, if none may be requested."""
    if settings_of(site.site).asks_memory:
        return []
    return [(("withName", EVERY_PROCESS), (("memory", groovy.quote(None)),))]


def _account_note(account: Account | None, site: str) -> str:
    if account is None or not account.env:
        return ""
    otherwise = f", else {account.name}" if account.name else ""
    return f"the account: launch/run-{site}.sh sets SBATCH_ACCOUNT, which sbatch reads, to ${account.env}{otherwise}"


def executor_settings(settings: SlurmSettings) -> list[Setting]:
    account = settings.account if settings.account is not None and not settings.sbatch.account else None
    submission = settings.submission
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


def surroundings(chosen: Surroundings) -> list[Setting]:
    return [
        *engines.if_set("scratch", chosen.scratch),
        *engines.if_set("stageInMode", chosen.stage_in),
        *engines.if_set("stageOutMode", chosen.stage_out),
        *engines.if_set("beforeScript", chosen.before_script),
        *engines.if_set("module", ":".join(chosen.modules)),
    ]


def _rate(rate: Rate | None) -> str:
    """The rate, always with a number before the unit: Nextflow reads '10 sec' as ten per second."""
    if rate is None:
        return ""
    minutes, rest = divmod(rate.per_s, 60)
    return f"{rate.jobs}/{rate.per_s}sec" if rest else f"{rate.jobs}/{minutes}min"


def paths(site: SitePlan) -> Iterator[Scope]:
    """The settings of the config of a site outside of `process`."""
    settings = settings_of(site.site)
    yield from (("executor", key) for key, _ in executor_settings(settings))
    yield from engines.paths(settings.containers)
