"""`python -m tests.golden`: wrong texts are written anew, right ones stay, and no position changes unnoticed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.golden.__main__ import main
from tests.golden.findings import CASES, PIPELINES, Format, Reported, renewed

PAGES = ("README.md", "docs")
TESTS = ("tests/cases", "tests/pipeline/cases")
QUICK = ("README", "docs/check", "docs/commands", "docs/pipeline", "bad/cpus", "bad/invalid", "good/", "labels-of")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the command writes to, as the repository has it."""
    for name in (*PAGES, *TESTS):
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target)
        else:
            shutil.copy(ROOT / name, target)
    return tmp_path


SUFFIXES = {".md", ".findings"}


def texts(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.suffix in SUFFIXES}


def spoil(file: Path, right: str, wrong: str) -> None:
    content = file.read_text()
    assert right in content
    file.write_text(content.replace(right, wrong, 1))


def test_what_is_right_stays(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = texts(copy)
    assert main(["--check", *QUICK], copy) == 0
    assert main([*QUICK], copy) == 0
    assert capsys.readouterr() == ("", "")
    assert texts(copy) == before


def test_a_wrong_text_is_written_anew(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right = texts(copy)
    spoil(copy / "docs/check.md", "2 profiles are up to date", "2 profiles are fine")
    spoil(copy / "docs/check.md", "changed since the last build: nf", "altered since: nf")
    spoil(copy / "docs/commands.md", "Usage: nfconfgen build", "Usage: build")
    spoil(copy / "README.md", "site      task     attempt", "site task attempt")
    spoiled = texts(copy)
    assert main(["--check", *QUICK], copy) == 1
    assert texts(copy) == spoiled
    assert main([*QUICK], copy) == 0
    assert texts(copy) == right
    out = capsys.readouterr().out
    assert out.count("would rewrite docs/check.md") == out.count("\nrewrote docs/check.md") == 1


def test_a_changed_head_is_written_and_warned_of(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right = texts(copy)
    spoil(copy / "tests/cases/bad/cpus-as-text.findings", "5:11 error wrong-type", "5:12 error wrong-type")
    spoil(copy / "tests/pipeline/cases/labels-of-nf-core/expected.findings", "yml:12 warning", "yml:12 error")
    assert main([*QUICK], copy) == 1
    assert texts(copy) == right
    err = capsys.readouterr().err
    assert "bad/cpus-as-text.findings: 5:12 error wrong-type is now 5:11 error wrong-type" in err
    assert "expected.findings: profile.yml:12 error param-unknown is now profile.yml:12 warning param-unknown" in err


def test_a_block_that_a_page_no_longer_has_is_warned_of(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(copy / "README.md", "<!-- the plan -->", "")
    assert main(["README"], copy) == 1
    assert "README.md has no block" in capsys.readouterr().err


FOUND = (
    Reported("1:2 error size", "8 GB is too much", "ask for 4 GB"),
    Reported("3:1 warning name", "odd", "rename"),
)


@pytest.mark.parametrize(
    ("content", "wanted", "warnings"),
    [
        ("# a\n1:2 error size ~ 4 GB\n3:1 warning name\n", None, []),
        # wording
        (
            "1:2 error size ~ ask for 5 GB\n3:1 warning name\n",
            "1:2 error size ~ ask for 4 GB\n3:1 warning name\n",
            [],
        ),
        (
            "1:2 error size ~ 9 GB is much\n3:1 warning name\n",
            "1:2 error size ~ 8 GB is too much\n3:1 warning name\n",
            [],
        ),
        # heads; a comment stays above its line
        (
            "# a\n1:3 error size ~ 4 GB\n# b\n3:1 error name\n",
            "# a\n1:2 error size ~ 4 GB\n# b\n3:1 warning name\n",
            ["1:3 error size is now 1:2 error size", "3:1 error name is now 3:1 warning name"],
        ),
        ("1:2 error size\n", "1:2 error size\n3:1 warning name\n", ["3:1 warning name is new"]),
        (
            "1:2 error size\n2:9 error gone\n3:1 warning name\n# end\n",
            "1:2 error size\n3:1 warning name\n# end\n",
            ["2:9 error gone is no longer reported"],
        ),
        (
            "3:1 warning name\n1:2 error size\n",
            "1:2 error size\n3:1 warning name\n",
            ["the order of the findings changed"],
        ),
    ],
)
def test_findings_of_a_profile(content: str, wanted: str | None, warnings: list[str]) -> None:
    assert renewed(content, CASES, FOUND) == (content if wanted is None else wanted, warnings)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ("3:1 warning name | odd | rename\n# a\n1:2 error size | 4 GB\n", None),
        ("3:1 warning name | strange\n1:2 error size\n", "3:1 warning name | rename\n1:2 error size\n"),
    ],
)
def test_findings_of_a_pipeline_keep_the_order_of_the_file(content: str, wanted: str | None) -> None:
    assert renewed(content, PIPELINES, FOUND) == (content if wanted is None else wanted, [])


@pytest.mark.parametrize("form", [CASES, PIPELINES])
def test_two_findings_with_one_head_are_distinguished_by_their_texts(form: Format) -> None:
    found = (Reported("1:1 error x", "first", ""), Reported("1:1 error x", "second", ""))
    content = f"1:1 error x{form.separator}first\n1:1 error x{form.separator}second\n"
    assert renewed(content, form, found) == (content, [])
    unordered = "1:1 error x\n1:1 error x | first\n"
    assert renewed(unordered, PIPELINES, found) == (unordered, [])
