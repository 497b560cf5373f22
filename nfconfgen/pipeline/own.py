"""What the generated config of a profile sets, by selector, as the pipeline's config has to be compared with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nfconfgen.findings import Place
from nfconfgen.pipeline import match
from nfconfgen.pipeline.model import Task
from nfconfgen.profile.model import Profile, Slurm, TaskClass

_STEP = {"label": "withLabel", "process": "withName"}
RETRY_KEYS = frozenset(("errorStrategy", "maxRetries"))


@dataclass(frozen=True, slots=True)
class Own:
    """One block that we write; `step` is the selector as Nextflow keeps it, empty for what stands in `process`
    itself. `keys` are what it sets (render/process.py)."""

    title: str
    step: str
    place: Place
    keys: frozenset[str]

    def strength(self, task: Task) -> int | None:
        """How strong it is for a task; None where it does not hold."""
        if not self.step:
            return match.GENERIC
        kind, _, selector = self.step.partition(":")
        return match.strength(kind, selector, task)


def blocks(profile: Profile) -> list[Own]:
    """The generic block, then labels, then processes: those of all sites, since every site has the same."""
    found: dict[str, Own] = {}
    for site in profile.sites:
        default = next((task for task in site.tasks if task.kind == "default"), None)
        generic = {"executor", "queue", "resourceLimits", *RETRY_KEYS}
        if isinstance(site.settings, Slurm) and site.settings.qos:
            generic.add("clusterOptions")
        named = default.place if default is not None else site.place
        _add(found, Own("default" if default else site.name, "", named, frozenset(generic | _keys(default, None))))
        for task in site.tasks:
            if task.kind != "default":
                step = f"{_STEP[task.kind]}:{task.name}"
                _add(found, Own(task.name, step, task.place, frozenset(_keys(task, default))))
    return list(found.values())


def _add(found: dict[str, Own], own: Own) -> None:
    known = found.setdefault(own.step, own)
    found[own.step] = Own(known.title, known.step, known.place, known.keys | own.keys)


def _keys(task: TaskClass | None, default: TaskClass | None) -> set[str]:
    if task is None:
        return set()
    keys = set() if task.additive else {"queue", "cpus", "memory"}
    if task.time_s is not None and not (task.additive and default is not None and task.time_s == default.time_s):
        keys.add("time")
    if task.container is not None and not (default is not None and task.container == default.container):
        keys.add("container")
    return keys


def strongest(own: Sequence[Own], key: str, task: Task) -> tuple[Own, int] | None:
    """The block of ours that decides a key of a task; the later of equals."""
    best: tuple[Own, int] | None = None
    for block in own:
        level = block.strength(task) if key in block.keys else None
        if level is not None and (best is None or level >= best[1]):
            best = block, level
    return best
