"""The pipelines of cases/: every finding with the positions on both sides; cases/README.md has the format."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli import Ended, nfconfgen
from tests.pipeline.pipelines import HERE

CASES = sorted(path.parent for path in (HERE / "cases").glob("*/expected.findings"))
BUILDS = {"never-built", "edited", "missing"}


def checked(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> Ended:
    """`check` of a built copy, without any Nextflow."""
    folder = Path(shutil.copytree(case, tmp_path / case.name))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert nfconfgen("build", "profile.yml", "--offline").code == 0
    return nfconfgen("check", "profile.yml", "--pipeline", ".", *options)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_all_expected_findings_are_reported(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = checked(case, tmp_path, monkeypatch, "--format", "json")
    reported = [finding for finding in json.loads(ended.out)["findings"] if finding["rule"] not in BUILDS]
    wanted = [line.split(" | ") for line in (case / "expected.findings").read_text().splitlines()]
    wanted = [parts for parts in wanted if parts[0].strip() and not parts[0].startswith("#")]
    heads = [f"{f['file']}:{f['line']} {f['level']} {f['rule']}" for f in reported]
    assert sorted(heads) == sorted(parts[0] for parts in wanted)
    for head, *texts in wanted:
        texts_at_head = [
            f"{f['message']}: {f['advice']}" for f, its in zip(reported, heads, strict=True) if its == head
        ]
        assert any(all(text in one for text in texts) for one in texts_at_head), (head, texts, texts_at_head)
    assert ended.code == (1 if any(" error " in head for head in heads) else 0)


@pytest.mark.parametrize("output_format", ["text", "github"])
def test_a_note_is_no_warning(output_format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = HERE / "cases/container-said-on-both-sides"
    ended = checked(case, tmp_path, monkeypatch, "--format", output_format)
    assert ended.code == 0
    assert ("::notice file=profile.yml,line=6," if output_format == "github" else " note: ") in ended.out
