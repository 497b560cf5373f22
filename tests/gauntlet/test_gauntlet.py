"""The profiles of this folder say what real site configs of nf-core/configs resolve to.

expected/*.json is what Nextflow 25.04.4 makes of them: values by path, and for each closure its answers, each with
the numbers of the probes that give it. A probe is memory, time, cpus, attempt, exit code, GPUs and labels of a task.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from nfconfgen.imports.disparity import differences
from nfconfgen.imports.probe_points import Probe
from nfconfgen.imports.resolution import (
    Answer,
    Closure,
    Request,
    Resolved,
    UnreadableConfigError,
    resolve_all,
    value_of,
)
from nfconfgen.nextflow import Installed
from tests.cli import nfconfgen
from tests.lab.nextflow.launch import HERE, Parser, jars, require, version

FOLDER = Path(__file__).parent
EXPECTED = sorted((FOLDER / "expected").glob("*.json"))

# whose the configs were resolved as, and on which cluster
GIVEN = {
    "USER": "alice",
    "HOME": "/home/alice",
    "USER_SCRATCH": "/scratch/alice",
    "CC_CLUSTER": "nibi",
    "ASSOC": "lab1",
    "SLURM_ACCOUNT": "acct1",
    "SBATCH_ACCOUNT": "acct1",
    "SLURM_JOB_ACCOUNT": "acct1",
}


@pytest.mark.lab
@pytest.mark.parametrize("parser", ["v1", "v2"])
@pytest.mark.parametrize("file", EXPECTED, ids=lambda path: path.stem)
def test_the_profile_says_what_the_site_says(file: Path, parser: Parser) -> None:
    require()
    found = generated(parser)[file]
    assert isinstance(found, Resolved), found
    assert list(map(str, differences(expected(file), found))) == []


@cache
def generated(parser: Parser) -> Mapping[Path, Resolved | UnreadableConfigError]:
    """All of them, in one start of Nextflow."""
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        patch.setenv("NFCONFGEN_NEXTFLOW_ENV", "NEXTFLOW_LIB")
        patch.setenv("NEXTFLOW_LIB", str(jars()))
        patch.setenv("NXF_HOME", str(folder / "home"))
        for profile in FOLDER.glob("*.yml"):
            (folder / profile.stem).mkdir()
            copy = shutil.copy(profile, folder / profile.stem)
            assert nfconfgen("build", copy, "--offline").code == 0
        requests = [request(folder, json.loads(file.read_text("utf-8"))) for file in EXPECTED]
        nextflow = Installed(str(HERE / "nextflow"), ".".join(map(str, version())))
        found = resolve_all(nextflow, requests, parser, GIVEN)
    return dict(zip(EXPECTED, found, strict=True))


def request(folder: Path, data: Mapping[str, Any]) -> Request:
    site = data["profile"].split(",")[0]
    return Request(folder / site / "conf/profiles.config", data["profile"], probes(data))


def expected(file: Path) -> Resolved:
    data = json.loads(file.read_text("utf-8"))
    closures = {path: closure(answers, len(data["probes"])) for path, answers in data["closures"].items()}
    return Resolved({path: value_of(value) for path, value in data["values"].items()}, closures, probes(data))


def probes(data: Mapping[str, Any]) -> tuple[Probe, ...]:
    keys = ("memory_bytes", "time_ms", "cpus", "attempt", "exit_code", "accelerators", "labels")
    found = [dict(zip(keys, row, strict=True)) for row in data["probes"]]
    return tuple(Probe(**{**row, "labels": tuple(row["labels"])}) for row in found)


def closure(answers: Sequence[tuple[str | None, Sequence[int]]], count: int) -> Closure:
    given = {number: Answer(value) for value, numbers in answers for number in numbers}
    return Closure("", tuple(given.get(number, Answer(error="not asked")) for number in range(count)))
