"""The configuration of a Slurm site: each key where it belongs, and nothing that is not set."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.lab.shell import Stage, build, profile


def config(folder: Path, site: dict[str, Any], tasks: dict[str, Any] | None = None) -> str:
    """conf/slurm.config of a site with these keys besides, and the profile's tasks replaced if any are given."""
    data = profile(folder)
    # the nodes of this cluster are unknown
    data["sites"]["slurm"] |= {"cluster": "elsewhere", **site}
    data["pipeline"]["nextflow"] = ">=24.04"
    if tasks is not None:
        data["tasks"] = tasks
        # what these tasks ask for is not there on AWS
        del data["sites"]["awsbatch"], data["launch"]["params"]["awsbatch"]
    return (build(folder, data) / "conf/slurm.config").read_text("utf-8")


def scope(text: str, name: str) -> dict[str, str]:
    """The settings of a scope, as they are written."""
    found = re.search(rf"^{name} \{{\n(.*?)^\}}", text, re.MULTILINE | re.DOTALL)
    lines = found[1].splitlines() if found else []
    return dict(line.strip().split(" = ", 1) for line in lines if re.match(r"    \w+ += ", line))


def options(text: str) -> list[str]:
    return re.findall(r"clusterOptions +?= '(.*)'$", text, re.MULTILINE)


def test_unset_keys_leave_no_trace(tmp_path: Path) -> None:
    text = config(tmp_path, {})
    assert not re.search(r"^(executor|docker|singularity) \{", text, re.MULTILINE)
    assert not re.search(r"clusterOptions|scratch|stage|beforeScript|module|accelerator|withName|account", text)


@pytest.mark.parametrize(
    ("rate", "written"),
    [
        ({"jobs": 10, "per": "1s"}, "'10/1sec'"),
        ({"jobs": 10, "per": "90s"}, "'10/90sec'"),
        ({"jobs": 60, "per": "1 min"}, "'60/1min'"),
        ({"jobs": 60, "per": "2h"}, "'60/120min'"),
    ],
)
def test_the_time_of_a_rate_has_a_number(tmp_path: Path, rate: dict[str, Any], written: str) -> None:
    text = config(tmp_path, {"submission": {"rate": rate}})
    assert scope(text, "executor") == {"submitRateLimit": written}


def test_account_and_submission_share_a_scope(tmp_path: Path) -> None:
    text = config(tmp_path, {"account": "lab", "submission": {"queue_size": 50, "queue_global_status": False}})
    assert scope(text, "executor") == {"account": "'lab'", "queueSize": "50", "queueGlobalStatus": "false"}


def test_an_account_of_the_environment_is_read_by_nextflow(tmp_path: Path) -> None:
    text = config(tmp_path, {"account": "${LAB_ACCOUNT:-lab}"})
    assert scope(text, "executor") == {"account": "System.getenv('LAB_ACCOUNT') ?: 'lab'"}


@pytest.mark.parametrize(
    ("engine", "off"),
    [
        ("singularity", ["docker"]),
        ("apptainer", ["docker"]),
        ("docker", ["singularity", "apptainer"]),
        ("podman", ["docker", "singularity", "apptainer"]),
        ("charliecloud", ["docker", "singularity", "apptainer"]),
    ],
)
def test_engines(tmp_path: Path, engine: str, off: list[str]) -> None:
    text = config(tmp_path, {"container": {"engine": engine, "options": "-x 'a'", "env": ["A", "B"]}})
    assert scope(text, engine) == {
        "enabled": "true",
        "runOptions": "'-x \\'a\\''",
        "envWhitelist": "'A,B'",
    }
    assert re.findall(r"^(\w+) \{\n    enabled = false\n\}", text, re.MULTILINE) == off


@pytest.mark.parametrize("value", [True, False])
def test_mounts_stand_where_they_are_set(tmp_path: Path, value: bool) -> None:
    text = config(tmp_path, {"container": {"engine": "apptainer", "auto_mounts": value}})
    assert scope(text, "apptainer") == {"enabled": "true", "autoMounts": str(value).lower()}


def test_options_stand_in_one_line(tmp_path: Path) -> None:
    site = {
        "qos": "short",
        "nodelist": ["c1"],
        "exclude": ["c2", "c[3-4]"],
        "exclusive": False,
        "cluster_options": ["-O", "-L m:1"],
    }
    assert options(config(tmp_path, site)) == ["--qos=short --nodelist=c1 --exclude=c2,c[3-4] -O -L m:1"]


GPU = {
    "default": {"memory": "4 GB"},
    "labels": {
        "gpu": {"accelerator": 1},
        "long": {"time": "2d"},
        "high": {"cpus": 8},
    },
    "processes": {"CALL": {"memory": "8 GB", "accelerator": {"count": 2, "type": "a100"}}, "MAP": {"cpus": 2}},
}


