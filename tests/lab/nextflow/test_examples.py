"""The real Nextflow on what every example builds: it parses, and asks on each attempt for what the plan gives."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from nfconfgen.executors.table import EXECUTORS
from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.lab.nextflow.harness import Attempt, Parser, Process, attempts, config, lint, params, require, run

EXAMPLES = sorted(path.stem for path in (ROOT / "profiles").glob("*.yml"))
PARSERS: tuple[Parser, ...] = ("v1", "v2")


@dataclass(frozen=True, slots=True)
class Built:
    """What `build --offline` makes of an example: the profiles file, and the plan by site."""

    profiles: Path
    sites: Mapping[str, dict[str, Any]]


@pytest.fixture(scope="module", params=EXAMPLES)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    require()
    out = tmp_path_factory.mktemp(request.param)
    profile = ROOT / "profiles" / f"{request.param}.yml"
    ended = nfconfgen("build", profile, "--offline", "--out", out, "--format", "json")
    assert ended.code == 0, ended
    sites = {site["site"]: site for site in json.loads(ended.out)["plan"]}
    return Built(out / "conf/profiles.config", sites)


def test_lint_finds_nothing(built: Built) -> None:
    result = lint(*sorted(built.profiles.parent.glob("*.config")))
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("parser", PARSERS)
def test_every_attempt_asks_for_what_the_plan_gives_within_its_limits(built: Built, parser: Parser) -> None:
    for name, site in built.sites.items():
        processes = [_process(task) for task in site["tasks"] if not task["additive"]]
        made = run(built.profiles, name, processes or [Process("ANY")], parser)
        found, limits = made.attempts, made.config["process"]["resourceLimits"]
        assert limits["cpus"] == site["limits"]["cpus"]
        assert limits["memory"]["mega"] == site["limits"]["memory_mib"]
        for task, process in zip((t for t in site["tasks"] if not t["additive"]), processes, strict=True):
            planned = _planned(task, has_queues=EXECUTORS[site["executor"]].has_queues)
            assert _asked(found[process.name]) == planned, f"{name}, {process.name}, {parser}"


def _process(task: Mapping[str, Any]) -> Process:
    if task["kind"] == "label":
        return Process(f"LABELLED_{task['name'].upper()}", (task["name"],))
    # (NAME) selects what NAME does
    return Process((task["name"] or "ANY").strip("()"))


def _asked(attempts: Sequence[Attempt]) -> list[tuple[object, ...]]:
    return [(a.attempt, a.queue, a.cpus, a.memory_mib, a.time_s) for a in attempts]


def _planned(task: Mapping[str, Any], *, has_queues: bool) -> list[tuple[object, ...]]:
    return [
        (a["attempt"], a["queue"] if has_queues else None, a["cpus"], a["memory_mib"], a["time_s"])
        for a in task["attempts"]
    ]


@pytest.fixture(scope="module")
def salmon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require()
    out = tmp_path_factory.mktemp("salmon")
    assert nfconfgen("build", ROOT / "profiles/salmon.yml", "--offline", "--out", out).code == 0
    return out / "conf/profiles.config"


@pytest.mark.parametrize("parser", PARSERS)
def test_the_worked_example_agrees_with_its_contract(salmon: Path, parser: Parser) -> None:
    """The figures of the format's description, not those of our own plan."""
    batch = attempts(salmon, "awsbatch", [Process("SALMON")], parser)["SALMON"]
    assert [(a.queue, a.cpus, a.memory_mib) for a in batch] == [
        ("salmonWorkload", 8, 15400),
        ("salmonExcess", 16, 31100),
        ("salmonExcess", 16, 31100),
    ]
    slurm = attempts(salmon, "slurm", [Process("SALMON")], parser)["SALMON"]
    assert [(a.queue, a.cpus, a.memory_mib, a.cluster_options) for a in slurm] == [
        ("short", 12, 8192, "--qos=short"),
        ("short", 12, 16384, "--qos=short"),
        ("short", 12, 24576, "--qos=short"),
    ]


@pytest.mark.parametrize("parser", PARSERS)
def test_a_lost_task_is_tried_again(salmon: Path, parser: Parser) -> None:
    found = attempts(salmon, "slurm", [Process("LOST", exit_code=104), Process("WRONG", exit_code=1)], parser)
    assert {name: len(tries) for name, tries in found.items()} == {"LOST": 3, "WRONG": 1}


