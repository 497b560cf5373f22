"""A misspelt key is the only finding: consequences of its absence are not reported."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from nfconfgen.commands.validate import check
from tests.conftest import ROOT
from tests.core import load

KEY = re.compile(r"(?:^|(?<=[{ ,]))([a-z_]{3,})(?=:( |$))", re.MULTILINE)


@pytest.mark.parametrize("name", ["salmon", "rnaseq", "two-clusters"])
def test_every_key_of_the_examples(tmp_path: Path, name: str) -> None:
    for end in ("yml", "lock.json"):
        shutil.copy(ROOT / f"profiles/{name}.{end}", tmp_path)
    profile = tmp_path / f"{name}.yml"
    text, sound, seen = profile.read_text(), load(profile).profile, 0
    base = {(one.rule, one.message) for one in check(profile)}
    for match in KEY.finditer(text):
        key = match[1]
        misspelt = f"{key[:2]}{key[1:]}"
        profile.write_text(f"{text[: match.start()]}{misspelt}{text[match.end() :]}")
        found = [one for one in check(profile) if (one.rule, one.message) not in base]
        if any(one.message == f"unknown key '{misspelt}'" for one in found):
            assert [one.rule for one in found] == ["unknown-key"], (key, found)
            assert f"'{key}'" in found[0].advice
            seen += 1
    assert seen > 10
    assert sound is not None


@pytest.mark.parametrize(
    ("tasks", "rules"),
    [
        ("default: {memmory: 4 GB}", ["unknown-key"]),
        ("defautl: {memmory: 4 GB}", ["unknown-key"]),
        ("default: {memmory: 4 GB, mem: 8 GB}", ["unknown-key", "unknown-key"]),
        ("default: {memory: 4 GB, memmory: 8 GB}", ["unknown-key"]),
        ("default: {memmory: much}", ["unknown-key"]),
        ("default: {cpus: 2, colour: red}", ["missing-memory", "unknown-key"]),
    ],
)
def test_other_findings_are_reported(tmp_path: Path, tasks: str, rules: list[str]) -> None:
    profile = tmp_path / "profile.yml"
    profile.write_text(
        f"nfconfgen: 1\npipeline: {{name: p}}\ntasks: {{{tasks}}}\n"
        "sites: {s: {executor: slurm, queues: [q], limits: {cpus: 4, memory: 16 GB, time: 1d}}}\n"
    )
    found = check(profile)
    assert sorted(one.rule for one in found) == rules
    assert found[0].rule == "unknown-key" or "unknown-key" not in rules[:1]


def test_what_is_read_in_its_place_is_checked(tmp_path: Path) -> None:
    profile = tmp_path / "profile.yml"
    profile.write_text(
        "nfconfgen: 1\npipeline: {name: p}\ntasks: {defautl: {memmory: 40 GB}}\n"
        "sites: {s: {executor: slurm, queues: [q], limits: {cpus: 4, memory: 16 GB, time: 1d}}}\n"
    )
    found = {one.rule: one.place for one in check(profile)}
    assert set(found) == {"unknown-key", "memory-fit"}
    assert (found["memory-fit"].line, found["memory-fit"].column) == (3, 28)
