"""`nfconfgen provision --deploy` where AWS refuses, is interrupted, or has something of that name already."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli import Ended, nfconfgen
from tests.lab.aws.asking import connect
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Environment, Queue, Refusal, Scenario, Subnet, nothing

STACK, BUCKET = "zero-awsbatch", "zero-bucket"
RUNS = """
import sys
from nfconfgen.__main__ import main
sys.argv[0] = "nfconfgen"
sys.exit(main())
"""


@dataclass(frozen=True, slots=True)
class Account:
    folder: Path
    double: Double
    clients: dict[str, Any]

    def write(self, **site: Any) -> None:
        data = {
            "nfconfgen": 1,
            "pipeline": {"name": "zero"},
            "tasks": {"default": {"cpus": 2, "memory": "4 GB", "time": "1h", "container": "demo/tool:1.0"}},
            "sites": {
                "awsbatch": {
                    "executor": "awsbatch",
                    "region": "eu-central-1",
                    "queues": [{"queue": "small", "instance_type": "c5.2xlarge", "max_instances": 4}],
                    "cli_path": "/opt/aws-cli/bin/aws",
                    "work_dir": f"s3://{BUCKET}/work",
                    "stack": {"bucket": {}},
                    **site,
                }
            },
        }
        (self.folder / "profile.yml").write_text(json.dumps(data))

    @property
    def words(self) -> tuple[object, ...]:
        return (self.folder / "profile.yml", "--yes", "--poll", "0")

    def provision(self, action: str = "--deploy") -> Ended:
        return nfconfgen("provision", *self.words, action, environment=self.double.env(), alone=True)

    @property
    def status(self) -> str:
        return str(self.clients["cloudformation"].describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"])

    def queues(self) -> list[str]:
        return [each["jobQueueName"] for each in self.clients["batch"].describe_job_queues()["jobQueues"]]


@pytest.fixture
def account(double: Double, tmp_path: Path) -> Iterator[Account]:
    double.load(nothing())
    made = Account(
        tmp_path, double, {name: connect(double, name) for name in ("cloudformation", "batch", "s3", "ec2")}
    )
    made.write()
    yield made
    for client in made.clients.values():
        client.close()


def succeeded(ended: Ended) -> str:
    assert ended.code == 0, ended
    return ended.out + ended.err


def refusing(*refusals: Refusal, **changes: Any) -> Scenario:
    return nothing(stack_refusals=refusals, **changes)


@pytest.mark.parametrize("polls", [0, 3])
def test_a_creation_that_fails_says_why_and_the_next_one_succeeds(polls: int, account: Account) -> None:
    account.double.load(refusing(Refusal("SmallHosts", "create", "No capacity for you"), stack_polls=polls))
    ended = account.provision()
    assert ended.code == 1
    assert "ended as ROLLBACK_COMPLETE: SmallHosts: " in ended.err
    assert "No capacity for you" in ended.err
    assert "SmallHosts" in ended.err.splitlines()[-1] or "No capacity" in ended.err
    assert (account.queues(), account.status) == ([], "ROLLBACK_COMPLETE")
    assert account.provision("--diff").code == 1
    assert "is removed first" in succeeded(account.provision())
    assert (account.queues(), account.status) == (["small"], "CREATE_COMPLETE")


def test_what_was_asked_for_when_it_failed_is_not_asked_for_again(account: Account) -> None:
    """The bucket has come into being meanwhile."""
    account.double.load(refusing(Refusal("SmallHosts", "create")))
    assert account.provision().code == 1
    account.clients["s3"].create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    succeeded(account.provision())
    given = account.clients["cloudformation"].describe_stacks(StackName=STACK)["Stacks"][0]["Parameters"]
    assert {"ParameterKey": "MakeBucket", "ParameterValue": "false"} in given


def test_what_cannot_be_removed_is_reported(account: Account) -> None:
    account.double.load(
        refusing(Refusal("SmallQueue", "create", "Not now"), Refusal("SmallHosts", "delete", "Still in use", times=2))
    )
    ended = account.provision()
    assert (ended.code, account.status) == (1, "ROLLBACK_FAILED")
    assert "ROLLBACK_FAILED: SmallQueue: " in ended.err
    again = account.provision()
    assert (again.code, account.status) == (1, "DELETE_FAILED")
    assert "ended as DELETE_FAILED: SmallHosts: " in again.err
    succeeded(account.provision())
    assert (account.queues(), account.status) == (["small"], "CREATE_COMPLETE")


def test_an_update_that_fails_leaves_what_was_there(account: Account) -> None:
    account.double.load(refusing(Refusal("SmallHosts", "update", "Not today")))
    succeeded(account.provision())
    account.write(queues=[{"queue": "small", "instance_type": "c5.2xlarge", "max_instances": 9}])
    ended = account.provision()
    assert (ended.code, account.status) == (1, "UPDATE_ROLLBACK_COMPLETE")
    assert "SmallHosts: " in ended.err
    assert "Not today" in ended.err
    succeeded(account.provision())
    assert account.status == "UPDATE_COMPLETE"
    assert account.provision("--diff").code == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_interrupted_while_it_is_made_the_next_one_waits(number: signal.Signals, code: int, account: Account) -> None:
    account.double.load(nothing(stack_polls=10_000))
    command = [sys.executable, "-c", RUNS, "provision", *map(str, account.words), "--deploy"]
    with subprocess.Popen(
        command, env=account.double.env(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        seen = ""
        while "create complete" not in seen:
            line = process.stderr.readline()
            assert line, seen
            seen += line
        process.send_signal(number)
        _, rest = process.communicate(timeout=60)
    assert process.returncode == code, rest
    if number == signal.SIGINT:
        assert "the same command goes on waiting" in rest
    assert account.status == "CREATE_IN_PROGRESS"
    waited = nfconfgen(
        "provision", *account.words, "--deploy", "--timeout", "1s", environment=account.double.env(), alone=True
    )
    assert (waited.code, "still CREATE_IN_PROGRESS" in waited.err) == (2, True), waited


def test_a_second_call_goes_on_with_what_the_first_began(account: Account) -> None:
    succeeded(account.provision())
    before = account.clients["cloudformation"].get_template(StackName=STACK)["TemplateBody"]
    account.double.load(nothing(stack_polls=5))
    vpc = account.clients["ec2"].describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = ",".join(sorted(each["SubnetId"] for each in account.clients["ec2"].describe_subnets()["Subnets"]))
    account.clients["cloudformation"].create_stack(
        StackName=STACK,
        TemplateBody=before,
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[
            {"ParameterKey": "VpcId", "ParameterValue": vpc},
            {"ParameterKey": "SubnetIds", "ParameterValue": subnets},
        ],
    )
    assert account.status == "CREATE_IN_PROGRESS"
    said = succeeded(account.provision())
    assert "is CREATE_IN_PROGRESS: waiting for it" in said
    assert "nothing to do" in said


def test_a_queue_that_was_made_by_hand(account: Account) -> None:
    hosts = Environment("hand", ("c5.2xlarge",), subnets=("subnet-0defa017defa0170a",))
    account.double.load(replace(nothing(), environments=(hosts,), queues=(Queue("small", ("hand",)),)))
    ended = account.provision()
    assert ended.code == 2
    assert "has a queue small that is not in stack zero-awsbatch" in ended.err.splitlines()[-1]
    assert account.clients["cloudformation"].describe_stacks()["Stacks"] == []


def test_a_disk_that_is_too_large(account: Account) -> None:
    account.write(tasks={"default": {"disk": "20 TB"}})
    ended = account.provision()
    assert (ended.code, "a disk of 81950 GiB, EBS has at most 65536" in ended.err.splitlines()[-1]) == (2, True), (
        ended
    )
    account.write(tasks={"default": {"disk": "20 TB"}}, fit="instance")
    succeeded(account.provision())


@pytest.mark.parametrize("fails", [False, True])
def test_a_stack_of_another(fails: bool, account: Account) -> None:
    """Also if its creation failed: it is not ours to remove."""
    logs = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "theirs"}}
    account.double.load(refusing(Refusal("Theirs", "create", times=int(fails))))
    account.clients["cloudformation"].create_stack(
        StackName=STACK, TemplateBody=json.dumps({"Resources": {"Theirs": logs}})
    )
    before = account.status
    for action in ("--deploy", "--destroy", "--diff"):
        ended = account.provision(action)
        assert ended.code == 2
        assert f"stack {STACK}" in ended.err.splitlines()[-1]
        assert account.status == before


def test_no_default_vpc(account: Account) -> None:
    account.double.load(replace(nothing(), default_vpc=False))
    ended = account.provision()
    assert (ended.code, "no default VPC: set stack: {subnets" in ended.err) == (2, True), ended
    account.write(stack={"subnets": ["subnet-0defa017defa0170a"]})
    succeeded(account.provision())


def test_subnets_of_two_vpcs(account: Account) -> None:
    theirs, other = "subnet-0123456789abcdef0", "vpc-0123456789abcdef0"
    held = nothing()
    account.double.load(replace(held, subnets=(*held.subnets, Subnet(theirs, vpc=other))))
    account.write(stack={"subnets": ["subnet-0defa017defa0170a", theirs]})
    ended = account.provision()
    assert (ended.code, "several VPCs" in ended.err, other in ended.err) == (2, True, True), ended
    account.write(stack={"subnets": ["subnet-0defa017defa0170a"]})
    succeeded(account.provision())


def test_subnets_that_do_not_exist(account: Account) -> None:
    account.write(stack={"subnets": ["subnet-00000000000000000"]})
    ended = account.provision()
    assert ended.code == 2
    assert "subnet-00000000000000000" in ended.err.splitlines()[-1]


def test_a_bucket_of_another_account(account: Account) -> None:
    account.double.fail("HeadBucket", "403", 403)
    ended = account.provision()
    assert (ended.code, f"bucket {BUCKET} exists, and is not yours" in ended.err.splitlines()[-1]) == (2, True), ended
    account.double.heal()
    succeeded(account.provision())


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("AccessDenied", "CreateStack is not allowed for these AWS credentials: see the policies"),
        ("ExpiredToken", "the AWS credentials have expired: log in again"),
        ("InvalidClientTokenId", "AWS does not know these credentials"),
    ],
)
def test_a_creation_that_is_denied(code: str, says: str, account: Account) -> None:
    account.double.fail("CreateStack", code, 403)
    ended = account.provision()
    assert (ended.code, says in ended.err.splitlines()[-1]) == (2, True), ended
    account.double.heal()
    succeeded(account.provision())


def test_an_update_that_aws_could_not_undo(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    succeeded(account.provision())
    account.write(stack={"bucket": {}, "tags": {"a": "b"}})
    from nfconfgen.executors.awsbatch.stack import stack_calls

    real = stack_calls.deployed
    monkeypatch.setattr(
        stack_calls,
        "deployed",
        lambda aws, name: replace(found, status="UPDATE_ROLLBACK_FAILED") if (found := real(aws, name)) else None,
    )
    ended = account.provision()
    assert (ended.code, "aws cloudformation continue-update-rollback" in ended.err.splitlines()[-1]) == (2, True)
