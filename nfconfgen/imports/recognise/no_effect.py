"""What stands in `process` and has no effect there."""

from __future__ import annotations

from nfconfgen.imports.recognise.scopes import ENGINES
from nfconfgen.pipeline.model import Scope

_OF_EXECUTOR = (
    *("queueSize", "queueStatInterval", "pollInterval", "submitRateLimit", "exitReadTimeout"),
    *("exitStatusReadTimeoutMillis", "max_retries"),
)
"""Keys that stand in `process` by mistake: Nextflow looks for them elsewhere."""


def meant_instead(path: Scope) -> str:
    """What is meant by something in `process` that Nextflow does not read; empty: it does."""
    if path[0] in _OF_EXECUTOR:
        return "its place is the scope executor, if it is meant"
    if len(path) > 1 and path[0] in ENGINES:
        return f"the scope {path[0]} stands outside of process, and applies to every task"
    if path[0].startswith("$"):
        return f"today's selector is withName: '{path[0][1:]}'"
    return ""
