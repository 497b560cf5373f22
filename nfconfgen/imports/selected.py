"""What selectors of a config set that a task class takes as it stands: its limits, and literal directives."""

from __future__ import annotations

import re

from nfconfgen.expressions.amounts import UnknownError
from nfconfgen.imports.originals import Settings
from nfconfgen.imports.recognise.directives import IGNORED, limits_of
from nfconfgen.imports.recognise.draft import Draft, Keys
from nfconfgen.imports.recognise.meaning import meaning, plain, static
from nfconfgen.pipeline.model import Scope, Setting
from nfconfgen.processes.params import Params
from nfconfgen.profile.references import Text
from nfconfgen.profile.tasks import DIRECTIVES, OF_SITE

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_GROUPS = {"withLabel": "labels", "withName": "processes"}


def taken(settings: Settings, params: Params) -> dict[Scope, Keys]:
    """The keys of a task class that each such setting becomes, by its path."""
    found: dict[Scope, Keys] = {}
    for path, one in settings.items():
        if path[0] == "process" and len(path) > 2 and path[1].partition(":")[0] in _GROUPS and not one.sometimes:
            try:
                found[path] = _keys(path[2:], one, params)
            except UnknownError:
                continue  # it is reported as left
    return found


def put(draft: Draft, settings: Settings, found: dict[Scope, Keys]) -> None:
    """Adds them to the task classes of a draft."""
    for path, keys in found.items():
        kind, _, name = path[1].partition(":")
        home = draft.tasks.setdefault(_GROUPS[kind], {}).setdefault(name, {})
        for key, value in keys.items():
            home.setdefault(key, {}).update(value)
        draft.comment(("tasks", _GROUPS[kind], name), settings[path].place)


def _keys(path: Scope, one: Setting, params: Params) -> Keys:
    if path == ("resourceLimits",):
        limits = limits_of(static(one.code, params))
        if not limits:
            raise UnknownError("it limits nothing")
        return {"limits": limits}
    if path[0] in (*DIRECTIVES, *OF_SITE, *IGNORED):
        raise UnknownError("a key of its own, or none")
    value = meaning(one.code)
    if isinstance(value, Text):
        raise UnknownError("it is read when Nextflow starts")
    if path == ("ext",) and isinstance(value, dict) and all(map(_NAME.fullmatch, map(str, value))):
        return {"nextflow": {f"ext.{key}": plain(item) for key, item in value.items()}}
    return {"nextflow": {".".join(path): plain(value)}}
