"""What a task would get and be charged in a queue, as expressions on `task`: those of plan/admission.py."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from nfconfgen.facts.model import Bound, Measure, Pool, What
from nfconfgen.render import groovy

MEMORY = "(task.memory ?: 1.MB)"
"""A task that sets no memory gets the default of the job definition or the partition."""

GPUS = "(task.accelerator?.request ?: 0)"
GPU_TYPE = "task.accelerator?.type"


def conditions(pool: Pool, time: str, *, raised: bool) -> Iterator[str]:
    """The bounds of a queue that its machines and its time limit do not include. `time` is that of the task in the
    expression; empty: it sets none. `raised`: also for a task whose CPUs are raised there."""
    for bound in pool.bounds:
        if of_whole_nodes(bound, pool):
            continue
        if bound.measure is not None:
            yield from _measured(bound, bound.measure, pool, time)
        elif bound.what == "cpus" and bound.least:
            yield f"{raised_cpus(pool)} >= {bound.most}"
        elif bound.what == "memory":
            yield from _memory(bound, pool)
        elif bound.what == "cpus" and raised and not bound.as_asked and pool.memory_per_cpu_mib is not None:
            yield f"{raised_cpus(pool)} <= {bound.most}"
        elif bound.what == "gpus":
            within = f"{GPUS} {'>=' if bound.least else '<='} {bound.most}"
            kind = groovy.quote(bound.gpu_type)
            yield f"({GPU_TYPE} != {kind} || {within})" if bound.gpu_type else within
    most_mib = pool.memory_per_cpu_mib
    if most_mib is not None and not raised:
        # within this `admission.raised_cpus` leaves the CPUs unchanged
        by_cpu = f"< {groovy.memory(most_mib + 1)} * task.cpus"
        yield f"{MEMORY} {by_cpu if pool.by_cpu else f'<= {groovy.memory(most_mib)} * (2 * task.cpus - 1)'}"


def of_whole_nodes(bound: Bound, pool: Pool) -> bool:
    """Whether the bound is on all of the machine that a task has alone, whatever the task asks for."""
    return pool.whole_nodes and not bound.as_asked and bound.measure is None and bound.what in ("cpus", "gpus")


def _memory(bound: Bound, pool: Pool) -> Iterator[str]:
    if bound.least:
        yield f"{MEMORY} >= {groovy.memory(bound.most)}"
    elif pool.by_cpu:
        yield f"{memory_mib(pool, _broadest(pool))} <= {bound.most}"


def _broadest(pool: Pool) -> int:
    return max(shape.cpus for shape in pool.shapes)


def raised_cpus(pool: Pool) -> str:
    """The CPUs of the task as raised by `admission.raised_cpus`."""
    most = pool.memory_per_cpu_mib
    if most is None:
        return "task.cpus"
    if pool.by_cpu:
        # a task may have less than one MB for each CPU
        return f"[task.cpus, ({MEMORY}.toMega().intdiv(task.cpus) + {most - 1}).intdiv({most}) * task.cpus].max()"
    return f"[task.cpus, ({MEMORY}.toMega() + {most - 1}).intdiv({most}).intdiv(task.cpus) * task.cpus].max()"


def _charged_cpus(pool: Pool) -> str:
    """`admission.charged_cpus`."""
    step, cpus = pool.cpu_step, raised_cpus(pool)
    return cpus if step == 1 else f"({cpus} + {step - 1}).intdiv({step}) * {step}"


def each_mib(pool: Pool) -> str:
    """`admission.each_mib`."""
    each = f"{MEMORY}.toMega().intdiv(task.cpus)"
    if pool.memory_per_cpu_mib is not None:
        # what exceeds MaxMemPerCPU is spread over the CPUs that it costs
        raised = raised_cpus(pool)
        each = f"({each} * task.cpus + {raised} - 1).intdiv({raised})"
    return each


def memory_mib(pool: Pool, node_cpus: int) -> str:
    """The memory of a task that requests it per CPU, on a node with so many CPUs."""
    return f"{each_mib(pool)} * {node_cpus if pool.whole_nodes else _factor(_charged_cpus(pool))}"


def _factor(amount: str) -> str:
    return amount if amount == "task.cpus" or amount.startswith("[") else f"({amount})"


def _measured(bound: Bound, measure: Measure, pool: Pool, time: str) -> Iterator[str]:
    minutes = _minutes(pool, time) if measure.minutes else ""
    if minutes == "0":
        return
    terms = [_product(_amount(what, pool), factor) for what, factor in measure.factors]
    if measure.constant or not terms:
        terms.append(_number(measure.constant))
    amount = terms[0] if len(terms) == 1 else f"[{', '.join(terms)}].max()" if measure.largest else " + ".join(terms)
    whole = all(float(factor).is_integer() for _, factor in measure.factors) and float(measure.constant).is_integer()
    if not minutes:
        # rounded down, so anything below the next whole number is within
        yield f"{amount} >= {bound.most}" if bound.least else f"{amount} < {bound.most + 1}"
        return
    amount = f"({amount})" if len(terms) > 1 and not measure.largest else amount
    amount = amount if whole else f"({amount} as long)"
    yield f"{amount} * {minutes} <= {bound.most}"


def _minutes(pool: Pool, time: str) -> str:
    """The minutes of a task, as Slurm counts them: rounded up; 0 without an end."""
    unset = ceil((pool.unset_time_s or 0) / 60)
    if not time:
        return str(unset)
    given = "task.time" if time == "task.time" else f"(task.time ?: {groovy.duration(unset * 60)})"
    return f"({given}.toMillis() + 59999).intdiv(60000)"


def _amount(what: What, pool: Pool) -> str:
    if what == "cpus":
        return _factor(_charged_cpus(pool))
    if what == "gpus":
        return GPUS
    if pool.by_cpu:
        return f"({memory_mib(pool, _broadest(pool))})"
    return f"{MEMORY}.toMega()"


def _product(amount: str, factor: float) -> str:
    return amount if factor == 1 else f"{amount} * {_number(factor)}"


def _number(value: float) -> str:
    """As Groovy reads a decimal exactly, without an exponent."""
    return str(int(value)) if float(value).is_integer() else f"{value:.12f}".rstrip("0")