@pytest.mark.parametrize("parser", PARSERS)
def test_a_pipelines_own_numbers_are_routed_to_what_holds_them(tmp_path: Path, parser: Parser) -> None:
    require()
    lock = (ROOT / "profiles/salmon.lock.json").read_text()
    (tmp_path / "profile.lock.json").write_text(lock)
    (tmp_path / "profile.yml").write_text(
        "nfconfgen: 1\npipeline: {name: own}\n"
        "retry: {attempts: 2, exit_codes: [104, 130-145, 175], lost: true, otherwise: finish}\n"
        "sites: {cloud: {executor: awsbatch, region: eu-central-1, queues: [salmonWorkload, salmonExcess], "
        "work_dir: 's3://own-numbers/work'}}\n"
    )
    ended = nfconfgen("build", tmp_path / "profile.yml", "--offline", "--force")
    assert ended.code == 0, ended
    processes = [
        Process("SMALL", directives="cpus 2; memory '4 GB'"),
        Process("ROOMY", directives="cpus 2; memory '20 GB'"),
        Process("BROAD", directives="cpus 12; memory '4 GB'"),
        Process("HUGE", directives="cpus 96; memory '900 GB'"),
        Process("SILENT"),
    ]
    found = attempts(tmp_path / "conf/profiles.config", "cloud", processes, parser)
    small, excess = "salmonWorkload", "salmonExcess"
    assert {name: [(a.queue, a.cpus, a.memory_mib) for a in attempts] for name, attempts in found.items()} == {
        "SMALL": [(small, 2, 4096), (excess, 2, 4096)],
        "ROOMY": [(excess, 2, 20480), (excess, 2, 20480)],
        "BROAD": [(excess, 12, 4096), (excess, 12, 4096)],
        "HUGE": [(excess, 16, 31100), (excess, 16, 31100)],
        "SILENT": [(small, 1, None), (excess, 1, None)],
    }


@pytest.mark.parametrize("parser", PARSERS)
def test_names_that_only_look_taken_are_read_as_sites_and_params(tmp_path: Path, parser: Parser) -> None:
    """Those that are taken are refused: tests/cases/bad/site-names-of-nextflow.yml, param-names-of-nextflow.yml."""
    require()
    (tmp_path / "profile.yml").write_text((ROOT / "tests/cases/good/site-names-that-look-taken.yml").read_text())
    assert nfconfgen("build", tmp_path / "profile.yml", "--offline").code == 0
    found = cast("dict[str, Any]", config(tmp_path / "conf/profiles.config", "wait", parser))
    assert found["process"]["queue"] == "waitQueue"
    assert found["params"].items() >= {"test": 1, "each": 4, "with": 5, "profiles": 6, "standard": 7}.items()


HOSTILE = {
    "quotes": "it's \"quoted\" '''thrice'''",
    "dollar": "$HOME ${System.exit(1)} $(id)",
    "backslash": "C:\\new\\table\\",
    "unicode": "\\u0041 é 🧬 \u2028 end",
    "lines": "one\ntwo\n\n  three\r\nfour\ttab",
    "comment": "// no */ comment # either",
    "template": "{{ nothing }} {% raw %} {# x #}",
    "empty": "",
    "number": "007",
}
TYPED: dict[str, object] = {"yes": True, "no": False, "whole": 12, "less": -5, "part": 0.25, "some": ["a", "b's"]}


def _flow(value: object) -> str:
    """JSON is YAML, but for surrogate pairs and for U+2028, which YAML 1.1 parsers fold like a line break. A dollar
    is written twice."""
    return json.dumps(value, ensure_ascii=False).replace("\u2028", "\\u2028").replace("$", "$$")


@pytest.mark.parametrize("parser", PARSERS)
def test_hostile_texts_come_through_to_the_letter(tmp_path: Path, parser: Parser) -> None:
    require()
    given = {**HOSTILE, **TYPED}
    profile = tmp_path / "profile.yml"
    profile.write_text(
        "nfconfgen: 1\npipeline: {name: hostile}\n"
        f"params: {_flow(given)}\n"
        "sites: {here: {executor: slurm, queues: [short], work_dir: "
        f"{_flow('/w ' + HOSTILE['dollar'] + HOSTILE['quotes'])}}}}}\n"
    )
    ended = nfconfgen("build", profile, "--offline")
    assert ended.code == 0, ended
    found = params(tmp_path / "conf/profiles.config", "here", parser)
    assert {name: found[name] for name in given} == given
    resolved = config(tmp_path / "conf/profiles.config", "here", parser)
    assert resolved["workDir"] == "/w " + HOSTILE["dollar"] + HOSTILE["quotes"]