def test_gpus_come_with_the_options_of_the_site(tmp_path: Path) -> None:
    text = config(tmp_path, {"qos": "short"}, GPU)
    # the site, high, gpu, CALL, MAP; a class that only adds a time has no options
    whole = ["--qos=short", "--qos=short", "--qos=short --gres=gpu:1", "--qos=short --gres=gpu:a100:2", "--qos=short"]
    assert options(text) == whole
    assert re.findall(r"with\w+: '(.+)'", text) == ["long", "high", "gpu", "(.*:)?(CALL)", "(.*:)?(MAP)"]


def test_without_options_a_selector_takes_those_of_others_away(tmp_path: Path) -> None:
    assert options(config(tmp_path, {}, GPU)) == ["", "--gres=gpu:1", "--gres=gpu:a100:2", ""]


def test_gpus_of_every_task(tmp_path: Path) -> None:
    tasks = {"default": {"memory": "4 GB", "accelerator": 1}, "processes": {"MAP": {"accelerator": 0}}}
    assert options(config(tmp_path, {}, tasks)) == ["--gres=gpu:1", ""]


def test_no_gpus_anywhere(tmp_path: Path) -> None:
    tasks = {"default": {"memory": "4 GB", "accelerator": 0}, "labels": {"high": {"cpus": 4}}}
    assert options(config(tmp_path, {}, tasks)) == []


def test_memory_that_is_never_requested(tmp_path: Path) -> None:
    text = config(tmp_path, {"ask_memory": "never"})
    assert re.findall(r"memory += .*", text) == ["memory = null"]
    assert "withName: '.+' {" in text
    assert scope(text, "executor") == {}


def test_classes_with_the_same_request_write_what_each_sets(tmp_path: Path) -> None:
    tasks = {
        "default": {"cpus": 2, "memory": "4 GB"},
        "labels": {"a": {"cpus": 2, "memory": "8 GB"}, "b": {"memory": "8 GB"}, "c": {"cpus": 2, "memory": "8 GB"}},
    }
    parts = config(tmp_path, {}, tasks).split("withLabel: ")[1:]
    assert [bool(re.search(r"^ +cpus += 2$", part, re.MULTILINE)) for part in parts] == [True, False, True]


ACCOUNTS = {
    "required": "${LAB_ACCOUNT}",
    "default": "${LAB_ACCOUNT:-lab}",
    "optional": "${LAB_ACCOUNT:-}",
    "either": "${LAB_ACCOUNT:-${OTHER_ACCOUNT}}",
    "param": "${params.account:-${LAB_ACCOUNT:-lab}}",
}


@pytest.mark.parametrize("kind", ["run", "warmup"])
@pytest.mark.parametrize("way", list(ACCOUNTS))
def test_scripts_take_the_account_from_the_environment(tmp_path: Path, way: str, kind: str) -> None:
    data = profile(tmp_path)
    data["sites"]["slurm"] |= {"account": ACCOUNTS[way], "params": {"account": None}}
    data["pipeline"]["nextflow"] = ">=23.10"
    script = build(tmp_path, data) / f"launch/{kind}-slurm.sh"
    stage = Stage(tmp_path / "stage", "nextflow", "sbatch", "aws")
    assert stage.run(script, LAB_ACCOUNT="mine; touch pwned").code == 0
    assert [call.account for call in stage.calls("nextflow")][-1:] == ["mine; touch pwned"]
    unset = stage.run(script)
    if way == "either":
        assert "OTHER_ACCOUNT is not set" in unset.complaint()
        assert stage.run(script, OTHER_ACCOUNT="theirs").code == 0
        assert [call.account for call in stage.calls("nextflow")][-1:] == ["theirs"]
    elif way == "required":
        assert "LAB_ACCOUNT is not set" in unset.complaint()
        assert stage.run(script, "--dry-run").code == 0
    else:
        assert unset.code == 0
        assert [call.account for call in stage.calls("nextflow")][-1:] == ["" if way == "optional" else "lab"]


def test_a_fixed_account_is_set_for_an_old_nextflow_alone(tmp_path: Path) -> None:
    for nextflow, count in ((">=23.10", 1), (">=24.04", 0)):
        data = profile(tmp_path)
        data["sites"]["slurm"]["account"] = "lab"
        data["pipeline"]["nextflow"] = nextflow
        out = build(tmp_path, data, out=json.dumps(nextflow))
        assert (out / "launch/run-slurm.sh").read_text().count("export SBATCH_ACCOUNT=lab") == count
