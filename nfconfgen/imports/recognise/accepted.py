"""Whether a profile accepts a value, as its schema says."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from nfconfgen.expressions.amounts import UnknownError
from nfconfgen.profile.document import fast_schema
from nfconfgen.profile.document.schema import Rules, schema

_rules = lru_cache(maxsize=1)(schema)


def refuse_unaccepted(executor: str, path: Sequence[str], value: object) -> None:
    """UnknownError if a site of this executor accepts no such value at this path."""
    data: Any = value
    for key in reversed(path):
        data = {key: data}
    if not isinstance(data, dict) or not _accepts({"executor": executor, **data}):
        raise UnknownError(f"{path[-1]} of a profile takes no such value")


def _accepts(site: dict[str, Any]) -> bool:
    rules: Rules = _rules()
    return fast_schema.fits({"nfconfgen": 1, "pipeline": {"name": "x"}, "sites": {"x": site}}, rules)
