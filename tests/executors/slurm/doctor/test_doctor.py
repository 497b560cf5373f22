"""`nfconfgen doctor` on a login node: what is queried, how, and from which cluster."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nfconfgen.executors.slurm.doctor.examine import rules
from nfconfgen.executors.slurm.doctor.survey import script
from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.core import load_text
from tests.executors.awsbatch.fakes import Login
from tests.executors.slurm.doctor.values import PROFILE, login, row
from tests.lab.aws.client import Double

ODD = row(1, "X", submitted="2026-11-27T10:00:00+02:00", cpus="many")
BY_SSH = PROFILE.replace("executor: slurm", "executor: slurm\n    host: login.lab.org")
LATE = row(1, "PartitionTimeLimit", limit="5:00:00")


def doctor(folder: Path, node: Login, *options: str, text: str = PROFILE, **environment: str) -> Ended:
    profile = folder / "profile.yml"
    profile.write_text(text.replace("/scratch", str(folder)).replace("/shared", str(folder)), "utf-8")
    every = {**node.environment, **environment}
    ended = nfconfgen("doctor", profile, *options, environment=tuple(every.items()))
    assert "Traceback" not in ended.err
    return ended


def test_a_quiet_cluster(tmp_path: Path) -> None:
    ended = doctor(tmp_path, login(tmp_path / "node", []), "--verbose", "--strict")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.splitlines() == [
        "querying Slurm about waiting jobs, limits, folders and preemption …",
        "1 script on each cluster: lab",
        f"{len(rules())} checks on 2 queues: all in order",
    ]


def test_nothing_is_written(tmp_path: Path) -> None:
    node = login(tmp_path / "node", [LATE])
    before = set(tmp_path.rglob("*"))
    doctor(tmp_path, node)
    assert set(tmp_path.rglob("*")) - before == {tmp_path / "profile.yml"}


def test_a_waiting_job_with_what_it_asks_for(tmp_path: Path) -> None:
    """Its memory is in the record of scontrol: TRES up to 22.05, ReqTRES since."""
    for number, key in enumerate(("TRES", "ReqTRES")):
        record = f"JobId=1 JobName=nf-ALIGN JobState=PENDING {key}=cpu=1,mem=1000M,node=1,billing=1 AllocTRES=(null)"
        ended = doctor(tmp_path, login(tmp_path / f"node{number}", [LATE], [record]))
        assert ended.code == 1
        (line,) = ended.findings()
        assert line == (
            f"{tmp_path}/profile.yml:8:14: error: job 1 (nf-ALIGN) of 1 CPU, 1000 MiB and 5h waits in short for 2h: "
            "it asks for 5h, and MaxTime of short is 4h (Slurm: PartitionTimeLimit): ask for at most 4h in the "
            "profile, then resume the run; this job: scontrol update jobid=1 timelimit=240, or scancel 1 [job-waits]"
        )
        assert ended.err.splitlines()[-1].endswith(": 1 error, 0 warnings")


def test_the_formats_for_machines(tmp_path: Path) -> None:
    node = login(tmp_path / "node", [LATE])
    (found,) = json.loads(doctor(tmp_path, node, "--format", "json").out)["findings"]
    assert (found["rule"], found["level"], found["line"]) == ("job-waits", "error", 8)
    assert doctor(tmp_path, node, "--format", "github").out.startswith("::error file=")


@pytest.mark.parametrize("name", ["a\x1b[2Jb", "a|b|c", "::error::x", "JobId=1 TRES=mem=1T", "x\u202ey", "", " "])
def test_the_name_of_a_job_may_be_anything(tmp_path: Path, name: str) -> None:
    ended = doctor(tmp_path, login(tmp_path / "node", [row(1, "JobHeldUser", name)], [f"JobId=1 JobName={name}"]))
    assert ended.code == 0
    (line,) = ended.findings()
    assert "you hold it" in line
    assert "\x1b" not in line
    assert "\u202e" not in line


@pytest.mark.parametrize("text", ["\n\n|||\n", "x", "|" * 12, "|" * 40, ODD])
def test_lines_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    assert doctor(tmp_path, login(tmp_path / "node", [text])).code == 0


def test_jobs_of_a_kind_are_one_finding(tmp_path: Path) -> None:
    jobs = [row(number, "QOSGrpCpuLimit", f"nf-ALIGN_({number})") for number in range(1, 13)]
    (line,) = doctor(tmp_path, login(tmp_path / "node", jobs)).findings()
    assert "12 jobs (1, 2, 3 and 9 more; nf-ALIGN_(1), nf-ALIGN_(2), nf-ALIGN_(3) and 9 more) of 1 CPU" in line


def test_by_ssh_all_is_one_connection(tmp_path: Path) -> None:
    node = login(tmp_path / "node", [LATE])
    ended = doctor(tmp_path, node, text=BY_SSH)
    assert ended.code == 1
    assert "job 1 (nf-ALIGN)" in ended.out
    assert len((tmp_path / "node/ssh.log").read_text("utf-8").splitlines()) == 1


def test_a_host_that_does_not_answer(tmp_path: Path) -> None:
    node = login(tmp_path / "node", [])
    node.command("ssh", "echo 'Permission denied' >&2; exit 255\n")
    ended = doctor(tmp_path, node, text=BY_SSH)
    assert (ended.code, ended.out) == (2, "")
    assert "login.lab.org does not answer: Permission denied" in ended.err


def test_a_host_of_another_cluster(tmp_path: Path) -> None:
    text = PROFILE.replace("executor: slurm", "executor: slurm\n    host: login.lab.org\n    cluster: other")
    ended = doctor(tmp_path, login(tmp_path / "node", [LATE]), text=text)
    assert ended.code == 1
    assert "login.lab.org belongs to cluster lab, not other" in ended.out
    assert "job-waits" not in ended.out


@pytest.mark.parametrize("how", ["off", "another cluster"])
def test_a_cluster_that_is_not_queried_from_here(tmp_path: Path, how: str) -> None:
    text = PROFILE.replace("executor: slurm", "executor: slurm\n    cluster: other")
    node = login(tmp_path / "node", [LATE])
    off = {"NFCONFGEN_SLURM": "off"} if how == "off" else {}
    ended = doctor(tmp_path, node, text=text if how != "off" else PROFILE, **off)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.splitlines()[-1] == "no site can be queried from here: there is nothing to check"
    if how == "off":
        assert "cluster: not checked, as this machine has no Slurm; run this command on a login node" in ended.err


def test_of_two_clusters_a_login_node_is_asked_about_its_own(tmp_path: Path) -> None:
    site = PROFILE.partition("  cluster:\n")[2]
    second = "  far:\n" + site.replace("executor: slurm", "executor: slurm\n    cluster: far")
    first = PROFILE.replace("executor: slurm", "executor: slurm\n    cluster: lab")
    ended = doctor(tmp_path, login(tmp_path / "node", [LATE]), text=first + second)
    assert ended.code == 1
    assert len(ended.findings()) == 1
    assert ended.err.splitlines()[-1].endswith(" checks on 2 queues: 1 error, 0 warnings")


def test_a_login_node_does_not_answer_for_a_cluster_without_a_name(tmp_path: Path) -> None:
    """One of two clusters: it may be the other one."""
    site = PROFILE.partition("  cluster:\n")[2]
    second = "  far:\n" + site.replace("executor: slurm", "executor: slurm\n    cluster: far")
    ended = doctor(tmp_path, login(tmp_path / "node", [LATE]), text=PROFILE + second)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.splitlines()[-1] == "no site can be queried from here: there is nothing to check"


def test_without_squeue_the_rest_is_checked(tmp_path: Path) -> None:
    node = login(tmp_path / "node", [], df="Type 1K-blocks Avail Inodes IFree\next4 9999999999 999999999 0 0\n")
    node.without("squeue")
    ended = doctor(tmp_path, node)
    assert ended.code == 0
    assert "waiting jobs could not be checked: the command failed" in ended.out
    assert ended.out.count("[not-shared]") == 2


def test_a_file_system_that_does_not_answer(tmp_path: Path) -> None:
    node = login(tmp_path / "node", [])
    node.command("df", "exit 1\n")
    node.command("timeout", 'case "$*" in *images) exit 124 ;; *) shift 3; exec "$@" ;; esac\n')
    ended = doctor(tmp_path, node)
    assert ended.code == 0
    assert f"{tmp_path}/images (cache_dir) could not be checked: its file system does not answer" in ended.out


def test_a_path_is_never_run_by_the_shell(tmp_path: Path) -> None:
    """Nor expanded: Nextflow takes it literally as well."""
    path = f"/scratch/$(touch {tmp_path}/ran)/`touch {tmp_path}/ran`/$HOME/MARK/ASSOC_FORMAT/it's;x"
    text = PROFILE.replace("work_dir: /scratch/work", f"work_dir: {json.dumps(path.replace('$H', '$$H'))}")
    ended = doctor(tmp_path, login(tmp_path / "node", []), text=text)
    assert ended.code == 0, ended
    assert not (tmp_path / "ran").exists()
    loaded = load_text(text, "profile.yml")
    assert loaded.profile is not None
    assert path.replace("'", "'\"'\"'") in script(loaded.profile.sites)


def test_the_folder_that_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    text = PROFILE.replace("/scratch/work", "/scratch/file/work").replace("/shared/images", "/dev/null")
    ended = doctor(tmp_path, login(tmp_path / "node", []), text=text)
    assert ended.code == 1
    assert f"{tmp_path}/file is not a folder" in ended.out
    assert "/dev/null is not a folder" in ended.out


def test_a_profile_of_both_is_checked_on_both(tmp_path: Path, double: Double) -> None:
    """Each plans its own sites: the partitions of Slurm are not unknown to AWS, nor the other way round."""
    node = login(tmp_path / "node", [row(1, "PartitionTimeLimit", limit="5:00:00")])
    text = (ROOT / "profiles/salmon.yml").read_text("utf-8")
    every = {**double.env(), **node.environment}
    alone = doctor(tmp_path, node, text=text, **{**every, "NFCONFGEN_SLURM": "off"})
    both = doctor(tmp_path, node, text=text, **every)
    more = set(both.findings()) - set(alone.findings())
    assert {line.rpartition(" ")[2] for line in more} == {"[job-waits]", "[engine-missing]"}
    assert set(alone.findings()) < set(both.findings())
    assert " checks on 3 queues: " in both.err.splitlines()[-1]
    assert " checks on 2 queues: " in alone.err.splitlines()[-1]


def test_the_manual_names_every_rule() -> None:
    manual = (ROOT / "docs/doctor.md").read_text("utf-8")
    assert [rule for rule in (*rules(), "unchecked") if f"`{rule}`" not in manual] == []
