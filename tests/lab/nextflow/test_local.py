"""A pipeline that really runs on this machine through its run script, and what Nextflow refuses there."""

from __future__ import annotations

import csv
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from nfconfgen.executors.local import machine
from nfconfgen.executors.local.machine import MachineFacts
from nfconfgen.plan.model import SitePlan
from tests.cli import Ended, nfconfgen
from tests.core import planned
from tests.lab.nextflow.launch import TIMEOUT_S, Parser, on_the_path, require
from tests.lab.nextflow.shared import shared

PROFILE = """\
nfconfgen: 1
pipeline: {name: demo, run: ., nextflow: ">=24.04"}
retry: {attempts: 2, exit_codes: [137], otherwise: terminate, memory: attempt}
tasks:
  default: {cpus: 1, memory: 300 MB, time: 1h}
  processes:
    GROWS: {cpus: 2, memory: 200 MB, time: 1h}
sites:
  here: {executor: local, limits: {cpus: 2, memory: 1 GB}}
"""
# The first attempt of GROWS ends as if it had run out of memory.
PIPELINE = """\
process GROWS {
    output:
    path 'grown.txt'

    script:
    "echo ${task.cpus} ${task.memory.mega} > grown.txt; exit ${task.attempt < 2 ? 137 : 0}"
}
process PLAIN {
    input:
    path 'grown.txt'

    script:
    'cat grown.txt'
}
workflow {
    GROWS | PLAIN
}
"""
# Asks for what the command line sets.
GREEDY = """\
process GREEDY {
    cpus params.cores
    memory "${params.mib} MB"

    script:
    'true'
}
workflow {
    GREEDY()
}
"""


@dataclass(frozen=True, slots=True)
class Task:
    """A line of the trace."""

    process: str
    attempt: int
    status: str
    exit: str
    cpus: int
    memory_mib: float


def run(folder: Path, *more: str) -> Ended:
    """launch/run-here.sh with the real Nextflow as `nextflow` on the PATH, called in this folder."""
    ended = subprocess.run(
        [str(folder / "launch/run-here.sh"), *more],
        cwd=folder,
        env=on_the_path(folder / "home"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=TIMEOUT_S,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def trace(folder: Path) -> list[Task]:
    with (folder / "trace.txt").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file, delimiter="\t"))
    found = [
        Task(
            line["name"].partition(" ")[0],
            int(line["attempt"]),
            line["status"],
            line["exit"],
            int(line["cpus"]),
            int(line["memory"]) / 2**20,
        )
        for line in lines
    ]
    return sorted(found, key=lambda task: (task.process, task.attempt))


def requests(site: SitePlan) -> dict[tuple[str, int], tuple[int, float]]:
    """Selector and attempt → CPUs and MiB of the plan."""
    return {
        (task_plan.task.name, step.number): (step.request.cpus, step.request.memory_mib)
        for task_plan in site.task_plans
        for step in task_plan.attempts
    }


def test_a_run_asks_for_what_the_plan_gives(tmp_path: Path) -> None:
    require()
    (tmp_path / "profile.yml").write_text(PROFILE, "utf-8")
    (tmp_path / "main.nf").write_text(PIPELINE, "utf-8")
    # all that the test itself needs of Nextflow
    more = tmp_path / "trace.config"
    more.write_text(
        "trace { enabled = true; file = 'trace.txt'; raw = true; fields = 'name,attempt,status,exit,cpus,memory' }\n"
    )
    assert nfconfgen("build", tmp_path / "profile.yml", "--offline").code == 0
    plan = planned(tmp_path / "profile.yml").sound_plan
    assert plan is not None

    ended = run(tmp_path, "-c", str(more))

    assert ended.code == 0, ended
    asked = requests(plan.sites[0])
    assert asked == {("", 1): (1, 300), ("", 2): (1, 600), ("GROWS", 1): (2, 200), ("GROWS", 2): (2, 400)}
    tasks = trace(tmp_path)
    assert [(task.process, task.attempt, task.status, task.exit) for task in tasks] == [
        ("GROWS", 1, "FAILED", "137"),
        ("GROWS", 2, "COMPLETED", "0"),
        ("PLAIN", 1, "COMPLETED", "0"),
    ]
    for task in tasks:
        selector = "" if task.process == "PLAIN" else task.process
        assert (task.cpus, task.memory_mib) == asked[selector, task.attempt]
    written = {path.read_text("utf-8") for path in (tmp_path / "work").glob("*/*/grown.txt")}
    assert written == {"2 200\n", "2 400\n"}
    assert re.search(r"^run-\S+ completed$", ended.err, re.MULTILINE)
    assert "1 task failed and completed when retried" in ended.err


