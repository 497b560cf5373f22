"""Profiles of real sites, with all that they set, as the real Nextflow reads them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.lab.nextflow.harness import Parser, require
from tests.lab.nextflow.launch import HERE
from tests.lab.nextflow.shared import shared

SITES = sorted((ROOT / "tests/gauntlet").glob("*.yml"))


@pytest.mark.parametrize("profile", SITES, ids=lambda path: path.stem)
def test_nextflow_resolves_what_is_planned(profile: Path, tmp_path: Path) -> None:
    require()
    copy = Path(shutil.copy(profile, tmp_path))
    assert nfconfgen("build", copy, "--offline").code == 0
    ended = nfconfgen("verify", copy, environment={"PATH": f"{HERE}:{os.environ['PATH']}"})
    assert ended.code == 0, ended
    assert "0 differ" in ended.out + ended.err


PIPELINE = """\
process ALL {
  exec:
  file(params.answers + '/ALL').setText(groovy.json.JsonOutput.toJson([task.ext, task.maxForks, task.tag]))
}
process IO {
  label 'process_io'
  exec:
  file(params.answers + '/IO').setText(groovy.json.JsonOutput.toJson([task.ext, task.maxForks, task.tag]))
}
process ALIGN {
  label 'process_io'
  exec:
  file(params.answers + '/ALIGN').setText(groovy.json.JsonOutput.toJson([task.ext, task.maxForks, task.tag]))
}
workflow {
  ALL()
  IO()
  ALIGN()
}
"""
LOCAL = """\
includeConfig 'conf/profiles.config'
params.answers = null
executor { cpus = 64 ; memory = '600 GB' }
process { withName: '.+' { executor = 'local' ; publishDir = [] ; beforeScript = null } }
"""
GENERIC = {"args": "--all", "prefix": "x"}
IO = {"args": "--none", "prefix": "x", "when": False}
BRIEF = {"args": "--io", "prefix": "x", "when": False}
EXPECTED = {
    "cluster": {
        "ALL": [GENERIC, 50, "all"],
        "IO": [IO, 2, "all"],
        "ALIGN": [{**IO, "args2": "it's $HOME"}, 2, "all"],
    },
    "cluster,brief": {
        "ALL": [GENERIC, 50, "all"],
        "IO": [BRIEF, 3, "all"],
        "ALIGN": [{**BRIEF, "args2": "other"}, 3, "all"],
    },
}


@pytest.mark.parametrize("profile", EXPECTED)
@pytest.mark.parametrize("parser", ["v1", "v2"])
def test_other_directives_hold_for_their_class_alone(parser: Parser, profile: str, tmp_path: Path) -> None:
    """v1 gives a plain `ext.args` of a selector to every task, if all of them have one."""
    require()
    case = ROOT / "tests/cases/good/directives-of-classes.yml"
    copy = Path(shutil.copy(case, tmp_path))
    shutil.copy(ROOT / "tests/cases/facts.lock.json", copy.with_suffix(".lock.json"))
    assert nfconfgen("build", copy, "--offline").code == 0
    (tmp_path / "main.nf").write_text(PIPELINE)
    (tmp_path / "nextflow.config").write_text(LOCAL)
    answers = tmp_path / "answers"
    answers.mkdir()
    words = ["run", str(tmp_path / "main.nf"), "-profile", profile, "-w", str(tmp_path / "w")]
    result, _ = shared(parser).run([*words, f"--answers={answers}"])
    assert result.exit_code == 0, result.output
    assert {path.name: json.loads(path.read_text()) for path in answers.iterdir()} == EXPECTED[profile]
