"""The parts of the config that only a Slurm site has."""

from __future__ import annotations

from nfconfgen.executors.slurm import options
from nfconfgen.executors.slurm.settings import SlurmSettings, Surroundings, settings_of
from nfconfgen.plan.model import SitePlan, TaskPlan
from nfconfgen.plan.plan_table import queue_text
from nfconfgen.render import engines, groovy, process
from nfconfgen.render.process import Directives
from nfconfgen.render.section import Section, Setting
from nfconfgen.wording import plural

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
    of_all = options.code(site.site, default.task.gpus if default is not None else None) or groovy.quote("")

    def on_slurm(task_plan: TaskPlan, request: list[Setting]) -> list[Setting]:
        kept = [(key, value) for key, value in request if key != "memory" or settings.asks_memory]
        with_gpus = accelerated and process.own_accelerator(task_plan)
        if with_gpus:
            kept.append(("accelerator", process.accelerator(task_plan.task.accelerator)))
        # the options of the default are set for the whole process scope
        if task_plan is not default and (with_gpus or options.sets(site, task_plan)):
            code = options.of_class(site, task_plan) or groovy.quote("")
            if with_gpus or code != of_all:
                kept.append(("clusterOptions", code))
        return kept

    return on_slurm


def sections(site: SitePlan) -> list[Section]:
    settings = settings_of(site.site)
    executor = executor_settings(settings)
    return [*([Section("executor", tuple(executor))] if executor else []), *engines.sections(settings.containers)]


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


def executor_settings(settings: SlurmSettings) -> list[Setting]:
    account = None if settings.sbatch.account else settings.account
    return [
        *engines.if_set("account", account),
        *engines.if_set("perCpuMemAllocation", settings.ask_memory == "per-cpu" or None),
    ]


def surroundings(chosen: Surroundings) -> list[Setting]:
    return [
        *engines.if_set("scratch", groovy.directive(chosen.scratch)),
        *engines.if_set("stageInMode", chosen.stage_in),
        *engines.if_set("stageOutMode", chosen.stage_out),
        *engines.if_set("beforeScript", groovy.directive(chosen.before_script)),
        *engines.if_set("module", ":".join(chosen.modules)),
    ]
