"""Asks Nextflow itself, where it is there, what a pipeline's config comes to and which processes it has.

Nextflow runs the pipeline's config to tell this, as it does at the start of every run: it is asked only about
pipelines that the user names. It works in an empty folder of its own, fetches nothing, and leaves nothing in the
pipeline's.
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
    """What Nextflow says. `processes` are whole names; empty where it could not say (`unsaid` is why)."""

    version: str
    config: Mapping[str, Any]
    processes: tuple[str, ...] = ()
    unsaid: str = ""


def ask(folder: Path) -> Resolved | str:
    """What Nextflow says of this pipeline, or why it says nothing."""
    config = folder / "nextflow.config"
    if not config.is_file():
        return f"{config} is not there"
    if shutil.which("nextflow") is None:
        return "no nextflow on the PATH"
    try:
        nextflow = installed()
    except NextflowError as error:
        return str(error)
    # -C: the user's own config is not the pipeline's
    options = ["-log", "nextflow.log", "-C", os.path.abspath(config), "-C", "quiet.config"]  # noqa: PTH100
    there = os.path.abspath(folder)  # noqa: PTH100 - links stay: a path may be part of what is asked
    with tempfile.TemporaryDirectory(prefix="nfconfgen-pipeline-", ignore_cleanup_errors=True) as room:
        (Path(room) / "quiet.config").write_text(off(*PLUGGED_IN), "utf-8")
        said = ""
        for parser in nextflow.parsers:  # v2 wants the pipeline's plugins, which may not be there
            said = _run(nextflow.command, [*options, "config", "-o", "json", there], room, parser)
            found = _json(said)
            if found is not None:
                inspected = _run(nextflow.command, [*options, "inspect", there], room, parser)
                processes = _json(inspected)
                why = "" if processes is not None else _why(inspected)
                return Resolved(nextflow.version, found, _names(processes), why)
    return f"nextflow config says nothing: {_why(said)}"


def _run(command: str, words: list[str], room: str, parser: str) -> str:
    try:
        code, out, err = start(command, words, Path(room), parser)
    except NextflowError as error:
        return str(error)
    return out if code == 0 else f"{out}\n{err}".replace("\n{", "\n {")


def _json(said: str) -> dict[str, Any] | None:
    """The object in an answer; warnings come before it, on the same stream."""
    begin = re.search(r"^\{", said, re.MULTILINE)
    if begin is None:
        return None
    try:
        found = json.loads(said[begin.start() :])
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _names(told: Mapping[str, Any] | None) -> tuple[str, ...]:
    listed = (told or {}).get("processes")
    if not isinstance(listed, list):
        return ()
    return tuple(str(item["name"]) for item in listed if isinstance(item, dict) and "name" in item)


def _why(said: str) -> str:
    """The first line that says something."""
    lines = [line.strip() for line in said.splitlines()]
    return next((line[:200] for line in lines if line and not line.startswith("WARN")), "no answer")
