"""The calls that deploy, compare and delete a stack."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nfconfgen.executors.awsbatch.client import Aws, AwsError
from nfconfgen.executors.awsbatch.facts.stacks import described_stack
from nfconfgen.executors.awsbatch.stack.declared import Stack
from nfconfgen.executors.awsbatch.stack.parsed import Template, parse

NEVER_MADE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS")
"""The states of a stack that was not made, or is half deleted, and takes no update: it can only be deleted."""
_CAPABILITIES = ["CAPABILITY_IAM"]
_JOB_STATES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")
_RETRIES = 5


@dataclass(frozen=True, slots=True)
class Deployed:
    """A stack on AWS; `template` is None if it is none that can be read."""

    id: str
    status: str
    template: Template | None
    parameters: Mapping[str, str]


@dataclass(slots=True)
class Watch:
    """Waits for an operation on a stack, and reports its events. `pause` waits between two queries."""

    aws: Aws
    info: Callable[[str], None]
    timeout_s: float
    poll_s: float
    seen: set[str] = field(default_factory=set)

    def skip(self, stack: str) -> None:
        """The events until now belong to earlier operations."""
        self.seen |= {str(event["EventId"]) for event in self._events(stack)}

    def wait(self, stack: str) -> tuple[str, list[str]]:
        """The status when the operation has ended, and why resources failed, the cause first."""
        try:
            return self._waited(stack)
        except KeyboardInterrupt:
            self.info("interrupted: AWS goes on with the stack, and the same command goes on waiting for it")
            raise

    def _waited(self, stack: str) -> tuple[str, list[str]]:
        began, failed = time.monotonic(), list[str]()
        while True:
            # before the events: of those until an operation ended none is missed
            now = status_of(self.aws, stack)
            for event in self._new(stack):
                status, why = str(event["ResourceStatus"]), str(event.get("ResourceStatusReason", ""))
                if status.endswith("_FAILED"):
                    failed.append(f"{event['LogicalResourceId']}: {' '.join(why.split()) or status}")
                elif status.endswith("_COMPLETE") and event["PhysicalResourceId"] != stack:
                    self.info(f"{status.lower().replace('_', ' ')}: {event['LogicalResourceId']}")
            if not now.endswith("_IN_PROGRESS"):
                return now, failed
            if time.monotonic() - began > self.timeout_s:
                advice = "the same command goes on waiting; --timeout sets how long"
                raise AwsError(f"the stack is still {now} after {self.timeout_s / 60:.0f} minutes", advice)
            time.sleep(self.poll_s)

    def _new(self, stack: str) -> Iterator[Mapping[str, Any]]:
        """The events that were not reported yet, the oldest first."""
        for event in reversed(self._events(stack)):
            if event["EventId"] not in self.seen:
                self.seen.add(str(event["EventId"]))
                yield event

    def _events(self, stack: str) -> list[Any]:
        return self.aws.pages("cloudformation", "describe_stack_events", "StackEvents", StackName=stack)


def status_of(aws: Aws, stack: str) -> str:
    """The status; DELETE_COMPLETE also if there is no such stack any more."""
    found = described_stack(aws, stack)
    return "DELETE_COMPLETE" if found is None else str(found["StackStatus"])


def deployed(aws: Aws, name: str) -> Deployed | None:
    """The stack of this name; None if there is none."""
    found = described_stack(aws, name)
    if found is None:
        return None
    text = aws.call("cloudformation", "get_template", StackName=name, TemplateStage="Original")["TemplateBody"]
    try:
        template = parse(text) if isinstance(text, str) else None
    except ValueError:
        template = None
    given = {item["ParameterKey"]: str(item.get("ParameterValue", "")) for item in found.get("Parameters", [])}
    return Deployed(str(found["StackId"]), str(found["StackStatus"]), template, given)


def parameters(aws: Aws, stack: Stack, wanted: Template, before: Deployed | None, bucket: str) -> dict[str, str]:
    """The values of the parameters of a template: of the profile, else as they are, else of the default VPC."""
    found = dict(before.parameters) if before is not None else {}
    made = before is not None and before.template is not None and "WorkBucket" in before.template.resources
    if "MakeBucket" in wanted.parameters and not (made and found.get("MakeBucket") == "true"):
        found["MakeBucket"] = "false" if bucket and bucket_exists(aws, bucket) else "true"
    if stack.subnets:
        found["SubnetIds"] = ",".join(stack.subnets)
    elif "SubnetIds" not in found:
        found["SubnetIds"] = ",".join(_default_subnets(aws))
    if stack.subnets or "VpcId" not in found:
        found["VpcId"] = _vpc_of(aws, found["SubnetIds"].split(","))
    return {name: found[name] for name in wanted.parameters}


def bucket_exists(aws: Aws, bucket: str) -> bool:
    """Whether the bucket exists. AwsError if it is another account's."""
    try:
        aws.call("s3", "head_bucket", Bucket=bucket)
    except AwsError as error:
        if error.code == "404":
            return False
        if error.code in ("403", "301"):
            advice = "choose another name in work_dir, or leave out stack.bucket"
            raise AwsError(f"bucket {bucket} exists, and is not yours to use here", advice, error.code) from error
        raise
    return True


