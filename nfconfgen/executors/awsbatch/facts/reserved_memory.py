"""The memory that the ECS agent keeps from tasks (ECS_RESERVED_MEMORY), as user data of a launch template sets it.

https://docs.aws.amazon.com/batch/latest/userguide/ecs-reserved-memory.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nfconfgen.executors.awsbatch.client import DENIED, Aws, AwsError
from nfconfgen.executors.awsbatch.facts.region import Environment
from nfconfgen.executors.awsbatch.facts.template_versions import described, question, references, user_data
from nfconfgen.facts.model import Problem

_SET = re.compile(r"""^(?!\s*\#).*?ECS_RESERVED_MEMORY\s*=\s*["']?([^\s"';&|>]*)""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reserved:
    """MiB that the user data of an environment reserves at most; 0 if it sets nothing. `unknown`: why that is not
    certain."""

    mib: int = 0
    unknown: str = ""


def reserved(aws: Aws, environments: Mapping[str, Mapping[str, Any]]) -> dict[str, Reserved]:
    """The reserved memory of each environment, by all versions of its launch templates that may be in effect."""
    asked = {name: {question(ref) for ref in references(env) if ref} for name, env in environments.items()}
    questions = sorted({each for some in asked.values() for each in some})

    def ask(each: tuple[str, str, str]) -> list[Any] | None:
        try:
            return described(aws, each)
        except AwsError as error:
            if error.code not in DENIED:
                raise
            return None

    answers = dict(zip(questions, aws.side_by_side(ask, questions), strict=True))
    return {name: _most([answers[each] for each in some]) for name, some in asked.items()}


def _most(answers: Iterable[list[Any] | None]) -> Reserved:
    values: list[str] = []
    for versions in answers:
        if versions is None:
            return Reserved(unknown="its launch template may not be read")
        values += [value for version in versions for value in set_in(user_data(version))]
    numbers = [int(value) for value in values if value.isascii() and value.isdigit()]
    unknown = "" if len(numbers) == len(values) else "its user data sets ECS_RESERVED_MEMORY to no plain number"
    return Reserved(max(numbers, default=0), unknown)


def set_in(text: str) -> list[str]:
    """The values that a script gives to ECS_RESERVED_MEMORY."""
    return _SET.findall(text)


def problems(
    queues: Mapping[str, Iterable[str]], environments: Mapping[str, Environment], found: Mapping[str, Reserved]
) -> list[Problem]:
    """A warning for each environment with sizes that are not measured, and may be less for an unknown reserve."""
    return [
        Problem(
            queue,
            "reserved-memory",
            f"{queue}: {found[name].unknown}, so memory that {name} reserves is not subtracted from its sizes",
            "measure them (nfconfgen probe), or allow ec2:DescribeLaunchTemplateVersions (docs/policy-build.json)",
            "warning",
        )
        for queue, names in queues.items()
        for name in names
        if found[name].unknown and any(offer.source != "measured" for offer in environments[name].offers.values())
    ]
