"""The real Nextflow on the keys of a Slurm site: what it resolves them to, and what it hands to sbatch."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from nfconfgen.facts.lock import Lock
from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.lab.nextflow.harness import Parser, config, lint, require
from tests.lab.nextflow.submit import headers
from tests.plan.regions import region

PARSERS: tuple[Parser, ...] = ("v1", "v2")
EVERY_KEY = ROOT / "tests/cases/good/slurm-every-key.yml"
SITE = (
    "--qos=normal --constraint=avx512&ib --nodelist=c4 --exclude=c5,gpu[01-02] --reservation=course "
    '--exclusive%s --export=NONE --comment="it\'s mine"'
)
OWN_NUMBERS = {
    "OWN": ("memory '3 GB'", "cpus 2"),
    "GROWING": ("memory { 2.GB * task.attempt }",),
    "LABELLED": ("label 'big'",),
    "NAMED": (),
    "SILENT": (),
}
PIPELINE_CONFIG = """\
process {
    memory = 1.GB
    withLabel: 'big' { memory = 9.GB }
    withName: 'NAMED' { memory = 5.GB }
}
includeConfig 'conf/profiles.config'
"""
SLURM = "nfconfgen: 1\npipeline: {name: demo}\nsites:\n  cluster:\n    executor: slurm\n    queues: [short]\n"
QUICK = "    submission: {poll_interval: 1s}\n"


def made(
    folder: Path,
    profile: str,
    processes: Mapping[str, Sequence[str]] = OWN_NUMBERS,
    base: str = PIPELINE_CONFIG,
) -> Path:
    """A folder with a pipeline of processes with directives, and what this profile builds in its configuration."""
    (folder / "profile.yml").write_text(profile, "utf-8")
    (folder / "main.nf").write_text(_script(processes), "utf-8")
    (folder / "nextflow.config").write_text(base, "utf-8")
    ended = nfconfgen("build", folder / "profile.yml", "--offline")
    assert ended.code == 0, ended
    return folder


def _script(processes: Mapping[str, Sequence[str]]) -> str:
    bodies = {name: "\n".join([*directives, "script:", "'true'"]) for name, directives in processes.items()}
    defined = [f"process {name} {{\n{body}\n}}" for name, body in bodies.items()]
    return "\n".join([*defined, "workflow {", *(f"{name}()" for name in processes), "}", ""])


@pytest.fixture(scope="module")
def every_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require()
    folder = tmp_path_factory.mktemp("every-key")
    shutil.copy(EVERY_KEY, folder / "profile.yml")
    ended = nfconfgen("build", folder / "profile.yml", "--offline")
    assert ended.code == 0, ended
    return folder / "conf/profiles.config"


def test_lint_finds_nothing_where_every_key_is_set(every_key: Path) -> None:
    result = lint(*sorted(every_key.parent.glob("*.config")))
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("parser", PARSERS)
def test_every_key_is_resolved_to_what_the_profile_sets(every_key: Path, parser: Parser) -> None:
    found = cast("dict[str, Any]", config(every_key, "cluster", parser))
    times = {"pollInterval": 30, "queueStatInterval": 120, "exitReadTimeout": 600}
    assert {key: found["executor"].pop(key)["durationInMillis"] // 1000 for key in times} == times
    assert found["executor"] == {
        "account": "lab",
        "perCpuMemAllocation": True,
        "queueSize": 200,
        "submitRateLimit": "10/1sec",
        "queueGlobalStatus": True,
    }
    assert found["singularity"].pop("pullTimeout")["durationInMillis"] == 3_600_000
    assert found["singularity"] == {
        "enabled": True,
        "autoMounts": True,
        "cacheDir": "/shared/singularity",
        "libraryDir": "/shared/images",
        "runOptions": "--nv -B /data",
        "envWhitelist": "TMPDIR,http_proxy",
        "registry": "quay.io",
    }
    assert found["docker"] == {"enabled": False}
    wanted = {
        "clusterOptions": SITE % "",
        "scratch": "$TMPDIR",
        "stageInMode": "copy",
        "stageOutMode": "rsync",
        "beforeScript": "ulimit -s unlimited\numask 002",
        "module": "singularity/3.11:R/4.3",
    }
    assert {key: found["process"][key] for key in wanted} == wanted


@pytest.mark.parametrize("parser", PARSERS)
def test_each_class_has_its_gpus_and_the_options_of_the_site(tmp_path: Path, parser: Parser) -> None:
    require()
    processes = {
        "PLAIN": (),
        "HIGH": ("label 'process_high'",),
        "ADDED": ("label 'process_gpu'", "label 'process_high'"),
        "BASECALL": ("label 'process_gpu'",),
    }
    profile = EVERY_KEY.read_text("utf-8").replace("30s", "1s").replace("per-cpu", "per-node")
    found = headers(made(tmp_path, profile, processes, "includeConfig 'conf/profiles.config'\n"), "cluster", parser)
    assert found == {
        "PLAIN": ["-c 4", "-t 02:00:00", "--mem 8192M", "-p short", SITE % "", "-A lab"],
        "HIGH": ["-c 16", "-t 02:00:00", "--mem 65536M", "-p short", SITE % "", "-A lab"],
        "ADDED": ["-c 16", "-t 02:00:00", "--mem 65536M", "-p short", SITE % " --gres=gpu:a100:1", "-A lab"],
        "BASECALL": ["-c 8", "-t 02:00:00", "--mem 30720M", "-p short", SITE % " --gres=gpu:2", "-A lab"],
    }


@pytest.mark.parametrize("parser", PARSERS)
def test_options_name_the_gpus_that_a_task_asks_for(tmp_path: Path, parser: Parser) -> None:
    """Whoever sets them: a class, or the pipeline."""
    require()
    profile = (
        f"{SLURM}    cluster_options: ['--gres=gpu:${{task.accelerator}}', --export=NONE]\n{QUICK}"
        "    tasks: {labels: {two: {accelerator: 2}}}\n"
    )
    processes = {
        "PLAIN": (),
        "TWO": ("label 'two'",),
        "OWN": ("accelerator 3",),
        "BOTH": ("label 'two'", "accelerator 3"),
    }
    found = headers(made(tmp_path, profile, processes, "includeConfig 'conf/profiles.config'\n"), "cluster", parser)
    written = {name: lines[-1] for name, lines in found.items()}
    assert written == {
        "PLAIN": "--export=NONE",
        "TWO": "--gres=gpu:2 --export=NONE",
        "OWN": "--gres=gpu:3 --export=NONE",
        "BOTH": "--gres=gpu:2 --export=NONE",
    }


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("tasks", ["", "    tasks: {processes: {NAMED: {cpus: 3, memory: 7 GB}}}\n"])
def test_where_memory_is_never_asked_for_no_job_does(tmp_path: Path, tasks: str, parser: Parser) -> None:
    """Not even of the pipeline's own numbers, wherever it sets them."""
    require()
    found = headers(made(tmp_path, SLURM + QUICK + tasks + "    ask_memory: never\n"), "cluster", parser)
    assert found == {
        "OWN": ["-c 2", "-p short"],
        "GROWING": ["-p short"],
        "LABELLED": ["-p short"],
        "NAMED": ["-c 3", "-p short"] if tasks else ["-p short"],
        "SILENT": ["-p short"],
    }


