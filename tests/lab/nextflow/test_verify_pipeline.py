"""`nfconfgen verify --pipeline`: the processes of a pipeline under its own config, in the real Nextflow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nfconfgen.facts.lock import Lock
from nfconfgen.processes import asked
from nfconfgen.processes.model import DIRECTIVES
from tests.cli import Ended, nfconfgen
from tests.lab.nextflow import test_verify
from tests.lab.nextflow.harness import require
from tests.lab.nextflow.test_submitted import CONFIGS, FACTS, PROCESSES, SITES, TASKS
from tests.lab.nextflow.test_verify import environment
from tests.pipeline.pipelines import write

in_one_jvm = test_verify.in_one_jvm

MAIN = """\
include { SORT } from './modules/sort'
include { SORT as SORT_AGAIN } from './modules/sort'
include { READS } from './workflows/reads'
workflow { READS() ; SORT([]) ; SORT_AGAIN([]) }
"""
READS = """\
include { SORT } from '../modules/sort'
include { COUNT } from '../modules/count'
workflow READS { SORT([]) ; COUNT([]) }
"""
SORT = """\
process SORT {
  label 'process_high'
  cpus 3
  memory { 3.GB + 1.GB * (task.attempt - 1) }
  input: val reads
  script: 'sort'
}
"""
COUNT = """\
process COUNT {
  memory { 2.GB * reads.size() }
  input: val reads
  script: 'count'
}
"""
CONFIG = """\
plugins { id 'nf-schema@2.0.0' }
manifest { name = 'reads' ; nextflowVersion = '!>=99.01.0' ; mainScript = 'main.nf' }
params { max_time = '20.h' }
process {
  time = { 4.h * task.attempt }
  publishDir = [path: { "${params.outdir}/${meta.id}" }, mode: 'copy']
  withLabel: process_high { time = { [10.h * task.attempt, params.max_time as nextflow.util.Duration].min() } }
  withName: 'READS:SORT' { cpus = { task.attempt > 1 ? 16 : 8 } ; ext.args = { "-k ${meta.id}" } }
  withName: COUNT { accelerator = { workflow.profile == 's' ? 1 : null } }
  withLabel: process_high { clusterOptions = { "--nice=${task.attempt}" } }
  withName: SORT_AGAIN { clusterOptions = ['--comment', 'x']; memory = '90 GB' ; queue = 'himem' }
}
includeConfig 'conf/profiles.config'
"""


def pipeline(folder: Path, config: str = CONFIG, keys: str = "queues: auto", tasks: str = "") -> Path:
    require()
    write(folder, main_nf=MAIN, workflows__reads_nf=READS, modules__sort_nf=SORT, modules__count_nf=COUNT)
    write(folder, nextflow_config=config)
    profile = folder / "profile.yml"
    site = f"{{executor: slurm, cluster: lab, {keys}}}"
    profile.write_text(f"nfconfgen: 1\npipeline: {{name: p}}\n{tasks}\nsites:\n  s: {site}\n")
    (folder / "profile.lock.json").write_text(Lock({"slurm": {"lab": FACTS}}).to_text(), "utf-8")
    assert nfconfgen("build", profile, "--offline", "-q").code in (0, 1)
    return profile


def verified(profile: Path, *options: str) -> Ended:
    words = ("--pipeline", profile.parent, "--format", "json", *options)
    return nfconfgen("verify", profile, *words, environment=environment())


@pytest.mark.usefixtures("in_one_jvm")
@pytest.mark.parametrize("tasks", TASKS)
def test_every_value_is_as_planned(tasks: str, tmp_path: Path) -> None:
    ended = verified(pipeline(tmp_path, tasks=TASKS[tasks]))
    found = json.loads(ended.out)["processes"]
    assert found["differences"] == []
    assert found["number"] == 4
    # the memory of COUNT depends on its input, and with it the queue; its GPUs are known to Nextflow
    assert 0 < found["known_from_files"] < found["known_from_nextflow"] < found["cells"]


@pytest.mark.usefixtures("in_one_jvm")
def test_a_difference_is_found_at_the_line_that_sets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "_count", lambda value: value + 1)
    ended = verified(pipeline(tmp_path))
    assert ended.code == 1
    heads = {(Path(f["file"]).name, f["line"]) for f in json.loads(ended.out)["findings"] if f["rule"] == "verify"}
    assert heads == {("nextflow.config", 8), ("sort.nf", 3)}


@pytest.mark.usefixtures("in_one_jvm")
def test_a_value_that_only_nextflow_knows_must_fit_too(tmp_path: Path) -> None:
    """The files do not tell on which profile it runs; on this cluster nothing has a GPU."""
    config = CONFIG + "process { withName: COUNT { memory = 2.GB } }\n"
    profile = pipeline(tmp_path, config)
    assert "gpus-fit" not in nfconfgen("check", profile, "--pipeline", tmp_path).out
    (finding,) = [f for f in json.loads(verified(profile).out)["findings"] if f["rule"] == "gpus-fit"]
    assert "READS:COUNT" in finding["message"]
    assert (Path(finding["file"]).name, finding["line"]) == ("nextflow.config", 9)


@pytest.mark.usefixtures("in_one_jvm")
def test_each_process_has_its_own_executor(tmp_path: Path) -> None:
    """Not the one that resolves the directives, and none where the files do not tell."""
    cpus = "withName: '.*' { cpus = { task.executor == 'slurm' ? 2 : task.executor == 'local' ? 3 : 4 } }"

    def compared(name: str, executor: str) -> dict[str, Any]:
        others = f"withName: SORT_AGAIN {{ executor = 'local' }} ; withName: COUNT {{ executor = {executor} }}"
        (folder := tmp_path / name).mkdir()
        config = f"process {{ {cpus} ; {others} }}\nincludeConfig 'conf/profiles.config'\n"
        found: dict[str, Any] = json.loads(verified(pipeline(folder, config)).out)["processes"]
        assert found["differences"] == []
        return found

    told, untold = compared("told", "'slurm'"), compared("untold", "System.getProperty('nothing', 'slurm')")
    attempts = told["cells"] // told["number"] // len(DIRECTIVES)
    assert untold["known_from_files"] == told["known_from_files"] - attempts
    assert untold["known_from_nextflow"] == told["known_from_nextflow"] - attempts


@pytest.mark.usefixtures("in_one_jvm")
def test_nothing_of_the_pipeline_runs(tmp_path: Path) -> None:
    """Neither a script nor a task: only its config and its directives are evaluated."""
    profile = pipeline(tmp_path)
    trap = f"new File('{tmp_path}/ran').text = 'x'\n"
    (tmp_path / "main.nf").write_text(trap + MAIN)
    (tmp_path / "modules/sort.nf").write_text(trap + SORT.replace("'sort'", '"touch $projectDir/ran"'))
    assert json.loads(verified(profile).out)["processes"]["cells"] > 0
    assert not (tmp_path / "ran").exists()


@pytest.mark.usefixtures("in_one_jvm")
def test_a_config_that_nextflow_rejects_is_reported(tmp_path: Path) -> None:
    profile = pipeline(tmp_path, "this is no config {\n")
    ended = verified(profile)
    found = [each for each in json.loads(ended.out)["findings"] if each["rule"] == "verify"]
    assert (ended.code, [each["level"] for each in found]) == (1, ["error", "error"])
    assert all("rejects the pipeline itself" in each["message"] for each in found)


@pytest.mark.usefixtures("in_one_jvm")
def test_a_config_that_one_parser_rejects_by_itself_is_a_warning(tmp_path: Path) -> None:
    """Parser v2 takes no `if` in a config; the other one still compares everything."""
    profile = pipeline(tmp_path, f"if (true) {{ params.old = 1 }}\n{CONFIG}")
    ended = verified(profile)
    reported = json.loads(ended.out)
    found = [
        (each["level"], "itself" in each["message"]) for each in reported["findings"] if each["rule"] == "verify"
    ]
    assert (ended.code, found) == (0, [("warning", True)])
    assert (reported["processes"]["cells"] > 0, reported["processes"]["differences"]) == (True, [])


@pytest.mark.usefixtures("in_one_jvm")
@pytest.mark.parametrize("site", SITES)
def test_so_are_those_of_another_pipeline(site: str, tmp_path: Path) -> None:
    """The one that is submitted in test_submitted.py, with values on every level."""
    profile = pipeline(tmp_path, CONFIGS["base"] + "includeConfig 'conf/profiles.config'\n", SITES[site])
    made = "".join(f"process {name} {{\n  {head}\n  script: 'true'\n}}\n" for name, head in PROCESSES.items())
    (tmp_path / "main.nf").write_text(made + f"workflow {{ {' ; '.join(f'{name}()' for name in PROCESSES)} }}\n")
    found = json.loads(verified(profile).out)["processes"]
    assert found["differences"] == []
    assert found["known_from_files"] == found["known_from_nextflow"] == found["cells"] > 100
