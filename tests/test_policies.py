"""The policies in docs/ allow the calls that are made, and no others."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import LaunchTemplate, Scenario, UsedTemplate, idle, salmon
from tests.lab.shell import require_tool


def allowed(name: str) -> set[str]:
    """The operations of docs/policy-NAME.json; passing a role is allowed but no call."""
    policy = json.loads((ROOT / f"docs/policy-{name}.json").read_text())
    actions: set[str] = set()
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        listed = statement["Action"]
        actions |= {listed} if isinstance(listed, str) else set(listed)
    assert all("*" not in action for action in actions)
    return {action.partition(":")[2] for action in actions} - {"PassRole"}


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "profiles/salmon.yml", tmp_path))


def with_template(scenario: Scenario) -> Scenario:
    """The same environments with a launch template."""
    environments = tuple(replace(each, launch_template=UsedTemplate("mine")) for each in scenario.environments)
    return replace(scenario, environments=environments, launch_templates=(LaunchTemplate("mine"),))


def test_build_and_facts(profile: Path, double: Double) -> None:
    double.load(with_template(salmon()))
    for command in ("build", "facts"):
        profile.with_suffix(".lock.json").unlink(missing_ok=True)
        double.reset_calls()
        assert nfconfgen(command, profile, environment=double.env(), alone=True).code == 0
        assert set(double.calls()) == allowed("build")


def test_probe(profile: Path, double: Double) -> None:
    made: set[str] = set()
    for way in ([], ["--scale"]):
        double.load(with_template(idle()))
        profile.with_suffix(".lock.json").unlink(missing_ok=True)
        assert (
            nfconfgen("probe", profile, "--yes", "--poll", "0.01", *way, environment=double.env(), alone=True).code
            == 0
        )
        made |= set(double.calls())
    assert made == allowed("probe")


def test_register(profile: Path, double: Double) -> None:
    require_tool("aws")
    assert nfconfgen("build", profile, environment=double.env(), alone=True).code == 0
    double.reset_calls()
    script = profile.parent / "salmon/launch/register-job-definitions.sh"
    for _ in range(2):
        subprocess.run([str(script)], check=True, env=double.env(), capture_output=True)
    assert set(double.calls()) == allowed("register")


def test_prices(profile: Path, double: Double) -> None:
    scenario = salmon()
    environments = tuple(replace(each, kind="SPOT") for each in scenario.environments)
    double.load(replace(scenario, environments=environments))
    assert nfconfgen("build", profile, environment=double.env(), alone=True).code == 0
    double.reset_calls()
    assert nfconfgen("explain", profile, "--prices", "live", environment=double.env(), alone=True).code == 0
    assert set(double.calls()) == allowed("prices")


def test_the_docs_show_the_policy_as_it_is() -> None:
    policy = (ROOT / "docs/policy-build.json").read_text()
    assert policy in (ROOT / "docs/aws.md").read_text()
