"""The stacks of a region that sites refer to: what their jobs use of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nfconfgen.executors.awsbatch.client import Aws, AwsError
from nfconfgen.executors.awsbatch.facts.region import Deployed, RegionFacts
from nfconfgen.executors.awsbatch.settings import settings_of
from nfconfgen.profile.model import Site

JOB_ROLE, LOG_GROUP, HEAD_ROLE = "JobRole", "LogGroup", "HeadRole"
"""The outputs of a stack: the ARNs of roles, and the name of a log group."""


def with_stacks(aws: Aws, sites: Sequence[Site], facts: RegionFacts) -> RegionFacts:
    """The facts with the stacks of the sites that declare queues, as far as they are deployed."""
    names = sorted({settings_of(site).stack.name for site in sites if settings_of(site).made})
    found = zip(names, aws.side_by_side(lambda name: _deployed(aws, name), names), strict=True)
    return replace(facts, stacks={name: deployed for name, deployed in found if deployed is not None})


def _deployed(aws: Aws, name: str) -> Deployed | None:
    described = described_stack(aws, name)
    outputs = {item["OutputKey"]: str(item["OutputValue"]) for item in (described or {}).get("Outputs", [])}
    found = Deployed(outputs.get(JOB_ROLE, ""), outputs.get(LOG_GROUP, ""), outputs.get(HEAD_ROLE, ""))
    return found if found != Deployed() else None


def described_stack(aws: Aws, name: str) -> dict[str, Any] | None:
    """The stack as CloudFormation describes it; None if there is none of that name."""
    try:
        stacks = aws.call("cloudformation", "describe_stacks", StackName=name)["Stacks"]
    except AwsError as error:
        if error.code == "ValidationError" and "does not exist" in error.message:
            return None
        raise
    return dict(stacks[0])
