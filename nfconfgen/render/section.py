"""The config scopes of a site outside of `process` and `params`: aws, executor, the container engine …"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from nfconfgen.render.process import Setting

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
