"""What the generated config of a site sets, by selector, as the pipeline's config has to be compared with it. Read
off what render/scope.py writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nfconfgen.findings import Place
from nfconfgen.pipeline.model import Scope
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.render.process import Block
from nfconfgen.render.scope import scope


@dataclass(frozen=True, slots=True)
class Own:
    """One block that we write; `selector` is the selector as Nextflow keeps it, empty for what stands in `process`
    itself. `keys` are what it sets."""

    title: str
    selector: str
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
    default = made.default
    title, place = ("tasks.default", default.task.place) if default else (f"sites.{site.site.name}", site.site.place)
    blocks = [
        Own(title, "", place, made.generic),
        *(_of_class(block) for block in made.blocks if block.keys),
        *(
            Own("ask_memory", ":".join(selected), site.site.place, frozenset(key for key, _ in settings))
            for selected, settings in made.last
        ),
    ]
    outside = [*(("process", key) for key in made.generic), *_elsewhere(site)]
    return Written(tuple(blocks), frozenset(outside))


def _of_class(block: Block) -> Own:
    task = block.task
    group = "labels" if task.kind == "label" else "processes"
    return Own(f"tasks.{group}.{task.name}", f"{block.selector}:{task.name}", task.place, block.keys)


def _elsewhere(site: SitePlan) -> Iterator[Scope]:
    yield from (("params", name) for name in site.site.params)
    if site.site.work_dir:
        yield ("workDir",)
    yield from site.site.executor.config_paths(site)
