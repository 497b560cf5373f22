"""Whether a queue takes jobs, and a compute environment starts instances and costs nothing while idle."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nfconfgen.executors.awsbatch.doctor.model import ENDED_BY_NEXTFLOW, UNSCHEDULABLE, Environment
from nfconfgen.executors.awsbatch.doctor.subjects import OnEnvironment, OnQueue
from nfconfgen.executors.examination import Checks, Fault
from nfconfgen.findings import Level
from nfconfgen.profile.units import time_text
from nfconfgen.wording import listed

_UPDATE = "aws batch update-compute-environment --compute-environment"


def _queue(rule: str) -> Callable[[OnQueue], Iterator[Fault]]:
    """A check for a problem of the queue itself, under the same rule as in a build."""
    return lambda on: (
        Fault(on.place, problem.message, problem.advice) for problem in on.queue.problems if problem.rule == rule
    )


def _environment(fault: str, advice: str) -> Callable[[OnQueue], Iterator[Fault]]:
    """A check for environments with this fault; a warning if another one of the queue works, since jobs go there."""

    def look(on: OnQueue) -> Iterator[Fault]:
        if any(problem.rule == "queue-kind" for problem in on.queue.problems):
            return
        works = any(not environment.fault[0] for environment in on.environments)
        level: Level = "warning" if works else "error"
        for environment in on.environments:
            if environment.fault[0] == fault:
                message = f"compute environment {environment.name} of {on.queue.name} {environment.fault[1]}"
                yield Fault(on.place, message, advice.format(environment.name), level)

    return look


def empty(on: OnQueue) -> Iterator[Fault]:
    if not on.environments and not on.queue.problems:
        yield Fault(on.place, f"{on.queue.name} has no compute environment", "add one in AWS Batch")


def no_time_limit(on: OnQueue) -> Iterator[Fault]:
    """Where Nextflow does not end unschedulable jobs the queue must; otherwise any limit is enough."""
    missing = [reason for reason in ENDED_BY_NEXTFLOW if reason not in on.queue.limits]
    enough = on.queue.limits if on.ends else not missing
    if enough or on.queue.problems:
        return
    which = f" for {' and '.join(missing)}" if on.queue.limits else ""
    message = f"{on.queue.name} has no job state time limit{which}: "
    message += "a job that can never start waits in RUNNABLE indefinitely"
    if on.waits:
        message += " (unschedulable: wait)"
    elif not on.ends:
        message += " (Nextflow before 25.04 ignores unschedulable: fail)"
    actions = " ".join(f"reason={reason},state=RUNNABLE,maxTimeSeconds=3600,action=CANCEL" for reason in missing)
    advice = f"aws batch update-job-queue --job-queue {on.queue.name} --job-state-time-limit-actions {actions}"
    if on.queue.limits:
        advice += " …, followed by the existing ones, which this replaces"
    yield Fault(on.place, message, advice, "warning")


def time_limit_unused(on: OnQueue) -> Iterator[Fault]:
    """Nextflow ends a job at the first poll that sees the reason, before any limit of the queue (at least 600 s)."""
    seconds = on.queue.limits.get(UNSCHEDULABLE)
    if on.ends and seconds is not None:
        message = (
            f"{on.queue.name} gives unschedulable jobs {time_text(seconds)}, but Nextflow ends them at once "
            "(unschedulable: fail), also those that Batch reports while an environment starts from zero"
        )
        yield Fault(on.place, message, "set unschedulable: wait, and the limit of the queue counts", "warning")


def share_weight(on: OnQueue) -> Iterator[Fault]:
    """An identifier that the policy does not list is accepted, with the default weight
    (https://docs.aws.amazon.com/batch/latest/APIReference/API_ShareAttributes.html)."""
    identifier, shares = on.share_identifier, on.queue.shares
    listed_there = any(
        identifier.startswith(share[:-1]) if share.endswith("*") else identifier == share for share in shares
    )
    if identifier and shares and not listed_there:
        message = f"the scheduling policy of {on.queue.name} has no weight for {identifier}: Batch uses 1.0"
        yield Fault(
            on.place, message, f"its share identifiers are {listed(shares)}: name one, or add yours", "warning"
        )


def idle_cost(on: OnEnvironment) -> Iterator[Fault]:
    env = on.environment
    if not env.on_instances:
        return
    if env.min_vcpus > 0:
        # a disabled environment keeps its minimum too
        message = (
            f"{env.name} keeps {env.min_vcpus} vCPUs running (minvCpus), which costs money when there is no work"
        )
        yield Fault(on.place, message, f"{_UPDATE} {env.name} --compute-resources minvCpus=0", "warning")
    elif env.desired_vcpus > 0 and env.running_tasks == 0 and not on.waiting:
        message = f"{env.name} runs {env.desired_vcpus} vCPUs though no task runs on them (desiredvCpus)"
        advice = "Batch ends them within minutes; if it does not, disable the environment"
        if env.idle_minutes:
            kept = time_text(env.idle_minutes * 60)
            advice = f"it keeps instances without work for {kept} (minScaleDownDelayMinutes): lower that"
        yield Fault(on.place, message, advice, "warning")


def allocation_strategy(on: OnEnvironment) -> Iterator[Fault]:
    """BEST_FIT, the default, waits for one instance type; on Spot it and BEST_FIT_PROGRESSIVE choose by price alone
    (https://docs.aws.amazon.com/batch/latest/userguide/allocation-strategies.html)."""
    env = on.environment
    strategy = env.strategy or "BEST_FIT"
    if not env.on_instances or env.fault[0] or not strategy.startswith("BEST_FIT"):
        return
    better = "SPOT_PRICE_CAPACITY_OPTIMIZED" if env.kind == "SPOT" else "BEST_FIT_PROGRESSIVE"
    how = f"update it to {better}"
    if strategy == "BEST_FIT":
        how = f"make a new one with {better}: Batch cannot update an environment with BEST_FIT"
    called = strategy if env.strategy else f"{strategy} (the default)"
    if env.kind == "SPOT":
        message = f"{env.name} takes Spot instances by {called}: by price, however likely they are interrupted"
        yield Fault(on.place, message, how, "warning")
    elif strategy == "BEST_FIT" and _several_types(env):
        message = f"{env.name} allocates by {called}: it waits for the best type even if AWS has another one"
        yield Fault(on.place, message, how, "warning")


def _several_types(env: Environment) -> bool:
    # a name without a dot is a family as c5, or a bundle as optimal
    return len(env.asked) > 1 or any("." not in name for name in env.asked)


def max_vcpus(on: OnEnvironment) -> Iterator[Fault]:
    env = on.environment
    if not env.on_instances or not env.sheets:
        return
    smallest, name = min((sheet.cpus, name) for name, sheet in env.sheets.items())
    if env.max_vcpus < smallest:
        message = f"maxvCpus {env.max_vcpus} of {env.name} is less than one {name} ({smallest} vCPUs): none starts"
        yield Fault(on.place, message, f"{_UPDATE} {env.name} --compute-resources maxvCpus={smallest}")
    elif len(env.sheets) == 1 and env.max_vcpus % smallest:
        count = env.max_vcpus / smallest
        message = f"maxvCpus {env.max_vcpus} of {env.name} comes to {count:.4g} {name} of {smallest} vCPUs each"
        low = env.max_vcpus // smallest * smallest
        yield Fault(on.place, message, f"make it a multiple: {low} or {low + smallest}", "warning")


def no_such_type(on: OnEnvironment) -> Iterator[Fault]:
    env = on.environment
    if env.on_instances and not env.fault[0] and env.sheets == {}:
        message = f"{env.name} cannot start anything: of {', '.join(env.asked)} no type exists in this region"
        yield Fault(on.place, message, "name other instance types in the compute environment")


def mixed_types(on: OnEnvironment) -> Iterator[Fault]:
    env = on.environment
    if env.on_instances and on.whole and _several_types(env):
        types = ", ".join(env.asked)
        message = f"{env.name} may start several instance types ({types}), but fit: instance needs a single one"
        yield Fault(on.place, message, "set one instance type per environment, or fit: request", "warning")


ON_QUEUES: Checks[OnQueue] = {
    **{rule: _queue(rule) for rule in ("queue-disabled", "queue-invalid", "queue-kind")},
    "environment-disabled": _environment("queue-disabled", f"{_UPDATE} {{}} --state ENABLED"),
    "environment-invalid": _environment("queue-invalid", "fix the reason and update it, or create it again"),
    "environment-kind": _environment("queue-kind", "give the queue a managed environment of EC2 or Spot instances"),
    "queue-empty": empty,
    "no-time-limit": no_time_limit,
    "time-limit-unused": time_limit_unused,
    "share-weight": share_weight,
}
ON_ENVIRONMENTS: Checks[OnEnvironment] = {
    "idle-cost": idle_cost,
    "allocation-strategy": allocation_strategy,
    "max-vcpus": max_vcpus,
    "no-such-type": no_such_type,
    "mixed-types": mixed_types,
}
