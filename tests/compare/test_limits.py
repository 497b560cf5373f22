"""The limits of two sites next to each other, with those of task classes."""

from __future__ import annotations

from pathlib import Path

from nfconfgen.compare.pairs import pairs
from nfconfgen.report.plan_json import plan_as_json
from tests.core import planned

_PROFILE = """\
nfconfgen: 1
pipeline: {name: demo}
tasks:
  default: {cpus: 4, memory: 8 GB, time: 1h}
  labels: {big: {memory: 30 GB, limits: {memory: 60 GB, time: 2h}}}
retry: {attempts: 2, exit_codes: [137], memory: double}
sites:
  a: {executor: slurm, queues: [x], limits: {memory: 32 GB}, tasks: {labels: {big: {limits: {memory: 50 GB}}}}}
  b: {executor: slurm, queues: [y], limits: {memory: 16 GB}}
"""


def test_limits_of_classes_are_compared_and_reported(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(_PROFILE)
    plan = planned(tmp_path / "p.yml").plan
    assert plan is not None
    (pair,) = pairs(plan)
    assert [(value.name, value.mark, value.a, value.b) for value in pair.limits] == [
        ("memory_mib", "meant", 32768, 16384),
        ("label big memory_mib", "meant", 51200, 61440),
        ("label big time_s", "same", 7200, 7200),
    ]
    second = next(request for request in pair.requests if (request.name, request.attempt) == ("big", 2))
    assert any("50 GB" in why for why in second.why)
    of_default, of_label = plan_as_json(plan.sites[0])["tasks"]
    assert (of_default["limits"], of_label["limits"]["memory_mib"]) == (None, 51200)
