"""Memory that the ECS agent keeps from tasks, as user data of a launch template sets it."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nfconfgen.executors.awsbatch.facts.region import Environment, InstanceType, Offer, Reading, RegionFacts
from nfconfgen.executors.awsbatch.facts.reserved_memory import Reserved, reserved, set_in
from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.executors.awsbatch.doctor.test_asking import Stubbed
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import LaunchTemplate, Scenario, TemplateVersion, UsedTemplate, empty, salmon


@pytest.mark.parametrize(
    ("script", "values"),
    [
        ("#!/bin/bash\necho ECS_RESERVED_MEMORY=256 >> /etc/ecs/ecs.config", ["256"]),
        ("cat >> /etc/ecs/ecs.config <<E\nECS_CLUSTER=x\nECS_RESERVED_MEMORY=1024\nE\n", ["1024"]),
        ("echo 'ECS_RESERVED_MEMORY=512'>>/etc/ecs/ecs.config", ["512"]),
        ('export ECS_RESERVED_MEMORY="64"; start', ["64"]),
        ("# ECS_RESERVED_MEMORY=512\n", []),
        ("echo ECS_RESERVED_MEMORY=$(free) >> x", ["$(free)"]),
        ("echo ECS_ENABLE_GPU_SUPPORT=true", []),
    ],
)
def test_what_a_script_sets(script: str, values: list[str]) -> None:
    assert set_in(script) == values


def template(*scripts: str) -> dict[str, Any]:
    return {
        "LaunchTemplateVersions": [
            {"VersionNumber": n, "LaunchTemplateData": {"UserData": base64.b64encode(text.encode()).decode()}}
            for n, text in enumerate(scripts, start=1)
        ]
    }


def environment(version: str = "$Latest") -> dict[str, Any]:
    used = {"launchTemplateName": "tpl", "version": version}
    return {"computeResources": {"type": "EC2", "launchTemplate": used}}


def sets(mib: object) -> str:
    return f"echo ECS_RESERVED_MEMORY={mib} >> /etc/ecs/ecs.config"


def test_the_most_of_all_versions_that_may_be_in_effect() -> None:
    aws = Stubbed()
    aws.answer("ec2", "describe_launch_template_versions", template(sets(2048), sets(64), "echo"))
    assert reserved(aws, {"e": environment(), "f": environment("$Default"), "g": {}}) == {
        "e": Reserved(2048),
        "f": Reserved(2048),
        "g": Reserved(),
    }


def test_what_cannot_be_read_is_not_certain() -> None:
    aws = Stubbed()
    aws.answer("ec2", "describe_launch_template_versions", template(sets("$((1024))")))
    found = reserved(aws, {"e": environment("1")})["e"]
    assert (found.mib, "no plain number" in found.unknown) == (0, True)
    aws.refuse("ec2", "describe_launch_template_versions", "UnauthorizedOperation", 403)
    assert "may not be read" in reserved(aws, {"e": environment("2")})["e"].unknown


def size(source: str, reserved_mib: int) -> int:
    offer = Offer(source, "" if source == "estimated" else "ami-1")  # type: ignore[arg-type]
    facts = RegionFacts(
        {"q": ("e",)},
        {"e": Environment("EC2", 64, "ami-1", ("c5.2xlarge",), {"c5.2xlarge": offer}, reserved_mib=reserved_mib)},
        {"c5.2xlarge": InstanceType(8, 16384, "nitro")},
        {"c5.2xlarge": {"ami-1": Reading(8, 15434, "2026-11-20T09:30:00Z")}},
    )
    assert RegionFacts.from_json(json.loads(json.dumps(facts.to_json()))) == facts
    return facts.pool("q").shapes[0].memory_mib


@pytest.mark.parametrize(
    ("source", "reserved_mib", "less"),
    [
        ("estimated", 0, 0),
        ("estimated", 32, 0),
        ("estimated", 2048, 2016),
        ("remembered", 2048, 2016),
        ("measured", 2048, 0),
    ],
)
def test_what_is_not_measured_here_is_lowered(source: str, reserved_mib: int, less: int) -> None:
    assert size(source, reserved_mib) == size(source, 0) - less


def templated(scenario: Scenario, *scripts: str) -> Scenario:
    used = UsedTemplate("mine", version="$Latest")
    environments = tuple(
        replace(each, launch_template=used, image_id="ami-0a1b2c3d4e5f60718") for each in scenario.environments
    )
    versions = tuple(TemplateVersion(user_data=script) for script in scripts)
    return replace(scenario, environments=environments, launch_templates=(LaunchTemplate("mine", versions),))


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "profiles/salmon.yml", tmp_path))


def kept(profile: Path) -> dict[str, Any]:
    lock = json.loads(profile.with_suffix(".lock.json").read_text())
    found: dict[str, Any] = lock["facts"]["awsbatch"]["eu-central-1"]["compute_environments"]["salmonWorkload"]
    return found


def test_an_estimate_is_lowered_by_what_user_data_reserves(profile: Path, double: Double) -> None:
    double.load(templated(empty(), "echo"))
    assert nfconfgen("build", profile, environment=double.env()).code == 0
    before = kept(profile)
    double.load(templated(empty(), sets(1024)))
    assert nfconfgen("build", profile, environment=double.env()).code == 0
    after = kept(profile)
    assert "reserved_mib" not in before
    assert after["reserved_mib"] == 1024
    sizes = [each["shapes"]["c5.2xlarge"]["memory_mib"] for each in (before, after)]
    assert sizes[0] - sizes[1] == 1024 - 32
    table = nfconfgen("facts", profile, "--offline").out
    assert "1024 MiB reserved by user data" in table


def test_what_was_measured_with_another_reserve_is_not_kept_as_measured(profile: Path, double: Double) -> None:
    double.load(templated(salmon(), "echo"))
    assert nfconfgen("build", profile, environment=double.env()).code == 0
    assert kept(profile)["shapes"]["c5.2xlarge"]["source"] == "measured"
    double.load(templated(empty(), sets(1024)))
    assert nfconfgen("build", profile, environment=double.env()).code == 0
    shape = kept(profile)["shapes"]["c5.2xlarge"]
    assert (shape["source"], shape["memory_mib"]) == ("remembered", 15434 - 992)


def test_a_template_that_may_not_be_read_is_a_warning(profile: Path, double: Double) -> None:
    double.load(templated(empty(), "echo"))
    double.fail("DescribeLaunchTemplateVersions", "UnauthorizedOperation", 403)
    ended = nfconfgen("build", profile, environment=double.env())
    assert ended.code == 0
    assert ended.out.count("[reserved-memory]") == 2
    # sizes that are measured need no template
    double.load(templated(salmon(), "echo"))
    double.fail("DescribeLaunchTemplateVersions", "UnauthorizedOperation", 403)
    assert "reserved-memory" not in nfconfgen("build", profile, environment=double.env()).out
