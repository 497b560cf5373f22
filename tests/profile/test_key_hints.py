"""The key of a profile for a name that Nextflow spells differently."""

from __future__ import annotations

from typing import Any

import pytest

from nfconfgen.profile.containers import ENGINE_KEYS
from nfconfgen.profile.document.key_hints import _HINTS, advice
from nfconfgen.profile.document.schema import schema


def all_keys(part: Any) -> set[str]:
    if isinstance(part, list):
        return set().union(*map(all_keys, part))
    if not isinstance(part, dict):
        return set()
    return set(part.get("properties", {})).union(*map(all_keys, part.values()))


def test_advice_names_existing_keys() -> None:
    known = all_keys(schema())
    hints = [(where, example) for where, example in _HINTS.values() if ":" in example]
    # below `nextflow` a directive has its own name
    named = {(where if where.startswith("nextflow") else example).partition(":")[0] for where, example in hints}
    assert named <= known


@pytest.mark.parametrize("written", ["submitRateLimit", "submit_rate_limit", "submitratelimit"])
def test_one_word_in_all_its_spellings(written: str) -> None:
    assert advice(written, ["queues"]).startswith("write it as submission: {rate: ")
    assert advice(written, ["rate"]).startswith("did you mean 'rate'?")


def test_an_unknown_word() -> None:
    assert advice("colour", ["queues"]) == ""


def test_every_key_of_a_container_is_known_of_some_engine() -> None:
    container = schema()["definitions"]["slurmSite"]["properties"]["container"]["properties"]
    assert set(container) == set().union(*ENGINE_KEYS.values())
    assert set(container["engine"]["enum"]) == set(ENGINE_KEYS)
