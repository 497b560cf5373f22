"""Whole configs: cases/NAME.config comes to cases/NAME.yml, with the findings in cases/NAME.findings.

To write both anew: python -m tests.imports.test_cases
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nfconfgen.findings import Finding
from nfconfgen.imports.check_import import compare
from nfconfgen.imports.convert import Imported, convert
from nfconfgen.imports.originals import originals
from nfconfgen.nextflow import installed
from tests.core import load_text
from tests.lab.nextflow.harness import require
from tests.lab.nextflow.launch import HERE

CASES = Path(__file__).parent / "cases"
CONFIGS = sorted(CASES.glob("*.config"))
# limits stop growth, and on one machine they are also what all tasks together may take
BESIDES = {
    # a selector that a profile does not take, and two settings that have no effect
    "refused": {
        ("grid", "process.withName:FASTP*.cpus"),
        ("grid", "process.withLabel:gpu.singularity.runOptions"),
        ("grid", "process.$multiqc.cpus"),
    },
    "batch": {("batch", "process.resourceLimits")},
    "machine": {("machine", "process.resourceLimits")},
    # a closure, for which a task class of a profile has no key, which is a finding
    "cluster": {(site, "process.withName:ALIGN.*.ext.prefix") for site in ("cluster", "cluster,debug")},
}

each = pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)


def imported(config: Path) -> Imported:
    return convert([config], [], "demo")


def lines(findings: tuple[Finding, ...]) -> str:
    return "".join(f"{one.place.line}:{one.place.column} {one.level} {one.rule}\n" for one in findings)


def profile_text(config: Path) -> str:
    return imported(config).text.replace(f"{config.parent}/", "")


@each
def test_a_config_comes_to_a_profile(config: Path) -> None:
    assert profile_text(config) == config.with_suffix(".yml").read_text()


@each
def test_what_is_not_taken_over_is_found(config: Path) -> None:
    assert lines(imported(config).findings) == config.with_suffix(".findings").read_text()


@each
def test_the_profile_is_sound(config: Path) -> None:
    findings = load_text(imported(config).text, "profile.yml").findings
    assert [one for one in findings if one.level == "error"] == []


@each
def test_no_credential_is_taken_over_or_shown(config: Path) -> None:
    made = imported(config)
    assert "secret-of-somebody" not in made.text
    assert not any("secret-of-somebody" in one.text for one in made.findings)


@each
def test_the_profile_says_what_the_config_says(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Nextflow resolves both, value by value and probe by probe."""
    require()
    monkeypatch.setenv("PATH", f"{HERE}:{os.environ['PATH']}")
    found = compare(imported(config).text, "profile.yml", originals([config], []), installed())
    assert found.values > 6
    besides = {tuple(one.message.split(": ")[:2]) for one in found.findings}
    assert besides == BESIDES.get(config.stem, set()), [one.message for one in found.findings]


if __name__ == "__main__":
    for path in CONFIGS:
        path.with_suffix(".yml").write_text(profile_text(path))
        path.with_suffix(".findings").write_text(lines(imported(path).findings))
