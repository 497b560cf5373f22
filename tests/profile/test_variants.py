"""Variants of a site are loaded, checked and planned like sites."""

from __future__ import annotations

from typing import Any

from nfconfgen.findings import Finding, Place, once_for_variants
from tests.core import load_text

PROFILE = """\
nfconfgen: 1
pipeline: {name: demo}
sites:
  cluster:
    executor: slurm
    queues: [short, long]
    limits: {cpus: 8, time: 4h}
    scratch: true
    tasks: {default: {cpus: 2, memory: 4 GB}}
    variants:
VARIANTS
"""


def loaded(*variants: str) -> tuple[dict[str, Any], list[str]]:
    found = load_text(PROFILE.replace("VARIANTS", "\n".join(f"      {line}" for line in variants)), "p.yml")
    places = [f"{finding.place.line}:{finding.place.column} {finding.rule}" for finding in found.findings]
    return {site.name: site for site in found.profile.sites} if found.profile else {}, places


def test_mappings_are_merged_and_lists_replaced() -> None:
    sites, findings = loaded("debug: {queues: [debug], limits: {time: 1h}, tasks: {default: {memory: 1 GB}}}")
    assert findings == []
    base, debug = sites["cluster"], sites["cluster,debug"]
    assert [queue.value for queue in debug.queues] == ["debug"]
    assert (debug.limits.cpus, debug.limits.time_s) == (8, 3600)
    assert (debug.tasks[0].cpus.value, debug.tasks[0].memory_mib.value) == (2, 1024)
    assert (debug.base, debug.is_variant, base.is_variant) == ("cluster", True, False)


def test_null_takes_a_key_back() -> None:
    sites, _ = loaded("plain: {limits: null, scratch: null, tasks: {default: {cpus: null}}}")
    plain = sites["cluster,plain"]
    assert (plain.limits.cpus, plain.settings.surroundings.scratch) == (None, None)
    assert not plain.tasks[0].sets_cpus


def test_faults_stand_at_the_line_that_makes_them() -> None:
    _, findings = loaded("debug: {limits: {cpus: many}, nope: 1}", "other: {container: {engine: nope}}")
    assert findings == ["11:30 wrong-type", "11:37 unknown-key", "12:35 not-one-of"]


def test_a_variant_needs_a_change_and_a_name() -> None:
    _, findings = loaded("debug: {}", "2nd: {cleanup: true}")
    assert {finding.split(":")[0] for finding in findings} == {"11", "12"}


def test_a_finding_about_the_site_is_not_repeated_for_its_variants() -> None:
    at = Place("p.yml", 4, 3)
    about = [Finding(at, "r", f"nothing holds it on {name}") for name in ("cluster", "cluster,a", "cluster,a_b")]
    assert once_for_variants(about, ["cluster,a", "cluster,a_b"]) == {about[0]}
    assert once_for_variants(about[1:], ["cluster,a", "cluster,a_b"]) == set(about[1:])
