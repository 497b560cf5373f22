"""What an existing config for a scheduler brings to the site of a first profile."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import wrap
from typing import Any

from nfconfgen.findings import Finding
from nfconfgen.imports.convert import part_of_pipeline
from nfconfgen.imports.profile_text import flow, site_lines
from nfconfgen.initialise.found import Existing, Found
from nfconfgen.terminal.visible import comment

KeyPath = tuple[str, ...]
_WIDTH = 110


@dataclass(frozen=True, slots=True)
class Brought:
    """The `name` that a site should have, and keys of it, with comments by their path; findings on what was not taken
    over. `aside`: what is not in the profile after all, and why."""

    origin: Existing
    name: str
    keys: Mapping[str, Any]
    comments: Mapping[KeyPath, str]
    findings: tuple[Finding, ...] = ()
    aside: tuple[str, ...] = ()

    @property
    def queues(self) -> list[str]:
        """The queues that are named, also those of rules."""
        found = self.keys.get("queues", ())
        items = found if isinstance(found, list) else [found]
        named = (item.get("queue") if isinstance(item, dict) else item for item in items)
        return [name for one in named for name in (one if isinstance(one, list) else [one]) if isinstance(name, str)]

    def without(self, path: KeyPath, why: str) -> Brought:
        """The same without the key at this path, which stays as a comment."""
        keys: dict[str, Any] = deepcopy(dict(self.keys))
        above = [keys]
        for key in path[:-1]:
            if not isinstance(above[-1].get(key), dict):
                return self
            above.append(above[-1][key])
        if path[-1] not in above[-1]:
            return self
        value = above[-1].pop(path[-1])
        for depth in range(len(path) - 2, -1, -1):
            if not above[depth][path[depth]]:
                del above[depth][path[depth]]
        ends = range(len(path), 0, -1)
        place = next((self.comments[path[:end]] for end in ends if path[:end] in self.comments), "")
        shown = value if isinstance(value, str) else flow(value)
        line = f"{'.'.join(path)}: {shown}{f' ({place})' if place else ''} is left out: {why}"
        return replace(self, keys=keys, aside=(*self.aside, line))

    def lines(self) -> Iterator[str]:
        """The lines of a site in a profile."""
        yield f"    # imported from {comment(self.origin.title)}"
        yield from site_lines(self.keys, self.comments)
        for line in self.aside:
            yield from (f"    # {part}" for part in wrap(comment(line), _WIDTH, break_on_hyphens=False))


def bring(one: Existing, found: Found) -> Brought:
    """What this config of the pipeline brings; no key if it only names its executor. UsageError, UnreadableError."""
    part = part_of_pipeline(Path(one.file), one.profile, main=one.file == found.sources.main)
    made = Brought(one, part.name, part.keys, part.comments, part.findings)
    queues = part.keys.get("queues")
    read = queues.get("param") if isinstance(queues, dict) else None
    if read is not None and read not in part.keys.get("params", {}):
        made = made.without(("queues",), f"params.{read} is not set, so no queue is known to hold anything")
    for path, code in part.keys.get("groovy", {}).items():
        if why := _foreign(str(code), part.keys.get("params", {}), found.sources.config.functions):
            made = made.without(("groovy", path), why)
    return made


def _foreign(code: str, params: Iterable[str], functions: Iterable[str]) -> str:
    """Why code is of no use outside of the pipeline's config: it calls a function of it, or reads a param that the
    profile does not set, so that nothing shows what it comes to. Empty if there is no reason."""
    called = next((name for name in functions if re.search(rf"\b{re.escape(name)}\s*\(", code)), "")
    if called:
        return f"{called}() exists only within the pipeline's config"
    unset = next((name for name in re.findall(r"\bparams\.(\w+)", code) if name not in params), "")
    return f"it reads params.{unset}, which the profile does not set: set it under params" if unset else ""
