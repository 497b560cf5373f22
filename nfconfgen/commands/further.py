"""Who judges a profile in `check` beside its own files, when asked to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nfconfgen.findings import Finding
from nfconfgen.terminal.console import Console

Judge = Callable[[Path], list[Finding]]


def judges(*, live: bool, collected: tuple[Path, ...], pipeline: Path | None, console: Console) -> list[Judge]:
    found: list[Judge] = []
    if live or collected:
        from nfconfgen.commands.live import Live

        found.append(Live(collected, console, network=live).findings)
    if pipeline is not None:
        from nfconfgen.commands.pipeline import Named

        found.append(Named(pipeline, console).findings)
    return found
