"""`diff` in a pipeline: its processes on both sites."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from nfconfgen.facts.lock import Lock
from nfconfgen.profile.document.schema import schema
from tests.cli import nfconfgen
from tests.pipeline.pipelines import write
from tests.plan.regions import region

CONFIG = """\
process {
  cpus = 2
  memory = { 6.GB * task.attempt }
  time = 1.h
  errorStrategy = 'retry'
  withName: LARGE { memory = 60.GB }
  withName: HUGE { memory = 900.GB ; time = 300.h }
  withName: INPUT { memory = { reads.size() > 10 ? 8.GB : 4.GB } }
}
"""
PROFILE = """\
nfconfgen: 1
pipeline: {name: p}
tasks: {labels: {mine: {memory: 9 GB}}}
sites:
  small: {executor: local, limits: {cpus: 8, memory: 30 GB}%s}
  large: {executor: local, limits: {cpus: 16, memory: 100 GB}}
"""


def compared(folder: Path, own: str = "") -> dict[str, dict[str, Any]]:
    names = ("PLAIN", "LARGE", "INPUT")
    made = "".join(f"process {name} {{\n  script: 'true'\n}}\n" for name in names)
    made += "process MINE {\n  label 'mine'\n  script: 'true'\n}\n"
    calls = " ; ".join(f"{name}()" for name in (*names, "MINE"))
    write(folder, main_nf=f"{made}workflow {{ {calls} }}\n", nextflow_config=CONFIG)
    (folder / "profile.yml").write_text(PROFILE % own)
    ended = nfconfgen("diff", folder / "profile.yml", "--pipeline", folder, "--format", "json")
    data = json.loads(ended.out)
    jsonschema.validate(data, schema("diff"))
    (pair,) = data["pairs"]
    return {each["name"]: each for each in pair["processes"]}


def test_processes_are_compared_by_what_they_ask_for(tmp_path: Path) -> None:
    found = compared(tmp_path)
    assert {name: each["mark"] for name, each in found.items()} == {
        "PLAIN": "same",
        "LARGE": "meant",
        "INPUT": "meant",
        "MINE": "same",
    }
    assert found["LARGE"]["why"] == ["memory is cut at the limits of small"]
    assert "not known" in str(found["INPUT"]["why"])


def test_a_value_of_one_site_is_named_with_its_line(tmp_path: Path) -> None:
    found = compared(tmp_path, ", tasks: {labels: {mine: {memory: 8 GB}}}")["MINE"]
    assert found["mark"] == "meant"
    (why,) = found["why"]
    assert ("profile.yml:5" in why, "profile.yml:3" in why) == (True, True)


def test_what_fits_one_site_alone_is_a_finding(tmp_path: Path) -> None:
    main = "process GPU {\n  accelerator 2\n  script: 'true'\n}\nworkflow { GPU() }\n"
    write(tmp_path, main_nf=main, nextflow_config="")
    keys = "executor: awsbatch, region: eu-central-1, work_dir: s3://bucket/work, job_definitions: nextflow"
    sites = "".join(f"  {site}: {{{keys}, queues: [{queue}]}}\n" for site, queue in (("a", "q1"), ("b", "q2")))
    (tmp_path / "profile.yml").write_text(f"nfconfgen: 1\npipeline: {{name: p}}\nsites:\n{sites}")
    facts = region(["m5.xlarge"], ["g4dn.12xlarge"])
    (tmp_path / "profile.lock.json").write_text(Lock({"awsbatch": {"eu-central-1": facts}}).to_text())
    ended = nfconfgen("diff", tmp_path / "profile.yml", "--pipeline", tmp_path)
    assert ended.code == 1
    assert "main.nf:2:3: error: a: GPU: 2 GPUs do not fit q1" in ended.out
    assert "processes: 0 ask the same, 1 does not fit" in ended.out


def test_no_pipeline_there(tmp_path: Path) -> None:
    (tmp_path / "profile.yml").write_text(PROFILE % "")
    assert nfconfgen("diff", tmp_path / "profile.yml", "--pipeline", tmp_path / "nowhere").code == 2
