"""Findings for what fits nowhere: at the line that asks for it, with what would happen and what to ask for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nfconfgen.facts.model import Fault, Pool, Shape, What
from nfconfgen.findings import Finding, Place
from nfconfgen.plan import placement
from nfconfgen.plan.admission import faults, has_gpus
from nfconfgen.plan.attempts import first_need
from nfconfgen.plan.table import shape_gpus
from nfconfgen.profile.model import Located, Site, TaskClass
from nfconfgen.profile.units import gpus_text, memory_text, time_text
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
    """Why no queue holds it: over the site's limits, more than any machine has, or no one machine has both."""
    over = [*_over_limits(task, memory, site)]
    words = site.executor.words
    if any(pool.rules_known for pool in pools):
        # what takes nothing at all is told where the queue is named
        open_pools = [pool for pool in pools if not pool.closed]
        return over or list(_by_rules(task, memory, site, open_pools))
    shapes = [shape for pool in pools for shape in pool.shapes]
    if not shapes:
        return over
    wanted = task.accelerator.value if task.accelerator is not None else None
    # CPUs and memory are of use only where the GPUs are, if they are anywhere
    having = [shape for shape in shapes if has_gpus(shape, wanted)]
    found = [
        *_over_gpus(task, site, shapes, pools),
        *(over or _over_shapes(task, memory, site, having or shapes, pools)),
    ]
    if found:
        return found
    fitting = [shape.memory_mib for shape in having if shape.cpus >= task.cpus.value]
    beside = f" beside {_asked('gpus', task, memory)}" if wanted is not None and wanted.count else ""
    message = (
        f"no {words.machine} of {_listed_queues(pools)} has both {task.cpus.value} cpus and "
        f"{memory_text(memory.value)}{beside}"
    )
    advice = f"ask for at most {_most_mib(max(fitting), pools)} MB with so many cpus"
    return [Finding(memory.place, "memory-fit", message, advice)]


