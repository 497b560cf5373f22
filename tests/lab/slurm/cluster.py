"""A real Slurm for tests: `require()` starts it, and `Cluster.submit` returns what comes of requests.

All workers and all checkouts of a machine share the one lab. `submit` waits for its turn by itself; what else should
not be disturbed goes into `with cluster.alone():`, and what uses it by other commands into `with cluster.shared():`.
"""

from __future__ import annotations

import fcntl
import functools
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

Kind = Literal["started", "refused", "pends"]
PartLimits = Literal["NO", "ANY", "ALL"]

HERE = Path(__file__).resolve().parent
LOCK = Path("/run/lock/slurm-lab.use")
TURN = Path("/run/lock/slurm-lab.turn")
# The first start installs packages; a command that hangs is ended. Neither is waited for where all is well.
START_TIMEOUT_S, COMMAND_TIMEOUT_S, SETTLE_TIMEOUT_S = 3600, 600, 600
POLL_S = 0.2

# A job that pends for one of these has not been evaluated, or only has to wait for its turn.
PASSING = {"None", "Resources", "Priority", "BeginTime", "Cleaning", "Prolog"}
# Limits on what runs at one time, and nodes that others hold while Slurm raises the CPUs: whether a request is beyond
# them shows only when nothing else runs.
SHARED = re.compile("Grp|PerUser|PerAccount|Nodes_required")
ENDED = {"COMPLETED", "FAILED", "TIMEOUT", "OUT_OF_MEMORY"}
SETTINGS = ("SBATCH_", "SLURM_", "SCONTROL_", "SQUEUE_", "SINFO_")


class LabError(Exception):
    """The lab did not do what a test asked of it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request; all but the first two are empty where it was refused."""

    kind: Kind
    reason: str = ""  # sbatch's words, or the Reason of the pending job
    state: str = ""  # JobState: COMPLETED, FAILED, PENDING …
    cpus: int = 0  # after MaxMemPerCPU has raised them
    tres: Mapping[str, str] = field(default_factory=dict)
    partition: str = ""
    qos: str = ""
    account: str = ""
    time_limit: str = ""  # as Slurm writes it: 1-00:00:00, UNLIMITED

    @property
    def memory_mib(self) -> int:
        """The memory of all nodes together: Slurm writes 62.50G only where that is exact."""
        number, unit = self.tres["mem"][:-1], self.tres["mem"][-1]
        return int(float(number) * {"M": 1, "G": 1024, "T": 1024**2}[unit])


class Cluster:
    """The lab that runs. What pends for a `passing` reason is submitted once more, alone."""

    passing = SHARED

    def __init__(self, use: Path = LOCK, turn: Path = TURN) -> None:
        self._use, self._turn = use, turn
        self._depth = 0
        self._holds = fcntl.LOCK_UN

    def command(self, words: Sequence[str]) -> Sequence[str]:
        """The command with which its user calls this one."""
        return words

    def restart(self, part_limits: PartLimits) -> None:
        """Sets EnforcePartLimits."""
        _start(part_limits)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps all other tests from using the lab meanwhile."""
        with self._held(fcntl.LOCK_EX):
            yield

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Lets others use the lab meanwhile who share it, too: for jobs that only have to run, whatever else does.
        They would be in the way of who is `alone`, by the nodes that they hold."""
        with self._held(fcntl.LOCK_SH):
            yield

    @contextmanager
    def _held(self, how: int) -> Iterator[None]:
        if self._depth and how == fcntl.LOCK_EX != self._holds:
            raise LabError("who shares the lab cannot be alone in it")
        with self._use.open("a") as lock:
            if not self._depth:
                # one after the other: who wants to be alone is not passed by those who share
                with self._turn.open("a") as turn:
                    fcntl.flock(turn, fcntl.LOCK_EX)
                    fcntl.flock(lock, how)
                self._holds = how
                if how == fcntl.LOCK_EX:
                    self._clear()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1

    def _clear(self) -> None:
        """Cancels what a run of the tests that was killed has left: it would hold nodes and fill the queue."""
        left = self.ask("squeue", "--noheader", "--states=pending,running", "--format=%i").split()
        if left:
            self.ask("scancel", "--quiet", *left)

    def ask(self, *command: str) -> str:
        """What a command of Slurm prints, which must succeed."""
        done = call(self.command(command))
        if done.returncode:
            raise LabError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout

    def part_limits(self) -> str:
        found = re.search(r"^EnforcePartLimits *= (\w+)", self.ask("scontrol", "show", "config"), re.MULTILINE)
        assert found
        return found[1]

    def enforce(self, part_limits: PartLimits) -> None:
        """Sets EnforcePartLimits. It holds until another test sets it, so call it within `alone()`."""
        with self.alone():
            if self.part_limits() != part_limits:
                self.restart(part_limits)

    def submit(
        self, requests: Sequence[Sequence[str]], part_limits: PartLimits = "NO", wrap: str = "true"
    ) -> list[Outcome]:
        """What comes of each of these argument lists of sbatch; they are submitted together, then cancelled."""
        with self.alone():
            self.enforce(part_limits)
            found = self._outcomes(requests, wrap)
            for index, outcome in enumerate(found):
                if outcome.kind == "pends" and self.passing.search(outcome.reason):
                    (found[index],) = self._outcomes([requests[index]], wrap)
            return found

    def _outcomes(self, requests: Sequence[Sequence[str]], wrap: str) -> list[Outcome]:
        jobs: list[str] = []
        outcomes: list[Outcome | str] = []
        try:
            for request in requests:
                options = ("--parsable", "--job-name=nfconfgen-lab", "--output=/dev/null")
                done = call(self.command(("sbatch", *options, *request, "--wrap", wrap)))
                if done.returncode:
                    outcomes.append(Outcome("refused", done.stderr.strip()))
                else:
                    jobs.append(done.stdout.strip())
                    outcomes.append(jobs[-1])
            settled = self._settled(jobs)
        finally:
            if jobs:
                call(self.command(("scancel", "--quiet", *jobs)))
        return [_outcome(settled[outcome]) if isinstance(outcome, str) else outcome for outcome in outcomes]

    def _settled(self, jobs: Sequence[str]) -> dict[str, dict[str, str]]:
        """The jobs, by number, once none is to change any more."""
        deadline = time.monotonic() + SETTLE_TIMEOUT_S
        while True:
            known = {
                job["JobId"]: job for job in map(fields, self.ask("scontrol", "-a", "-o", "show", "job").splitlines())
            }
            waiting = [known[number] for number in jobs if not _is_settled(known[number])]
            if not waiting:
                return {number: known[number] for number in jobs}
            if time.monotonic() > deadline:
                shown = [f"{job['JobId']} {job['JobState']} {job['Reason']}" for job in waiting]
                raise LabError(f"jobs neither end nor pend for good: {', '.join(shown)}")
            time.sleep(POLL_S)


