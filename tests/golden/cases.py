"""The expected findings of tests/cases/ and tests/pipeline/cases/, from what the program reports now."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.cli import Ended, nfconfgen
from tests.golden.findings import CASES, PIPELINES, Reported, renewed
from tests.pipeline.test_cases import BUILDS, checked
from tests.test_cases import copied, expected

UNREADABLE = "unreadable"

# a file with expected findings, an empty folder → its text as it should be, and what to warn of
Renewal: TypeAlias = Callable[[Path, Path, pytest.MonkeyPatch], tuple[str, list[str]]]


def of_profile(file: Path, folder: Path, patch: pytest.MonkeyPatch) -> tuple[str, list[str]]:
    """`validate` of the profile next to the file."""
    case = file.with_suffix(".yml")
    content = file.read_text(encoding="utf-8") if file.exists() else ""
    copied(case, folder, locked=expected(case).locked)
    patch.chdir(folder)
    ended = nfconfgen("validate", "--format", "json", case.name)
    was_unreadable = UNREADABLE in content.splitlines()
    if ended.code == 2 and was_unreadable:
        return content, []
    if ended.code == 2:
        return f"{_comments(content)}{UNREADABLE}\n", ["is unreadable now"]
    if was_unreadable:
        text, _ = renewed(_comments(content), CASES, _reported(ended, column=True))
        return text, ["is readable now"]
    return renewed(content, CASES, _reported(ended, column=True))


def of_pipeline(file: Path, folder: Path, patch: pytest.MonkeyPatch) -> tuple[str, list[str]]:
    """`check` of the pipeline next to the file, once it is built."""
    ended = checked(file.parent, folder, patch, "--format", "json")
    found = [finding for finding in _reported(ended) if finding.head.split()[-1] not in BUILDS]
    return renewed(file.read_text(encoding="utf-8"), PIPELINES, found)


def _comments(content: str) -> str:
    return "".join(f"{line}\n" for line in content.splitlines() if line.startswith("#"))


def _reported(ended: Ended, column: bool = False) -> list[Reported]:
    head = "{line}:{column} {level} {rule}" if column else "{file}:{line} {level} {rule}"
    findings = json.loads(ended.out)["findings"]
    return [Reported(head.format_map(each), each["message"], each["advice"]) for each in findings]


def files(root: Path) -> list[tuple[Path, Renewal]]:
    """Every file with expected findings below this folder, and how it is made again."""
    profiles = [path.with_suffix(".findings") for path in sorted((root / "tests/cases").glob("*/*.yml"))]
    pipelines = sorted((root / "tests/pipeline/cases").glob("*/expected.findings"))
    return [*((file, of_profile) for file in profiles), *((file, of_pipeline) for file in pipelines)]
