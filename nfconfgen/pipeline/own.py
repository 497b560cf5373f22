"""What the generated config of a site sets, by selector, as the pipeline's config has to be compared with it.

Told from the profile alone, so that a pipeline can be judged before any queue is known; tests hold it against what
render/ writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nfconfgen.findings import Place
from nfconfgen.pipeline.model import Scope
from nfconfgen.profile.model import Batch, Site, Slurm, TaskClass
from nfconfgen.render import slurm

_AWS: tuple[Scope, ...] = (
    ("region",),
    ("client", "storageEncryption"),
    *(("batch", key) for key in ("cliPath", "jobRole", "executionRole", "logsGroup", "platformType")),
    ("batch", "terminateUnschedulableJobs"),
)
"""What a site on AWS Batch may set: one that does not set it here has no use for the pipeline's either."""

_STEP = {"label": "withLabel", "process": "withName"}


@dataclass(frozen=True, slots=True)
class Own:
    """One block that we write; `step` is the selector as Nextflow keeps it, empty for what stands in `process`
    itself. `keys` are what it sets."""

    title: str
    step: str
    place: Place
    keys: frozenset[str]


def blocks(site: Site) -> list[Own]:
    """In the order in which they are written: the generic block, labels, processes."""
    default = next((task for task in site.tasks if task.kind == "default"), None)
    labels = [task for task in site.tasks if task.kind == "label"]
    last = [task for task in labels if task.additive and _says_gpus(task, default)]
    named = [
        *(task for task in labels if task not in last),
        *last,
        *(task for task in site.tasks if task.kind == "process"),
    ]
    first = Own(
        "tasks.default" if default else f"sites.{site.name}",
        "",
        default.place if default else site.place,
        _generic(site) | _keys(site, default, default),
    )
    found = [first, *(Own(_title(task), _step(task), task.place, _keys(site, task, default)) for task in named)]
    nowhere = slurm.without_memory(site)
    return [*found, Own("ask_memory", f"withName:{nowhere}", site.place, frozenset(["memory"]))] if nowhere else found


def paths(site: Site) -> frozenset[Scope]:
    """Every setting outside selectors that our config of this site has, or may have (AWS)."""
    return frozenset([*(("process", key) for key in blocks(site)[0].keys), *_elsewhere(site)])


def _elsewhere(site: Site) -> Iterator[Scope]:
    yield from (("params", name) for name in site.params)
    if site.work_dir:
        yield ("workDir",)
    if isinstance(site.settings, Slurm):
        yield from (("executor", key) for key, _ in slurm.executor_settings(site.settings))
        engine = site.settings.containers.engine
        if engine:
            yield from ((engine, key) for key, _ in slurm.engine_settings(site.settings.containers))
        yield from ((other, "enabled") for other in slurm.BY_ITSELF.get(engine, ()))
    if isinstance(site.settings, Batch):
        yield from (("aws", *path) for path in _AWS)
        if site.settings.staging == "fusion":
            yield from ((("wave", "enabled"), ("fusion", "enabled")))


def _generic(site: Site) -> frozenset[str]:
    """What stands there for every task."""
    keys = {"executor", "queue", "errorStrategy", "maxRetries", "resourceLimits"}
    if isinstance(site.settings, Slurm):
        default = next((task for task in site.tasks if task.kind == "default"), None)
        gpus = default.accelerator.value.count if default is not None and default.accelerator is not None else 0
        keys |= {key for key, _ in slurm.surroundings(site.settings.surroundings)}
        if slurm.cluster_options(site.settings.sbatch, None) or gpus:
            keys.add("clusterOptions")
    return frozenset(keys)


def _keys(site: Site, task: TaskClass | None, default: TaskClass | None) -> frozenset[str]:
    if task is None:
        return frozenset()
    keys = set() if task.additive else {"queue", "cpus", "memory"}
    if isinstance(site.settings, Slurm) and site.settings.ask_memory == "never":
        keys.discard("memory")
    if task.time_s is not None and not (task.additive and default is not None and task.time_s == default.time_s):
        keys.add("time")
    # whether the site runs on Fargate, where disk counts, the facts know; it needs fusion there
    fargate = isinstance(site.settings, Batch) and site.settings.staging == "fusion"
    added = not (task.additive and default is not None and task.disk_mib == default.disk_mib)
    if fargate and task.disk_mib is not None and added:
        keys.add("disk")
    if task.container is not None and (task is default or default is None or task.container != default.container):
        keys.add("container")
    if _accelerated(site) and (task is default or _says_gpus(task, default)):
        if isinstance(site.settings, Batch):
            keys.add("accelerator")
        elif task is not default:
            keys.add("clusterOptions")
    return frozenset(keys)


def _accelerated(site: Site) -> bool:
    return any(task.accelerator is not None and task.accelerator.value.count for task in site.tasks)


def _says_gpus(task: TaskClass, default: TaskClass | None) -> bool:
    inherited = default is not None and task.accelerator == default.accelerator
    return not task.additive or not (inherited or task.accelerator is None)


def _title(task: TaskClass) -> str:
    return f"tasks.{'labels' if task.kind == 'label' else 'processes'}.{task.name}"


def _step(task: TaskClass) -> str:
    return f"{_STEP[task.kind]}:{task.name}"
