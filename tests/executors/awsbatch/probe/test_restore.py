"""`nfconfgen probe --restore` undoes what a probe of this profile, machine and user does, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nfconfgen.trusted import origin
from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.lab.aws.asking import connect
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Queue, idle

NAME = "nfconfgen-probe-0123abcd"
CHANGES = {"UpdateComputeEnvironment", "TerminateJob", "CancelJob", "DeregisterJobDefinition"}
PRODUCTION = Queue("production", ("production",))
SCALED = {"kind": "Scaled", "region": "eu-central-1", "environment": "salmonWorkload"}
SUBMITTED = {"kind": "Submitted", "region": "eu-central-1", "queue": "salmonWorkload", "job": f"{NAME}-1"}


@pytest.fixture
def profile(tmp_path: Path, double: Double) -> Path:
    """The worked example, in a region that has a queue of another user too."""
    some = idle()
    production = replace(some.environments[0], name="production", min_vcpus=1)
    double.load(replace(some, environments=(*some.environments, production), queues=(*some.queues, PRODUCTION)))
    return Path(shutil.copy(ROOT / "profiles/salmon.yml", tmp_path))


def journal(profile: Path) -> Path:
    return profile.with_name(".salmon.nfconfgen-probe")


def leave(profile: Path, *entries: object, by: str = "") -> None:
    """A journal as an interrupted probe leaves it."""
    journal(profile).write_text(json.dumps({"origin": by or origin(), "entries": entries}))


def restore(profile: Path, double: Double, *options: str) -> Ended:
    words = ("probe", profile, "--restore", "--poll", "0.01", *options)
    return nfconfgen(*words, environment=double.env(), alone=True)


def check_refused(profile: Path, double: Double, ended: Ended) -> None:
    """One line, exit code 2, nothing changed, and the journal stays to be looked at."""
    assert ended.code == 2, ended
    assert ended.out == ""
    assert [line for line in ended.err.splitlines() if "error:" in line] == ended.err.splitlines()[-1:], ended
    assert not CHANGES & double.calls().keys()
    assert os.path.lexists(journal(profile))


FORGED: dict[str, Any] = {
    "its own minimum": {**SCALED, "was": 64, "set_to": 0},
    "another region": {**SCALED, "region": "us-east-1"},
    "another environment": {**SCALED, "environment": "production"},
    "another queue": {**SUBMITTED, "queue": "production"},
    "a job of another user": {**SUBMITTED, "job": "nf-SALMON_7"},
    "a job with our prefix within": {**SUBMITTED, "job": f"x{NAME}-1"},
    "a job with a line break": {**SUBMITTED, "job": f"{NAME}-1\n"},
    "a definition of another user": {**SUBMITTED, "definition": "salmon-production"},
    "another kind": {**SCALED, "kind": "Finding"},
    "no kind": {"region": "eu-central-1"},
    "a number for a name": {**SCALED, "environment": 5},
    "a list for a name": {**SUBMITTED, "queue": ["salmonWorkload"]},
    "nothing": {},
    "no object": 5,
}


@pytest.mark.parametrize("entry", FORGED.values(), ids=FORGED.keys())
def test_a_forged_entry_is_refused_with_all_others(profile: Path, double: Double, entry: Any) -> None:
    batch = connect(double, "batch")
    batch.update_compute_environment(computeEnvironment="salmonWorkload", computeResources={"minvCpus": 1})
    double.reset_calls()
    leave(profile, SCALED, entry)
    check_refused(profile, double, restore(profile, double, "--yes"))


CONTENTS = {
    "number": b"5",
    "nothing": b"",
    "nonsense": b"nonsense",
    "list": b"[]",
    "null": b"null",
    "entries no list": json.dumps({"origin": origin(), "entries": 5}).encode(),
    "not utf-8": b"\xff\xfe",
    "deep": b"[" * 100_000,
    "huge number": b'{"origin": ' + b"9" * 5000 + b"}",
    "huge": b" " * 2_000_000,
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_what_is_no_journal_is_refused(profile: Path, double: Double, content: bytes) -> None:
    journal(profile).write_bytes(content)
    check_refused(profile, double, restore(profile, double, "--yes"))


PLANTED: dict[str, Callable[[Path], object]] = {
    "fifo": os.mkfifo,
    "folder": Path.mkdir,
    "link": lambda path: path.symlink_to("/dev/zero"),
    "dangling link": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED.keys())
@pytest.mark.parametrize("options", [["--restore"], []], ids=str)
def test_what_is_no_file_is_refused(
    profile: Path, double: Double, plant: Callable[[Path], object], options: list[str]
) -> None:
    plant(journal(profile))
    ended = nfconfgen("probe", profile, "--yes", *options, environment=double.env(), alone=True)
    assert ended.code == 2, ended
    assert not CHANGES & double.calls().keys()


def test_a_journal_of_another_machine_or_user_is_refused(profile: Path, double: Double) -> None:
    leave(profile, SCALED, by="0" * 64)
    check_refused(profile, double, restore(profile, double, "--yes"))


@pytest.mark.skipif(shutil.which("git") is None and os.environ.get("CI") != "true", reason="needs git")
def test_a_journal_that_git_tracks_is_refused(profile: Path, double: Double) -> None:
    leave(profile, SCALED)
    for words in (["init", "-q"], ["add", "-f", "."]):
        subprocess.run(["git", *words], cwd=profile.parent, check=True)
    check_refused(profile, double, restore(profile, double, "--yes"))


def test_a_draft_that_is_a_link_is_not_written_through(profile: Path, double: Double) -> None:
    victim = profile.with_name("victim")
    victim.write_text("mine")
    profile.with_name(".salmon.nfconfgen-probe-new").symlink_to(victim)
    ended = nfconfgen("probe", profile, "--yes", "--poll", "0.01", environment=double.env(), alone=True)
    assert ended.code == 0, ended
    assert victim.read_text() == "mine"


def test_a_job_of_the_same_name_from_another_definition_is_left_alone(profile: Path, double: Double) -> None:
    batch = connect(double, "batch")
    needs = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}]
    container = {"image": "busybox", "resourceRequirements": needs}
    batch.register_job_definition(jobDefinitionName="mine", type="container", containerProperties=container)
    job = batch.submit_job(jobName=f"{NAME}-1", jobQueue="salmonWorkload", jobDefinition="mine")["jobId"]
    leave(profile, SUBMITTED)
    assert restore(profile, double, "--yes").code == 0
    assert not {"TerminateJob", "DeregisterJobDefinition"} & double.calls().keys()
    assert {one["jobId"]: one["status"] for one in double.state()["jobs"]}[job] != "FAILED"


def test_an_environment_that_is_gone_leaves_nothing_to_undo(profile: Path, double: Double) -> None:
    """Otherwise no other probe could start."""
    leave(profile, {**SCALED, "environment": "deleted"})
    ended = restore(profile, double, "--yes")
    assert ended.code == 0, ended
    assert not journal(profile).exists()


def scaled(profile: Path, double: Double) -> None:
    """A probe has raised minvCpus, and was interrupted."""
    batch = connect(double, "batch")
    batch.update_compute_environment(computeEnvironment="salmonWorkload", computeResources={"minvCpus": 1})
    double.reset_calls()
    leave(profile, SCALED)


def test_nothing_is_undone_unless_the_user_agrees(profile: Path, double: Double) -> None:
    scaled(profile, double)
    ended = restore(profile, double)
    assert "salmonWorkload" in ended.err
    check_refused(profile, double, ended)


@pytest.mark.parametrize(("answer", "code"), [(b"n\n", 2), (b"\n", 2), (b"\x04", 2), (b"y\n", 0)])
def test_it_shows_what_it_will_undo_and_asks(profile: Path, double: Double, answer: bytes, code: int) -> None:
    scaled(profile, double)
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "nfconfgen", "probe", str(profile), "--restore", "--poll", "0.01"]
    with subprocess.Popen(
        command, cwd=ROOT, env=double.env(), stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        os.close(theirs)
        os.write(ours, answer)
        out, err = running.communicate(timeout=300)
        os.close(ours)
    assert running.returncode == code, err
    assert "minvCpus" in err
    assert "Traceback" not in out + err
    assert double.state()["environments"]["salmonWorkload"]["computeResources"]["minvCpus"] == (1 if code else 0)
    assert journal(profile).exists() == bool(code)
