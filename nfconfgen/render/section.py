"""The parts of a site's config: scopes (aws, executor, the container engine …), and blocks of `process`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nfconfgen.profile.model import TaskClass
from nfconfgen.render import groovy
from nfconfgen.render.groovy import Code

Setting = tuple[str, Code]

ConfigPath = tuple[str, ...]
"""`("aws", "batch", "cliPath")`."""


@dataclass(frozen=True, slots=True)
class Section:
    """One scope, in braces; without a name, settings of the config itself. A key may be a path: `batch.cliPath`.
    `note` is the comment on the scope, `notes` are those on single keys."""

    name: str
    settings: tuple[Setting, ...]
    note: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)

    def path(self, key: str) -> ConfigPath:
        """The path of one of its keys in the config."""
        return (*([self.name] if self.name else []), *key.split("."))

    @property
    def paths(self) -> Iterator[ConfigPath]:
        return (self.path(key) for key, _ in self.settings)


@dataclass(frozen=True, slots=True)
class Block:
    """The directives of one task class."""

    task: TaskClass
    table: tuple[str, ...]
    settings: tuple[Setting, ...]
    container: str
    container_note: str

    @property
    def selector(self) -> str:
        """The keyword of its selector; empty for the default."""
        return {"default": "", "label": "withLabel", "process": "withName"}[self.task.kind]

    @property
    def pattern(self) -> str:
        """The pattern of its selector."""
        return pattern(self.task.kind, self.task.name)

    @property
    def keys(self) -> frozenset[str]:
        """The directives that it sets."""
        return frozenset([*(key for key, _ in self.settings), *(["container"] if self.container else [])])

    @property
    def written(self) -> tuple[Setting, ...]:
        """Its settings as they are written. In a selector those below one directive are one map: v1 sets `ext.args`
        of a selector for every task if something set it for all of them (measured)."""
        if not self.selector:
            return self.settings
        found: dict[str, Any] = {}
        for key, code in self.settings:
            *homes, last = key.split(".")
            within = found
            for home in homes:
                within = within.setdefault(home, {})
            within[last] = code
        return tuple((key, groovy.quote(value)) for key, value in found.items())

    @property
    def width(self) -> int:
        return max((len(key) for key, _ in self.written), default=0)


def pattern(kind: str, name: str) -> str:
    """The pattern of the selector of a class. That of a process matches its qualified name, which takes precedence
    over selectors of the pipeline; as it is another text than theirs, v1 does not drop their settings."""
    return name if kind == "label" or name.startswith("!") else f"(.*:)?({name})"
