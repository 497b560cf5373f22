"""The keys that a site of an executor has, and what their values must be: as the schema of a profile says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from nfconfgen.profile.document.schema import schema

AUTO = "auto"


@cache
def _schema() -> dict[str, Any]:
    return schema()


def executors() -> list[str]:
    """Their names, in the order of the schema."""
    return list(_schema()["definitions"]["site"]["properties"]["executor"]["enum"])


def keys(executor: str) -> Mapping[str, Any]:
    """The keys of a site, each with its schema."""
    return dict(_schema()["definitions"][f"{executor}Site"]["properties"])


def chooses(executor: str) -> bool:
    """Whether nfconfgen can choose among the queues of a site."""
    queues = keys(executor).get("queues", {"pattern": "$^"})
    return re.search(queues["pattern"], AUTO) is not None


def fault(executor: str, key: str, text: str) -> str:
    """What is wrong with the value of a key; for `queues`, with one of them."""
    rules = _rules(keys(executor)[key], of_each=key == "queues")
    return "" if re.search(rules["pattern"], text) else f"must be {rules['x-expected']}"


def is_site_name(text: str) -> bool:
    return re.search(_schema()["properties"]["sites"]["propertyNames"]["pattern"], text) is not None


def is_pipeline_name(text: str) -> bool:
    return re.search(_schema()["properties"]["pipeline"]["properties"]["name"]["pattern"], text) is not None


def _rules(rules: Mapping[str, Any], *, of_each: bool) -> Mapping[str, Any]:
    """The schema of a text, behind its references."""
    rules = rules.get("items", rules) if of_each else rules
    while "pattern" not in rules:
        reference = rules.get("$ref") or rules["allOf"][0]["$ref"]
        rules = _schema()["definitions"][reference.rpartition("/")[2]]
    return rules
