"""Sites with different numbers of attempts next to each other."""

from __future__ import annotations

from pathlib import Path

from nfconfgen.assess import Ask, assess
from nfconfgen.compare.pairs import pairs

PROFILE = """\
nfconfgen: 1
pipeline: {name: x}
tasks: {default: {cpus: 1, memory: 1 GB}}
sites:
  four: {executor: awsbatch, region: eu-west-1, queues: [a, b, c, d],
    work_dir: 's3://bucket/w', cli_path: /opt/aws/bin/aws}
  two: {executor: awsbatch, region: eu-west-1, queues: [e, f],
    work_dir: 's3://bucket/w', cli_path: /opt/aws/bin/aws}
"""


def test_the_site_with_fewer_attempts_stays_on_its_last_queue(tmp_path: Path) -> None:
    profile = tmp_path / "profile.yml"
    profile.write_text(PROFILE)
    plan = assess(profile, Ask(needs_facts=False)).plan
    assert plan is not None
    (pair,) = pairs(plan)
    assert [(request.attempt, request.a.queue, request.b.queue) for request in pair.requests] == [
        (1, "a", "e"),
        (2, "b", "f"),
        (3, "c", "f"),
        (4, "d", "f"),
    ]
