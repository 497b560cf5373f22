"""What else is wrong with a task class that fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nfconfgen.facts.model import SitePools
from nfconfgen.findings import Finding
from nfconfgen.plan.model import Attempt
from nfconfgen.profile.model import TaskClass


def raised_cpus(task: TaskClass, attempts: Sequence[Attempt], pools: SitePools) -> Iterator[Finding]:
    """CPUs that Slurm adds by itself: they are charged, and taken from others."""
    raised = next((attempt for attempt in attempts if attempt.granted_cpus > attempt.request.cpus), None)
    if raised is not None and task.memory_mib is not None:
        pool = next(pool for pool in pools if pool.name == raised.request.queue)
        message = (
            f"attempt {raised.number} of {task.title} asks for {raised.request.cpus} cpus and gets "
            f"{raised.granted_cpus}: {pool.name} gives {pool.memory_per_cpu_mib} MB a CPU (MaxMemPerCPU)"
        )
        advice = "ask for so many, the task can use them; or for less memory"
        yield Finding(task.memory_mib.place, "cpus-raised", message, advice, "warning")
