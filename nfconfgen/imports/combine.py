"""The drafts of several sites as one profile: what all of them say alike is said once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nfconfgen.imports.draft import Draft, Keys

Path = tuple[str, ...]
_SHARED = ("cpus", "memory", "time", "disk", "accelerator", "container", "container_options", "label")
"""The keys of a task class that may be shared; others are a site's own."""


def combined(drafts: Sequence[Draft], pipeline: str) -> tuple[Keys, dict[Path, str]]:
    """The data of the profile, and the comments by the path of a key."""
    tasks = _common([draft.tasks for draft in drafts], deep=True)
    retry = _common([draft.retry for draft in drafts])
    params = _common([draft.params for draft in drafts])
    data: Keys = {"nfconfgen": 1, "pipeline": {"name": pipeline}}
    data |= {key: value for key, value in (("tasks", tasks), ("retry", retry), ("params", params)) if value}
    comments: dict[Path, str] = {}
    data["sites"] = {}
    for draft in drafts:
        site: Keys = {"executor": draft.site["executor"]}
        own = {
            "tasks": _without(draft.tasks, tasks),
            "retry": _without(draft.retry, retry),
            "params": _without(draft.params, params),
        }
        late = {"nextflow", "groovy", "variants"}
        site |= {key: value for key, value in draft.site.items() if key not in late}
        site |= {key: value for key, value in own.items() if value}
        site |= {key: draft.site[key] for key in ("nextflow", "groovy", "variants") if key in draft.site}
        data["sites"][draft.name] = site
        for path, note in draft.comments.items():
            home = _home(path, data, own)
            comments.setdefault(("sites", draft.name, *path) if home else path, note)
    return data, comments


def _home(path: Path, data: Keys, own: Mapping[str, Keys]) -> bool:
    """Whether a comment is about a key of the site: it is not shared."""
    if path[0] not in own:
        return True
    return _at(own[path[0]], path[1:]) is not None or _at(data.get(path[0], {}), path[1:]) is None


def _at(data: Any, path: Path) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data or None


def _common(parts: Sequence[Keys], *, deep: bool = False) -> Keys:
    """What all have alike; of tasks the keys of each class that may be shared."""
    first, *others = parts
    found: Keys = {}
    for key, value in first.items():
        if deep and isinstance(value, dict) and key not in _SHARED:
            if all(isinstance(other.get(key, {}), dict) for other in others):
                inside = _common([value, *(other.get(key, {}) for other in others)], deep=True)
                if inside and (others or inside):
                    found[key] = inside
        elif (not deep or key in _SHARED) and all(key in other and other[key] == value for other in others):
            found[key] = value
    return found


def _without(keys: Keys, shared: Keys) -> Keys:
    """The keys that are not shared."""
    return dict(_others(keys, shared))


def _others(keys: Keys, shared: Keys) -> Iterator[tuple[str, Any]]:
    for key, value in keys.items():
        if key not in shared:
            yield key, value
        elif isinstance(value, dict) and isinstance(shared[key], dict) and value != shared[key]:
            inside = _without(value, shared[key])
            if inside:
                yield key, inside
