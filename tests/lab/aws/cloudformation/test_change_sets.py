"""Do change sets say beforehand what an update does, and does executing them do it?"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.lab.aws.asking import forget_change_sets, refusal
from tests.lab.aws.client import Double
from tests.lab.aws.cloudformation.example import (
    GIVEN,
    STACK,
    asked,
    described,
    environment,
    resources,
    template,
)

pytestmark = pytest.mark.usefixtures("double")

UNCHANGED = "The submitted information didn't contain changes. Submit different information to create a change set."
SMALLER = GIVEN | {"Most": "32"}
NAME = {"StackName": STACK, "ChangeSetName": "next"}


def _listed(cloudformation: Any, kind: str = "UPDATE", **request: Any) -> dict[str, dict[str, Any]]:
    """What the change set named `next` says of each resource."""
    cloudformation.create_change_set(**request, ChangeSetName="next", ChangeSetType=kind)
    found = cloudformation.describe_change_set(**NAME)
    assert (found["Status"], found["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    return {change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"] for change in found["Changes"]}


def _target(change: dict[str, Any]) -> dict[str, str]:
    (detail,) = change["Details"]
    target: dict[str, str] = detail["Target"]
    return target


def test_of_a_new_stack(cloudformation: Any, batch: Any) -> None:
    changes = _listed(cloudformation, "CREATE", **asked())
    assert {change["Action"] for change in changes.values()} == {"Add"}
    assert changes["Hosts"]["ResourceType"] == "AWS::Batch::ComputeEnvironment"
    assert not any("Replacement" in change for change in changes.values())
    assert described(cloudformation)["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert resources(cloudformation) == {}
    cloudformation.execute_change_set(**NAME)
    assert described(cloudformation)["StackStatus"] == "CREATE_COMPLETE"
    assert environment(batch)["status"] == "VALID"
    assert cloudformation.get_template(StackName=STACK)["TemplateBody"] == template()
    again = asked() | {"ChangeSetName": "again", "ChangeSetType": "CREATE"}
    assert refusal(lambda: cloudformation.create_change_set(**again))[0] == "ValidationError"


def test_of_a_new_stack_that_fails(cloudformation: Any) -> None:
    _listed(cloudformation, "CREATE", **asked(("[c5.2xlarge]", "[c5.huge]")))
    cloudformation.execute_change_set(**NAME)
    assert described(cloudformation)["StackStatus"] == "ROLLBACK_COMPLETE"
    request = asked() | {"ChangeSetName": "again"}
    assert refusal(lambda: cloudformation.create_change_set(**request))[0] == "ValidationError"


def test_of_a_stack_that_is_not_there(cloudformation: Any) -> None:
    assert refusal(lambda: cloudformation.create_change_set(**asked(), ChangeSetName="next"))[0] == "ValidationError"
    assert refusal(lambda: cloudformation.describe_change_set(**NAME)) == ("ChangeSetNotFound", 404)


def test_a_review_is_deleted_like_a_stack(cloudformation: Any) -> None:
    _listed(cloudformation, "CREATE", **asked())
    cloudformation.delete_stack(StackName=STACK)
    assert cloudformation.describe_stacks()["Stacks"] == []


@pytest.mark.parametrize(
    ("old", "new", "resource", "replacement", "path"),
    [
        ("MaxvCpus: !Ref Most", "MaxvCpus: 32", "Hosts", "False", "ComputeResources/MaxvCpus"),
        ("[c5.2xlarge]", "[c5.4xlarge]", "Hosts", "Conditional", "ComputeResources/InstanceTypes"),
        ("Type: SPOT", "Type: EC2", "Hosts", "Conditional", "ComputeResources/Type"),
        ("Type: MANAGED", "Type: MANAGED\n      Tags: {a: b}", "Hosts", "True", "Tags"),
        ("TimeoutMinutes: 2880", "TimeoutMinutes: 60", "Hosts", "False", "UpdatePolicy"),
        ("VolumeSize: 100", "VolumeSize: 300", "Disk", "False", "LaunchTemplateData"),
        ("Priority: 10", "Priority: 20", "Queue", "False", "Priority"),
        ("}-small", "}-large", "Queue", "True", "JobQueueName"),
        ("/hosts/", "/more/", "Logs", "True", "LogGroupName"),
        ("GroupDescription: Hosts", "GroupDescription: All", "Open", "True", "GroupDescription"),
        ("ExpirationInDays: 30", "ExpirationInDays: 9", "Work", "False", "LifecycleConfiguration"),
        ('["batch:SubmitJob"]', '["batch:*"]', "TaskRole", "False", "Policies"),
    ],
)
def test_replacement(cloudformation: Any, old: str, new: str, resource: str, replacement: str, path: str) -> None:
    cloudformation.create_stack(**asked())
    change = _listed(cloudformation, **asked((old, new)))[resource]
    assert (change["Action"], change["Replacement"], change["Scope"]) == ("Modify", replacement, ["Properties"])
    assert change["PhysicalResourceId"] == resources(cloudformation)[resource]["PhysicalResourceId"]
    target = _target(change)
    assert (target["Attribute"], target["Name"]) == ("Properties", path.partition("/")[0])
    values = cloudformation.describe_change_set(**NAME, IncludePropertyValues=True)["Changes"]
    (told,) = [c["ResourceChange"] for c in values if c["ResourceChange"]["LogicalResourceId"] == resource]
    assert _target(told)["Path"] == f"/Properties/{path}"
    before = {name: r["PhysicalResourceId"] for name, r in resources(cloudformation).items()}
    cloudformation.execute_change_set(**NAME)
    after = {name: r["PhysicalResourceId"] for name, r in resources(cloudformation).items()}
    # the environment of the example does not let itself be replaced where it is conditional
    assert (before[resource] != after[resource]) == (replacement == "True")


def test_what_follows_from_a_change(cloudformation: Any) -> None:
    cloudformation.create_stack(**asked())
    changes = _listed(cloudformation, **asked(("VolumeSize: 100", "VolumeSize: 300")))
    assert changes.keys() == {"Disk", "Hosts", "Queue"}
    (detail,) = changes["Hosts"]["Details"]
    told = (detail["Evaluation"], detail["ChangeSource"], detail["CausingEntity"])
    assert told == ("Dynamic", "ResourceAttribute", "Disk.LatestVersionNumber")
    assert changes["Hosts"]["Replacement"] == "Conditional"


def test_by_parameters(cloudformation: Any, batch: Any) -> None:
    cloudformation.create_stack(**asked(given=SMALLER))
    previous = [{"ParameterKey": name, "UsePreviousValue": True} for name in ("Vpc", "Subnets", "Most")]
    request = asked() | {"Parameters": [*previous, {"ParameterKey": "Days", "ParameterValue": "7"}]}
    changes = _listed(cloudformation, **request)
    assert changes.keys() == {"Logs"}
    (detail,) = changes["Logs"]["Details"]
    assert (detail["ChangeSource"], detail["CausingEntity"]) == ("ParameterReference", "Days")
    given = cloudformation.describe_change_set(**NAME)["Parameters"]
    assert {p["ParameterKey"]: p["ParameterValue"] for p in given} == SMALLER | {"Days": "7"}
    cloudformation.execute_change_set(**NAME)
    assert described(cloudformation)["StackStatus"] == "UPDATE_COMPLETE"
    assert environment(batch)["computeResources"]["maxvCpus"] == 32


def test_added_and_removed(cloudformation: Any) -> None:
    gone = ["Hosts", "Queue", "TaskRole", "QueueArn"]
    cloudformation.create_stack(**asked(without=["TaskRole", "Logs"]))
    changes = _listed(cloudformation, **asked(without=gone))
    assert {name: change["Action"] for name, change in changes.items()} == {
        "Logs": "Add", "Hosts": "Remove", "Queue": "Remove",
    }  # fmt: skip
    cloudformation.execute_change_set(**NAME)
    assert not {"Hosts", "Queue"} & resources(cloudformation).keys()
    assert "Logs" in resources(cloudformation)


def test_nothing_changes(cloudformation: Any) -> None:
    cloudformation.create_stack(**asked())
    cloudformation.create_change_set(**asked(), ChangeSetName="next")
    found = cloudformation.describe_change_set(**NAME)
    assert (found["Status"], found["StatusReason"], found["ExecutionStatus"]) == ("FAILED", UNCHANGED, "UNAVAILABLE")
    assert found["Changes"] == []
    assert refusal(lambda: cloudformation.execute_change_set(**NAME))[0] == "InvalidChangeSetStatus"
    assert (
        refusal(lambda: cloudformation.create_change_set(**asked(), ChangeSetName="next"))[0]
        == "AlreadyExistsException"
    )
    (summary,) = cloudformation.list_change_sets(StackName=STACK)["Summaries"]
    assert (summary["ChangeSetName"], summary["Status"]) == ("next", "FAILED")
    cloudformation.delete_change_set(**NAME)
    assert cloudformation.list_change_sets(StackName=STACK)["Summaries"] == []


def test_executed_once(cloudformation: Any) -> None:
    cloudformation.create_stack(**asked())
    _listed(cloudformation, **asked(given=SMALLER))
    cloudformation.create_change_set(**asked(given=GIVEN | {"Days": "7"}), ChangeSetName="stale")
    cloudformation.execute_change_set(**NAME)
    assert refusal(lambda: cloudformation.execute_change_set(**NAME))[0] == "InvalidChangeSetStatus"
    stale = {"StackName": STACK, "ChangeSetName": "stale"}
    assert refusal(lambda: cloudformation.execute_change_set(**stale))[0] == "ChangeSetNotFound"


@pytest.mark.skipif(shutil.which("aws") is None, reason="needs the AWS CLI")
def test_aws_cli_deploys_twice(double: Double, cloudformation: Any, batch: Any, tmp_path: Path) -> None:
    file = tmp_path / "stack.yml"

    def deploy(text: str, **parameters: str) -> str:
        file.write_text(text, encoding="utf-8")
        command = ["aws", "cloudformation", "deploy", "--stack-name", STACK, "--template-file", str(file)]
        command += ["--capabilities", "CAPABILITY_IAM", "--no-fail-on-empty-changeset"]
        if parameters:
            command += ["--parameter-overrides", *(f"{key}={value}" for key, value in parameters.items())]
        answer = subprocess.run(command, env=double.env(tmp_path), capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stderr
        forget_change_sets(cloudformation, STACK)
        return answer.stdout

    assert "Successfully created/updated stack" in deploy(template(), **GIVEN)
    assert "No changes to deploy" in deploy(template())
    assert "Successfully created/updated stack" in deploy(template(("VolumeSize: 100", "VolumeSize: 300")), Most="32")
    used = environment(batch)["computeResources"]
    assert (used["launchTemplate"]["version"], used["maxvCpus"]) == ("2", 32)
