"""Quotas on vCPUs: which one counts, what the API says of it, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nfconfgen.executors.awsbatch.doctor.account.quota_codes import Quota, code_of
from nfconfgen.executors.awsbatch.facts.region import InstanceType
from nfconfgen.findings import Level
from tests.executors.awsbatch.doctor.test_checks import FARGATE, on_fargate
from tests.executors.awsbatch.doctor.values import found, with_environment

STANDARD, SPOT, X = "L-1216C47A", "L-34B43A08", "L-7295265B"


@pytest.mark.parametrize(
    ("name", "on_demand", "spot"),
    [
        ("c5.2xlarge", STANDARD, SPOT),
        ("im4gn.large", STANDARD, SPOT),
        ("z1d.large", STANDARD, SPOT),
        ("x2iedn.2xlarge", X, "L-E3A00192"),
        ("gr6.4xlarge", "L-DB2E81BA", "L-3819A6DF"),
        ("vt1.3xlarge", "L-DB2E81BA", "L-3819A6DF"),
        ("p4d.24xlarge", "L-417A185B", "L-7212CCBC"),
        ("p5.48xlarge", "L-417A185B", ""),
        ("hpc7a.12xlarge", "L-F7808C92", ""),
        ("u-6tb1.56xlarge", "L-43DA4232", ""),
        ("u7i-12tb.224xlarge", "L-43DA4232", ""),
        ("dl1.24xlarge", "L-6E869C2A", "L-85EED4F7"),
        ("mac1.metal", "", ""),
        ("new1.large", "", ""),
    ],
)
def test_the_quota_of_an_instance_type(name: str, on_demand: str, spot: str) -> None:
    assert (code_of(name, spot=False), code_of(name, spot=True)) == (on_demand, spot)


def on(quotas: dict[str, int], **changes: Any) -> list[tuple[str, Level]]:
    known = {code: Quota("ec2", code, "name", vcpus) for code, vcpus in quotas.items()}
    return [(f.rule, f.level) for f in found(with_environment(quotas=known, **changes)) if f.rule == "quota"]


BOTH = {"sheets": {"c5.2xlarge": InstanceType(8, 0), "x1e.2xlarge": InstanceType(8, 0)}}


@pytest.mark.parametrize(
    ("quotas", "changes", "level"),
    [
        ({STANDARD: 80}, {}, None),  # maxvCpus is 80
        ({STANDARD: 79}, {}, "warning"),
        ({STANDARD: 8}, {}, "warning"),
        ({STANDARD: 7}, {}, "error"),
        ({STANDARD: 0}, {"fault": ("queue-disabled", "is disabled")}, None),
        ({}, {}, None),
        ({STANDARD: 0}, {"kind": "SPOT", "strategy": "SPOT_CAPACITY_OPTIMIZED"}, None),
        ({SPOT: 0}, {"kind": "SPOT", "strategy": "SPOT_CAPACITY_OPTIMIZED"}, "error"),
        # two quotas add up, and one that is not known may be large
        ({STANDARD: 40, X: 40}, BOTH, None),
        ({STANDARD: 40, X: 0}, BOTH, "warning"),
        ({STANDARD: 0, X: 0}, BOTH, "error"),
        ({STANDARD: 0}, BOTH, None),
    ],
)
def test_a_quota_below_the_maximum(quotas: dict[str, int], changes: dict[str, Any], level: Level | None) -> None:
    assert on(quotas, **changes) == ([("quota", level)] if level else [])


def test_the_finding_has_the_numbers_and_the_command() -> None:
    quota = Quota("ec2", STANDARD, "Running On-Demand Standard instances", 64)
    (finding,) = found(with_environment(quotas={STANDARD: quota}))
    assert "maxvCpus 80 of work" in finding.message
    assert "64 vCPUs" in finding.message
    assert f"--service-code ec2 --quota-code {STANDARD} --desired-value 80" in finding.advice


@pytest.mark.parametrize(("vcpus", "reported"), [(64, False), (63, True)])
def test_fargate_has_a_quota_of_its_own(vcpus: int, reported: bool) -> None:
    known = on_fargate()
    quotas = {"L-3032A538": Quota("fargate", "L-3032A538", "Fargate On-Demand vCPU resource count", vcpus)}
    environments = {name: replace(env, quotas=quotas) for name, env in known.environments.items()}
    rules = {finding.rule for finding in found(replace(known, environments=environments), FARGATE)}
    assert ("quota" in rules) is reported
