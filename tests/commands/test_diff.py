"""`nfconfgen diff`: what is the same, what is meant to differ, and what is a finding at its line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nfconfgen.profile.document.schema import schema
from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.fast.test_noticed import copied

# one site alone has no other to be compared with
EXAMPLES = [path for path in sorted((ROOT / "profiles").glob("*.yml")) if path.read_text().count("executor:") > 1]
SHARED = "container: obenauflab/salmon:latest}"
OWN = "tasks: {default: {cpus: 12}}"


def reported(*arguments: str | Path, code: int = 0) -> dict[str, Any]:
    ended = nfconfgen("diff", *arguments, "--format", "json")
    assert ended.code == code, ended
    found: dict[str, Any] = json.loads(ended.out)
    jsonschema.Draft7Validator(schema("diff")).validate(found)
    return found


@pytest.fixture
def salmon(tmp_path: Path) -> Path:
    return copied(tmp_path, "salmon")


def change(profile: Path, *changes: tuple[str, str]) -> Path:
    text = profile.read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    profile.write_text(text)
    return profile


def rules(found: dict[str, Any], profile: Path) -> list[tuple[str, str]]:
    """Each finding's rule with the line it stands at, from its column on."""
    lines = profile.read_text().splitlines()
    return [(f["rule"], lines[f["line"] - 1][f["column"] - 1 :]) for f in found["findings"]]


def marks(found: dict[str, Any], part: str) -> dict[str, str]:
    return {f"{value['group']} {value['name']}": value["mark"] for value in found["pairs"][0][part]}


@pytest.mark.parametrize("profile", EXAMPLES, ids=lambda path: path.stem)
def test_nothing_differs_in_the_examples_that_must_not(profile: Path) -> None:
    found = reported(profile)
    assert found["findings"] == []
    marked = [
        value["mark"]
        for pair in found["pairs"]
        for part in ("requests", "selectors", "params", "containers", "limits")
        for value in pair[part]
    ]
    assert set(marked) <= {"same", "meant"}


@pytest.mark.parametrize("profile", EXAMPLES, ids=lambda path: path.stem)
def test_every_request_stands_there_as_it_is_planned(profile: Path) -> None:
    plan = json.loads(nfconfgen("build", profile, "--offline", "--dry-run", "--format", "json").out)["plan"]
    planned = {
        (site["site"], task["name"], step["attempt"]): (
            step["queue"],
            step["cpus"],
            step["memory_mib"],
            step["time_s"],
        )
        for site in plan
        for task in site["tasks"]
        for step in task["attempts"]
    }
    seen = {
        (pair[at], row["name"], row["attempt"]): tuple(
            row[at][key] for key in ("queue", "cpus", "memory_mib", "time_s")
        )
        for pair in reported(profile)["pairs"]
        for row in pair["requests"]
        for at in ("a", "b")
        if row[at]["state"] == "fits"
    }
    assert seen == planned


def test_a_param_given_for_each_site_on_purpose_is_meant() -> None:
    found = marks(reported(ROOT / "profiles/salmon.yml"), "params")
    assert found["params genome"] == "same"
    assert found["params salmonIndex"] == "meant"
    assert found["launch inputDir"] == "meant"


def test_a_job_definition_of_the_same_image_is_the_same_image() -> None:
    (container,) = reported(ROOT / "profiles/salmon.yml")["pairs"][0]["containers"]
    assert container["a"] == container["b"] == "obenauflab/salmon:latest"
    assert container["mark"] == "meant"
    assert "salmon-nf-salmon" in container["why"]


@pytest.mark.parametrize("spelling", ["docker.io/obenauflab/salmon:latest", "docker://obenauflab/salmon:latest"])
def test_two_spellings_of_an_image_are_one(salmon: Path, spelling: str) -> None:
    change(salmon, (OWN, f"tasks: {{default: {{cpus: 12, container: '{spelling}'}}}}"))
    assert reported(salmon)["findings"] == []


def test_another_image_is_a_finding_where_it_is_set(salmon: Path) -> None:
    change(salmon, (OWN, "tasks: {default: {cpus: 12, container: obenauflab/salmon:0.9}}"))
    found = reported(salmon, code=1)
    assert rules(found, salmon) == [
        ("container-parity", "obenauflab/salmon:0.9}}      # a site may override, key by key")
    ]
    assert marks(found, "containers") == {"default default": "finding"}


def test_a_param_that_one_site_lacks_is_a_finding_where_it_is_given(salmon: Path) -> None:
    change(salmon, ("    params: {salmonIndex: /groups", "    params: {extra: 1, salmonIndex: /groups"))
    found = reported(salmon, code=1)
    assert [rule for rule, _ in rules(found, salmon)] == ["param-parity"]
    assert rules(found, salmon)[0][1].startswith("extra: 1")
    assert marks(found, "params")["params extra"] == "finding"


def test_a_class_that_fits_one_site_only_is_a_finding_where_it_is_asked_for(salmon: Path) -> None:
    change(salmon, (SHARED, f"{SHARED}\n  processes: {{BIG: {{memory: 60 GB}}}}"))
    found = reported(salmon, code=1)
    assert [rule for rule, _ in rules(found, salmon)] == ["memory-fit"]
    assert rules(found, salmon)[0][1].startswith("60 GB")
    rows = [row for row in found["pairs"][0]["requests"] if row["name"] == "BIG"]
    assert {(row["mark"], row["a"]["state"], row["b"]["state"]) for row in rows} == {("finding", "fits", "unfit")}
    assert rows[0]["why"] == ["fits only slurm"]


