"""Runs Nextflow on the generated files of a site and reads the resolved values."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nfconfgen.nextflow import NOTHING, Installed, gist, start
from nfconfgen.verify import stub_script, unknown_options
from nfconfgen.verify.model import Cell, Resolved, SiteCells, Value


class RunError(Exception):
    """Nextflow rejects the files; the message is Nextflow's own."""


def resolve(nextflow: Installed, profiles: Path, cells: SiteCells, parser: str) -> Resolved:
    """The value of every cell, and the options that are not known. RunError if Nextflow rejects the files."""
    with tempfile.TemporaryDirectory(prefix="nfconfgen-verify-") as name:
        folder = Path(name).resolve()
        (folder / "main.nf").write_text(stub_script.main_nf(cells, str(folder)), "utf-8")
        (folder / "room.config").write_text(stub_script.room_config(cells.site), "utf-8")
        source = str(profiles.resolve())
        (folder / "quiet.config").write_text(stub_script.quiet_config(cells.site), "utf-8")
        config = ["-C", source, "-C", str(folder / "quiet.config"), "config", "-flat", "-profile", cells.site]
        flat = checked(nextflow, config, folder, parser, cells.given)
        files = ["-C", source, "-C", str(folder / "room.config")]
        run = ["run", str(folder / "main.nf"), "-profile", cells.site, "-w", str(folder / "work")]
        output = checked(nextflow, [*files, *run], folder, parser, cells.given)
        try:
            results = [read(folder / stub_script.result_name(number)) for number in range(len(cells.stubs))]
            params = read(folder / stub_script.PARAMS)
        except FileNotFoundError:
            raise RunError(gist(output)) from None
    resolved = dict(_of_site(flat, params))
    for number, lines in enumerate(results):
        for line in lines:
            resolved.update(_of_line(number, line))
    return Resolved(resolved, unknown_options.named(flat))


def _of_site(flat: str, params: Mapping[str, Value]) -> Iterator[tuple[Cell, Value]]:
    found = dict(re.findall(r"^(process\.executor|workDir) = '(.*)'$", flat, re.MULTILINE))
    texts = {key: re.sub(r"\\(.)", r"\1", value) for key, value in found.items()}
    yield Cell(None, "executor"), texts.get("process.executor")
    yield Cell(None, "work_dir"), texts.get("workDir")
    for key, value in params.items():
        yield Cell(None, "params", key=key), value


def _of_line(number: int, line: Mapping[str, Any]) -> Iterator[tuple[Cell, Value]]:
    attempt, code = line["attempt"], line["exit_code"]
    if "error" in line:
        raise RunError(f"attempt {attempt}: {line['error']}")
    options, memory, time = line["cluster_options"], line["memory_bytes"], line["time_ms"]
    yield Cell(number, "queue", attempt), line["queue"]
    yield Cell(number, "cpus", attempt), line["cpus"]
    yield Cell(number, "memory_mib", attempt), None if memory is None else memory >> 20
    yield Cell(number, "time_s", attempt), None if time is None else _whole(time, 1000)
    yield Cell(number, "container", attempt), line["container"]
    text = " ".join(options) if isinstance(options, list) else options
    # where a class has none, an empty text replaces those of the site
    yield Cell(number, "cluster_options", attempt), text or None
    yield Cell(number, "max_retries", attempt), line["max_retries"]
    yield Cell(number, "error_strategy", attempt, code), line["error_strategy"]


def _whole(amount: int, unit: int) -> int | float:
    return amount // unit if amount % unit == 0 else amount / unit


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def checked(
    nextflow: Installed, words: Sequence[str], folder: Path, parser: str, given: Mapping[str, str] = NOTHING
) -> str:
    whole = ["-log", str(folder / "nextflow.log"), *words]
    code, out, err = start(nextflow.command, whole, folder, parser, given)
    if code != 0:
        raise RunError(gist(out + err))
    return out + err
