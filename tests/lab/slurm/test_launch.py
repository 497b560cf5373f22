"""Launch scripts with the real Nextflow on the real Slurm."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli import Ended, nfconfgen
from tests.lab.nextflow import launch as lab
from tests.lab.nextflow.harness import require as require_nextflow

from . import jobs
from .cluster import Cluster

PIPELINE = """
process STEP {
    tag "s$x"
    publishDir params.outdir
    input: val x
    output: path '*.txt'
    script:
    \"\"\"
    if [ $x = 2 ] && [ ${params.mode} = bad ]; then
        # the first task is in Nextflow's cache by then
        until [ -e ${params.outdir}/s1.txt ]; do sleep 0.2; done
        echo 'cannot read s2' >&2
        exit 3
    fi
    if [ $x = 2 ] && [ ${params.mode} = flaky ] && [ ${task.attempt} = 1 ]; then exit 7; fi
    if [ $x = 2 ] && [ ${params.mode} = slow ]; then sleep \\$(cat ${params.sleep}); fi
    env | grep -E '^(SLURM|SBATCH)_' > s${x}.txt
    \"\"\"
}
workflow { STEP(Channel.of(1, 2)) }
"""
# a node on which no job's CPUs are raised: these jobs share it with those of other tests, which at worst wait for it
PREFIX, PARTITION = "nfl-", "gpu"
QUICK = """
executor {
    pollInterval = '1s'
    queueStatInterval = '2s'
    exitReadTimeout = '20s'
    jobName = { '@job@' }
}
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """A pipeline of two tasks, its launch scripts, and the names of its jobs."""

    slurm: Cluster
    folder: Path
    head: str
    task: str

    @property
    def cwd(self) -> Path:
        return self.folder / "cwd"

    def command(self, *more: str) -> list[str]:
        return [str(self.folder / "launch/run-here.sh"), "-c", str(self.folder / "quick.config"), *more]

    @property
    def environment(self) -> dict[str, str]:
        return lab.on_the_path(self.folder / "home")

    def run(self, *more: str, **environment: str) -> Ended:
        done = subprocess.run(
            self.command(*more),
            cwd=self.cwd,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=jobs.TIMEOUT_S,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def submit(self, *more: str) -> str:
        ended = self.run("--submit", *more)
        assert ended.code == 0, ended
        return ended.out.strip()

    def output(self, job: str) -> str:
        return (self.cwd / f"run-here-{job}.out").read_text()

    def ended(self, number: str) -> dict[str, str]:
        return jobs.ended(self.slurm, number)

    def tasks(self, *states: str) -> list[str]:
        """The jobs of the tasks."""
        return jobs.named(self.slurm, self.task, *states)


@pytest.fixture
def bench(slurm: Cluster, tmp_path: Path) -> Iterator[Bench]:
    require_nextflow()
    # pytest-xdist runs tests side by side
    name = f"{PREFIX}{os.getpid()}-{time.monotonic_ns() % 10**6}"
    made = Bench(slurm, tmp_path, f"{name}-here", f"{name}-task")
    (tmp_path / "cwd").mkdir()
    (tmp_path / "main.nf").write_text(PIPELINE)
    (tmp_path / "sleep").write_text("200")
    (tmp_path / "quick.config").write_text(QUICK.replace("@job@", made.task))
    profile = {
        "nfconfgen": 1,
        "pipeline": {"name": name, "run": str(tmp_path / "main.nf")},
        "tasks": {"default": {"cpus": 1, "memory": "200 MB", "time": "10m"}},
        "retry": {"attempts": 2, "exit_codes": [7]},
        "sites": {
            "here": {
                "executor": "slurm",
                "queues": [PARTITION],
                "work_dir": str(tmp_path / "work"),
                "head": {"time": "30m", "memory": "800 MB", "cpus": 2},
            }
        },
        "launch": {
            "params": {
                "here": {"outdir": str(tmp_path / "results"), "sleep": str(tmp_path / "sleep"), "mode": "good"}
            }
        },
    }
    (tmp_path / "profile.yml").write_text(json.dumps(profile))
    assert nfconfgen("build", tmp_path / "profile.yml", "--offline").code == 0
    # who is alone in the lab cancels every job that is left, and reconfigures
    with slurm.shared():
        yield made
        for left in jobs.named(slurm, made.head) + made.tasks():
            slurm.ask("scancel", left)


def reported_failure(message: str, folder: Path) -> str:
    """The session to resume, from the report that the second task failed."""
    found = re.search(
        r" failed: exit code 1 of Nextflow\nfailed tasks:\n"
        r"  STEP \(s2\), attempt 1: exit status 3\n"
        rf"    {folder}/work/\w\w/\w{{30}}\n"
        r"      \| cannot read s2\n"
        r"to resume the run after fixing the cause:\n"
        rf"  cd {folder}/cwd && {folder}/launch/run-here.sh .*-resume ([0-9a-f-]{{36}})\n",
        message,
    )
    assert found is not None, message
    return found[1]


def started(bench: Bench) -> None:
    """Waits until the first task has ended and the second one runs."""
    history = bench.folder / "results/s1.txt"
    jobs.until(lambda: history.exists() and len(bench.tasks("R")) == 1, "the slow task runs alone")


def test_success(bench: Bench) -> None:
    ended = bench.run()
    assert ended.code == 0, ended
    assert " completed\nresults: 2 in " in ended.err
    assert ended.err.endswith("  s2.txt\n")
    assert "retried" not in ended.err


def test_failure_and_how_to_go_on(bench: Bench) -> None:
    ended = bench.run("--mode=bad")
    assert ended.code == 1, ended
    session = reported_failure(ended.err, bench.folder)
    # another run in the same folder, and one that dies before it is one
    assert bench.run("-name", "other").code == 0
    assert "failed tasks" not in bench.run("-name", "not a name").err
    ended = bench.run("-resume", session, "--mode=bad")
    assert "Cached process > STEP (s1)" in ended.out
    assert reported_failure(ended.err, bench.folder) == session


def test_retry_then_success(bench: Bench) -> None:
    ended = bench.run("--mode=flaky")
    assert ended.code == 0, ended
    assert " completed\n1 task failed and completed when retried\nresults: 2 in " in ended.err


def test_term_ends_the_tasks(bench: Bench) -> None:
    with subprocess.Popen(
        bench.command("--mode=slow"), cwd=bench.cwd, env=bench.environment, stderr=subprocess.PIPE, text=True
    ) as script:
        started(bench)
        script.send_signal(signal.SIGTERM)
        _, err = script.communicate(timeout=jobs.TIMEOUT_S)
    assert script.returncode == 143
    assert " was interrupted\n" in err
    jobs.until(lambda: bench.tasks() == [], "the task is cancelled")


def test_submitted_success(bench: Bench) -> None:
    job = bench.submit()
    record = bench.ended(job)
    assert (record["JobState"], record["ExitCode"]) == ("COMPLETED", "0:0"), bench.output(job)
    assert (record["JobName"], record["TimeLimit"], record["NumCPUs"]) == (bench.head, "00:30:00", "2")
    assert (record["MinMemoryNode"], record["Partition"], record["Requeue"]) == ("800M", PARTITION, "1")
    assert bench.output(job).endswith("  s2.txt\n")
    # nothing of the head job's request stands in a task's environment
    seen = (bench.folder / "results/s1.txt").read_text()
    assert "SLURM_MEM_PER_NODE=200\n" in seen
    assert "SLURM_CPUS_PER_TASK=2" not in seen
    assert "SLURM_OPEN_MODE" not in seen


def test_submitted_failure(bench: Bench) -> None:
    job = bench.submit("--mode=bad")
    record = bench.ended(job)
    assert (record["JobState"], record["ExitCode"]) == ("FAILED", "1:0")
    reported_failure(bench.output(job), bench.folder)


def test_cancelled_head_job_cancels_its_tasks(bench: Bench) -> None:
    job = bench.submit("--mode=slow")
    started(bench)
    bench.slurm.ask("scancel", job)
    assert bench.ended(job)["JobState"] == "CANCELLED"
    jobs.until(lambda: bench.tasks() == [], "the task is cancelled")
    assert " was interrupted\n" in bench.output(job)


def test_requeued_head_job_goes_on(bench: Bench) -> None:
    job = bench.submit("--mode=slow")
    started(bench)
    bench.slurm.ask("scontrol", "requeue", job)
    jobs.until(lambda: jobs.job(bench.slurm, job)["JobState"] == "PENDING", "the job waits again")
    (bench.folder / "sleep").write_text("1")
    # Slurm itself would wait two minutes. In the second of the requeue a node would still take it for killed:
    # "Job credential revoked", and the job is over
    bench.slurm.ask("scontrol", "update", f"jobid={job}", "starttime=now+3seconds")
    assert bench.ended(job)["JobState"] == "COMPLETED", bench.output(job)
    output = bench.output(job)
    assert "Cached process > STEP (s1)" in output
    assert output.endswith("  s2.txt\n")


def test_what_is_set_outside_does_not_change_a_task(bench: Bench) -> None:
    hostile = {"SBATCH_TIMELIMIT": "1", "SBATCH_MEM_PER_NODE": "9999999", "SLURM_HINT": "nomultithread"}
    assert bench.run(**hostile).code == 0
