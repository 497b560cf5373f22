"""`nfconfgen explain`: the proof as text, as JSON and as a page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nfconfgen.executors.slurm.facts.cluster import Partition
from nfconfgen.explain.model import Attempt, Explained, Holder, Retries, Setting, Site, Task
from nfconfgen.explain.page import page
from nfconfgen.facts.lock import Lock
from nfconfgen.profile.document.schema import schema
from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.fast.test_noticed import copied
from tests.plan.clusters import CLUSTER

EXAMPLES = sorted((ROOT / "profiles").glob("*.yml"))
SALMON = ROOT / "profiles/salmon.yml"
RNASEQ = ROOT / "profiles/rnaseq.yml"


def reported(*arguments: str | Path) -> dict[str, Any]:
    ended = nfconfgen("explain", *arguments, "--format", "json")
    assert ended.code == 0, ended
    found: dict[str, Any] = json.loads(ended.out)
    jsonschema.Draft7Validator(schema("explain")).validate(found)
    explained: dict[str, Any] = found["explained"]
    return explained


def attempts(explained: dict[str, Any], site: str, task: str | None = None) -> list[dict[str, Any]]:
    found = next(s for s in explained["sites"] if s["site"] == site)
    return next(t["attempts"] for t in found["tasks"] if t["name"] == task)


@pytest.mark.parametrize("profile", EXAMPLES, ids=lambda path: path.stem)
def test_every_request_of_the_plan_is_explained_as_it_is_planned(profile: Path) -> None:
    plan = json.loads(nfconfgen("build", profile, "--offline", "--dry-run", "--format", "json").out)["plan"]
    explained = reported(profile)
    assert [site["site"] for site in explained["sites"]] == [site["site"] for site in plan]
    for site, planned in zip(explained["sites"], plan, strict=True):
        seen = [[a["queue"], a["cpus"], a["memory_mib"], a["time_s"]] for t in site["tasks"] for a in t["attempts"]]
        wanted = [
            [a["queue"], a["cpus"], a["memory_mib"], a["time_s"]] for t in planned["tasks"] for a in t["attempts"]
        ]
        assert seen == wanted


def test_who_holds_it_how_full_and_how_that_is_known() -> None:
    first = attempts(reported(SALMON), "awsbatch")[0]
    holder = first["holder"]
    assert (holder["name"], holder["memory_mib"], holder["source"]) == ("c5.2xlarge", 15434, "measured")
    assert (holder["cpus_percent"], holder["memory_percent"]) == (100, 99)
    assert holder["image"] in holder["known"]
    assert holder["time"][:10] in holder["known"]


def test_every_number_of_the_profile_with_its_line() -> None:
    lines = SALMON.read_text().splitlines()
    for site in reported(SALMON)["sites"]:
        for task in site["tasks"]:
            for setting in task["said"]:
                assert setting["what"] in lines[setting["line"] - 1], setting


def test_what_ends_growth_is_named() -> None:
    last = attempts(reported(RNASEQ), "awsbatch", "process_high_memory")[-1]
    assert any("819200" in note and "r6i.16xlarge" in note for note in last["notes"])
    last = attempts(reported(RNASEQ), "slurm", "process_high_memory")[-1]
    assert any("the profile limits" in note for note in last["notes"])


def test_what_follows_a_failure() -> None:
    explained = reported(SALMON)
    first, second, third = attempts(explained, "awsbatch")
    assert "salmonExcess" in first["then"]
    assert "attempt 3" in second["then"]
    assert third["then"] == "given up"
    for site in explained["sites"]:
        assert "130-145" in site["retries"]["again"]
        assert site["retries"]["never"]


def test_what_follows_a_failure_is_the_pipelines_where_the_profile_sets_nothing(tmp_path: Path) -> None:
    profile = copied(tmp_path, "salmon")
    profile.write_text(re.sub(r"retry:.*?\n(?=\S)", "", profile.read_text(), flags=re.DOTALL))
    explained = reported(profile)
    assert [site["retries"]["attempts"] for site in explained["sites"]] == [None, None]
    assert all("errorStrategy" in site["retries"]["again"] for site in explained["sites"])
    *_, last = attempts(explained, "awsbatch")
    assert "if the pipeline" in last["then"]


def test_a_single_attempt_is_reported(tmp_path: Path) -> None:
    profile = copied(tmp_path, "salmon")
    profile.write_text(
        profile.read_text() + "retry: {attempts: 1}\n"
        if "retry:" not in profile.read_text()
        else re.sub(r"retry:.*?\n(?=\S)", "retry: {attempts: 1}\n", profile.read_text(), flags=re.DOTALL)
    )
    explained = reported(profile)
    assert [site["retries"]["again"] for site in explained["sites"]] == ["", ""]
    assert [a["then"] for a in attempts(explained, "awsbatch")] == ["given up"]


def test_unknown_nodes_are_reported_as_unknown(tmp_path: Path) -> None:
    site = reported(RNASEQ, "--site", "slurm")["sites"][0]
    assert any("--collect" in note for note in site["notes"])
    assert all(a["holder"] is None for t in site["tasks"] for a in t["attempts"])


def test_a_site_that_is_not_checked_names_the_queues_and_what_makes_them_known() -> None:
    for profile in EXAMPLES:
        for site in reported(profile)["sites"]:
            steps = [attempt for task in site["tasks"] for attempt in task["attempts"]]
            assert bool(site["unchecked"]) == any("build" in note for note in site["notes"])
            if not site["unchecked"]:
                assert all(attempt["holder"] for attempt in steps)


def test_a_pipeline_with_its_own_numbers_is_reported(tmp_path: Path) -> None:
    site = reported(ROOT / "profiles/two-clusters.yml", "--site", "oldcluster")["sites"][0]
    assert site["tasks"] == []
    assert any("own numbers" in note for note in site["notes"])


def test_what_a_lost_machine_comes_to(tmp_path: Path) -> None:
    lost = {site["site"]: site["lost"] for site in reported(SALMON)["sites"]}
    assert "Spot" in lost["awsbatch"]
    assert "24.10" in lost["awsbatch"], "what older versions that the profile allows do besides"
    assert "--no-requeue" in lost["slurm"]
    profile = copied(tmp_path, "salmon")
    profile.write_text(profile.read_text().replace(">=23.10", ">=25.04"))
    assert "24.10" not in reported(profile, "--site", "awsbatch")["sites"][0]["lost"]


def test_what_is_nearly_full_is_not_full() -> None:
    for profile in EXAMPLES:
        for site in reported(profile)["sites"]:
            for holder in (a["holder"] for t in site["tasks"] for a in t["attempts"] if a["holder"]):
                taken, there = holder["memory_taken_mib"], holder["memory_mib"]
                assert (holder["memory_percent"] == 100) == (taken == there)
                assert abs(holder["memory_percent"] - 100 * taken / there) <= 1


def test_facts_older_than_their_maximum_age_are_reported_as_such(tmp_path: Path) -> None:
    profile = copied(tmp_path, "salmon")
    assert "max_age" not in attempts(reported(profile), "awsbatch")[0]["holder"]["known"]
    profile.write_text(profile.read_text() + "facts: {max_age: 1d}\n")
    assert "max_age" in attempts(reported(profile), "awsbatch")[0]["holder"]["known"]


def test_cpus_that_are_not_set_are_reported_as_such(tmp_path: Path) -> None:
    profile = copied(tmp_path, "rnaseq")
    profile.write_text(profile.read_text().replace("default: {cpus: 1, memory", "default: {memory"))
    explained = reported(profile, "--process", "default", "--site", "awsbatch")
    given = {s["what"]: s["value"] for s in explained["sites"][0]["tasks"][0]["said"]}
    assert given["cpus"] == "1 (not set: the pipeline's number holds, or 1)"


def test_one_process_at_one_site() -> None:
    explained = reported(RNASEQ, "--site", "awsbatch", "--process", "STAR_GENOMEGENERATE")
    assert [(s["site"], [t["name"] for t in s["tasks"]]) for s in explained["sites"]] == [
        ("awsbatch", ["STAR_GENOMEGENERATE"])
    ]


@pytest.mark.parametrize("option", ["--process", "--site"])
def test_a_name_that_is_none_is_a_usage_error_with_the_near_one(option: str) -> None:
    near = {"--process": ("SALMON_INDX", "SALMON_INDEX"), "--site": ("awsbacth", "awsbatch")}[option]
    ended = nfconfgen("explain", RNASEQ, option, near[0])
    assert ended.code == 2
    assert near[1] in ended.err


def test_findings_stand_in_its_way(tmp_path: Path) -> None:
    profile = copied(tmp_path, "salmon")
    profile.write_text(profile.read_text().replace("memory: 8 GB", "memory: 64 GB"))
    ended = nfconfgen("explain", profile)
    assert ended.code == 1
    assert "memory-fit" in ended.out


def test_the_page_is_one_file_with_all_of_it_quoted(tmp_path: Path) -> None:
    profile = copied(tmp_path, "salmon")
    file = tmp_path / "proof.html"
    assert nfconfgen("explain", profile, "--html", file).code == 0
    text = file.read_text()
    assert not re.search(r"(?i)<script|<iframe|\b(src|href)=\"(?!data:|#)|https?://|@import|url\(", text)
    for value in ("c5.2xlarge", "15434 MiB", "salmonExcess", "130-145"):
        assert value in text
    assert nfconfgen("explain", profile, "--html", file).code == 0, "a page of ours is replaced"


def test_what_a_profile_sets_is_text_on_the_page() -> None:
    bad = """<img src=x onerror="alert('1')">&"""
    holder = Holder(bad, 1, 1, 1, 1, 1, 100, 100, bad, bad, bad, bad)
    attempt = Attempt(1, bad, 1, 1, 1, holder, (bad,), bad)
    task = Task(bad, bad, False, (Setting(bad, bad, bad, 1, 1),), (attempt, replace(attempt, holder=None)))
    retries = Retries(2, bad, bad)
    site = Site(
        bad, bad, bad, (bad,), (bad,), (bad,), retries, bad, (bad,), (bad,), (task, replace(task, additive=True))
    )
    text = page(Explained(bad, bad, bad, (site, site)))
    assert text.count("&lt;img src=x onerror=&quot;alert(&#x27;1&#x27;)&quot;&gt;&amp;") > 20
    assert "<img" not in text
    assert 'onerror="' not in text


def test_a_file_that_is_no_page_of_ours_is_not_replaced(tmp_path: Path) -> None:
    profile = copied(tmp_path, "salmon")
    file = tmp_path / "thesis.html"
    file.write_text("years of work")
    ended = nfconfgen("explain", profile, "--html", file)
    assert ended.code == 2
    assert file.read_text() == "years of work"
    assert nfconfgen("explain", profile, "--html", file, "--force").code == 0
    assert file.read_text() != "years of work"


def test_what_is_not_chosen_is_named_with_the_reason(tmp_path: Path) -> None:
    facts = replace(CLUSTER, partitions={**CLUSTER.partitions, "old": Partition(state="DOWN", nodes=2, cpus=32)})
    (tmp_path / "p.yml").write_text(
        "nfconfgen: 1\npipeline: {name: p}\ntasks: {default: {memory: 4 GB, time: 1h}}\n"
        "sites:\n  s: {executor: slurm, cluster: lab, queues: {auto: {except: [percpu]}}}\n"
    )
    (tmp_path / "p.lock.json").write_text(Lock({"slurm": {"lab": facts}}).to_text())
    (site,) = reported(tmp_path / "p.yml")["sites"]
    assert "not chosen: percpu: the profile leaves it out" in site["notes"]
    assert any(note.startswith("not chosen: old: ") and "DOWN" in note for note in site["notes"])
