"""The schemas: sound in themselves, described throughout, and true of what is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nfconfgen.profile.document.schema import schema
from tests.cli import nfconfgen
from tests.conftest import ROOT

NAMES = ("profile", "cluster", "lock", "report", "facts", "verify", "explain", "diff", "prices", "recommend")
EXAMPLES = sorted((ROOT / "profiles").glob("*.yml"))


@pytest.mark.parametrize("name", NAMES)
def test_is_a_schema_of_draft_7(name: str) -> None:
    jsonschema.Draft7Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", NAMES)
def test_is_printed(name: str) -> None:
    assert json.loads(nfconfgen("schema", name).out) == schema(name)


def test_there_are_no_others() -> None:
    assert nfconfgen("schema", "nothing").code == 2


def _keys(part: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(part, dict):
        for key, value in part.get("properties", {}).items():
            yield f"{at}.{key}", value
        for key, value in part.items():
            yield from _keys(value, f"{at}.{key}")
    elif isinstance(part, list):
        for item in part:
            yield from _keys(item, at)


def _resolved(part: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    return rules["definitions"][part["$ref"].rsplit("/", 1)[1]] if "$ref" in part else part


@pytest.mark.parametrize(("name", "keys"), [("profile", 50), ("cluster", 15)])
def test_every_key_of_a_file_written_by_hand_is_described_with_an_example(name: str, keys: int) -> None:
    rules = schema(name)
    seen = 0
    for at, part in _keys(rules):
        if ".if." in at:
            continue
        seen += 1
        described = _resolved(part, rules)
        assert described.get("description"), at
        is_mapping = described.get("type") == "object" and "properties" in described
        assert is_mapping or described.get("examples"), at
    assert seen > keys


def test_sizes_are_written_the_same_everywhere() -> None:
    profile, cluster = schema()["definitions"], schema("cluster")["definitions"]
    assert [cluster[name] for name in ("memory", "time")] == [profile[name] for name in ("memory", "time")]


@pytest.mark.parametrize("name", ["profile", "cluster"])
def test_examples_in_the_schema_fit_it(name: str) -> None:
    rules = schema(name)
    for at, part in _keys(rules):
        for example in part.get("examples", []):
            inline = {**part, "definitions": rules["definitions"]}
            assert list(jsonschema.Draft7Validator(inline).iter_errors(example)) == [], at


@pytest.mark.parametrize("profile", EXAMPLES, ids=lambda path: path.stem)
def test_locks_and_reports_fit_theirs(profile: Path) -> None:
    lock = json.loads(profile.with_suffix(".lock.json").read_text())
    jsonschema.Draft7Validator(schema("lock")).validate(lock)
    ended = nfconfgen("build", profile, "--offline", "--dry-run", "--format", "json")
    jsonschema.Draft7Validator(schema("report")).validate(json.loads(ended.out))
    ended = nfconfgen("facts", profile, "--offline", "--format", "json")
    jsonschema.Draft7Validator(schema("facts")).validate(json.loads(ended.out))


@pytest.mark.parametrize("profile", EXAMPLES, ids=lambda path: path.stem)
def test_locks_hold_no_account_number(profile: Path) -> None:
    text = profile.with_suffix(".lock.json").read_text()
    assert "123456789012" not in text
    assert "arn:" not in text


def test_references_hold_others_wherever_a_pattern_allows_them() -> None:
    """As many as `reference_texts.read` does."""
    text = json.dumps(schema())
    patterns = {json.loads(f'"{found}"') for found in re.findall(r'"pattern": "((?:[^"\\\\]|\\\\.)*)"', text)}
    reading = [pattern for pattern in patterns if r"\$\{(params" in pattern]
    assert len(reading) > 5
    for pattern in reading:
        assert re.search(pattern, "${A:-${params.b:-${C:-${params.d:-}}}}"), pattern
        assert not re.search(pattern, "${A:-${B:-${C:-${D:-${E}}}}}"), pattern
