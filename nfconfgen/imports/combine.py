"""The drafts of several sites as one profile: what all of them say alike is said once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nfconfgen.imports.recognise.draft import Draft, Keys

Path = tuple[str, ...]
_SHARED = ("cpus", "memory", "time", "disk", "accelerator", "container", "container_options", "label")
"""The keys of a task class that may be shared; others are a site's own."""


def combined(drafts: Sequence[Draft], pipeline: str) -> tuple[Keys, dict[Path, str]]:
    """The data of the profile, and the comments by the path of a key."""
    tasks = _common_tasks([draft.tasks for draft in drafts])
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
        site |= {**draft.site, **{key: value for key, value in own.items() if value}}
        data["sites"][draft.name] = in_order(site)
        for path, note in draft.comments.items():
            home = _home(path, data, own)
            comments.setdefault(("sites", draft.name, *path) if home else path, note)
    return data, comments


_ORDER = (
    *("executor", "region", "queues", "account", "qos", "constraint", "reservation", "exclusive", "cluster_options"),
    *(
        "ask_memory",
        "limits",
        "tasks",
        "retry",
        "submission",
        "array",
        "error_limit",
        "scratch",
        "stage_in",
        "stage_out",
    ),
    *("before_script", "modules", "container", "staging", "cli_path", "storage_encryption", "kms_key", "job_role"),
    *("work_dir", "cache", "cleanup", "env", "reports", "params"),
)
_LAST = ("nextflow", "groovy", "variant", "variants")


def in_order(site: Keys) -> Keys:
    """The keys of a site as they are written."""
    return {key: site[key] for key in sorted(site, key=_place)}


def _place(key: str) -> tuple[int, int]:
    """Where a key of a site stands: what decides about jobs comes first, what differs in variants last."""
    if key in _LAST:
        return 2, _LAST.index(key)
    return (0, _ORDER.index(key)) if key in _ORDER else (1, 0)


def _home(path: Path, data: Keys, own: Mapping[str, Keys]) -> bool:
    """Whether a comment is about a key of the site: it is not shared."""
    if path[0] not in own:
        return True
    return _at(own[path[0]], path[1:]) is not None or _at(data.get(path[0], {}), path[1:]) is None


def _at(data: Any, path: Path) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data or None


def _common(parts: Sequence[Keys]) -> Keys:
    """What all have alike."""
    first, *others = parts
    return {key: one for key, one in first.items() if all(key in other and other[key] == one for other in others)}


def _common_tasks(parts: Sequence[Keys]) -> Keys:
    """The keys of each task class that all sites have alike, of those that may be shared."""
    found: Keys = {"default": _of_class([part.get("default", {}) for part in parts])}
    for group in ("labels", "processes"):
        groups = [part.get(group, {}) for part in parts]
        classes = {name: _of_class([one.get(name, {}) for one in groups]) for name in groups[0]}
        found[group] = {name: keys for name, keys in classes.items() if keys}
    return {key: value for key, value in found.items() if value}


def _of_class(parts: Sequence[Keys]) -> Keys:
    common = _common(parts)
    return {key: common[key] for key in _SHARED if key in common}


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
