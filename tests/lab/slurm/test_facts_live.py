"""The lab itself, asked: the same facts as its committed samples hold, directly and by way of a file."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from nfconfgen.commands.common import utc_now
from nfconfgen.executors.slurm.facts import client as slurm_facts
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from tests.cli import Ended, nfconfgen
from tests.executors.slurm.samples import NOW, facts
from tests.executors.slurm.samples import collected as collected_facts
from tests.lab.slurm.cluster import Cluster, PartLimits

PROFILE = """\
nfconfgen: 1
pipeline: {name: p}
tasks: {default: {memory: 60 GB, time: 3h}}
sites: {lab: {executor: slurm, cluster: lab, queues: auto, account: lab}}
"""


def environment(**more: str) -> Mapping[str, str]:
    return {**os.environ, "NFCONFGEN_SLURM": "on", **more}


def run(*arguments: object) -> Ended:
    return nfconfgen(*arguments, environment=environment(), alone=True)


def test_the_lab_is_what_its_samples_say(slurm: Cluster) -> None:
    with slurm.alone():
        found, doubts = slurm_facts.ask("", NOW)
        part_limits = slurm.part_limits() != "NO"
    assert doubts == []
    known = facts()
    assert found.partitions == known.partitions
    assert found.nodes == known.nodes
    # the topologies beside the lab have QOS of their own in the same database
    assert (found.qos or {}).items() >= (known.qos or {}).items()
    assert (found.version, found.enforce, found.memory_counts) == (known.version, known.enforce, True)
    assert (found.default_account, found.default_memory_per_cpu_mib) == ("lab", 1000)
    # what tests of others may set meanwhile
    assert found.part_limits == part_limits
    assert found.associations == known.associations


@pytest.mark.parametrize(("part_limits", "at_once"), [("NO", False), ("ANY", True), ("ALL", True)])
def test_limits_that_refuse_at_once_are_known_as_such(slurm: Cluster, part_limits: PartLimits, at_once: bool) -> None:
    with slurm.alone():
        slurm.enforce(part_limits)
        found, _ = slurm_facts.ask("", NOW)
    assert found.part_limits == at_once


def test_collected_is_the_same_as_asked(slurm: Cluster, tmp_path: Path) -> None:
    with slurm.alone():
        collected = run("facts", "--collect")
        asked, _ = slurm_facts.ask("", NOW)
        (tmp_path / "p.yml").write_text(PROFILE, "utf-8")
        built = run("build", tmp_path / "p.yml")
    assert (collected.code, collected.err, built.code) == (0, "", 0), built
    file = tmp_path / "site.facts"
    # the script tells the time of the machine, a build that of the tests
    file.write_text(collected.out.replace(collected.out.split()[3], utc_now(), 1), "utf-8")
    read = collected_facts(file)
    assert replace(read, time=NOW) == asked
    assert ClusterFacts.same_but_time(read, asked)
    # and a build from the file, where there is no Slurm, comes to the same
    (tmp_path / "elsewhere").mkdir()
    elsewhere = tmp_path / "elsewhere/p.yml"
    elsewhere.write_text(PROFILE, "utf-8")
    nowhere = environment(NFCONFGEN_SLURM="off")
    ended = nfconfgen("build", elsewhere, "--from", file, environment=nowhere, alone=True)
    assert ended.code == 0, ended
    below = {path.relative_to(tmp_path / "elsewhere") for path in elsewhere.parent.rglob("*") if path.is_file()}
    assert len(below) > 4
    for path in below:
        assert (elsewhere.parent / path).read_bytes() == (tmp_path / path).read_bytes(), path


@pytest.mark.parametrize("user", ["root", "nobody"])
@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_the_script_alone_finds_the_same(
    slurm: Cluster, tmp_path: Path, user: str, shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a shell that inherits nothing, as either user; a query goes through the same user's bash."""
    script = run("facts", "--collect-script").out
    tmp_path.chmod(0o755)
    switch = tmp_path / "bash"
    switch.write_text(f'#!/bin/sh\ncd /\nexec runuser -u {user} -- /bin/bash "$@"\n')
    switch.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    command = ["runuser", "-u", user, "--", "env", "-i", "PATH=/usr/bin:/bin", shell, "-s"]
    with slurm.alone():
        done = subprocess.run(command, input=script.encode(), capture_output=True, cwd="/", check=False)
        asked, doubts = slurm_facts.ask("", NOW)
    assert (done.returncode, done.stderr, doubts) == (0, b"", [])
    file = tmp_path / "site.facts"
    file.write_bytes(done.stdout)
    read = collected_facts(file)
    assert replace(read, time=NOW) == asked
    assert read.user == user


def test_a_task_beyond_every_partition_is_reported(slurm: Cluster, tmp_path: Path) -> None:
    profile = tmp_path / "p.yml"
    profile.write_text(PROFILE.replace("60 GB", "500001 MB"), "utf-8")
    ended = run("build", profile)
    assert ended.code == 1
    assert "memory 500001 MB does not fit " in ended.out
    assert "(largest: himem1, 500000 MiB, configured" in ended.out
    assert "[memory-fit]" in ended.out


def test_whoever_may_not_ask_the_accounting_still_has_nodes(slurm: Cluster, tmp_path: Path) -> None:
    """Without sacctmgr: as on clusters that keep it from users."""
    names = ("scontrol", "sinfo", "id", "sh", "awk", "date", "od", "sed", "tr", "uname")
    for name in names:
        path = shutil.which(name)
        assert path
        (tmp_path / name).symlink_to(path)
    found = nfconfgen("facts", "--collect", environment=environment(PATH=str(tmp_path)), alone=True)
    assert found.code == 0, found
    (tmp_path / "site.facts").write_text(found.out, "utf-8")
    read = collected_facts(tmp_path / "site.facts")
    assert (read.qos, read.associations) == (None, None)
    assert (read.partitions, read.nodes) == (facts().partitions, facts().nodes)
