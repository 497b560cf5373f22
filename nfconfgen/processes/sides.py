"""The two sides of a run with the profile of one site: what the pipeline and the generated config set, merged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from nfconfgen.pipeline.model import Include, Sources
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.processes.generated import Written, written
from nfconfgen.processes.include_line import include_of
from nfconfgen.processes.params import Params
from nfconfgen.processes.precedence import (
    PARSERS,
    Blocks,
    Held,
    Matching,
    Parser,
    Value,
    merged,
    own_values,
    settings,
)


@dataclass(frozen=True, slots=True)
class Sides:
    """`line` includes the generated config (None: nothing does, it comes last); `both` are the settings of `theirs`
    and `own` by each parser, `held` the selectors that apply to each task, by its qualified name."""

    line: Include | None
    written: Written
    theirs: tuple[Value, ...]
    own: tuple[Value, ...]
    both: Mapping[Parser, Blocks]
    held: Mapping[str, Held]
    params: Params

    @property
    def number(self) -> float:
        """The place of the generated config in the order of statements."""
        return self.line.number if self.line is not None else math.inf


def sides(site: SitePlan, plan: Plan, sources: Sources, matching: Matching) -> Sides:
    """Those of one site."""
    name, ours = site.site.name, written(site, plan)
    line = include_of(sources.config, name)
    theirs = tuple(settings(sources.config, name))
    own = tuple(own_values(ours.blocks, line.number if line is not None else math.inf))
    both = {parser: merged([*theirs, *own], parser) for parser in PARSERS}
    # both parsers have the same selectors, in the same order
    held = {task.qualified: matching.held(both["v2"], task) for task in sources.tasks}
    params = Params(sources.config, name, {**site.site.params, **site.site.launch.params})
    return Sides(line, ours, theirs, own, both, held, params)
