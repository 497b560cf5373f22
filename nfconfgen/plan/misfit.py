"""Findings for requests that fit nowhere, with what would happen to them and what to ask for instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nfconfgen.facts.model import Fault, Pool, Shape, What
from nfconfgen.findings import Finding
from nfconfgen.plan import placement
from nfconfgen.plan.admission import NO_MACHINE, faults, has_gpus, too_large
from nfconfgen.plan.attempts import first_need
from nfconfgen.plan.model import TaskPlan
from nfconfgen.plan.plan_table import gpus_asked, shape_gpus
from nfconfgen.plan.route import with_cpus
from nfconfgen.profile.model import Site, TaskClass
from nfconfgen.profile.queue_model import Located
from nfconfgen.profile.units import cpus_text, gpus_text, memory_text, time_text
from nfconfgen.wording import listed

_RULES: dict[What, str] = {
    "memory": "memory-fit",
    "cpus": "cpus-fit",
    "time": "time-limit",
    "gpus": "gpus-fit",
    "site": "no-node",
}
_SHOWN = 4
"""Queues named in one message."""


def no_fit(task: TaskClass, memory: Located[int], site: Site, pools: Sequence[Pool]) -> list[Finding]:
    """Why no queue holds the task: no machine has enough."""
    words = site.executor.words
    if any(pool.rules_known for pool in pools):
        # a closed queue is reported where it is named
        open_pools = [pool for pool in pools if not pool.closed]
        return list(_by_rules(task, memory, site, open_pools))
    shapes = [shape for pool in pools for shape in pool.shapes]
    if not shapes:
        return []
    wanted = task.gpus
    # CPUs and memory count only on machines that have the GPUs, if any has them
    suitable = [shape for shape in shapes if has_gpus(shape, wanted)]
    found = [
        *_over_gpus(task, site, shapes, pools),
        *_over_shapes(task, memory, site, suitable or shapes, pools),
    ]
    if found:
        return found
    fitting = [shape.memory_mib for shape in suitable if shape.cpus >= task.cpus.value]
    and_gpus = f" as well as {_asked('gpus', task, memory)}" if wanted is not None and wanted.count else ""
    message = (
        f"no {words.machine} of {_listed_queues(pools)} has both {cpus_text(task.cpus.value)} and "
        f"{memory_text(memory.value)}{and_gpus}"
    )
    advice = f"ask for at most {placement.ask_mib(max(fitting), pools[0])} MB with so many cpus"
    return [Finding(memory.place, "memory-fit", message, advice)]


def later_misfits(found: TaskPlan, site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """Findings for the first attempt after one that fits which a rule sends where it does not fit."""
    if site.choice != "rules":
        return
    task = found.task
    for attempt in found.attempts:
        asked, pool = attempt.request, attempt.pool(pools)
        memory = Located(asked.memory_mib, (task.memory_mib or task.cpus).place)
        time_s = Located(asked.time_s, task.time_s.place) if asked.time_s is not None and task.time_s else None
        grown = replace(task, cpus=Located(asked.cpus, task.cpus.place), time_s=time_s)
        if placement.can_place(pool, first_need(grown, memory.value)):
            continue
        for finding in no_fit(grown, memory, site, [pool]):
            yield replace(finding, message=f"attempt {attempt.number} of {task.title}: {finding.message}")
        return


def nothing_to_add(task: TaskClass, site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """Findings for a label that only adds time, GPUs or options, if no queue has so much of them, or no node for
    them."""
    open_pools = [_without_least(pool) for pool in pools if not pool.closed]
    need = replace(first_need(task, 1), cpus=1)
    if any(placement.can_place(pool, need) for pool in open_pools):
        return
    if not any(pool.rules_known for pool in pools):
        yield from _over_gpus(task, site, [shape for pool in pools for shape in pool.shapes], pools)
        return
    least = replace(task, cpus=Located(1, task.place))
    found = list(_by_rules(least, Located(1, task.place), site, open_pools))
    rules = [_RULES["time"], _RULES["gpus"], *([_RULES["site"]] if site.of is not None else [])]
    added = [finding for finding in found if finding.rule in rules]
    yield from added
    if not added and task.accelerator is not None and task.time_s is not None:
        asked = f"{_asked('gpus', task, task.cpus)} for {time_text(task.time_s.value)}"
        queue = site.executor.words.queue
        message = f"no {queue} has {asked}: it would be refused, or pend indefinitely"
        yield Finding(task.accelerator.place, _RULES["gpus"], message, f"ask for less, or name another {queue}")


def _without_least(pool: Pool) -> Pool:
    """The pool without its minimums, which the other labels of the task may meet."""
    return replace(pool, bounds=tuple(bound for bound in pool.bounds if not bound.least))


def closed(site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """A finding for each queue that accepts no job of this site, whatever its size; of several at once a job starts
    in those that do."""
    open_ways = {(pool.name, pool.options) for pool in pools if not pool.closed}
    for pool in pools:
        for fault in pool.closed[:1] if (pool.name, pool.options) not in open_ways else ():
            place = site.queue_place(pool.name)
            message = f"{fault.why}: {site.executor.consequence(fault)}"
            yield Finding(place, "no-access", message, "name another partition, account or QOS")


def _by_rules(task: TaskClass, memory: Located[int], site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """The faults that all queues share; if they share none, one finding with the faults of each."""
    if not pools:
        return
    need = first_need(task, memory.value)
    # memory that comes with CPUs takes more of them
    every = {pool.own_name: faults(pool, with_cpus(need, pool)) for pool in pools}
    taken = min(with_cpus(need, pool).cpus for pool in pools)
    if taken > need.cpus:
        task = replace(task, cpus=Located(taken, memory.place))
    every = {name: why for name, why in every.items() if why}
    if not every:
        return
    if all(why[0].reason == NO_MACHINE for why in every.values()):
        yield _no_machine(every, pools, memory, site)
        return
    # a queue whose machines are only down would accept it, so the faults of the other queues decide, if any
    found = {name: why for name, why in every.items() if why[0].what != "site"} or every
    shared = set.intersection(*({fault.what for fault in why} for why in found.values()))
    for what in sorted(shared):
        fault = max(
            (fault for why in found.values() for fault in why if fault.what == what), key=lambda f: f.most or 0
        )
        misfit = _misfit(what, task, memory, listed(found, word="or"))
        message = f"{misfit} ({fault.why}): {site.executor.consequence(fault)}"
        yield _finding(fault, message, task, memory, site)
    if not shared:
        nearest = sorted(found.items(), key=lambda one: len(one[1]))[:_SHOWN]
        reasons = "; ".join(f"{name}: {_asked(f[0].what, task, memory)} ({f[0].why})" for name, f in nearest)
        queue = site.executor.words.queue
        message = f"no {queue} holds {task.title}: {reasons}"
        yield Finding(memory.place, "memory-fit", message, f"ask for less, or name another {queue}")


def _no_machine(
    every: Mapping[str, Sequence[Fault]], pools: Sequence[Pool], memory: Located[int], site: Site
) -> Finding:
    """It is not about the task: the same for all tasks, at the line that selects machines."""
    selected = next((pool.selection for pool in pools if pool.selection is not None), None)
    place = selected.place if selected is not None else memory.place
    fault = next(why[0] for why in every.values())
    words = site.executor.words
    which = f"no {words.machine} of {listed(every, word='or')} has {selected.value}" if selected else fault.why
    advice = f"correct it, or name another {words.queue}"
    return Finding(place, _RULES["site"], f"{which}: {site.executor.consequence(fault)}", advice)


def _asked(what: What, task: TaskClass, memory: Located[int]) -> str:
    if what == "time" and task.time_s is not None:
        return f"time {time_text(task.time_s.value)}"
    if what == "gpus" and task.accelerator is not None:
        return gpus_text(task.accelerator.value.count, task.accelerator.value.type)
    return {"memory": f"memory {memory_text(memory.value)}", "cpus": cpus_text(task.cpus.value)}.get(what, task.title)


def _misfit(what: What, task: TaskClass, memory: Located[int], queues: str) -> str:
    """`4 cpus do not fit short`."""
    gpus = gpus_asked(task)
    many = (what == "cpus" and task.cpus.value > 1) or (what == "gpus" and gpus != 1)
    return f"{_asked(what, task, memory)} {'do' if many else 'does'} not fit {queues}"


def _finding(fault: Fault, message: str, task: TaskClass, memory: Located[int], site: Site) -> Finding:
    requested: dict[What, Located[Any] | None] = {"cpus": task.cpus, "time": task.time_s, "gpus": task.accelerator}
    place = (requested.get(fault.what) or memory).place
    return Finding(place, _RULES[fault.what], message, advice(fault, site))


def advice(fault: Fault, site: Site) -> str:
    """What to ask for instead of a request with this fault."""
    if fault.most is None:
        return f"ask for less, or name another {site.executor.words.queue}"
    texts = {"memory": f"{fault.most} MB", "time": time_text(fault.most)}
    return f"ask for at {'least' if fault.least else 'most'} {texts.get(fault.what, str(fault.most))}"


def _over_shapes(
    task: TaskClass, memory: Located[int], site: Site, shapes: Sequence[Shape], pools: Sequence[Pool]
) -> Iterator[Finding]:
    largest = f"largest with {_asked('gpus', task, memory)}" if gpus_asked(task) else "largest"
    for fault in too_large(shapes, first_need(task, memory.value), largest, site.executor.words.cpu):
        if fault.what == "memory":
            fault = replace(fault, most=placement.ask_mib(fault.most or 0, pools[0]))
        misfit = _misfit(fault.what, task, memory, _listed_queues(pools))
        yield _finding(fault, f"{misfit} ({fault.why})", task, memory, site)


def _over_gpus(task: TaskClass, site: Site, shapes: Sequence[Shape], pools: Sequence[Pool]) -> Iterator[Finding]:
    """A finding for more GPUs than any machine has, or of a type that none has."""
    wanted = task.accelerator
    if wanted is None or not shapes or any(has_gpus(shape, wanted.value) for shape in shapes):
        return
    misfit = _misfit("gpus", task, task.cpus, _listed_queues(pools))
    most = max(shapes, key=lambda shape: shape.gpu_count(wanted.value.type) or 0)
    count = most.gpu_count(wanted.value.type)
    if count:
        why, do = f"most: {most.name}, {shape_gpus(most)}", f"ask for at most {count}"
    elif any(pool.fixed_sizes for pool in pools):
        why, do = f"{site.executor.words.fixed_sizes} has no GPUs", "name a queue of instances that have some"
    else:
        types = sorted({name for shape in shapes for name in shape.gpus or ()})
        machine = site.executor.words.machine
        why = f"{machine}s with GPUs have: {', '.join(types)}" if types else f"no {machine} has an NVIDIA GPU"
        do = "name another type, or none" if types else f"name a queue of {machine}s that have some"
    yield Finding(wanted.place, _RULES["gpus"], f"{misfit} ({why})", do)


def _listed_queues(pools: Sequence[Pool]) -> str:
    return " or ".join(pool.name for pool in pools)
