"""The Nextflow on the PATH: its version, and what it makes of a site's files. Submits and downloads nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nfconfgen.errors import VerifyError
from nfconfgen.verify import script
from nfconfgen.verify.model import Cell, SiteCells, Value

TIMEOUT_S = 600
"""A start takes seconds; this only ends one that hangs."""

_BOTH_SINCE = (25, 4)
# what chooses which Nextflow starts, and with which Java; all else could bring settings of this machine in
_KEPT = {"NXF_HOME", "NXF_VER", "NXF_DIST", "NXF_BIN", "NXF_JAVA_HOME", "NXF_OPTS", "NXF_JVM_ARGS", "NXF_PLUGINS_DIR"}


class RunError(Exception):
    """Nextflow does not take the files; the message is what it said of them."""


@dataclass(frozen=True, slots=True)
class Installed:
    command: str
    version: str

    @property
    def number(self) -> tuple[int, ...]:
        """(25, 4, 4) of `25.04.4`."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:3])

    @property
    def parsers(self) -> tuple[str, ...]:
        """From 25.04 on there are two, of which v2 is the default from 26.04 on."""
        return ("v1", "v2") if self.number >= _BOTH_SINCE else ("v1",)


def installed() -> Installed:
    """VerifyError where there is none, or it does not start."""
    command = shutil.which("nextflow")
    if command is None:
        raise VerifyError("there is no nextflow on the PATH, which is what verify asks: see https://nextflow.io")
    with tempfile.TemporaryDirectory() as folder:
        code, out, err = _start(command, ["-v"], Path(folder), "v1")
    found = re.search(r"version (\d+\.\d+\.\d+\S*)", out)
    if code != 0 or found is None:
        raise VerifyError(f"{command} does not start: {_gist(out + err)}")
    # the build number is no part of the version
    return Installed(command, re.sub(r"^(\d+\.\d+\.\d+)\.\d+", r"\1", found[1]))


def resolve(nextflow: Installed, profiles: Path, cells: SiteCells, parser: str) -> dict[Cell, Value]:
    """What Nextflow makes of the files, cell by cell. RunError where it does not take them."""
    with tempfile.TemporaryDirectory(prefix="nfconfgen-verify-") as name:
        folder = Path(name).resolve()
        (folder / "main.nf").write_text(script.main_nf(cells, str(folder)), "utf-8")
        (folder / "room.config").write_text(script.room_config(cells.site), "utf-8")
        source = str(profiles.resolve())
        flat = _checked(nextflow, ["-C", source, "config", "-flat", "-profile", cells.site], folder, parser)
        files = ["-C", source, "-C", str(folder / "room.config")]
        run = ["run", str(folder / "main.nf"), "-profile", cells.site, "-w", str(folder / "work")]
        said = _checked(nextflow, [*files, *run], folder, parser)
        try:
            told = [_read(folder / script.told_in(number)) for number in range(len(cells.probes))]
            params = _read(folder / script.PARAMS)
        except FileNotFoundError:
            raise RunError(_gist(said)) from None
    resolved = dict(_of_site(flat, params))
    for number, lines in enumerate(told):
        for line in lines:
            resolved.update(_of_line(number, line))
    return resolved


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
    yield Cell(number, "memory_mib", attempt), None if memory is None else _whole(memory, 1 << 20)
    yield Cell(number, "time_s", attempt), None if time is None else _whole(time, 1000)
    yield Cell(number, "container", attempt), line["container"]
    yield Cell(number, "cluster_options", attempt), " ".join(options) if isinstance(options, list) else options
    yield Cell(number, "max_retries", attempt), line["max_retries"]
    yield Cell(number, "error_strategy", attempt, code), line["error_strategy"]


def _whole(amount: int, unit: int) -> int | float:
    return amount // unit if amount % unit == 0 else amount / unit


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _checked(nextflow: Installed, words: Sequence[str], folder: Path, parser: str) -> str:
    code, out, err = _start(nextflow.command, ["-log", str(folder / "nextflow.log"), *words], folder, parser)
    if code != 0:
        raise RunError(_gist(out + err))
    return out


def _start(command: str, words: Sequence[str], folder: Path, parser: str) -> tuple[int, str, str]:
    inherited = {
        key: value for key, value in os.environ.items() if key in _KEPT or not key.startswith(("NXF_", "TOWER_"))
    }
    # without the default plugins a site on AWS Batch brings in no nf-amazon, and so nothing that could ask AWS
    own = {"NXF_OFFLINE": "true", "NXF_DISABLE_CHECK_LATEST": "true", "NXF_ANSI_LOG": "false"}
    own |= {"NXF_PLUGINS_DEFAULT": "false", "NXF_SYNTAX_PARSER": parser}
    try:
        ended = subprocess.run(
            [command, *words],
            cwd=folder,
            env=inherited | own,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise VerifyError(f"{command} did not end within {TIMEOUT_S} s") from None
    except OSError as error:
        raise VerifyError(f"{command} cannot be started: {error.strerror}") from None
    return ended.returncode, ended.stdout, ended.stderr


def _gist(output: str) -> str:
    """What of an output says what is wrong, in one line."""
    lines = [line.strip() for line in output.splitlines()]
    noise = ("WARN", "N E X T F L O W", "Launching", "[", "--", "Downloading", "Tip:", "NOTE:")
    kept = [line for line in lines if line and not line.startswith(noise) and "nextflow.log" not in line]
    return " ".join(kept)[:300] or "it did not say why"
