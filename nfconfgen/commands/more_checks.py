"""What `check` compares a profile with besides its own files, where that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nfconfgen.findings import Finding
from nfconfgen.terminal.console import Console

Check = Callable[[Path], list[Finding]]


def more_checks(*, live: bool, collected: tuple[Path, ...], pipeline: Path | None, console: Console) -> list[Check]:
    found: list[Check] = []
    if live or collected:
        from nfconfgen.commands.live import Live

        found.append(Live(collected, console, network=live).findings)
    if pipeline is not None:
        from nfconfgen.commands.pipeline import Named

        found.append(Named(pipeline, console).findings)
    return found
