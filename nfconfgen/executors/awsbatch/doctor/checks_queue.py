"""Whether a queue takes jobs, and a compute environment starts instances without costing money while idle."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.executors.awsbatch.doctor.model import UNSCHEDULABLE, Environment
from nfconfgen.executors.awsbatch.doctor.rules import Check, Fault
from nfconfgen.executors.awsbatch.doctor.subjects import OnEnvironment, OnQueue
from nfconfgen.findings import Level

_UPDATE = "aws batch update-compute-environment --compute-environment"


def _queue(rule: str) -> Check[OnQueue]:
    """What executors/awsbatch/facts/queues.py says of the queue itself, under the same rule as in a build."""

    def look(on: OnQueue) -> Iterator[Fault]:
        for problem in on.queue.problems:
            if problem.rule == rule:
                yield Fault(on.place, problem.message, problem.advice)

    return Check(rule, look)


def _environment(rule: str, fault: str, advice: str) -> Check[OnQueue]:
    """Environments of the queue with this fault. Beside one that works it is a warning: jobs go there."""

    def look(on: OnQueue) -> Iterator[Fault]:
        if any(problem.rule == "queue-kind" for problem in on.queue.problems):
            return
        for environment in on.environments:
            if environment.fault[0] == fault:
                message = f"compute environment {environment.name} of {on.queue.name} {environment.fault[1]}"
                works = any(not other.fault[0] for other in on.environments)
                level: Level = "warning" if works else "error"
                yield Fault(on.place, message, advice.format(environment.name), level)

    return Check(rule, look)


def empty(on: OnQueue) -> Iterator[Fault]:
    if not on.environments and not on.queue.problems:
        yield Fault(on.place, f"{on.queue.name} has no compute environment", "give it one in AWS Batch")


def no_time_limit(on: OnQueue) -> Iterator[Fault]:
    """One that waits for what cannot be placed needs the queue to end it; any limit will do beside Nextflow."""
    enough = UNSCHEDULABLE in on.queue.limits if on.waits else on.queue.limits
    if enough or on.queue.problems:
        return
    which = f" for {UNSCHEDULABLE}" if on.queue.limits else ""
    message = f"{on.queue.name} has no job state time limit{which}: "
    message += "a job that can never start waits in RUNNABLE for ever"
    if on.waits:
        message += " (unschedulable: wait)"
    action = f"reason={UNSCHEDULABLE},state=RUNNABLE,maxTimeSeconds=3600,action=CANCEL"
    advice = f"aws batch update-job-queue --job-queue {on.queue.name} --job-state-time-limit-actions {action}"
    if on.queue.limits:
        advice += " …, and after it those that are there, which this replaces"
    yield Fault(on.place, message, advice, "warning")


def idle_cost(on: OnEnvironment) -> Iterator[Fault]:
    env = on.environment
    if not env.on_instances:
        return
    if env.min_vcpus > 0:
        # a disabled environment keeps its minimum too
        message = f"{env.name} keeps {env.min_vcpus} vCPUs running, and paid for, when there is no work (minvCpus)"
        yield Fault(on.place, message, f"{_UPDATE} {env.name} --compute-resources minvCpus=0", "warning")
    elif env.desired_vcpus > 0 and env.running_tasks == 0 and not on.waiting:
        message = f"{env.name} runs {env.desired_vcpus} vCPUs though no task runs on them (desiredvCpus)"
        advice = "Batch ends them within minutes by itself; if not, look for its scale-down delay, or disable it"
        yield Fault(on.place, message, advice, "warning")


def max_vcpus(on: OnEnvironment) -> Iterator[Fault]:
    env = on.environment
    if not env.on_instances or not env.sizes:
        return
    smallest, name = min((cpus, name) for name, cpus in env.sizes.items())
    if env.max_vcpus < smallest:
        message = f"maxvCpus {env.max_vcpus} of {env.name} is below one {name} ({smallest} vCPUs): it starts nothing"
        yield Fault(on.place, message, f"{_UPDATE} {env.name} --compute-resources maxvCpus={smallest}")
    elif len(env.sizes) == 1 and env.max_vcpus % smallest:
        count = env.max_vcpus / smallest
        message = f"maxvCpus {env.max_vcpus} of {env.name} comes to {count:.4g} {name} of {smallest} vCPUs each"
        low = env.max_vcpus // smallest * smallest
        yield Fault(on.place, message, f"make it a multiple: {low} or {low + smallest}", "warning")


def no_such_type(on: OnEnvironment) -> Iterator[Fault]:
    env = on.environment
    if env.on_instances and not env.fault[0] and env.known and not env.sizes:
        message = f"{env.name} can start nothing: of {', '.join(env.asked)} no type exists in this region"
        yield Fault(on.place, message, "name other instance types in the compute environment")


def mixed_types(on: OnEnvironment) -> Iterator[Fault]:
    env = on.environment
    if not env.on_instances or not on.whole or not _several(env):
        return
    message = f"{env.name} may start several instance types ({', '.join(env.asked)}), but fit: instance asks for one"
    advice = "one instance type an environment, or fit: request"
    yield Fault(on.place, message, advice, "warning")


def _several(environment: Environment) -> bool:
    """Two names, a family as `c5`, or a bundle as `optimal`."""
    return len(environment.asked) > 1 or any("." not in name for name in environment.asked)


ON_QUEUES = (
    _queue("queue-disabled"),
    _queue("queue-invalid"),
    _queue("queue-kind"),
    _environment("environment-disabled", "queue-disabled", f"{_UPDATE} {{}} --state ENABLED"),
    _environment("environment-invalid", "queue-invalid", "mend what it says and update it, or make it anew"),
    _environment("environment-kind", "queue-kind", "give the queue a managed environment of EC2 or Spot instances"),
    Check("queue-empty", empty),
    Check("no-time-limit", no_time_limit),
)
ON_ENVIRONMENTS = (
    Check("idle-cost", idle_cost),
    Check("max-vcpus", max_vcpus),
    Check("no-such-type", no_such_type),
    Check("mixed-types", mixed_types),
)
