"""The harness, checked on a profiles file written by hand."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from . import launch
from .harness import Attempt, NextflowError, Parser, Process, attempts, available, config, lint, params, require

# Groovy literals on the left side, what they mean on the right.
HOSTILE = {
    "quotes": (r"""'it\'s "so"'""", """it's "so\""""),
    "home": ("'$HOME `id`'", "$HOME `id`"),
    "exit": ("'${System.exit(1)}'", "${System.exit(1)}"),
    "backslash": (r"'ends in \\'", "ends in \\"),
    "newline": (r"'one\ntwo'", "one\ntwo"),
    "tab": (r"'one\ttwo'", "one\ttwo"),
    "unicode": (r"'\\u0041'", r"\u0041"),
    "emoji": ("'\N{DNA DOUBLE HELIX} é'", "\N{DNA DOUBLE HELIX} é"),
}
HOSTILE_PARAMS = "\n".join(f"            {name} = {literal}" for name, (literal, _) in HOSTILE.items())

# Everything that a local run has to do without is in it: bucket, container engines, executor, scratch disk.
PROFILES = (
    r"""
profiles {
    cluster {
        params {
@params@
        }
        workDir = 's3://bucket/work'
        docker.enabled = true
        singularity { enabled = true }
        executor {
            queueSize = 0
            pollInterval = '1 h'
            submitRateLimit = '1/1h'
        }
        process {
            executor = 'awsbatch'
            scratch = '/nowhere'
            beforeScript = 'exit 9'
            container = 'job-definition://tool:1'
            queue = { task.attempt > 1 ? 'ondemand' : 'spot' }
            cpus = { 3 * task.attempt }
            memory = { 15400.MB * task.attempt }
            time = { 90.s * task.attempt }
            clusterOptions = '--comment="it\'s $HOME `id`\\" \n\t${task.attempt}'
            errorStrategy = { task.exitStatus == 137 ? 'retry' : 'finish' }
            maxRetries = 2
            resourceLimits = [cpus: 4, memory: 31100.MB, time: 150.s]
            withLabel: 'once' {
                executor = 'slurm'
                errorStrategy = 'terminate'
                queue = 'short'
                clusterOptions = ['--gres=gpu:1', '--exclusive']
            }
            withLabel: 'skipped' {
                errorStrategy = { task.attempt < 4 ? 'retry' : 'ignore' }
                maxRetries = 9
            }
        }
    }
    broken {
        process {
            errorStrategy = 'retry'
            cpus = { task.attempt > 1 ? 'many'.toInteger() : 1 }
        }
    }
}
"""
).replace("@params@", HOSTILE_PARAMS)

PROCESSES = (
    Process("ONCE", labels=("once",)),
    Process("GENERIC"),
    Process("SKIPPED", labels=("other", "skipped")),
    Process("OWN", directives="  cpus 2\n  memory '1 GB'\n  container 'own'"),
)
CLUSTER_OPTIONS = '--comment="it\'s $HOME `id`\\" \n\t${task.attempt}'
JOB_DEFINITION = "job-definition://tool:1"

both_parsers = pytest.mark.parametrize("parser", get_args(Parser))


@pytest.fixture(name="profiles")
def _profiles(tmp_path: Path) -> Path:
    require()
    path = tmp_path / "profiles.config"
    path.write_text(PROFILES, "utf-8")
    return path


def generic(attempt: int, cpus: int, memory_mib: int, time_s: int) -> Attempt:
    queue = "ondemand" if attempt > 1 else "spot"
    return Attempt(attempt, queue, cpus, memory_mib, time_s, CLUSTER_OPTIONS, JOB_DEFINITION)


