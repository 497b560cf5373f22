"""The documents show what is: every command and option, and output as it really looks.

docs/commands.md is made by: python -m tests.test_docs
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from nfconfgen.profile.document.schema import schema
from tests.cli import nfconfgen, process
from tests.conftest import ROOT
from tests.fast.test_noticed import copied
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import idle

COMMANDS = ("build", "validate", "check", "facts", "probe", "doctor", "verify", "explain", "diff", "schema")
SALMON = "profiles/salmon.yml"


def commands_page() -> str:
    """docs/commands.md, from what --help prints."""
    parts = ["# Commands and options\n", "What `--help` prints.\n"]
    for command in COMMANDS:
        ended = subprocess.run(
            [sys.executable, "-m", "nfconfgen", command, "--help"],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"},
        )
        usage = "\n".join(line.rstrip() for line in ended.stdout.strip().splitlines())
        parts.append(f"## nfconfgen {command}\n\n```\n{usage.replace('python -m nfconfgen', 'nfconfgen')}\n```\n")
    return "\n".join(parts)


def block(page: str, command: str) -> str:
    """What stands behind `$ command` in a code block of a document."""
    text = (ROOT / page).read_text()
    match = re.search(rf"```\w*\n\$ {re.escape(command)}\n(.*?)```", text, re.DOTALL)
    assert match is not None, f"{page} does not show {command}"
    return match[1]


@pytest.mark.skipif(version("typer") < "0.28", reason="this typer lays out help otherwise than the page has it")
def test_every_command_and_option_is_on_its_page() -> None:
    assert (ROOT / "docs/commands.md").read_text() == commands_page()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_names_every_command(command: str) -> None:
    assert f"`nfconfgen {command}" in (ROOT / "README.md").read_text()


def test_the_readme_shows_the_plan_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    ended = nfconfgen("build", SALMON, "--offline", "--dry-run")
    assert ended.out.strip() in (ROOT / "README.md").read_text()


def test_the_readme_shows_the_config_as_it_is() -> None:
    config = (ROOT / "profiles/salmon/conf/awsbatch.config").read_text()
    shown = re.search(r"```groovy\n(    // attempt.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert shown is not None
    assert shown[1].rstrip() in config


def test_the_readme_shows_a_finding_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / SALMON).read_text().replace("8 GB", "64 GB")
    (tmp_path / "profile.yml").write_text(text)
    shutil.copy(ROOT / "profiles/salmon.lock.json", tmp_path / "profile.lock.json")
    monkeypatch.chdir(tmp_path)
    assert nfconfgen("validate", "profile.yml").out.strip() in (ROOT / "README.md").read_text()


def test_the_readmes_first_profile_is_sound(tmp_path: Path) -> None:
    shown = re.search(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert shown is not None
    (tmp_path / "profile.yml").write_text(shown[1])
    assert nfconfgen("validate", tmp_path / "profile.yml", "--strict").code == 0


def test_the_page_on_slurm_shows_a_sound_site_and_every_key() -> None:
    page = (ROOT / "docs/slurm.md").read_text()
    assert f"```yaml\n{(ROOT / 'tests/cases/good/slurm-site.yml').read_text()}```" in page
    keys = schema()["definitions"]["slurmSite"]["properties"]
    parts = [*keys["submission"]["properties"], *keys["container"]["properties"], *keys["account"]["properties"]]
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


@pytest.mark.parametrize("profile", ["rnaseq", "salmon", "workstation"])
def test_facts_look_as_shown(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    ended = nfconfgen("facts", f"profiles/{profile}.yml", "--offline")
    assert ended.out == block("docs/facts.md", f"nfconfgen facts profiles/{profile}.yml --offline")


def test_a_check_looks_as_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied(tmp_path, "salmon")
    copied(tmp_path, "rnaseq")
    monkeypatch.chdir(tmp_path)
    assert nfconfgen("check").err == block("docs/check.md", "nfconfgen check")
    config = tmp_path / "salmon/conf/slurm.config"
    config.write_text(config.read_text().replace("1.h", "2.h"))
    (tmp_path / "salmon/launch/run-slurm.sh").unlink()
    profile = tmp_path / "rnaseq.yml"
    profile.write_text(profile.read_text() + "# a comment\n")
    assert nfconfgen("check", "salmon.yml", "rnaseq.yml").out == block(
        "docs/check.md", "nfconfgen check salmon.yml rnaseq.yml"
    )
    _with_less_memory(tmp_path)
    live = nfconfgen("check", "salmon.yml", "--from", "site.json")
    shown = block("docs/check.md", "nfconfgen check salmon.yml --from site.json")
    assert shown == "".join(line for line in live.out.splitlines(keepends=True) if "[live-" in line)
    github = nfconfgen("check", "rnaseq.lock.json", "--format", "github")
    assert github.out == block("docs/check.md", "nfconfgen check rnaseq.lock.json --format github")


def test_an_explanation_looks_as_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    ended = nfconfgen("explain", "profiles/salmon.yml", "--site", "awsbatch")
    assert ended.out == block("docs/explain.md", "nfconfgen explain profiles/salmon.yml --site awsbatch")


def test_a_diff_looks_as_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert nfconfgen("diff", SALMON).out == block("docs/diff.md", f"nfconfgen diff {SALMON}")


def test_every_rule_of_a_diff_is_on_its_page() -> None:
    rules = set(re.findall(r'"(\w+-parity)"', "".join(p.read_text() for p in (ROOT / "nfconfgen").rglob("*.py"))))
    shown = set(re.findall(r"`(\w+-parity)`", (ROOT / "docs/diff.md").read_text()))
    assert rules == shown


def _with_less_memory(folder: Path) -> None:
    """site.json, as `facts --collect` prints it on the example's cluster, were its nodes smaller."""
    facts = json.loads((ROOT / "profiles/salmon.lock.json").read_text())["facts"]["slurm"]["slurm"]
    facts["nodes"]["c[1-2]"]["memory_mib"] = 16000
    text = json.dumps({"nfconfgen_collected": 1, "nfconfgen": "0.1.0", "facts": facts})
    (folder / "site.json").write_text(text)


