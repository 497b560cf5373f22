"""What the generated config of a site sets, by selector, to compare with the pipeline's config. Taken from
render/scope.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nfconfgen.findings import Place
from nfconfgen.pipeline.model import Scope
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.render.section import Block
from nfconfgen.render.site_config import site_config


@dataclass(frozen=True, slots=True)
class Own:
    """One generated block. `selector` is as in Nextflow, empty for the `process` scope itself; `keys` are what it
    sets."""

    title: str
    selector: str
    place: Place
    keys: frozenset[str]
    codes: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """The expression of each key, as in the file."""


@dataclass(frozen=True, slots=True)
class Written:
    """What the generated config of one site sets: `blocks` in the order of the file, `paths` outside selectors (for
    AWS, those that it may set)."""

    blocks: tuple[Own, ...]
    paths: frozenset[Scope]


def written(site: SitePlan, plan: Plan) -> Written:
    config = site_config(site, plan)
    made = config.scope
    default = made.default
    title, place = ("tasks.default", default.task.place) if default else (f"sites.{site.site.name}", site.site.place)
    blocks = [
        Own(title, "", place, made.generic, dict(made.settings)),
        *(_of_class(block) for block in made.blocks if block.keys),
        *(
            Own("ask_memory", ":".join(selected), site.site.place, frozenset(dict(settings)), dict(settings))
            for selected, settings in made.last
        ),
    ]
    return Written(tuple(blocks), frozenset([*config.paths, *site.site.executor.decides]))


def _of_class(block: Block) -> Own:
    task = block.task
    group = "labels" if task.kind == "label" else "processes"
    title, selector = f"tasks.{group}.{task.name}", f"{block.selector}:{block.pattern}"
    return Own(title, selector, task.place, block.keys, dict(block.settings))