@pytest.mark.parametrize("parser", PARSERS)
def test_memory_by_cpu(tmp_path: Path, parser: Parser) -> None:
    require()
    found = headers(made(tmp_path, SLURM + QUICK + "    ask_memory: per-cpu\n"), "cluster", parser)
    assert found["OWN"] == ["-c 2", "--mem-per-cpu 1536M", "-p short"]
    assert found["LABELLED"] == ["--mem-per-cpu 9216M", "-p short"]


@pytest.mark.parametrize("parser", PARSERS)
def test_gpus_on_aws_batch(tmp_path: Path, parser: Parser) -> None:
    require()
    facts = region(("g4dn.12xlarge",))
    (tmp_path / "profile.lock.json").write_text(Lock({"awsbatch": {"eu-central-1": facts}}).to_text(), "utf-8")
    profile = (
        "nfconfgen: 1\npipeline: {name: demo}\n"
        "tasks:\n  default: {memory: 4 GB, accelerator: 1}\n"
        "  labels: {process_gpu: {accelerator: {count: 4, type: T4}}, process_low: {memory: 2 GB}}\n"
        "  processes: {PLAIN: {accelerator: 0}}\n"
        "sites: {cloud: {executor: awsbatch, region: eu-central-1, queues: [q1], "
        "work_dir: 's3://demo-bucket/work'}}\n"
    )
    folder = made(tmp_path, profile)
    found = cast("dict[str, Any]", config(folder / "conf/profiles.config", "cloud", parser))["process"]
    assert found["accelerator"] == 1
    assert found["withLabel:process_gpu"] == {"accelerator": {"request": 4, "type": "T4"}}
    assert found["withLabel:process_low"]["accelerator"] == 1
    assert found["withName:(.*:)?(PLAIN)"]["accelerator"] is None