def test_a_run_that_fails_is_reported(tmp_path: Path) -> None:
    require()
    (tmp_path / "profile.yml").write_text(PROFILE, "utf-8")
    (tmp_path / "main.nf").write_text(PIPELINE.replace("exit ${task.attempt < 2 ? 137 : 0}", "exit 3"), "utf-8")
    assert nfconfgen("build", tmp_path / "profile.yml", "--offline").code == 0
    ended = run(tmp_path)
    assert ended.code == 1, ended
    assert re.search(r"^run-\S+ failed: exit code 1 of Nextflow$", ended.err, re.MULTILINE)
    assert "GROWS" in ended.err


@pytest.mark.parametrize("words", [("-profile", "test"), ("--profile=test,here",)])
def test_the_pipelines_own_profile_is_joined_with_the_site(words: tuple[str, ...], tmp_path: Path) -> None:
    """Its params hold where the params file sets none; its requests do not replace the site's."""
    require()
    launched = "launch: {params: {here: {one: 7}}}\n"
    (tmp_path / "profile.yml").write_text(PROFILE + launched, "utf-8")
    (tmp_path / "nextflow.config").write_text(
        "params { one = 0; two = 0 }\nprofiles { test { params { one = 1; two = 1 }; process.cpus = 2 } }\n"
    )
    (tmp_path / "main.nf").write_text(
        "process PLAIN {\n    debug true\n\n    script:\n"
        '    "echo $workflow.profile one $params.one two $params.two cpus $task.cpus"\n}\n'
        "workflow {\n    PLAIN()\n}\n"
    )
    assert nfconfgen("build", tmp_path / "profile.yml", "--offline").code == 0
    ended = run(tmp_path, *words)
    assert ended.code == 0, ended
    joined = "here,test" if words == ("-profile", "test") else "test,here"
    assert f"{joined} one 7 two 1 cpus 1" in ended.out


def greedy(folder: Path, cpus: int, memory_mib: int, config: str = "", parser: Parser = "v2") -> str:
    """Why Nextflow refuses a task of this size on this machine; empty if it runs it."""
    (folder / "main.nf").write_text(GREEDY, "utf-8")
    (folder / "nextflow.config").write_text(config, "utf-8")
    log = folder / "greedy.log"
    words = ["-log", str(log), "run", str(folder / "main.nf"), "-w", str(folder / "work")]
    result = shared(parser).run([*words, "--cores", str(cpus), "--mib", str(memory_mib)])[0]
    # the console of a session in the shared Nextflow may lack it
    refused = re.search(r"Process requirement exceeds available .*", log.read_text("utf-8"))
    assert (result.exit_code == 0) == (refused is None), result.output
    return refused[0] if refused is not None else ""


@pytest.fixture(scope="module")
def here() -> MachineFacts:
    require()
    return machine.read("2026-11-22T09:30:00Z")


def test_nextflow_has_the_cpus_that_are_read_here(tmp_path: Path, here: MachineFacts) -> None:
    avail = f"Process requirement exceeds available CPUs -- req: {here.cpus + 1}; avail: {here.cpus}"
    assert greedy(tmp_path, here.cpus + 1, 1) == avail


def test_nextflow_has_the_memory_that_is_read_here(tmp_path: Path, here: MachineFacts) -> None:
    """To the MiB: all of it can be asked for, one more cannot."""
    assert greedy(tmp_path, here.cpus, here.memory_mib) == ""
    refused = greedy(tmp_path, 1, here.memory_mib + 1)
    available = re.search(r"available memory -- req: .*; avail: ([\d.]+) (MB|GB|TB)$", refused)
    assert available is not None, refused
    in_mib = float(available[1]) * {"MB": 1, "GB": 1024, "TB": 1024**2}[available[2]]
    assert in_mib == pytest.approx(here.memory_mib, rel=0.05)  # it is rounded to one digit behind the point


def test_nextflow_refuses_what_is_larger_than_the_site(tmp_path: Path) -> None:
    """Without resourceLimits; this is why the config has them, and what they cut is a warning at its line."""
    site = "executor { cpus = 1; memory = 300.MB }\nprocess.executor = 'local'\n"
    assert greedy(tmp_path, 2, 100, site) == "Process requirement exceeds available CPUs -- req: 2; avail: 1"
    assert greedy(tmp_path, 1, 301, site).endswith("available memory -- req: 301 MB; avail: 300 MB")
    profile = tmp_path / "profile.yml"
    profile.write_text(PROFILE.replace("cpus: 2, memory: 1 GB", "cpus: 1, memory: 1 GB"), "utf-8")
    ended = nfconfgen("build", profile)
    assert (ended.code, "cpus-fit" in ended.out) == (0, True), ended


def test_what_we_build_cuts_the_requests_of_the_pipeline(tmp_path: Path) -> None:
    """A pipeline's own request beyond the site runs, with all that the site has."""
    profile = tmp_path / "profile.yml"
    profile.write_text(
        "nfconfgen: 1\npipeline: {name: own}\nsites: {here: {executor: local, limits: {cpus: 1, memory: 300 MB}}}\n"
    )
    assert nfconfgen("build", profile).code == 0
    include = f"includeConfig '{tmp_path / 'conf/here.config'}'\n"
    assert greedy(tmp_path, 64, 900_000, include) == ""
