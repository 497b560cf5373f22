"""The options of sbatch as `clusterOptions`: those of the site, and what rules and task classes set instead."""

from __future__ import annotations

from nfconfgen.executors.slurm import sbatch_options
from nfconfgen.executors.slurm.settings import configured
from nfconfgen.plan.model import SitePlan, TaskPlan
from nfconfgen.profile.model import Accelerator, Site
from nfconfgen.profile.queue_model import Options
from nfconfgen.profile.references import Gpus, Part, Text, Value, concat
from nfconfgen.profile.tasks import OF_SCHEDULER
from nfconfgen.render import process
from nfconfgen.render.by_rule import by_rule
from nfconfgen.render.groovy import Code


def sets(plan: SitePlan, task_plan: TaskPlan) -> bool:
    """Whether a class sets options: those of a rule belong to its queue, and not to one that the class names."""
    task = task_plan.task
    leaves = "queue" in task.sets and any(rule.options for rule in plan.site.rules)
    return leaves or bool(task.sets & {*OF_SCHEDULER})


def of_class(plan: SitePlan, task_plan: TaskPlan) -> Code | None:
    """The options of a task class; None: there are none."""
    return code(task_plan.on(plan).site, process.gpus_of(plan, task_plan))


def code(site: Site, gpus: Accelerator | None) -> Code | None:
    """The options of every task of a site; a closure if rules decide."""
    return by_rule(site, lambda options: words(site, options, gpus))


def of_task(site: Site, options: Options, gpus: Accelerator | None) -> list[Value]:
    """Each option of a task, as the profile has it but for the number of GPUs; without any, what reads it is left
    out."""
    count = gpus.count if gpus is not None else 0
    parts = [value.parts if isinstance(value, Text) else (value,) for value in words(site, options, gpus)]
    return [_counted(each, count) for each in parts if count or Gpus() not in each]


def _counted(parts: tuple[Part, ...], gpus: int) -> Value:
    values = (str(gpus) if isinstance(part, Gpus) else part for part in parts)
    return concat(*(value if isinstance(value, str) else Text((value,)) for value in values))


def words(site: Site, options: Options, gpus: Accelerator | None) -> list[Value]:
    """Each option. The schema ensures that no value needs quotes for sbatch."""
    sbatch = configured(site.settings, options).sbatch
    values: list[tuple[str, Value]] = [
        ("--account=", sbatch.account),
        ("--qos=", sbatch.qos),
        ("--constraint=", sbatch.constraint),
        ("--nodelist=", ",".join(sbatch.nodelist)),
        ("--exclude=", ",".join(sbatch.exclude)),
        ("--reservation=", sbatch.reservation),
    ]
    found = [concat(name, value) for name, value in values if value]
    gres = _gres(gpus) if gpus is not None and not sbatch_options.names_gpus(sbatch.cluster_options) else ""
    more = ["--exclusive" if sbatch.exclusive else "", gres]
    return [*found, *filter(None, more), *sbatch.cluster_options]


def _gres(wanted: Accelerator) -> str:
    kind = f"{wanted.type}:" if wanted.type else ""
    return f"--gres=gpu:{kind}{wanted.count}" if wanted.count else ""
