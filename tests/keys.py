"""The keys that profile.yml may have, and those that a document sets, by their places in the schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from nfconfgen.profile.document.yaml12 import Path
from tests.conftest import ROOT
from tests.test_cases import CASES

Rules = Mapping[str, Any]

EXAMPLES = sorted((ROOT / "profiles").glob("*.yml"))
RESOLVED = [
    CASES / f"good/{name}.yml"
    for name in (
        *("every-key", "awsbatch-every-key", "local-every-key", "slurm-every-key", "queue-bounds"),
        *(
            "values",
            "variants-taken-back",
            "options",
            "growth",
            "accelerator-everywhere",
            "fair-share",
            "gpus-in-options",
            "limits-of-no-whole-mib",
            "limits-of-classes",
            "directives-of-classes",
            "queues-by-memory-per-cpu",
            "declared-queues",
        ),
    )
]
"""The good cases that `nfconfgen verify` resolves with the real Nextflow; the examples it resolves anyway."""


class Standing(NamedTuple):
    """A key of the schema, such as `slurmSite.head.time`, at a path of a document."""

    key: str
    path: Path


def of_schema(rules: Rules) -> dict[str, Rules]:
    """Every key, with what the schema says about it. Those of a definition are named after it."""
    found = dict(_below("", rules))
    for name, definition in rules["definitions"].items():
        found |= dict(_below(name, definition))
    return found


def _below(at: str, part: Any) -> Iterator[tuple[str, Rules]]:
    if not isinstance(part, dict):
        return
    for key, value in part.get("properties", {}).items():
        yield _key(at, key), value
        yield from _below(_key(at, key), value)
    for name in ("items", "additionalProperties"):
        yield from _below(at, part.get(name))


def _key(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def standing(document: Mapping[str, Any], rules: Rules) -> list[Standing]:
    """Every key of the schema that the document sets, at each of its paths."""
    return [Standing(key, path) for key, path in _set("", rules, document, (), rules["definitions"])]


def _set(at: str, part: Any, data: Any, path: Path, definitions: Rules) -> Iterator[tuple[str, Path]]:
    if not isinstance(part, dict):
        return
    if "$ref" in part:
        name = part["$ref"].rsplit("/", 1)[1]
        yield from _set(name, definitions[name], data, path, definitions)
        return
    for other in part.get("allOf", ()):
        chosen = "if" not in other or data["executor"] in other["if"]["properties"]["executor"]["enum"]
        yield from _set(at, other.get("then", other), data, path, definitions) if chosen else ()
    own = part.get("properties", {})
    for step, value in data.items() if isinstance(data, dict) else ():
        if step in own:
            yield _key(at, step), (*path, step)
            yield from _set(_key(at, step), own[step], value, (*path, step), definitions)
        else:
            yield from _set(at, part.get("additionalProperties"), value, (*path, step), definitions)
    for number, value in enumerate(data if isinstance(data, list) else ()):
        yield from _set(at, part.get("items"), value, (*path, number), definitions)


def without(data: Any, path: Path) -> Any:
    """A copy of the data without what stands at this path."""
    step, below = path[0], path[1:]
    entries = dict(enumerate(data)) if isinstance(data, list) else dict(data)
    if below:
        entries[step] = without(entries[step], below)
    else:
        del entries[step]
    return list(entries.values()) if isinstance(data, list) else entries
