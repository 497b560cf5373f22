"""Queries Nextflow, if it is installed, for a pipeline's resolved config and its processes.

Nextflow runs the pipeline's config for this, as at the start of every run, so only pipelines that the user names are
queried. It runs in an empty folder, fetches nothing, and leaves nothing in the pipeline's folder.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nfconfgen.errors import NextflowError
from nfconfgen.nextflow import PLUGGED_IN, installed, off, start


@dataclass(frozen=True, slots=True)
class Resolved:
    """`processes` are qualified names; empty if Nextflow could not list them, for the reason in `failure`."""

    version: str
    config: Mapping[str, Any]
    processes: tuple[str, ...] = ()
    failure: str = ""


def ask(folder: Path) -> Resolved | str:
    """Nextflow's answer about this pipeline, or why there is none."""
    config = folder / "nextflow.config"
    if not config.is_file():
        return f"{config} does not exist"
    if shutil.which("nextflow") is None:
        return "no nextflow on the PATH"
    try:
        nextflow = installed()
    except NextflowError as error:
        return str(error)
    # -C excludes the user's own config
    options = ["-log", "nextflow.log", "-C", os.path.abspath(config), "-C", "quiet.config"]  # noqa: PTH100
    pipeline = os.path.abspath(folder)  # noqa: PTH100 - links stay, as settings may contain the path
    with tempfile.TemporaryDirectory(prefix="nfconfgen-pipeline-", ignore_cleanup_errors=True) as room:
        (Path(room) / "quiet.config").write_text(off(*PLUGGED_IN), "utf-8")
        failures = []
        for parser in nextflow.parsers:  # v2 requires the pipeline's plugins, which may not be installed
            output = _run(nextflow.command, [*options, "config", "-o", "json", pipeline], room, parser)
            found = _json(output)
            if found is not None:
                inspected = _run(nextflow.command, [*options, "inspect", pipeline], room, parser)
                processes = _json(inspected)
                failure = "" if processes is not None else _first_line(inspected)
                return Resolved(nextflow.version, found, _names(processes), failure)
            failures.append(f"parser {parser}: {_first_line(output)}")
    return f"nextflow config failed: {'; '.join(failures)}"


def _run(command: str, words: list[str], room: str, parser: str) -> str:
    try:
        code, out, err = start(command, words, Path(room), parser)
    except NextflowError as error:
        return str(error)
    return out if code == 0 else f"{out}\n{err}".replace("\n{", "\n {")


def _json(output: str) -> dict[str, Any] | None:
    """The JSON object in an output; warnings precede it on the same stream."""
    begin = re.search(r"^\{", output, re.MULTILINE)
    if begin is None:
        return None
    try:
        found = json.loads(output[begin.start() :])
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _names(inspected: Mapping[str, Any] | None) -> tuple[str, ...]:
    listed = (inspected or {}).get("processes")
    if not isinstance(listed, list):
        return ()
    return tuple(str(item["name"]) for item in listed if isinstance(item, dict) and "name" in item)


def _first_line(output: str) -> str:
    """The first line that is no warning."""
    lines = [line.strip() for line in output.splitlines()]
    return next((line[:200] for line in lines if line and not line.startswith("WARN")), "no answer")