def nothing_to_add(task: TaskClass, site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """A label that only adds time or GPUs, where no queue has so much of them whatever else is asked for."""
    open_pools = [_without_least(pool) for pool in pools if not pool.closed]
    need = replace(first_need(task, 1), cpus=1)
    if any(placement.can_place(pool, need) for pool in open_pools):
        return
    if not any(pool.rules_known for pool in pools):
        yield from _over_gpus(task, site, [shape for pool in pools for shape in pool.shapes], pools)
        return
    least = replace(task, cpus=Located(1, task.place))
    found = list(_by_rules(least, Located(1, task.place), site, open_pools))
    told = [finding for finding in found if finding.rule in (_RULES["time"], _RULES["gpus"])]
    yield from told
    if not told and task.accelerator is not None and task.time_s is not None:
        asked = f"{_asked('gpus', task, task.cpus)} for {time_text(task.time_s.value)}"
        queue = site.executor.words.queue
        message = f"no {queue} has {asked}: it would be refused, or wait for ever"
        yield Finding(task.accelerator.place, _RULES["gpus"], message, f"ask for less, or name another {queue}")


def _without_least(pool: Pool) -> Pool:
    """What must be asked for at the least, the task's other labels may."""
    return replace(pool, bounds=tuple(bound for bound in pool.bounds if not bound.least))


def closed(site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """A queue that takes no job of this site, whatever its size."""
    places = {queue.value: queue.place for queue in site.queues}
    for pool in pools:
        for fault in pool.closed[:1]:
            place = places.get(pool.name, site.queues_place)
            message = f"{fault.why}: {site.executor.consequence(fault)}"
            yield Finding(place, "no-access", message, "name another partition, account or QOS")


def _by_rules(task: TaskClass, memory: Located[int], site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """What every queue objects to; if each objects to something else, all of it."""
    if not pools:
        return
    need = first_need(task, memory.value)
    every = {pool.name: faults(pool, need) for pool in pools}
    # a queue whose machines are only down would take it: what the others object to is the answer, if there are any
    found = {name: told for name, told in every.items() if told[0].what != "site"} or every
    shared = set.intersection(*({fault.what for fault in told} for told in found.values()))
    for what in sorted(shared):
        fault = max(
            (fault for told in found.values() for fault in told if fault.what == what), key=lambda f: f.most or 0
        )
        asked = f"{_asked(what, task, memory)} {_does(what, task)} not fit {listed(found, word='or')} ({fault.why})"
        message = f"{asked}: {site.executor.consequence(fault)}"
        yield Finding(_place(what, task, memory), _RULES[what], message, advice(fault, site))
    if not shared:
        told = "; ".join(
            f"{name}: {_asked(f[0].what, task, memory)} ({f[0].why})" for name, f in list(found.items())[:_SHOWN]
        )
        queue = site.executor.words.queue
        message = f"no {queue} holds {task.title}: {told}"
        yield Finding(memory.place, "memory-fit", message, f"ask for less, or name another {queue}")


def _asked(what: What, task: TaskClass, memory: Located[int]) -> str:
    if what == "time" and task.time_s is not None:
        return f"time {time_text(task.time_s.value)}"
    if what == "gpus" and task.accelerator is not None:
        return gpus_text(task.accelerator.value.count, task.accelerator.value.type)
    return {"memory": f"memory {memory_text(memory.value)}", "cpus": f"{task.cpus.value} cpus"}.get(what, task.title)


def _does(what: What, task: TaskClass) -> str:
    gpus = task.accelerator.value.count if task.accelerator is not None else 0
    many = (what == "cpus" and task.cpus.value > 1) or (what == "gpus" and gpus != 1)
    return "do" if many else "does"


def _place(what: What, task: TaskClass, memory: Located[int]) -> Place:
    said: dict[What, Located[int] | None] = {"cpus": task.cpus, "time": task.time_s, "memory": memory}
    if what == "gpus" and task.accelerator is not None:
        return task.accelerator.place
    found = said.get(what)
    return found.place if found is not None else memory.place


def advice(fault: Fault, site: Site) -> str:
    """What to ask for instead."""
    if fault.most is None:
        return f"ask for less, or name another {site.executor.words.queue}"
    texts = {"memory": f"{fault.most} MB", "time": time_text(fault.most)}
    return f"ask for at {'least' if fault.least else 'most'} {texts.get(fault.what, str(fault.most))}"


def _over_shapes(
    task: TaskClass, memory: Located[int], site: Site, shapes: Sequence[Shape], pools: Sequence[Pool]
) -> Iterator[Finding]:
    queues, largest = _listed_queues(pools), "largest"
    if task.accelerator is not None and task.accelerator.value.count:
        largest += f" with {_asked('gpus', task, memory)}"
    broadest = max(shapes, key=lambda shape: (shape.cpus, shape.memory_mib))
    roomiest = max(shapes, key=lambda shape: (shape.memory_mib, shape.cpus))
    if task.cpus.value > broadest.cpus:
        has = f"{broadest.name}, {broadest.cpus} {site.executor.words.cpus}"
        message = f"{task.cpus.value} cpus do not fit {queues} ({largest}: {has})"
        yield Finding(task.cpus.place, "cpus-fit", message, f"ask for at most {broadest.cpus}")
    if memory.value > roomiest.memory_mib:
        message = f"memory {memory_text(memory.value)} does not fit {queues} ({largest}: {described(roomiest)})"
        yield Finding(
            memory.place, "memory-fit", message, f"ask for at most {_most_mib(roomiest.memory_mib, pools)} MB"
        )


def _most_mib(memory_mib: int, pools: Sequence[Pool]) -> int:
    """The most to ask for on a machine with so much memory."""
    return memory_mib if pools[0].configured else placement.whole_mib(memory_mib)


def _over_gpus(task: TaskClass, site: Site, shapes: Sequence[Shape], pools: Sequence[Pool]) -> Iterator[Finding]:
    """More GPUs than any machine has, or of a type that none has."""
    said = task.accelerator
    if said is None or not shapes or any(has_gpus(shape, said.value) for shape in shapes):
        return
    asked = f"{_asked('gpus', task, task.cpus)} {_does('gpus', task)} not fit {_listed_queues(pools)}"
    most = max(shapes, key=lambda shape: shape.gpu_count(said.value.type) or 0)
    count = most.gpu_count(said.value.type)
    if count:
        why, do = f"most: {most.name}, {shape_gpus(most)}", f"ask for at most {count}"
    elif any(pool.fixed_sizes for pool in pools):
        why, do = "Fargate has no GPUs", "name a queue of instances that have some"
    else:
        types = sorted({name for shape in shapes for name in shape.gpus or ()})
        machine = site.executor.words.machine
        why = f"{machine}s with GPUs have: {', '.join(types)}" if types else f"no {machine} has an NVIDIA GPU"
        do = "name another type, or none" if types else f"name a queue of {machine}s that have some"
    yield Finding(said.place, _RULES["gpus"], f"{asked} ({why})", do)


def _listed_queues(pools: Sequence[Pool]) -> str:
    return " or ".join(pool.name for pool in pools)


def _over_limits(task: TaskClass, memory: Located[int], site: Site) -> Iterator[Finding]:
    limits = site.limits
    if limits.cpus is not None and task.cpus.value > limits.cpus:
        message = f"{task.cpus.value} cpus are over the limit of {site.name} ({limits.cpus})"
        yield Finding(task.cpus.place, "cpus-fit", message, f"ask for at most {limits.cpus}")
    if limits.memory_mib is not None and memory.value > limits.memory_mib:
        most = memory_text(limits.memory_mib)
        message = f"memory {memory_text(memory.value)} is over the limit of {site.name} ({most})"
        yield Finding(memory.place, "memory-fit", message, f"ask for at most {most}")


def described(shape: Shape) -> str:
    """`c5.2xlarge, 15434 MiB, measured 2026-11-20`."""
    return f"{shape.name}, {shape.memory_mib} MiB, {shape.origin}"
