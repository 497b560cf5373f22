"""The process scope of a run with one profile: the pipeline's config and ours merged, by either parser.

As observed with Nextflow 25.04.4 (tests/lab/nextflow/test_pipelines.py checks it): later settings win. With v1, a
selector in a profile drops earlier settings under the same selector outside profiles; v2 merges the two. Either way
the selector keeps its first position among the selectors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from nfconfgen.findings import Place
from nfconfgen.pipeline.model import Config, Scope, Task
from nfconfgen.pipeline.tokens import Token, tokens
from nfconfgen.processes import match
from nfconfgen.processes.generated import Own

Parser = Literal["v1", "v2"]
PARSERS: tuple[Parser, ...] = ("v1", "v2")
BODY = "body"
"""The selector of the directives in a process's definition."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value of one key. `own` is the generated block that sets it, None for the pipeline; `number` as in Setting;
    `profile`: it applies in a profile only."""

    selector: str
    key: str
    place: Place
    number: float
    own: Own | None = None
    literal: str | None = None
    profile: bool = False
    code: tuple[Token, ...] = field(default=(), compare=False, repr=False)
    beneath: Value | None = field(default=None, compare=False, repr=False)
    """A value of the pipeline for the same map, whose other keys remain."""


Blocks = dict[str, dict[str, Value]]
"""By selector ('' is the process scope itself), in the order in which Nextflow keeps them; then by key."""


def settings(config: Config, site: str) -> Iterator[Value]:
    """The pipeline's values that apply in a run with this profile."""
    for setting in config.settings:
        path = within_site(setting.path, site)
        if path is None or len(path) < 2 or path[0] != "process":
            continue
        selector = path[1] if path[1].startswith(("withName:", "withLabel:")) else ""
        key = ".".join(path[2:] if selector else path[1:])
        if key:
            profile = path is not setting.path
            code = () if setting.sometimes else setting.code
            yield Value(selector, key, setting.place, setting.number, None, setting.literal, profile, code)


def within_site(path: Scope, site: str) -> Scope | None:
    """The scope of a setting in a run with this profile; None: it belongs to another one."""
    if path[:1] != ("profiles",):
        return path
    return path[2:] if path[1] in site.split(",") else None


def own_values(own: Sequence[Own], number: float) -> list[Value]:
    """The generated values, included as the statement of this number."""
    return [
        Value(o.selector, key, o.place, number, o, profile=True, code=tuple(tokens(o.codes.get(key, ""))))
        for o in own
        for key in sorted(o.keys)
    ]


def merged(values: Sequence[Value], parser: Parser) -> Blocks:
    blocks: Blocks = {}
    for value in sorted(values, key=lambda value: value.number):
        block = blocks.setdefault(value.selector, {})
        if parser == "v1" and value.selector and value.profile:
            for key in [key for key, other in block.items() if not other.profile and other.number < value.number]:
                del block[key]
        before = block.get(value.key)
        if value.own is not None and value.key == "resourceLimits" and before is not None and parser == "v2":
            value = replace(value, beneath=before)
        block[value.key] = value
    return blocks


Held = Sequence[tuple[str, int]]


class Matching:
    """Which selectors apply to the tasks of one pipeline. Each is matched once: sites have mostly the same."""

    def __init__(self) -> None:
        self._levels: dict[str, dict[str, int | None]] = {}

    def held(self, selectors: Iterable[str], task: Task) -> Held:
        """The selectors that apply to a task, in their order, with their precedence."""
        levels = self._levels.setdefault(task.qualified, {})
        found = []
        for selector in selectors:
            if selector not in levels:
                levels[selector] = _strength(selector, task)
            level = levels[selector]
            if level is not None:
                found.append((selector, level))
        return found


def winner(blocks: Blocks, holding: Held, key: str, task: Task | None = None) -> Value | None:
    """The value that wins for a key, the later of equals; with a task, also from its definition."""
    best: Value | None = None
    strongest = -1
    for selector, level in holding:
        value = blocks.get(selector, {}).get(key)
        if value is not None and level >= strongest:
            best, strongest = value, level
    if task is not None and strongest < match.BODY:
        body = next((d for d in reversed(task.process.directives) if d.name == key), None)
        return best if body is None else Value(BODY, key, body.place, -1, None, body.literal, code=body.code)
    return best


def _strength(selector: str, task: Task) -> int | None:
    if not selector:
        return match.GENERIC
    kind, _, pattern = selector.partition(":")
    return match.strength(kind, pattern, task)