@both_parsers
def test_attempts_returns_every_attempt_of_every_process(profiles: Path, parser: Parser) -> None:
    found = attempts(profiles, "cluster", PROCESSES, parser)

    assert list(found) == ["ONCE", "GENERIC", "SKIPPED", "OWN"]
    three = [generic(1, 3, 15400, 90), generic(2, 4, 30800, 150), generic(3, 4, 31100, 150)]
    assert found["GENERIC"] == three
    assert found["SKIPPED"] == [*three, generic(4, 4, 31100, 150)]
    assert found["ONCE"] == [
        Attempt(1, "short", 3, 15400, 90, "--gres=gpu:1\n--exclusive", JOB_DEFINITION),
    ]
    # A directive of the process itself overrides what the profile sets for all.
    assert [(own.cpus, own.memory_mib, own.container) for own in found["OWN"]] == [(2, 1024, "own")] * 3


def test_attempts_that_a_fault_cuts_short_are_an_error(profiles: Path) -> None:
    with pytest.raises(NextflowError, match='NumberFormatException: For input string: "many"'):
        attempts(profiles, "broken", [Process("GENERIC")], "v1")


def test_unknown_profile_is_an_error(profiles: Path) -> None:
    with pytest.raises(NextflowError, match="Unknown configuration profile: 'clustre'"):
        attempts(profiles, "clustre", [Process("GENERIC")], "v2")


@both_parsers
def test_config_is_resolved_to_the_letter(profiles: Path, parser: Parser) -> None:
    resolved = config(profiles, "cluster", parser)

    assert resolved["workDir"] == "s3://bucket/work"
    process = resolved["process"]
    assert isinstance(process, dict)
    assert process["cpus"] == "{ 3 * task.attempt }"
    assert process["resourceLimits"]["memory"]["mega"] == 31100
    assert process["withLabel:once"]["queue"] == "short"
    assert params(profiles, "cluster", parser) == {name: meaning for name, (_, meaning) in HOSTILE.items()}


def test_lint_reports_by_its_exit_code(profiles: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.config"
    broken.write_text("process { cpus = = 2 }\n", "utf-8")

    assert lint(profiles, launch.HERE / "attempts.config").exit_code == 0
    assert lint(profiles, broken).exit_code != 0


def test_lint_refuses_what_nextflow_would_pass_over(tmp_path: Path) -> None:
    (tmp_path / "profiles.txt").touch()
    for path in (tmp_path / "missing.config", tmp_path / "profiles.txt"):
        with pytest.raises(ValueError, match=path.name):
            lint(path)
    with pytest.raises(ValueError, match="needs a file"):
        lint()


def test_attempts_refuses_processes_that_it_could_not_distinguish(tmp_path: Path) -> None:
    for processes in ([], [Process("A"), Process("A", labels=("x",))]):
        with pytest.raises(ValueError, match="a name of its own"):
            attempts(tmp_path / "none.config", "p", processes, "v1")
    with pytest.raises(ValueError, match="no exit code of a failure: 0"):
        attempts(tmp_path / "none.config", "p", [Process("A", exit_code=0)], "v1")


def test_missing_jars_skip_here_and_fail_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "java_version", lambda: 17)
    monkeypatch.setenv("NEXTFLOW_LIB", str(tmp_path))
    assert available() == f"no Nextflow jars in {tmp_path}: run {launch.HERE / 'install.sh'}"

    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no Nextflow jars"):
        require()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no Nextflow jars"):
        require()


@pytest.mark.parametrize(("version", "reason"), [(None, "no java on the PATH"), (11, "is version 11")])
def test_java_is_asked_for(version: int | None, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "java_version", lambda: version)
    assert reason in (available() or "")


def test_install_leaves_alone_what_is_there() -> None:
    require()
    installed = subprocess.run(
        [str(launch.HERE / "install.sh")],
        env=os.environ | {"NEXTFLOW_LIB": str(launch.jars())},
        capture_output=True,
        text=True,
        timeout=launch.TIMEOUT_S,
        check=True,
    )
    assert installed.stdout == f"Nextflow is there: 57 jars in {launch.jars()}\n"
