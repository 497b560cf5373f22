"""Fifty profiles that declare queues of all kinds: what is built of each passes the linters, and AWS takes it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from nfconfgen.executors.awsbatch.stack.parsed import Template, parse
from nfconfgen.profile import credentials
from tests.cli import nfconfgen
from tests.executors.awsbatch.generated import REGIONS, Maker, lock
from tests.lab.aws.asking import connect
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import VPC, SecurityGroup, Subnet, nothing
from tests.lab.shell import require_tool

# the linters take most of a minute
pytestmark = pytest.mark.lab
SEEDS = range(50)
SUBNET = "subnet-0123456789abcdef0"


@dataclass(frozen=True, slots=True)
class Stack:
    """The template of one site."""

    name: str
    region: str
    text: str

    @property
    def template(self) -> Template:
        return parse(self.text)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a folder for each seed."""
    folder = tmp_path_factory.mktemp("generated")
    for seed in SEEDS:
        source = folder / str(seed) / "profile.yml"
        source.parent.mkdir()
        source.write_text(json.dumps(Maker(seed).profile()))
        source.with_suffix(".lock.json").write_text(lock())
        ended = nfconfgen("build", source, "--offline")
        assert ended.code == 0, (seed, ended)
    return folder


def stacks(built: Path) -> Iterator[Stack]:
    for seed in SEEDS:
        for path in sorted((built / str(seed) / "aws").glob("*.yml")):
            text = path.read_text(encoding="utf-8")
            head = re.search(r"^# The CloudFormation stack (\S+) in (\S+),", text, re.MULTILINE)
            assert head is not None
            yield Stack(f"{seed}/{path.name}", head[2], text)


def test_all_kinds_are_among_them(built: Path) -> None:
    texts = "\n".join(stack.text for stack in stacks(built))
    for wanted in (
        *("ECS_AL2023_NVIDIA", "ImageIdOverride", "SPOT_PRICE_CAPACITY_OPTIMIZED", "BEST_FIT_PROGRESSIVE", "c6g."),
        *("ExpirationInDays", "JobRole:", "TaskLogs:", "KMSMasterKeyID", "kms:ResourceAliases", ":key/", "sg-0123"),
        *("put_cli", "CAPACITY:", "MISCONFIGURATION:", "MakeBucket", "HeadRole:", "Default: subnet"),
    ):
        assert wanted in texts, wanted
    assert {stack.region for stack in stacks(built)} == set(REGIONS)
    assert len(list(stacks(built))) > len(SEEDS)


@pytest.mark.parametrize("part", range(4))
def test_cfn_lint_finds_nothing(part: int, built: Path) -> None:
    api = pytest.importorskip("cfnlint.api")
    config = pytest.importorskip("cfnlint.config")
    for stack in list(stacks(built))[part::4]:
        found = api.lint(stack.text, config=config.ManualArgs(regions=[stack.region]))
        assert [f"{stack.name}: {match}" for match in found] == []


def test_bash_and_shellcheck_find_nothing(built: Path) -> None:
    """In the scripts, and in what instances run when they start."""
    require_tool("shellcheck")
    scripts = [path for path in sorted(built.glob("*/launch/*.sh")) if not path.name.startswith("nfconfgen")]
    libraries = sorted((built / "0/launch").glob("nfconfgen*.sh"))
    for number, text in enumerate(sorted({text for stack in stacks(built) for text in user_data(stack.template)})):
        script = built / f"user-data-{number}.sh"
        script.write_text(text)
        scripts.append(script)
    assert len(scripts) > 100
    each = 'for script; do bash -n "$script" || exit; done'
    for command in (["shellcheck"], ["bash", "-c", each, "bash"]):
        ended = subprocess.run([*command, *scripts, *libraries], capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def user_data(template: Template) -> Iterator[str]:
    """The shell scripts in the user data."""
    for resource in template.resources.values():
        if resource.kind == "AWS::EC2::LaunchTemplate":
            text = resource.properties["LaunchTemplateData"]["UserData"]["Fn::Base64"]
            parts = text.split("--==NFCONFGEN==")
            assert text.startswith("MIME-Version: 1.0\n")
            assert parts[-1] == "--\n"
            yield parts[1].partition("\n\n")[2]


def values(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """All values below this one, with the key of each."""
    yield key, value
    for name, part in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from values(part, name if isinstance(name, str) else key)


def properties(stack: Stack) -> Iterator[tuple[str, Any]]:
    for name, resource in stack.template.resources.items():
        yield from values(dict(resource.properties), name)


def test_disks_go_with_their_instances_and_are_encrypted(built: Path) -> None:
    disks = [value for stack in stacks(built) for key, value in properties(stack) if key == "Ebs"]
    assert len(disks) > len(SEEDS)
    assert all(disk["DeleteOnTermination"] is True and disk["Encrypted"] is True for disk in disks)
    assert all(30 <= disk["VolumeSize"] <= 65536 for disk in disks)


def test_rights_are_narrow(built: Path) -> None:
    for stack in stacks(built):
        for key, value in properties(stack):
            if isinstance(value, dict) and "Action" in value:
                actions = json.dumps(value["Action"])
                assert "*" not in actions, stack.name
                changes = re.search(r":(?!Describe|List|Get)", actions)
                assert not changes or value.get("Resource") not in ("*", ["*"]), stack.name
            if key == "Principal":
                assert set(value) == {"Service"}, stack.name
                assert "*" not in json.dumps(value)
            if key in ("CidrIp", "SecurityGroupIngress"):
                assert key == "CidrIp", "nothing comes in"


def test_nothing_looks_like_a_credential(built: Path) -> None:
    for stack in stacks(built):
        for key, value in properties(stack):
            if isinstance(value, str) and key != "Fn::Base64":
                assert not credentials.looks_secret(value), (stack.name, value)


@pytest.mark.parametrize("region", REGIONS)
def test_aws_makes_them(region: str, built: Path, double: Double) -> None:
    groups = (SecurityGroup("sg-0123456789abcdef0"), SecurityGroup("sg-0123456789abcdef1", name="default"))
    for stack in stacks(built):
        if stack.region != region:
            continue
        double.load(replace(nothing(region=region), subnets=(Subnet(SUBNET),), security_groups=groups))
        cloudformation = connect(double, "cloudformation", region)
        given = {"SubnetIds": SUBNET, "VpcId": VPC}
        parameters = [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in given.items()
            if key in stack.template.parameters
        ]
        name = stack.name.translate(str.maketrans("/.", "--"))
        cloudformation.create_stack(
            StackName=f"s{name}", TemplateBody=stack.text, Capabilities=["CAPABILITY_IAM"], Parameters=parameters
        )
        (made,) = cloudformation.describe_stacks()["Stacks"]
        reasons = [
            event.get("ResourceStatusReason")
            for event in cloudformation.describe_stack_events(StackName=made["StackId"])["StackEvents"]
            if event["ResourceStatus"].endswith("FAILED")
        ]
        assert (made["StackStatus"], reasons) == ("CREATE_COMPLETE", []), stack.name
        assert len(stack.text.encode()) < 51200
        cloudformation.close()
