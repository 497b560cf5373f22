"""What a profile does not set stays the pipeline's: seen in what the real Nextflow hands to sbatch, and in what it
makes of a failure."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from tests.lab.nextflow.harness import Parser, config, require
from tests.lab.nextflow.submit import headers
from tests.lab.nextflow.test_slurm_keys import made

HEAD = 'nfconfgen: 1\npipeline: {name: mini, nextflow: ">=24.04"}\n'
CLUSTER = (
    "sites: {cluster: {executor: slurm, queues: [norm], work_dir: /scratch/work, submission: {poll_interval: 1s}}}\n"
)
PROCESSES = {"PLAIN": (), "LABELLED": ("label 'process_high'",), "NAMED": ("label 'process_high'",)}
BASE = """\
process {
    cpus = 3
    memory = 5.GB
    time = 2.h
    withLabel: process_high { cpus = 8; memory = 64.GB }
    withName: NAMED { time = 72.h }
}
includeConfig 'conf/profiles.config'
"""
OWN = {
    "PLAIN": ["-c 3", "-t 02:00:00", "--mem 5120M", "-p norm"],
    "LABELLED": ["-c 8", "-t 02:00:00", "--mem 65536M", "-p norm"],
    "NAMED": ["-c 8", "-t 72:00:00", "--mem 65536M", "-p norm"],
}
CASES = {
    "no tasks": ("", OWN),
    "a label that nobody has": ("tasks: {labels: {process_high_memory: {memory: 200 GB}}}\n", OWN),
    "a process that nobody has": ("tasks: {processes: {OTHER: {cpus: 1, memory: 1 GB, time: 10m}}}\n", OWN),
    "a label that only adds time": ("tasks: {labels: {process_long: {time: 20h}}}\n", OWN),
    "a default": (
        "tasks: {default: {cpus: 2, memory: 4 GB, time: 1h}}\n",
        {
            "PLAIN": ["-c 2", "-t 01:00:00", "--mem 4096M", "-p norm"],
            "LABELLED": ["-c 8", "-t 01:00:00", "--mem 65536M", "-p norm"],
            "NAMED": ["-c 8", "-t 72:00:00", "--mem 65536M", "-p norm"],
        },
    ),
    "a default without cpus": (
        "tasks: {default: {memory: 4 GB}}\n",
        {name: [line.replace("5120M", "4096M") for line in lines] for name, lines in OWN.items()},
    ),
}


@pytest.mark.parametrize("parser", ["v1", "v2"])
@pytest.mark.parametrize("name", CASES)
def test_the_pipelines_numbers_are_submitted_whole(name: str, parser: Parser, tmp_path: Path) -> None:
    require()
    tasks, wanted = CASES[name]
    folder = made(tmp_path, HEAD + tasks + CLUSTER, PROCESSES, BASE)
    assert headers(folder, "cluster", parser) == wanted


@pytest.mark.parametrize("parser", ["v1", "v2"])
def test_the_pipelines_policy_for_failures_stays(parser: Parser, tmp_path: Path) -> None:
    """A process that sets ignore, and its own maxRetries."""
    require()
    base = (
        "process {\n    maxRetries = 5\n    errorStrategy = 'retry'\n"
        "    withName: NAMED { errorStrategy = 'ignore' }\n}\n"
        "includeConfig 'conf/profiles.config'\n"
    )
    folder = made(tmp_path, HEAD + CASES["a default"][0] + CLUSTER, PROCESSES, base)
    process = cast("dict[str, Any]", config(folder / "nextflow.config", "cluster", parser)["process"])
    assert (process["errorStrategy"], process["maxRetries"]) == ("retry", 5)
    assert process["withName:NAMED"]["errorStrategy"] == "ignore"
    assert "resourceLimits" not in process
