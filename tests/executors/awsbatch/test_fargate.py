"""Fargate queues: their fixed sizes are the shapes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nfconfgen.executors.awsbatch.facts import fargate
from tests.cli import Ended, nfconfgen
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Environment, Queue, Scenario, salmon

SITE: dict[str, Any] = {
    "executor": "awsbatch",
    "region": "eu-central-1",
    "queues": ["small"],
    "staging": "fusion",
    "execution_role": "arn:aws:iam::123456789012:role/pull",
    "work_dir": "s3://demo-bucket/work",
}


def scenario() -> Scenario:
    some = salmon()
    environment = Environment("serverless", (), kind="FARGATE_SPOT", max_vcpus=64)
    return replace(
        some, environments=(*some.environments, environment), queues=(*some.queues, Queue("small", ("serverless",)))
    )


def build(folder: Path, double: Double, task: str, **site: object) -> Ended:
    """A build of a site on Fargate, some of whose keys are replaced (None: left out)."""
    double.load(scenario())
    kept = {key: value for key, value in {**SITE, **site}.items() if value is not None}
    data = {
        "nfconfgen": 1,
        "pipeline": {"name": "demo"},
        "retry": {"attempts": 3, "exit_codes": [137], "memory": "attempt"},
        "tasks": {"default": json.loads(task)},
        "sites": {"cloud": kept},
    }
    (folder / "profile.yml").write_text(json.dumps(data))
    return nfconfgen("build", folder / "profile.yml", "--format", "json", environment=double.env(), alone=True)


def attempts_of(ended: Ended) -> list[tuple[int, int]]:
    assert ended.code == 0, ended
    attempts = json.loads(ended.out)["plan"][0]["tasks"][0]["attempts"]
    return [(attempt["cpus"], attempt["memory_mib"]) for attempt in attempts]


def test_the_sizes_are_those_that_are_sold() -> None:
    sizes = {(shape.cpus, shape.memory_mib) for shape in fargate.shapes(16)}
    assert {(1, 2048), (1, 8192), (2, 4096), (4, 30720), (8, 16384), (8, 61440), (16, 122880)} <= sizes
    assert not {(1, 9216), (2, 3072), (8, 17408), (16, 33792), (3, 8192)} & sizes
    assert max(shape.cpus for shape in fargate.shapes(4)) == 4


@pytest.mark.parametrize(
    ("task", "asked"),
    [
        ('{"memory": "1 GB"}', [(1, 2048), (1, 2048), (1, 3072)]),
        ('{"cpus": 3, "memory": "9 GB"}', [(4, 9216), (4, 18432), (4, 27648)]),
        ('{"cpus": 1, "memory": "40 GB"}', [(8, 40960), (16, 81920), (16, 122880)]),
    ],
)
def test_a_request_is_one_of_the_sizes(
    tmp_path: Path, double: Double, task: str, asked: list[tuple[int, int]]
) -> None:
    assert attempts_of(build(tmp_path, double, task)) == asked
    config = (tmp_path / "conf/cloud.config").read_text()
    assert "batch.platformType = 'fargate'" in config
    assert "batch.executionRole = 'arn:aws:iam::123456789012:role/pull'" in config


@pytest.mark.parametrize(
    "site", [{"staging": "cli"}, {"execution_role": None}, {"queues": ["small", "salmonWorkload"]}], ids=str
)
def test_what_does_not_go_with_fargate(tmp_path: Path, double: Double, site: dict[str, object]) -> None:
    ended = build(tmp_path, double, '{"memory": "1 GB"}', **site)
    assert ended.code == 1
    assert {finding["rule"] for finding in json.loads(ended.out)["findings"]} == {"fargate"}


def test_too_large_for_fargate(tmp_path: Path, double: Double) -> None:
    ended = build(tmp_path, double, '{"memory": "121 GB"}')
    assert ended.code == 1
    assert [finding["rule"] for finding in json.loads(ended.out)["findings"]] == ["memory-fit"]


def test_facts_show_the_largest_size(tmp_path: Path, double: Double) -> None:
    build(tmp_path, double, '{"memory": "1 GB"}')
    ended = nfconfgen("facts", tmp_path / "profile.yml", environment=double.env(), alone=True)
    assert ended.code == 0
    (line,) = [line for line in ended.out.splitlines() if "serverless" in line]
    assert "Fargate Spot" in line
    assert "122880 MB" in line


@pytest.mark.parametrize(
    ("disk", "written"),
    [("40 GB", "40960.MB"), ("30.5 GB", "31744.MB"), ("21 GB", "21504.MB"), ("200 GB", "204800.MB")],
)
def test_disk_becomes_ephemeral_storage(disk: str, written: str, tmp_path: Path, double: Double) -> None:
    """Nextflow requests whole GiB, rounded down."""
    ended = build(tmp_path, double, f'{{"memory": "2 GB", "disk": "{disk}"}}')
    assert ended.code == 0, ended
    assert json.loads(ended.out)["findings"] == []
    assert re.search(rf"disk\s+= {written}\n", (tmp_path / "conf/cloud.config").read_text())


def test_less_disk_than_fargate_offers_is_raised(tmp_path: Path, double: Double) -> None:
    ended = build(tmp_path, double, '{"memory": "2 GB", "disk": "10 GB"}')
    (finding,) = json.loads(ended.out)["findings"]
    assert (ended.code, finding["level"], finding["rule"]) == (0, "warning", "disk-fit")
    assert re.search(r"disk\s+= 21504.MB\n", (tmp_path / "conf/cloud.config").read_text())


@pytest.mark.parametrize("disk", ["201 GB", "200.5 GB", "1 TB"])
def test_more_disk_than_fargate_offers_is_refused(disk: str, tmp_path: Path, double: Double) -> None:
    ended = build(tmp_path, double, f'{{"memory": "2 GB", "disk": "{disk}"}}')
    (finding,) = json.loads(ended.out)["findings"]
    assert (ended.code, finding["level"], finding["rule"]) == (1, "error", "disk-fit")
    assert "200 GB" in finding["advice"]


def test_a_label_that_adds_disk(tmp_path: Path, double: Double) -> None:
    """A class without disk has the default of Nextflow."""
    double.load(scenario())
    labels = {"big": {"disk": "100 GB"}, "long": {"time": "2h"}}
    data = {
        "nfconfgen": 1,
        "pipeline": {"name": "demo"},
        "tasks": {"default": {"memory": "2 GB"}, "labels": labels},
        "sites": {"cloud": SITE},
    }
    (tmp_path / "profile.yml").write_text(json.dumps(data))
    assert nfconfgen("build", tmp_path / "profile.yml", environment=double.env(), alone=True).code == 0
    config = (tmp_path / "conf/cloud.config").read_text()
    assert re.findall(r"disk += (\S+)", config) == ["102400.MB"]
    assert config.index("withLabel: 'big'") < config.index("102400.MB")


def test_disk_of_an_instance_is_not_requested(tmp_path: Path, double: Double) -> None:
    ended = build(tmp_path, double, '{"memory": "2 GB", "disk": "400 GB"}', queues=["salmonWorkload"])
    assert ended.code == 0, ended
    assert " disk " not in (tmp_path / "conf/cloud.config").read_text()
