"""The options of sbatch as `clusterOptions`: those of the site, and what rules and task classes set instead."""

from __future__ import annotations

from collections.abc import Sequence

from nfconfgen.executors.slurm.settings import configured
from nfconfgen.plan.model import SitePlan, TaskPlan
from nfconfgen.profile.model import Accelerator, Options, QueueRule, Site, overriding
from nfconfgen.profile.tasks import OPTIONS
from nfconfgen.render import groovy, process, routing
from nfconfgen.render.groovy import Code


def sets(plan: SitePlan, task_plan: TaskPlan) -> bool:
    """Whether a class sets options: those of a rule belong to its queue, and not to one that the class names."""
    task = task_plan.task
    leaves = "queue" in task.sets and any(rule.options for rule in plan.site.rules)
    return leaves or bool(task.sets & {*OPTIONS})


def of_class(plan: SitePlan, task_plan: TaskPlan) -> Code | None:
    """The options of a task class; None: there are none."""
    return code(task_plan.on(plan).site, process.gpus_of(plan, task_plan))


def code(site: Site, gpus: Accelerator | None) -> Code | None:
    """The options of every task of a site; a closure if rules decide."""
    lines = _lines(site, site.rules, (), gpus)
    if len(lines) > 1:
        return Code("\n".join(["{", *routing.indented(lines), "}"]))
    return Code(lines[0]) if lines[0] != groovy.quote("") else None


def _lines(site: Site, rules: Sequence[QueueRule], options: Options, gpus: Accelerator | None) -> list[str]:
    """The expression for tasks that come to these rules with these options. The first rule with a queue that applies
    is the last that counts, as in plan/route.py."""
    if not rules:
        return [groovy.quote(text(site, options, gpus))]
    rule, *rest = rules
    together = overriding(options, rule.options)
    then = _lines(site, rest if rule.queue is None else (), together, gpus)
    conditions = routing.conditions(rule)
    if not conditions:
        return then
    otherwise = _lines(site, rest, options, gpus)
    if then == otherwise:
        return then
    begin = f"{' && '.join(conditions)} ? "
    if len(then) == 1:
        return [f"{begin}{then[0]} :", *otherwise]
    return [f"{begin}(", *routing.indented(then), ") :", *otherwise]


def text(site: Site, options: Options, gpus: Accelerator | None) -> str:
    """The options in one line, empty without any. The schema ensures that no value needs quotes for sbatch."""
    sbatch = configured(site.settings, options).sbatch
    return " ".join(
        option
        for option in (
            f"--account={sbatch.account}" if sbatch.account else "",
            f"--qos={sbatch.qos}" if sbatch.qos else "",
            f"--constraint={sbatch.constraint}" if sbatch.constraint else "",
            f"--nodelist={','.join(sbatch.nodelist)}" if sbatch.nodelist else "",
            f"--exclude={','.join(sbatch.exclude)}" if sbatch.exclude else "",
            f"--reservation={sbatch.reservation}" if sbatch.reservation else "",
            "--exclusive" if sbatch.exclusive else "",
            _gres(gpus) if gpus is not None else "",
            *sbatch.cluster_options,
        )
        if option
    )


def _gres(wanted: Accelerator) -> str:
    kind = f"{wanted.type}:" if wanted.type else ""
    return f"--gres=gpu:{kind}{wanted.count}" if wanted.count else ""