def test_a_pipeline_is_judged_as_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    cases = ROOT / "tests/pipeline/cases"
    shutil.copytree(cases / "container-in-own-config", tmp_path, dirs_exist_ok=True)
    shutil.copytree(cases / "labels-of-nf-core", tmp_path / "reads")
    monkeypatch.chdir(tmp_path)
    for command in ("check profile.yml --pipeline .", "check reads/profile.yml --pipeline reads"):
        words = command.split()
        assert nfconfgen("build", words[1], "--offline").code == 0
        ended = nfconfgen(*words)
        assert (ended.code, ended.out) == (1, block("docs/pipeline.md", f"nfconfgen {command}"))
        if words[-1] == ".":
            assert ended.err in (ROOT / "docs/pipeline.md").read_text()


def test_the_page_on_pipelines_names_every_rule() -> None:
    page = (ROOT / "docs/pipeline.md").read_text()
    sources = [path.read_text() for path in (ROOT / "nfconfgen/pipeline").glob("*.py")]
    rules = {rule for text in sources for rule in re.findall(r'Finding\([^"]*, "([a-z-]+)"', text)}
    assert len(rules) > 10
    assert [rule for rule in rules if f"`{rule}`" not in page] == []


def test_the_hooks_are_there_as_shown() -> None:
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text()
    for page in ("README.md", "docs/check.md"):
        for hook in re.findall(r"id: (nfconfgen-\w+)", (ROOT / page).read_text()):
            assert f"- id: {hook}\n" in hooks


@pytest.mark.parametrize("way", ["", " --scale"])
def test_a_probe_looks_as_shown(tmp_path: Path, double: Double, way: str) -> None:
    double.load(idle())
    shutil.copy(ROOT / SALMON, tmp_path / "profile.yml")
    options = ["--yes", "--poll", "0.01", *way.split()]
    ended = process("probe", tmp_path / "profile.yml", *options, environment=double.env())
    assert ended.code == 0
    said = re.sub(r"^\d+:\d\d ", "0:00 ", ended.err.replace(f"{tmp_path}/", ""), flags=re.MULTILINE)
    assert said == block("docs/probe.md", f"nfconfgen probe --yes --poll 0.01{way}")


if __name__ == "__main__":
    (ROOT / "docs/commands.md").write_text(commands_page())