def _default_subnets(aws: Aws) -> list[str]:
    vpcs = aws.pages("ec2", "describe_vpcs", "Vpcs", Filters=[{"Name": "is-default", "Values": ["true"]}])
    if not vpcs:
        advice = "set stack: {subnets: [subnet-…]}, or make one: aws ec2 create-default-vpc"
        raise AwsError(f"{aws.region} has no default VPC", advice)
    asked = [
        {"Name": "vpc-id", "Values": [str(vpcs[0]["VpcId"])]},
        {"Name": "default-for-az", "Values": ["true"]},
    ]
    subnets = sorted(str(each["SubnetId"]) for each in aws.pages("ec2", "describe_subnets", "Subnets", Filters=asked))
    if not subnets:
        raise AwsError("the default VPC has no subnets", "set stack: {subnets: [subnet-…]}")
    return subnets


def _vpc_of(aws: Aws, subnets: Sequence[str]) -> str:
    found = aws.pages("ec2", "describe_subnets", "Subnets", Filters=[{"Name": "subnet-id", "Values": list(subnets)}])
    missing = sorted(set(subnets) - {str(each["SubnetId"]) for each in found})
    if missing:
        raise AwsError(f"{aws.region} has no subnet {', '.join(missing)}", "correct stack.subnets")
    vpcs = sorted({str(each["VpcId"]) for each in found})
    if len(vpcs) > 1:
        raise AwsError(f"the subnets are of several VPCs ({', '.join(vpcs)})", "name subnets of one VPC")
    return vpcs[0]


def create(aws: Aws, name: str, text: str, given: Mapping[str, str]) -> str:
    """The id of the new stack."""
    return str(aws.call("cloudformation", "create_stack", **_request(name, text, given))["StackId"])


def update(aws: Aws, name: str, text: str, given: Mapping[str, str]) -> bool:
    """Whether there is anything to update."""
    try:
        aws.call("cloudformation", "update_stack", **_request(name, text, given))
    except AwsError as error:
        if error.code == "ValidationError" and "No updates" in error.message:
            return False
        raise
    return True


def _request(name: str, text: str, given: Mapping[str, str]) -> dict[str, Any]:
    return {
        "StackName": name,
        "TemplateBody": text,
        "Capabilities": _CAPABILITIES,
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
    }


def delete(watch: Watch, stack: str) -> tuple[str, list[str]]:
    """Deletes a stack and waits. Batch may report for a while that a queue still uses an environment, so deleting is
    tried again (https://github.com/hashicorp/terraform-provider-aws/issues/46925)."""
    for _ in range(_RETRIES):
        watch.skip(stack)
        watch.aws.call("cloudformation", "delete_stack", StackName=stack)
        status, failed = watch.wait(stack)
        if status == "DELETE_COMPLETE" or not any("elationship" in why for why in failed):
            break
        watch.info("Batch still reports a queue that was deleted: deleting again")
        time.sleep(watch.poll_s)
    return status, failed


def jobs(aws: Aws, queues: Sequence[str]) -> dict[str, int]:
    """How many jobs each of these queues has that have not ended; without queues that do not exist."""
    there = aws.job_queues(queues)
    found = {
        name: sum(
            len(aws.pages("batch", "list_jobs", "jobSummaryList", jobQueue=name, jobStatus=state))
            for state in _JOB_STATES
        )
        for name in there
    }
    return {name: count for name, count in found.items() if count}


def elsewhere(aws: Aws, queues: Sequence[str], before: Deployed | None) -> list[str]:
    """The queues that exist already, but not in this stack."""
    own: set[str] = set()
    if before is not None:
        rows = aws.pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=before.id)
        held = [row for row in rows if row["ResourceStatus"] != "DELETE_COMPLETE"]
        own = {str(row.get("PhysicalResourceId", "")).rpartition("/")[2] for row in held}
    return sorted(set(aws.job_queues(queues)) - own)
