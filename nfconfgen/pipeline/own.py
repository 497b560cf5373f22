"""What the generated config of a site sets, by selector, as the pipeline's config has to be compared with it. Read
off what render/scope.py writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nfconfgen.findings import Place
from nfconfgen.pipeline.model import Scope
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.profile.model import Batch, Slurm, TaskClass
from nfconfgen.render import slurm
from nfconfgen.render.scope import Selected, scope

_AWS: tuple[Scope, ...] = (
    ("region",),
    ("client", "storageEncryption"),
    *(("batch", key) for key in ("cliPath", "jobRole", "executionRole", "logsGroup", "platformType")),
    ("batch", "terminateUnschedulableJobs"),
)
"""What a site on AWS Batch may set: one that does not set it here has no use for the pipeline's either."""


@dataclass(frozen=True, slots=True)
class Own:
    """One block that we write; `step` is the selector as Nextflow keeps it, empty for what stands in `process`
    itself. `keys` are what it sets."""

    title: str
    step: str
    place: Place
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Written:
    """What our config of one site sets: `blocks` in the order in which they are written, `paths` outside selectors
    (what it may set, for AWS)."""

    blocks: tuple[Own, ...]
    paths: frozenset[Scope]


def written(site: SitePlan, plan: Plan) -> Written:
    made = scope(site, plan)
    tasks: dict[tuple[str, str], TaskClass] = {
        (ladder.task.kind, ladder.task.name): ladder.task for ladder in site.ladders
    }
    default = tasks.get(("default", ""))
    first = Own(
        "tasks.default" if default else f"sites.{site.site.name}",
        "",
        default.place if default else site.site.place,
        made.generic,
    )
    named = (_own(selected, keys, site, tasks) for selected, keys in made.selected)
    outside = [*(("process", key) for key in made.generic), *_elsewhere(site)]
    return Written((first, *named), frozenset(outside))


def _own(selected: Selected, keys: frozenset[str], site: SitePlan, tasks: Mapping[tuple[str, str], TaskClass]) -> Own:
    word, name = selected
    group = {"withLabel": "label", "withName": "process"}[word]
    task = tasks.get((group, name))
    if task is None:
        return Own("ask_memory", f"{word}:{name}", site.site.place, keys)
    return Own(f"tasks.{'labels' if group == 'label' else 'processes'}.{name}", f"{word}:{name}", task.place, keys)


def _elsewhere(site: SitePlan) -> Iterator[Scope]:
    yield from (("params", name) for name in site.site.params)
    if site.site.work_dir:
        yield ("workDir",)
    settings = site.site.settings
    if isinstance(settings, Slurm):
        yield from (("executor", key) for key, _ in slurm.executor_settings(settings))
        engine = settings.containers.engine
        if engine:
            yield from ((engine, key) for key, _ in slurm.engine_settings(settings.containers))
        yield from ((other, "enabled") for other in slurm.BY_ITSELF.get(engine, ()))
    if isinstance(settings, Batch):
        yield from (("aws", *path) for path in _AWS)
        if settings.staging == "fusion":
            yield from (("wave", "enabled"), ("fusion", "enabled"))
