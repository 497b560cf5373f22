"""What the real Nextflow resolves a profiles file to."""

from __future__ import annotations

import json
import re
from pathlib import Path

from .launch import NextflowError, Parser
from .shared import shared


def config(profiles_config: Path, profile: str, parser: Parser) -> dict[str, object]:
    """What `nextflow config` resolves the profile to: closures as source text, memory as `{mega, …}`."""
    words = ["-C", str(profiles_config.resolve()), "config", "-profile", profile, "-o", "json"]
    result, stdout = shared(parser).run(words)
    # Warnings come before it, on the same stream.
    begin = re.search(r"^\{", stdout, re.MULTILINE)
    if result.exit_code != 0 or begin is None:
        raise NextflowError(result.output)
    resolved: dict[str, object] = json.loads(stdout[begin.start() :])
    return resolved


def params(profiles_config: Path, profile: str, parser: Parser) -> dict[str, object]:
    """The params of the resolved configuration."""
    found = config(profiles_config, profile, parser).get("params", {})
    if not isinstance(found, dict):
        raise NextflowError(f"params is no map: {found!r}")
    return found
