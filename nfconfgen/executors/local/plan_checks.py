"""What else may surprise in the plan of a site on this machine."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.findings import Finding
from nfconfgen.profile.model import Site
from nfconfgen.profile.units import gpus_text

_ADVICE = (
    "set accelerator: 0 for this site where a task can do without; otherwise ask for so many cpus that one such task "
    "fills the machine"
)


def gpus(site: Site) -> Iterator[Finding]:
    """GPUs that a task asks for: none are reserved for it.

    Up to 25.04 the local executor ignores the directive. From 25.10 on it refuses a task that has it, unless Nextflow
    is started with the GPUs named in a variable (CUDA_VISIBLE_DEVICES): so no config sets it.
    """
    asked = {task.accelerator.place: task.accelerator.value for task in site.tasks if task.accelerator is not None}
    for place, wanted in asked.items():
        if wanted.count:
            verb = "is" if wanted.count == 1 else "are"
            message = (
                f"{gpus_text(wanted.count, wanted.type)} {verb} not reserved on {site.name}: tasks that run at the "
                "same time share what the machine has, and whether it has any is not checked"
            )
            yield Finding(place, "gpus-not-reserved", message, _ADVICE, "warning")
