"""The documents show what is: every command and option, and output as it really looks.

The texts are made anew by: python -m tests.golden
"""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest
import typer

from nfconfgen.command_line.cli_sites import app
from nfconfgen.profile.document.schema import schema
from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.golden.pages import COMMANDS, MAKERS, Maker, Shown, in_page
from tests.golden.pages_lab import MAKERS as LAB_MAKERS
from tests.golden.pages_lab import doctor, of_verify, probes
from tests.lab.aws.client import Double


def as_shown(shown: Shown) -> None:
    assert in_page(shown, (ROOT / shown.page).read_text()) == shown.text, f"{shown.name}: python -m tests.golden"


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.page)
def test_output_looks_as_shown(maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if maker.page == "docs/commands.md" and version("typer") < "0.28":
        pytest.skip("this typer lays out help otherwise than the page has it")
    shown = list(maker.make(tmp_path, monkeypatch))
    assert shown
    for each in shown:
        as_shown(each)


def test_a_probe_looks_as_shown(tmp_path: Path, double: Double) -> None:
    for shown in probes(tmp_path, double):
        as_shown(shown)


def test_a_doctor_looks_as_shown(double: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    for shown in doctor(double, monkeypatch):
        as_shown(shown)


@pytest.mark.lab
def test_verify_looks_as_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for shown in of_verify(tmp_path, monkeypatch):
        as_shown(shown)


def test_every_page_that_shows_output_is_made_anew_by_one_command() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    showing = {str(page.relative_to(ROOT)) for page in pages if "\n$ nfconfgen" in page.read_text()}
    assert showing <= {maker.page for maker in (*MAKERS, *LAB_MAKERS)}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_names_every_command(command: str) -> None:
    assert f"`nfconfgen {command}" in (ROOT / "README.md").read_text()


def test_the_readmes_first_profile_is_sound(tmp_path: Path) -> None:
    shown = re.search(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert shown is not None
    (tmp_path / "profile.yml").write_text(shown[1])
    assert nfconfgen("validate", tmp_path / "profile.yml", "--strict").code == 0


def test_the_page_on_slurm_shows_every_key() -> None:
    page = (ROOT / "docs/slurm.md").read_text() + (ROOT / "docs/profile.md").read_text()
    keys = schema()["definitions"]["slurmSite"]["properties"]
    parts = [*keys["submission"]["properties"], *keys["container"]["properties"]]
    assert [key for key in (*keys, *parts) if not re.search(rf"`{key}`|\b{key}:", page)] == []


def test_the_page_on_one_machine_shows_sound_sites_and_every_key(tmp_path: Path) -> None:
    page = (ROOT / "docs/local.md").read_text()
    shown = re.findall(r"```yaml\n(sites:\n.*?)```", page, re.DOTALL)
    assert len(shown) == 2
    for number, sites in enumerate(shown):
        profile = tmp_path / f"{number}.yml"
        profile.write_text(f"nfconfgen: 1\npipeline: {{name: demo}}\ntasks: {{default: {{memory: 4 GB}}}}\n{sites}")
        assert nfconfgen("validate", profile, "--strict").code == 0
    keys = schema()["definitions"]["localSite"]["properties"]
    page += (ROOT / "docs/profile.md").read_text()
    assert [key for key in keys if not re.search(rf"`{key}`|\b{key}:", page)] == []


def test_links_lead_somewhere() -> None:
    for page in [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "profiles/README.md",
    ]:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readme_links_every_page() -> None:
    linked = re.findall(r"\]\((docs/[\w-]+\.md)\)", (ROOT / "README.md").read_text())
    assert {str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md")} <= set(linked)


def test_every_decision_is_recorded_once_and_found() -> None:
    pages = [*(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md"]
    anchors = [
        (page.name, number, shown)
        for page in pages
        for number, shown in re.findall(r'<a id="decision-(\d+)"></a>\*\*(\d+)\.', page.read_text())
    ]
    assert len({number for _, number, _ in anchors}) == len(anchors) > 80
    assert [each for each in anchors if each[1] != each[2]] == []
    for page in pages:
        for target, number in re.findall(r"\]\(([^)#]*)#decision-(\d+)\)", page.read_text()):
            assert (Path(target or page).name, number) in [(name, number) for name, number, _ in anchors]


def test_every_rule_of_a_diff_is_on_its_page() -> None:
    rules = set(re.findall(r'"(\w+-parity)"', "".join(p.read_text() for p in (ROOT / "nfconfgen").rglob("*.py"))))
    shown = set(re.findall(r"`(\w+-parity)`", (ROOT / "docs/diff.md").read_text()))
    assert rules == shown


def test_the_page_on_pipelines_names_every_rule() -> None:
    page = (ROOT / "docs/pipeline.md").read_text()
    folders = ("pipeline", "conflicts")
    sources = [path.read_text() for folder in folders for path in (ROOT / "nfconfgen" / folder).glob("*.py")]
    rules = {rule for text in sources for rule in re.findall(r'Finding\([^"]*, "([a-z-]+)"', text)}
    assert len(rules) > 10
    assert [rule for rule in rules if f"`{rule}`" not in page] == []


def test_the_hooks_are_there_as_shown() -> None:
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text()
    for page in ("README.md", "docs/check.md"):
        for hook in re.findall(r"id: (nfconfgen-\w+)", (ROOT / page).read_text()):
            assert f"- id: {hook}\n" in hooks


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_in_help_parse(command: str) -> None:
    """Each of them on a line of its own, with options that the command has."""
    examples = nfconfgen(command, "--help").out.partition("\n  Examples:\n")[2].splitlines()
    assert 2 <= len(examples) <= 4
    for line in examples:
        words = line.partition(">")[0].split()
        assert words[:2] == ["nfconfgen", command]
        sub = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]
        sub.make_context(command, words[2:])