def fields(line: str) -> dict[str, str]:
    """The fields of a line of `scontrol -o show`. A value reaches to the next key, since it may hold blanks."""
    found = re.findall(r"(?:^| )([A-Z][\w:/]*)=(.*?)(?= [A-Z][\w:/]*=| ?$)", line)
    return dict(found)


def require() -> Cluster:
    """The lab, started where it does not run. Without one the test is skipped, except in CI: there it fails."""
    reason = unavailable()
    if reason is None:
        return Cluster()
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason, allow_module_level=True)


@functools.cache
def unavailable() -> str | None:
    """Why there can be no lab here, in plain words; None when it runs, which this sees to."""
    if os.geteuid() != 0:
        return "the lab's Slurm needs root"
    missing = [tool for tool in ("slurmctld", "slurmd", "slurmdbd", "mariadbd", "munged") if not _installed(tool)]
    # users who run the tests do not expect a database to be installed; CI's machine is there for it
    if missing and (os.environ.get("CI") != "true" or not shutil.which("apt-get")):
        return f"the lab's Slurm needs {', '.join(missing)}: tests/lab/slurm/start.sh installs them on Debian"
    try:
        _start()
    except LabError as error:
        return f"the lab's Slurm does not start: {error}"
    return None


def _installed(tool: str) -> bool:
    return shutil.which(tool, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None


def _start(part_limits: PartLimits | None = None) -> None:
    environment = {"SLURM_LAB_PART_LIMITS": part_limits} if part_limits else {}
    done = call([str(HERE / "start.sh")], environment, START_TIMEOUT_S)
    if done.returncode:
        raise LabError(done.stderr.strip())


def call(
    command: Sequence[str], extra: Mapping[str, str] | None = None, timeout_s: int = COMMAND_TIMEOUT_S
) -> subprocess.CompletedProcess[str]:
    # Settings of the user who runs the tests (SBATCH_ACCOUNT, SLURM_CONF …) must not reach them.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    return subprocess.run(
        command,
        cwd="/",
        env=inherited | {"LC_ALL": "C.UTF-8"} | dict(extra or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def _is_settled(job: Mapping[str, str]) -> bool:
    if job["JobState"] == "PENDING":
        return job["Reason"] not in PASSING
    if job["JobState"] in {"CANCELLED", "NODE_FAIL", "PREEMPTED", "DEADLINE"}:
        raise LabError(f"somebody else ended the job: {job}")
    return job["JobState"] in ENDED


def _outcome(job: Mapping[str, str]) -> Outcome:
    pends = job["JobState"] == "PENDING"
    return Outcome(
        kind="pends" if pends else "started",
        reason=job["Reason"] if pends else "",
        state=job["JobState"],
        cpus=int(job["NumCPUs"]),
        tres=dict(part.split("=", 1) for part in job["TRES"].split(",")),
        partition=job["Partition"],
        qos=job["QOS"],
        account=job["Account"],
        time_limit=job["TimeLimit"],
    )
