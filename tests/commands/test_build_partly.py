"""A profile of which one cluster or account cannot be queried: the other sites are built, and nothing is lost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.executors.awsbatch.fakes import Login
from tests.lab.aws.client import Double

TEXT = """\
nfconfgen: 1
pipeline: {name: p}
tasks: {default: {cpus: 2, memory: 4 GB, time: 1h, container: "a/b:1"}}
sites:
  hpc: {executor: slurm, queues: QUEUES, work_dir: /scratch/w}
  cloud: {executor: awsbatch, region: eu-central-1, queues: [salmonWorkload], work_dir: s3://bucket/w}
"""


class Work:
    """A profile of two sites on a machine that may have either, both or none of Slurm and AWS credentials."""

    def __init__(self, folder: Path, double: Double) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        self.profile = self.folder / "p.yml"
        self.login = Login(folder / "login")
        self.aws = double.env(folder)
        self.has_aws = self.has_slurm = False
        self.queues()

    def queues(self, of_slurm: str = "[short, long]") -> None:
        self.profile.write_text(TEXT.replace("QUEUES", of_slurm))

    def environment(self) -> Mapping[str, str]:
        aws = {key: value for key, value in self.aws.items() if self.has_aws or "KEY" not in key}
        return {**aws, **self.login.environment, "NFCONFGEN_SLURM": "on" if self.has_slurm else "off"}

    def run(self, *arguments: object) -> Ended:
        ended = nfconfgen(*arguments, environment=self.environment(), alone=True)
        assert "Traceback" not in ended.out + ended.err
        return ended

    def build(self, *options: object, slurm: bool = False, aws: bool = False) -> Ended:
        self.has_slurm, self.has_aws = slurm, aws
        return self.run("build", self.profile, *options)

    def check(self) -> list[str]:
        """The lines of findings about sites that are not built."""
        ended = self.run("check", self.profile)
        found = [line for line in ended.out.splitlines() if line.endswith("[not-built]")]
        assert ended.code == (1 if found else 0), ended
        return found

    def files(self) -> dict[str, bytes]:
        return {str(p.relative_to(self.folder)): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}

    def included(self) -> list[str]:
        text = (self.folder / "conf/profiles.config").read_text()
        names = [line.split("'")[1] for line in text.splitlines() if line.strip().startswith("includeConfig")]
        assert all((self.folder / "conf" / name).exists() for name in names)
        return names


@pytest.fixture
def work(tmp_path: Path, double: Double) -> Work:
    return Work(tmp_path, double)


def test_without_aws_the_cluster_is_built(work: Work) -> None:
    ended = work.build(slurm=True)
    assert ended.code == 1
    (line,) = [line for line in ended.out.splitlines() if "error" in line]
    assert line.startswith(f"{work.profile}:6:3: error: no AWS credentials were found")
    assert "so cloud is left out: its requests are not proven, its files not written" in line
    assert work.included() == ["hpc.config"]
    assert not [name for name in work.files() if "cloud" in name or "definition" in name]
    assert set(json.loads(work.files()["p.lock.json"])["facts"]) == {"slurm"}
    (line,) = work.check()
    assert "cloud was never built" in line
    assert f"nfconfgen build {work.profile} " in line


def test_without_the_cluster_aws_is_built(work: Work) -> None:
    ended = work.build(aws=True)
    assert ended.code == 1
    (line,) = [line for line in ended.out.splitlines() if "error" in line]
    assert line.endswith("[queue-choice]")
    assert "so hpc is left out" in line
    assert work.included() == ["cloud.config"]
    assert ["hpc was never built" in line for line in work.check()] == [True]


@pytest.mark.parametrize("queues", ["auto", "{auto: {except: [long]}}"])
def test_partitions_to_choose_from_are_not_needed_for_aws(work: Work, queues: str) -> None:
    work.queues(queues)
    ended = work.build(aws=True)
    assert ended.code == 1
    assert [line.split("[")[-1] for line in ended.out.splitlines() if "error" in line] == ["facts-missing]"]
    assert work.included() == ["cloud.config"]


def test_without_both_nothing_is_written(work: Work) -> None:
    before = work.files()
    ended = work.build()
    assert ended.code == 1
    assert [line.count("is left out") for line in ended.findings()] == [1, 1]
    assert work.files() == before
    assert work.run("facts", work.profile, "--refresh").code == 1
    assert work.files() == before


def test_a_cluster_that_can_be_planned_without_facts_is(work: Work) -> None:
    work.queues("[short]")
    ended = work.build()
    assert ended.code == 1
    assert work.included() == ["hpc.config"]
    assert "hpc: the nodes are unknown" in ended.err


def test_what_was_left_out_comes_later(work: Work, tmp_path: Path) -> None:
    work.build(slurm=True)
    work.build("--offline")
    assert len(work.check()) == 1
    # the cluster's facts are in the lock by now
    assert work.build(aws=True).code == 0
    assert work.included() == ["hpc.config", "cloud.config"]
    assert work.check() == []
    late = work.files()
    for name in late:
        (work.folder / name).unlink()
    work.queues()
    assert work.build(slurm=True, aws=True).code == 0
    assert work.files().keys() == late.keys()
    assert {name: text for name, text in work.files().items() if name != "p.lock.json"} == {
        name: text for name, text in late.items() if name != "p.lock.json"
    }
    assert work.build("--offline").code == 0


class TestBuiltBefore:
    """Both sites were built; then the profile names another queue, and AWS cannot be queried."""

    @pytest.fixture
    def before(self, work: Work) -> dict[str, bytes]:
        assert work.build(slurm=True, aws=True).code == 0
        text = work.profile.read_text().replace("[salmonWorkload]", "[salmonWorkload, salmonExcess]")
        work.profile.write_text(text.replace("time: 1h", "time: 2h"))
        return work.files()

    def test_its_files_stay(self, work: Work, before: dict[str, bytes]) -> None:
        ended = work.build(slurm=True)
        assert ended.code == 1
        assert "cloud is left out: its files stay as an earlier build wrote them" in ended.err
        after = work.files()
        assert after.keys() == before.keys()
        changed = {name for name, text in after.items() if before[name] != text}
        assert changed == {"conf/hpc.config", "p.lock.json"}
        assert work.included() == ["hpc.config", "cloud.config"]
        lock = {name: json.loads(files["p.lock.json"]) for name, files in (("before", before), ("after", after))}
        assert lock["after"]["outputs"].keys() == lock["before"]["outputs"].keys()
        assert lock["after"]["facts"] == lock["before"]["facts"]

    def test_check_says_so(self, work: Work, before: dict[str, bytes]) -> None:
        work.build(slurm=True)
        (line,) = work.check()
        assert "cloud still has the files of an earlier build" in line
        # a second one finds nothing to do, and is no better
        after = work.files()
        assert work.build(slurm=True).code == 1
        assert work.files() == after
        assert len(work.check()) == 1

    def test_with_aws_all_is_well_again(self, work: Work, before: dict[str, bytes]) -> None:
        work.build(slurm=True)
        assert work.build(aws=True).code == 0
        assert work.check() == []
        assert b"salmonExcess" in work.files()["conf/cloud.config"]

    def test_a_config_that_is_gone_is_not_included(self, work: Work, before: dict[str, bytes]) -> None:
        (work.folder / "conf/cloud.config").unlink()
        assert work.build(slurm=True).code == 1
        assert work.included() == ["hpc.config"]
        assert len(work.check()) == 1

    def test_nor_is_it_elsewhere(self, work: Work, before: dict[str, bytes], tmp_path: Path) -> None:
        assert work.build("--out", tmp_path / "out", slurm=True).code == 1
        assert "cloud" not in (tmp_path / "out/conf/profiles.config").read_text()

    def test_another_output_folder_removes_nothing_of_it(self, work: Work, before: dict[str, bytes]) -> None:
        work.profile.write_text(work.profile.read_text() + "output: made\n")
        assert work.build(slurm=True).code == 1
        after = work.files()
        assert "conf/cloud.config" in after
        assert "conf/hpc.config" not in after
        assert "made/conf/hpc.config" in after

    def test_nor_does_a_lost_lock(self, work: Work, before: dict[str, bytes]) -> None:
        (work.folder / "p.lock.json").unlink()
        assert work.build("--force", slurm=True).code == 1
        assert work.files()["conf/cloud.config"] == before["conf/cloud.config"]

    def test_a_file_that_was_edited_is_still_in_the_way(self, work: Work, before: dict[str, bytes]) -> None:
        with (work.folder / "conf/hpc.config").open("a") as config:
            config.write("// mine\n")
        ended = work.build(slurm=True)
        assert ended.code == 1
        assert "[edited]" in ended.out
        assert json.loads(work.files()["p.lock.json"]) == json.loads(before["p.lock.json"])


def test_other_commands_show_the_other_sites(work: Work) -> None:
    work.build(slurm=True)
    for command in ("validate", "explain", "diff"):
        ended = work.run(command, work.profile)
        assert ended.code == 1
        assert "the lock has no facts about salmonWorkload in eu-central-1, so cloud is left out" in ended.out
    assert "hpc: Slurm, partition" in work.run("explain", work.profile).out
    ended = work.run("explain", work.profile, "--site", "cloud")
    assert (ended.code, "is left out" in ended.out, "hpc: Slurm" in ended.out) == (1, True, False)
    ended = work.run("facts", work.profile)
    assert (ended.code, "64000 MiB" in ended.out) == (1, True)


@pytest.mark.parametrize("slurm", [True, False])
def test_so_do_they_in_a_pipeline(work: Work, slurm: bool) -> None:
    (work.folder / "main.nf").write_text("process A {\n    script:\n    'true'\n}\nworkflow {\n    A()\n}\n")
    (work.folder / "nextflow.config").write_text("includeConfig 'conf/profiles.config'\n")
    work.build(slurm=True)
    if not slurm:  # a lock without any facts
        lock = json.loads(work.files()["p.lock.json"])
        (work.folder / "p.lock.json").write_text(json.dumps({**lock, "facts": {}}))
    for command in ("build", "check", "validate", "explain", "diff", "facts"):
        ended = work.run(command, work.profile, *(["--offline"] if command in ("build", "facts") else []))
        assert ended.code == 1
        assert "so cloud is left out" in ended.out


def test_an_error_of_the_profile_still_stops_all(work: Work) -> None:
    work.profile.write_text(work.profile.read_text().replace("memory: 4 GB", "memory: 4000 GB"))
    ended = work.build(slurm=True)
    assert ended.code == 1
    assert "[memory-fit]" in ended.out
    assert not (work.folder / "conf").exists()


def test_a_live_check_needs_an_answer(work: Work) -> None:
    work.build(slurm=True, aws=True)
    work.has_aws = False
    assert work.run("check", work.profile, "--live").code == 2


def test_the_example_without_its_lock_is_built_for_slurm(tmp_path: Path) -> None:
    profile = shutil.copy(ROOT / "profiles/salmon.yml", tmp_path)
    ended = nfconfgen("build", profile, "--offline")
    assert ended.code == 1
    assert sorted(path.name for path in (tmp_path / "salmon/conf").iterdir()) == ["profiles.config", "slurm.config"]
