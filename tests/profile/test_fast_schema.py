"""The fast check agrees with jsonschema: no yes if jsonschema finds an error, and a yes for every sound profile."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nfconfgen.profile.document import fast_schema, yaml12
from nfconfgen.profile.document.schema import schema, unread
from tests.conftest import ROOT

RULES = schema()
GOOD = sorted([*(ROOT / "tests/cases/good").glob("*.yml"), *(ROOT / "profiles").glob("*.yml")])
CASES = sorted(path for path in [*(ROOT / "tests/cases").rglob("*.yml"), *GOOD] if path.is_file())
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1.0, 2.5, 10**12, "", "a", "1", "a\n", "slurm", "awsbatch", "auto", "2 GB", "s3://b/x",
    "é\n", [], [1], ["a", "a"], [1, 1.0], [[], []], {}, {"a": 1}, {"executor": "slurm"}, {1: 2},
)  # fmt: skip


def data(path: Path) -> Any:
    try:
        document, _ = yaml12.parse(path.read_bytes().decode("utf-8", "replace"), path.name)
    except ValueError:
        return None
    return unread(document.data) if document else None


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        yield from nodes(one, (*path, key))


def mutated(value: Any, chance: random.Random) -> Any:
    value = copy.deepcopy(value)
    path = chance.choice(list(nodes(value)))
    if not path:
        return chance.choice(VALUES)
    parent = value
    for step in path[:-1]:
        parent = parent[step]
    kind = chance.randrange(3)
    if kind == 0:
        del parent[path[-1]]
    elif kind == 1 and isinstance(parent, dict):
        parent[chance.choice(["a", "queues", "memory", "executor", "time", "A b"])] = chance.choice(VALUES)
    else:
        parent[path[-1]] = chance.choice(VALUES)
    return value


def valid(value: Any) -> bool:
    return bool(jsonschema.Draft7Validator(RULES).is_valid(value))


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_sound_profile_needs_no_jsonschema(path: Path) -> None:
    assert fast_schema.fits(data(path), RULES)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_fits_here_fits_there(path: Path) -> None:
    value = data(path)
    assert not fast_schema.fits(value, RULES) or valid(value)


@pytest.mark.parametrize("seed", range(8))
def test_mutations(seed: int) -> None:
    chance = random.Random(seed)
    sound = [data(path) for path in GOOD]
    agreed = 0
    for _ in range(400):
        value = mutated(chance.choice(sound), chance)
        fits = fast_schema.fits(value, RULES)
        assert not fits or valid(value), value
        agreed += fits == valid(value)
    assert agreed > 380


def test_a_keyword_that_is_not_known_is_no_yes() -> None:
    assert not fast_schema.fits(1, {"multipleOf": 1})
    assert not fast_schema.fits([], {"contains": {}})
    assert not fast_schema.fits(1, {"$ref": "https://example.org/schema"})
