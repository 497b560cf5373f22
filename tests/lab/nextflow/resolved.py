"""What the real Nextflow resolves a profiles file to, and what its `lint` finds."""

from __future__ import annotations

import json
import re
from pathlib import Path

from .launch import NextflowError, Parser, Result
from .shared import shared


def lint(*configs: Path) -> Result:
    """`nextflow lint` of all of them in one start.

    Trust the exit code: where there are errors, the output may be no more than a crash on printing them.
    Lint has one grammar, that of v2, whatever the parser.
    """
    if not configs:
        raise ValueError("lint needs a file")
    for path in configs:
        # Nextflow passes over what it does not take for one of its files, and reports that all is well.
        if not path.is_file() or path.suffix not in {".config", ".nf"}:
            raise ValueError(f"not a .config or .nf file that lint would read: {path}")
    return shared("v2").run(["lint", *(str(path.resolve()) for path in configs)])[0]


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
