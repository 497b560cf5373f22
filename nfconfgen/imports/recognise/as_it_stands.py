"""Directives of a task class that no key of a profile has, as options of Nextflow."""

from __future__ import annotations

import re

from nfconfgen.expressions.amounts import UnknownError
from nfconfgen.imports.recognise.draft import Draft, Keys, literal, refuse_unaccepted
from nfconfgen.pipeline.model import Scope, Setting
from nfconfgen.profile.tasks import DIRECTIVES, OF_SITE

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def put(draft: Draft, path: Scope, one: Setting, home: Scope) -> None:
    """Adds a directive to the options of a class, at `home` under tasks. UnknownError for code, and for a directive
    that a class sets by a key."""
    if path[0] in (*DIRECTIVES, *OF_SITE):
        raise UnknownError("a task class of a profile has no key for it")
    value = literal(one)
    options: Keys = {".".join(path): value}
    if path == ("ext",) and isinstance(value, dict) and all(map(_NAME.fullmatch, map(str, value))):
        options = {f"ext.{key}": item for key, item in value.items()}
    known = draft.tasks.get(home[0], {}).get(home[1], {}).get("nextflow", {})
    refuse_unaccepted(draft.site["executor"], ("tasks", *home, "nextflow"), {**known, **options})
    draft.tasks.setdefault(home[0], {}).setdefault(home[1], {})["nextflow"] = {**known, **options}
    draft.comment(("tasks", *home), one.place)
