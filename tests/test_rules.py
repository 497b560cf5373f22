"""docs/rules.md explains every rule that a finding can bear, and its examples are wrong and right."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from nfconfgen.report import rules as page
from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.rules import rules

RULES = page.read()
# what an example leaves out; the queues are those of tests/cases/README.md
BASE = {
    "nfconfgen": "nfconfgen: 1",
    "pipeline": "pipeline: {name: demo}",
    "sites": "sites: {cluster: {executor: slurm, cluster: hpc, queues: [short]}}",
}
MAIN = "process ALIGN {\n    label 'process_high'\n    script:\n    'true'\n}\nworkflow { ALIGN() }\n"
# the config of a pipeline in which an example is wrong; its main script is MAIN unless there is another one
PIPELINES = {
    "bin-clash": "",
    "container-replaced": "process { withName: ALIGN { container = 'lab/star:1' } }\n",
    "file-clash": "",
    "include-missing": "",
    "include-order": "",
    "include-place": "",
    "max-params": (ROOT / "tests/pipeline/cases/old-caps/nextflow.config").read_text(),
    "nextflow-version": "manifest.nextflowVersion = '!>=25.04'\n",
    "param-type": "",
    "param-unknown": "params.outdir = '.'\n",
    "pipeline-wins": "process { withName: ALIGN { memory = '2 GB' } }\n",
    "profile-name": "",
    "selector-order": (
        "process { withLabel: long_running { time = '3h' }\nwithLabel: big { time = '2h' } }\nprocess.time = '1h'\n"
    ),
    "selector-unmatched": "",
    "uncovered": "",
}
SCRIPTS = {
    "param-type": "params {\n    reads: Integer\n}\n" + MAIN,
    "selector-order": MAIN.replace("label 'process_high'", "label 'big'\n    label 'long_running'"),
}
BY_DIFF = {"class-parity", "container-parity", "warmup-parity"}
# what only AWS or Slurm shows: tests/executors/*/doctor/ and the lab have these findings
LIVE = {
    *("bucket-encryption", "cli-missing", "cluster", "engine-missing", "mixed-types", "no-queue", "not-shared"),
    *("preemption", "queue-size", "task-disk", "task-shares", "task-wastes", "time-limit-unused"),
}
SHOWN = sorted(name for name, rule in RULES.items() if rule.example("wrong"))
# nothing in a profile is wrong: a keyword of the schema that is not used yet, and a partition of its administrator's
WITHOUT_EXAMPLE = {"schema", "several-nodes"}


def test_the_page_has_every_rule_and_no_other() -> None:
    assert set(RULES) == rules(), "docs/rules.md and the rules of the code differ"


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_explained(name: str) -> None:
    text = "\n".join(RULES[name].lines)
    assert re.search(
        r"\A[A-Z`][^\n]*[\s\S]*?\.\n\n\*\*Why:\*\* [\s\S]+?\.\n\n\*\*Fix:\*\* [\s\S]+?\.(\n\n```|\Z)", text
    )
    assert len(RULES[name].summary) <= 120
    assert max(map(len, RULES[name].lines)) <= 120
    assert bool(RULES[name].example("wrong")) == bool(RULES[name].example("right"))


def test_rules_about_profiles_have_examples() -> None:
    """Those about machines, generated files and what runs have them where a part of a profile is wrong."""
    names = list(RULES)
    about_profiles = names[: names.index(next(name for name in names if "What is known" in RULES[name].group))]
    assert set(about_profiles) - set(SHOWN) == WITHOUT_EXAMPLE


@pytest.mark.parametrize("name", [name for name in SHOWN if name not in LIVE])
def test_what_is_wrong_is_found_and_what_is_right_is_not(name: str, tmp_path: Path) -> None:
    for label in ("wrong", "right"):
        folder = tmp_path / label
        folder.mkdir()
        ended = answered(name, RULES[name].example(label), folder)
        found = {finding["rule"] for finding in json.loads(ended.out)["findings"]}
        assert (name in found) is (label == "wrong"), (label, ended.out)


@pytest.mark.parametrize("name", [name for name in sorted(LIVE) if name in SHOWN])
def test_the_profile_of_a_rule_about_what_runs_is_sound(name: str, tmp_path: Path) -> None:
    for label in ("wrong", "right"):
        ended = nfconfgen("validate", written(RULES[name].example(label), tmp_path), "--format", "json")
        findings = json.loads(ended.out)["findings"]
        assert [each for each in findings if each["rule"] not in ("facts-missing", "no-time")] == []


def answered(name: str, example: str, folder: Path) -> Ended:
    """What is found in the folder of an example."""
    if name in PIPELINES:
        return in_pipeline(name, example, folder)
    command = "diff" if name in BY_DIFF else "validate"
    return nfconfgen(command, written(example, folder), "--format", "json")


def in_pipeline(name: str, example: str, folder: Path) -> Ended:
    config = f"{PIPELINES[name]}includeConfig 'conf/profiles.config'\n"
    groovy = example.startswith("//")
    if groovy:
        config, example = (
            example,
            f"{BASE['sites'].replace('cluster:', 'slurm:', 1)}\ntasks: {{default: {{memory: 8 GB}}}}",
        )
    profile = written(example, folder)
    (folder / "main.nf").write_text(SCRIPTS.get(name, MAIN))
    if name == "file-clash":
        (folder / "conf").mkdir()
        (folder / "conf/slurm.config").touch()
        (folder / "conf/cluster.config").touch()
    nfconfgen("build", profile, "--offline")
    (folder / "nextflow.config").write_text(config)
    return nfconfgen("check", profile, "--pipeline", folder, "--format", "json")


def written(example: str, folder: Path) -> Path:
    """The example as a whole profile, next to the facts of tests/cases."""
    missing = [line for key, line in BASE.items() if not re.search(rf"^{key}:", example, re.MULTILINE)]
    profile = folder / "profile.yml"
    profile.write_text("\n".join([*missing, example]))
    shutil.copy(ROOT / "tests/cases/facts.lock.json", folder / "profile.lock.json")
    return profile


def test_a_rule_is_printed() -> None:
    ended = nfconfgen("rule", "memory-fit")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("memory-fit\n\nA task asks for more memory")
    assert "    tasks: {default: {memory: 64 GB" in ended.out
    assert "```" not in ended.out
    assert "**" not in ended.out
    assert nfconfgen("rule", "[memory-fit]").out == ended.out


def test_all_rules_are_listed_with_a_line_each() -> None:
    lines = nfconfgen("rule").out.splitlines()
    assert {line.split()[0] for line in lines if line.startswith("  ")} == rules()
    assert len(lines) < len(RULES) + 25


@pytest.mark.parametrize(
    ("name", "advice"), [("memry-fit", "did you mean 'memory-fit'?"), ("x", "nfconfgen rule lists")]
)
def test_an_unknown_rule(name: str, advice: str) -> None:
    ended = nfconfgen("rule", name)
    assert (ended.code, ended.out, advice in ended.err) == (2, "", True)


@pytest.mark.parametrize("form", ["text", "json", "github"])
@pytest.mark.parametrize("quiet", [True, False])
def test_findings_name_the_command_once(form: str, quiet: bool, tmp_path: Path) -> None:
    profile = written("params: {in-dir: x, out-dir: x}\n", tmp_path)
    ended = nfconfgen("validate", profile, "--format", form, *["--quiet"] * quiet)
    assert ended.err.count("nfconfgen rule name\n") == (form == "text" and not quiet)
    profile.write_text(profile.read_text() + "x: 1\n")
    assert nfconfgen("validate", profile, "--format", form).err.count("nfconfgen rule NAME\n") == (form == "text")
    assert "nfconfgen rule" not in nfconfgen("validate", ROOT / "profiles/salmon.yml").err
