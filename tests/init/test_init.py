"""`nfconfgen init` where nobody is asked: what it writes, and that it builds."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

import pytest
import yaml

from nfconfgen import files
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.profile.load import load
from nfconfgen.sync import transaction
from tests.cli import nfconfgen
from tests.init.repositories import CLUSTER, CONFIG, MAIN, empty, pipeline, state
from tests.lab.aws.client import Double

LINE = "includeConfig 'nfconfgen/conf/profiles.config'\n"
NO_AWS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(autouse=True)
def no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in NO_AWS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = pipeline(tmp_path / "reads")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    path = tmp_path / "lab.yml"
    path.write_text(CLUSTER)
    return path


def sound(folder: Path) -> None:
    """The profile loads without a finding, and its files are up to date."""
    assert load(folder / "profile.yml", EXECUTORS).findings == ()
    assert nfconfgen("check", folder / "profile.yml", "--full").code == 0
    before = state(folder)
    assert nfconfgen("build", folder / "profile.yml", "--offline", "--exit-code").code == 0
    assert state(folder) == before


def test_a_first_profile_is_built_and_included(here: Path, cluster: Path) -> None:
    before = state(here)
    ended = nfconfgen("init", "--yes", "--from", cluster)
    assert ended.code == 0, ended
    sound(here)
    after = state(here)
    assert (here / "nextflow.config").read_text() == f"{CONFIG}\n{LINE}"
    assert {name for name in before if after[name] != before[name]} == {"nextflow.config"}
    assert "nfconfgen/conf/cluster.config" in after
    ended = nfconfgen("check", "--pipeline", ".", environment={"PATH": "/usr/bin:/bin"})
    assert ended.code == 0, ended.out
    assert "include" not in ended.out


def test_what_the_pipeline_sets_is_left_to_it(here: Path, cluster: Path) -> None:
    assert nfconfgen("init", "--yes", "--from", cluster).code == 0
    data = yaml.safe_load((here / "profile.yml").read_text())
    assert "tasks" not in data
    assert "retry" not in data
    assert data["pipeline"] == {"name": "reads", "nextflow": ">=25.04.1"}
    assert data["sites"]["cluster"]["container"]["engine"]
    assert data["launch"]["params"] == {"cluster": {"outdir": "results"}}
    assert "input" in (here / "profile.yml").read_text()


@pytest.mark.parametrize("kind", ["empty", "no sizes"])
def test_a_pipeline_without_sizes_gets_some(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = empty(tmp_path / "new")
    if kind != "empty":
        (folder / "main.nf").write_text(MAIN)
    monkeypatch.chdir(folder)
    ended = nfconfgen("init", "--yes")
    assert ended.code == 0, ended
    data = yaml.safe_load((folder / "profile.yml").read_text())
    assert {"cpus", "memory", "time"} <= data["tasks"]["default"].keys()
    assert data["retry"]["attempts"] > 1
    assert (folder / "nextflow.config").read_text() == LINE
    sound(folder)


def test_limits_are_set_where_attempts_outgrow_the_queues(here: Path, tmp_path: Path) -> None:
    cluster = tmp_path / "small.yml"
    cluster.write_text(CLUSTER.replace("max_time: 7d", "max_time: 1h"))
    assert nfconfgen("init", "--yes", "--from", cluster).code == 0
    data = yaml.safe_load((here / "profile.yml").read_text())
    assert data["sites"]["cluster"]["limits"] == {"cpus": 32, "memory": "125 GB", "time": "1d"}
    sound(here)


def test_a_second_time_is_refused(here: Path) -> None:
    assert nfconfgen("init", "--yes").code == 0
    before = state(here)
    ended = nfconfgen("init", "--yes")
    assert ended.code == 2
    assert "nfconfgen build" in ended.err
    assert state(here) == before


@pytest.mark.parametrize("name", ["profile.yml", "profile.yaml", "nfconfgen.yml", "profile.lock.json"])
def test_nothing_that_exists_is_replaced(name: str, here: Path) -> None:
    (here / name).symlink_to("/nowhere")
    before = sorted(here.iterdir())
    assert nfconfgen("init", "--yes").code == 2
    assert sorted(here.iterdir()) == before


def test_a_dry_run_prints_the_profile_and_writes_nothing(here: Path, cluster: Path) -> None:
    before = state(here)
    ended = nfconfgen("init", "--dry-run", "--from", cluster)
    assert ended.code == 0
    assert state(here) == before
    assert nfconfgen("init", "--yes", "--from", cluster).code == 0
    assert ended.out == (here / "profile.yml").read_text()


def test_names_and_folders_collide_with_nothing(here: Path, cluster: Path) -> None:
    (here / "nextflow.config").write_text(f"{CONFIG}profiles {{ cluster {{ cleanup = true }} }}\n")
    (here / "nfconfgen").mkdir()
    assert nfconfgen("init", "--yes", "--from", cluster).code == 0
    data = yaml.safe_load((here / "profile.yml").read_text())
    assert data["output"] not in ("./", "nfconfgen/", "conf/")
    assert not {"slurm", "cluster", "docker"} & data["sites"].keys()
    sound(here)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--site", "pbs"], "--site"),
        (["--site", "slurm=slurm"], "slurm"),
        (["--site", "a=slurm", "--site", "b=slurm"], "--site"),
        (["--site", "a b=slurm"], "--site"),
        (["--site", "awsbatch"], "--region"),
        (["--site", "awsbatch", "--region", "eu-west-1"], "--queue"),
        (["--site", "awsbatch", "--region", "Dublin", "--queue", "q"], "--region"),
        (["--site", "slurm", "--queue", "q"], "--queue"),
        (["--site", "local", "--partition", "short"], "--partition"),
        (["--site", "hpc=slurm", "--partition", "a;b"], "--partition"),
        (["--site", "hpc=slurm", "--work-dir", "s3://bucket/work"], "--work-dir"),
        (["--site", "hpc=slurm", "--work-dir", "work"], "--work-dir"),
        (["--name", "a/b"], "--name"),
        (["nowhere"], "nowhere"),
        (["--from", "nowhere"], "nowhere"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_must_be_known_is_named_and_nothing_written(arguments: Sequence[str], named: str, here: Path) -> None:
    before = state(here)
    ended = nfconfgen("init", "--yes", *arguments)
    assert ended.code == 2, ended
    assert named in ended.err.splitlines()[-1]
    assert state(here) == before


def test_a_misspelt_partition_is_refused(here: Path, cluster: Path) -> None:
    before = state(here)
    ended = nfconfgen("init", "--yes", "--from", cluster, "--partition", "shrt")
    assert (ended.code, "short" in ended.err) == (2, True)
    assert state(here) == before


def test_a_cluster_that_is_not_known_yet_is_built_unproven(here: Path) -> None:
    ended = nfconfgen("init", "--yes", "--site", "hpc=slurm", "--partition", "short", "--work-dir", "/scratch/work")
    assert ended.code == 0
    assert "collect-script" in ended.err
    site = yaml.safe_load((here / "profile.yml").read_text())["sites"]["hpc"]
    assert (site["queues"], site["work_dir"]) == (["short"], "/scratch/work")
    sound(here)


def test_an_account_that_cannot_be_asked_stops_no_other_site(here: Path, cluster: Path) -> None:
    aws = ["--site", "awsbatch", "--region", "eu-west-1", "--queue", "small"]
    ended = nfconfgen("init", "--yes", "--from", cluster, "--site", "hpc=slurm", *aws)
    assert ended.code == 1
    assert "[aws]" in ended.out
    assert (here / "nfconfgen/conf/hpc.config").exists()
    assert not (here / "nfconfgen/conf/awsbatch.config").exists()
    assert (here / "nextflow.config").read_text().endswith(LINE)


def test_without_any_site_that_can_be_built_nothing_is_included(here: Path) -> None:
    """Nextflow ends at an include of a file that does not exist."""
    ended = nfconfgen("init", "--yes", "--site", "awsbatch", "--region", "eu-west-1", "--queue", "small")
    assert ended.code == 1
    assert (here / "profile.yml").exists()
    assert (here / "nextflow.config").read_text() == CONFIG


def test_job_queues_are_found_the_smallest_first(here: Path, double: Double) -> None:
    with mock.patch.dict(os.environ, double.env()):
        ended = nfconfgen("init", "--yes", "--work-dir", "s3://lab/work/reads")
    assert ended.code == 0, ended
    site = yaml.safe_load((here / "profile.yml").read_text())["sites"]["awsbatch"]
    assert site["queues"] == ["salmonWorkload", "salmonExcess"]
    assert site["region"] == double.region
    allowed = {"DescribeJobQueues", "DescribeComputeEnvironments", "DescribeInstanceTypes", "DescribeClusters"}
    allowed |= {"ListContainerInstances", "DescribeContainerInstances", "DescribeLaunchTemplateVersions"}
    assert double.calls().keys() <= allowed
    sound(here)


def test_aws_that_answers_with_an_error_is_left_out(here: Path, double: Double) -> None:
    double.fail("DescribeJobQueues", "AccessDeniedException", 403)
    with mock.patch.dict(os.environ, double.env()):
        ended = nfconfgen("init", "--yes")
    assert ended.code == 0
    assert "not allowed" in ended.err
    assert list(yaml.safe_load((here / "profile.yml").read_text())["sites"]) == ["local"]


def test_configs_for_a_scheduler_are_named(here: Path) -> None:
    (here / "conf/my cluster.config").write_text("process { executor = 'slurm'; queue = 'short' }\n")
    ended = nfconfgen("init", "--yes", "--no-import")
    assert "profile slurm of nextflow.config" in ended.err
    assert "nfconfgen import 'conf/my cluster.config'" in ended.err


def test_the_folder_may_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: Path) -> None:
    top = empty(tmp_path / "top")
    folder = pipeline(top / "pipelines/reads")
    (folder / ".git").rename(tmp_path / "gone")
    monkeypatch.chdir(top)
    assert nfconfgen("init", "pipelines/reads", "--yes", "--from", cluster).code == 0
    assert (top / ".pre-commit-config.yaml").exists()
    assert (folder / "nextflow.config").read_text().endswith(LINE)
    sound(folder)


def test_without_git_nothing_is_written_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert nfconfgen("init", "--yes").code == 0
    assert not (tmp_path / ".pre-commit-config.yaml").exists()
    assert not (tmp_path / ".gitattributes").exists()


def test_names_of_others_are_escaped(here: Path, tmp_path: Path) -> None:
    evil = "x\\u001b[2J\\u202e"
    (here / "main.nf").write_text(MAIN.replace("process_high", "x\x1b[2J\n- evil"))
    (here / "nextflow_schema.json").write_text(f'{{"required": ["{evil}"], "properties": {{"{evil}": {{}}}}}}')
    (here / "nextflow.config").write_text(CONFIG.replace("lab/reads", "lab/\x1b[2J: {x"))
    ended = nfconfgen("init", "--yes")
    assert ended.code == 0, ended
    written = (here / "profile.yml").read_text()
    assert not {"\x1b", "\u202e"} & {*ended.err, *ended.out, *written}
    assert yaml.safe_load(written)["sites"].keys() == {"local"}


def test_a_large_repository_costs_no_more(here: Path) -> None:
    for number in range(10_000 // 250):
        folder = here / f"data/{number}"
        folder.mkdir(parents=True)
        for name in range(250):
            (folder / f"{name}.nf").touch()
    opened = []

    def counted(path: object, *arguments: object, **options: object) -> int:
        opened.append(str(path))
        return real(path, *arguments, **options)  # type: ignore[arg-type]

    real = files.opened
    with mock.patch("nfconfgen.files.opened", counted):
        assert nfconfgen("init", "--yes").code == 0
    assert not [path for path in opened if "data/" in path]
    assert len(opened) < 100


def test_ctrl_c_while_files_are_written_comes_too_late(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = transaction.commit

    def interrupted(*arguments: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        real(*arguments)  # type: ignore[arg-type]
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(transaction, "commit", interrupted)
    handler = signal.getsignal(signal.SIGINT)
    assert nfconfgen("init", "--yes").code == 0
    assert signal.getsignal(signal.SIGINT) is handler
    sound(here)


@pytest.mark.parametrize("at", ["nfconfgen.commands.init.look", "nfconfgen.commands.init.build"])
def test_ctrl_c_before_leaves_nothing(at: str, here: Path) -> None:
    before = state(here)
    with mock.patch(at, side_effect=KeyboardInterrupt):
        assert nfconfgen("init", "--yes").code == 130
    assert state(here) == before