def test_a_class_that_only_one_site_names_is_a_finding(salmon: Path) -> None:
    change(salmon, (OWN, "tasks: {default: {cpus: 12}, processes: {HERE: {memory: 4 GB}}}"))
    found = reported(salmon, code=1)
    assert [rule for rule, _ in rules(found, salmon)] == ["class-parity"]
    assert rules(found, salmon)[0][1].startswith("HERE")
    assert marks(found, "selectors") == {"process HERE": "finding"}


def test_a_time_that_only_one_site_sets_is_a_finding(salmon: Path) -> None:
    change(salmon, (", time: 1h", ""), (OWN, "tasks: {default: {cpus: 12, time: 2h}}"))
    assert [rule for rule, _ in rules(reported(salmon, code=1), salmon)] == ["task-parity"]


def test_a_first_run_that_takes_all_on_one_site_is_a_finding(salmon: Path) -> None:
    change(salmon, ("    awsbatch: {inputDir: s3://obenauflab/fastq-one}\n", ""))
    found = reported(salmon, code=1)
    assert [rule for rule, _ in rules(found, salmon)] == ["warmup-parity"]
    assert rules(found, salmon)[0][1].startswith("awsbatch:")


def test_a_site_without_tasks_is_meant_so() -> None:
    pair = reported(ROOT / "profiles/two-clusters.yml", "newcluster", "oldcluster")["pairs"][0]
    assert {row["b"]["state"] for row in pair["requests"]} == {"own"}
    assert {row["mark"] for row in pair["requests"]} == {"meant"}


def test_growth_that_the_profile_ends_is_not_put_on_the_queue() -> None:
    (pair,) = reported(ROOT / "profiles/rnaseq.yml")["pairs"]
    (last,) = [row for row in pair["requests"] if row["mark"] == "meant"]
    assert (last["name"], last["attempt"]) == ("process_high_memory", 3)
    on_slurm, on_batch = last["why"]
    assert "500000 MB" in on_slurm
    assert "himem" not in on_slurm
    assert "rnaseqHimem" in on_batch


def test_two_sites_or_the_first_with_each_other_one() -> None:
    profile = ROOT / "profiles/two-clusters.yml"
    assert [(p["a"], p["b"]) for p in reported(profile)["pairs"]] == [
        ("newcluster", "oldcluster"),
        ("newcluster", "cloud"),
    ]
    assert [(p["a"], p["b"]) for p in reported(profile, "cloud", "oldcluster")["pairs"]] == [("cloud", "oldcluster")]


def test_what_a_third_site_lacks_is_not_reported_for_two_others(tmp_path: Path) -> None:
    profile = copied(tmp_path, "two-clusters")
    change(profile, ("    job_definitions: nextflow", "    job_definitions: nextflow\n    params: {only: cloud}"))
    assert [f["rule"] for f in reported(profile, code=1)["findings"]] == ["param-parity"]
    assert [f["rule"] for f in reported(profile, "cloud", "oldcluster", code=1)["findings"]] == ["param-parity"]
    assert reported(profile, "newcluster", "oldcluster")["findings"] == []


def test_sites_of_the_profile_that_lies_here(salmon: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    salmon.rename(salmon.with_name("profile.yml"))
    salmon.with_name("salmon.lock.json").rename(salmon.with_name("profile.lock.json"))
    monkeypatch.chdir(salmon.parent)
    found = reported("awsbatch", "slurm")
    assert [(p["a"], p["b"]) for p in found["pairs"]] == [("awsbatch", "slurm")]
    assert [(one["site"], one["attempts"]) for one in reported()["retry"]] == [("slurm", 3), ("awsbatch", 3)]


@pytest.mark.parametrize(
    "arguments", [["slurm"], ["slurm", "slurm"], ["slurm", "awsbacth"], ["slurm", "awsbatch", "slurm"]]
)
def test_what_is_no_pair_of_sites_is_a_usage_error(arguments: list[str]) -> None:
    ended = nfconfgen("diff", ROOT / "profiles/salmon.yml", *arguments)
    assert (ended.code, ended.out) == (2, "")
    if "awsbacth" in arguments:
        assert "awsbatch" in ended.err


def test_one_site_has_nothing_to_compare_with(tmp_path: Path) -> None:
    profile = tmp_path / "profile.yml"
    profile.write_text(
        "nfconfgen: 1\npipeline: {name: x}\ntasks: {default: {cpus: 1, memory: 1 GB}}\n"
        "sites: {one: {executor: slurm, queues: [q], work_dir: /w}}\n"
    )
    ended = nfconfgen("diff", profile)
    assert (ended.code, ended.out) == (0, "")
    assert "one site" in ended.err


def reported_as_text(profile: Path, *options: str) -> Ended:
    return nfconfgen("diff", profile, *options)


def test_the_text_marks_each_line_and_gives_the_line_of_the_profile() -> None:
    ended = reported_as_text(ROOT / "profiles/salmon.yml")
    assert ended.err == ""
    assert re.search(r"~ +default +1 +short .*\| +salmonWorkload", ended.out)
    assert "line 29" in ended.out
    assert re.search(r"= genome +hg38$", ended.out, re.MULTILINE)


def test_annotations_and_quiet_show_findings_only(salmon: Path) -> None:
    assert reported_as_text(salmon, "--format", "github").out == ""
    assert reported_as_text(salmon, "--quiet").out == ""
    change(salmon, (OWN, "tasks: {default: {cpus: 12, container: other}}"))
    assert reported_as_text(salmon, "--format", "github").out.startswith("::warning file=")
    assert reported_as_text(salmon, "--quiet").out.count("\n") == 1


def test_a_profile_with_errors_is_reported_as_such(salmon: Path) -> None:
    change(salmon, ("cpus: 6", "cpus: six"))
    found = reported(salmon, code=1)
    assert found["pairs"] == []
    assert found["retry"] == []
