"""`nfconfgen init` where the repository has configs for Slurm or AWS Batch already: they are imported."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml

from tests.cli import nfconfgen
from tests.init.repositories import CLUSTER, CONFIG, pipeline, state
from tests.init.test_init import LINE, no_aws, sound
from tests.lab.aws.client import Double

__all__ = ["no_aws"]  # a fixture that is used by itself

PROFILE = """\
    slurm {
        process {
            executor = 'slurm'
            queue = { task.time <= 4.h ? 'short' : 'large' }
            clusterOptions = '--account=genomics'
            withLabel: process_high { memory = { 90.GB * task.attempt } }
        }
        executor { queueSize = 50 }
        singularity { enabled = true; cacheDir = '/images' }
    }
"""
BATCH = """\
    batch {
        process { executor = 'awsbatch'; queue = 'salmonExcess' }
        aws { region = 'eu-central-1'; batch.cliPath = '/opt/aws/bin/aws' }
        workDir = 's3://lab/work'
    }
"""


def with_profile(folder: Path, *profiles: str) -> None:
    """The pipeline with these profiles instead of its own one for Slurm."""
    text = CONFIG.replace("    slurm { process.executor = 'slurm' }\n", "".join(profiles))
    (folder / "nextflow.config").write_text(text)


def sites(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((folder / "profile.yml").read_text())["sites"]
    return found


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = pipeline(tmp_path / "reads")
    with_profile(folder, PROFILE)
    (tmp_path / "lab.yml").write_text(CLUSTER)
    monkeypatch.chdir(folder)
    return folder


def test_a_profile_is_imported_next_to_the_facts_of_the_cluster(here: Path) -> None:
    before = state(here)
    ended = nfconfgen("init", "--yes", "--from", "../lab.yml")
    assert ended.code == 0, ended
    sound(here)
    assert sites(here) == {
        "cluster": {
            "executor": "slurm",
            "queues": [{"queue": "short", "when": {"time": "4h"}}, "large"],
            "tasks": {
                "default": {"account": "genomics"},
                "labels": {"process_high": {"memory": "90 GB", "retry": {"memory": "attempt"}}},
            },
            "submission": {"queue_size": 50},
            "container": {"engine": "singularity", "cache_dir": "/images"},
            "cluster": "lab",
        }
    }
    after = state(here)
    assert after["nextflow.config"].decode() == f"{before['nextflow.config'].decode()}\n{LINE}"
    assert {name for name in before if after[name] != before[name]} == {"nextflow.config"}
    text = (here / "profile.yml").read_text()
    assert "submission: {queue_size: 50}  # nextflow.config:16" in text
    assert "# account:" not in text
    assert "profile slurm of nextflow.config" in text


def test_it_is_left_if_the_user_wants_that(here: Path) -> None:
    ended = nfconfgen("init", "--yes", "--no-import", "--from", "../lab.yml")
    assert ended.code == 0, ended
    assert sites(here)["cluster"].keys() == {"executor", "cluster", "queues", "container"}
    assert "nfconfgen import nextflow.config --profile slurm" in ended.err


def test_a_profile_for_each_genome_is_no_site_for_each(here: Path) -> None:
    genomes = [f"    genome{number} {{ process {{ executor = 'slurm'; queue = 'short' }} }}\n" for number in range(9)]
    with_profile(here, *genomes, BATCH)
    every = nfconfgen("init", "--yes", "--import", "--from", "../lab.yml", "--dry-run")
    assert every.out.count("queues: [short]") == 9
    ended = nfconfgen("init", "--yes", "--from", "../lab.yml")
    assert ended.code == 0, ended
    assert "9 configs are for slurm" in ended.err
    assert [name for name in sites(here) if name.startswith("genome")] == []


@pytest.mark.parametrize("text", ["process.executor = 'slurm'", "process { executor = 'slurm' }"])
def test_who_only_names_the_executor_brings_nothing(text: str, here: Path) -> None:
    with_profile(here, f"    slurm {{ {text} }}\n")
    ended = nfconfgen("init", "--yes", "--import", "--from", "../lab.yml")
    assert "nothing to import" in ended.err
    assert "imported" not in (here / "profile.yml").read_text()
    sound(here)


def test_a_config_that_nothing_includes_is_imported_under_its_name(here: Path) -> None:
    with_profile(here)
    (here / "conf/hpc_site.config").write_text("process { executor = 'slurm'; queue = 'short'; scratch = true }\n")
    assert nfconfgen("init", "--yes", "--from", "../lab.yml").code == 0
    assert sites(here)["hpc_site"]["queues"] == ["short"]
    assert sites(here)["hpc_site"]["scratch"] is True
    sound(here)


def test_of_the_main_config_only_the_scheduler_is_taken(here: Path) -> None:
    """Everything else applies to any site as it is."""
    with_profile(here)
    config = here / "nextflow.config"
    config.write_text(config.read_text() + "process { executor = 'slurm'; queue = 'large'; cache = 'lenient' }\n")
    assert nfconfgen("init", "--yes", "--from", "../lab.yml").code == 0
    site = sites(here)["slurm"]
    assert (site["queues"], "cache" in site, "tasks" in site, "params" in site) == (["large"], False, False, False)
    sound(here)


def test_two_of_them_become_two_sites(here: Path) -> None:
    with_profile(here, PROFILE, PROFILE.replace("slurm {", "uppsala {").replace("genomics", "proteomics"))
    assert nfconfgen("init", "--yes", "--from", "../lab.yml").code == 0
    assert {name: site["tasks"]["default"]["account"] for name, site in sites(here).items()} == {
        "cluster": "genomics",
        "uppsala_site": "proteomics",
    }
    sound(here)


def test_partitions_that_the_cluster_does_not_have_stay_as_a_comment(here: Path) -> None:
    with_profile(here, PROFILE.replace("'large'", "'norm'"))
    ended = nfconfgen("init", "--yes", "--from", "../lab.yml")
    assert ended.code == 0
    site = sites(here)["cluster"]
    assert (site["queues"], site["submission"]) == ("auto", {"queue_size": 50})
    assert "norm" in (here / "profile.yml").read_text()
    assert "norm" in ended.err.partition("To decide")[2]
    sound(here)


def test_what_does_not_fit_the_cluster_stays_as_a_comment(here: Path) -> None:
    with_profile(here, PROFILE.replace("90.GB * task.attempt", "900.GB"))
    ended = nfconfgen("init", "--yes", "--from", "../lab.yml")
    assert ended.code == 0, ended
    assert sites(here)["cluster"]["tasks"] == {"default": {"account": "genomics"}}
    assert "900 GB" in (here / "profile.yml").read_text()
    assert "900 GB" in ended.err.partition("To decide")[2]
    sound(here)


def test_its_limits_hold_if_they_are_less_than_the_cluster_has(here: Path) -> None:
    limits = "resourceLimits = [cpus: 8, memory: 900.GB, time: 20.d]\n executor"
    with_profile(here, PROFILE.replace("executor", limits, 1).replace("queue =", "// queue ="))
    (here.parent / "lab.yml").write_text(CLUSTER.replace("max_time: 7d", "max_time: 1h"))
    assert nfconfgen("init", "--yes", "--from", "../lab.yml").code == 0
    assert sites(here)["cluster"]["limits"] == {"cpus": 8, "memory": "125 GB", "time": "1d"}
    sound(here)


def test_code_that_needs_the_pipelines_functions_is_left_out(here: Path) -> None:
    with_profile(here, PROFILE.replace("executor =", "beforeScript = { mine(2) }\n executor ="))
    config = here / "nextflow.config"
    config.write_text(config.read_text() + "def mine(x) { return x.toString() }\n")
    assert nfconfgen("init", "--yes", "--from", "../lab.yml").code == 0
    assert "mine" not in str(sites(here))
    assert "mine" in (here / "profile.yml").read_text()
    sound(here)


def test_so_is_code_that_reads_what_the_profile_does_not_set(here: Path) -> None:
    code = 'containerOptions = { "--a ${params.tag}" }\n beforeScript = { params.prefix.name.reverse() }\n executor ='
    with_profile(here, PROFILE.replace("executor =", code).replace("slurm {", "slurm { params.tag = '1'\n"))
    assert nfconfgen("init", "--yes", "--from", "../lab.yml").code == 0
    assert "params.prefix" not in str(sites(here))
    assert "params.prefix" in (here / "profile.yml").read_text()
    assert "params.tag" in str(sites(here))
    sound(here)


def test_an_option_takes_precedence(here: Path) -> None:
    options = ("--partition", "short", "--work-dir", "/scratch/work")
    assert nfconfgen("init", "--yes", "--from", "../lab.yml", *options).code == 0
    site = sites(here)["cluster"]
    assert (site["queues"], site["work_dir"], "tasks" in site) == (["short"], "/scratch/work", True)
    sound(here)


def test_a_config_for_aws_is_completed_by_what_the_account_has(here: Path, double: Double) -> None:
    with_profile(here, BATCH)
    with mock.patch.dict(os.environ, double.env()):
        ended = nfconfgen("init", "--yes")
    assert ended.code == 0, ended
    site = sites(here)["batch_site"]
    assert (site["queues"], site["region"]) == (["salmonExcess"], double.region)
    assert (site["cli_path"], site["work_dir"]) == ("/opt/aws/bin/aws", "s3://lab/work")
    sound(here)


def test_a_config_for_an_account_that_cannot_be_asked_is_no_site_by_itself(here: Path) -> None:
    with_profile(here, PROFILE, BATCH)
    ended = nfconfgen("init", "--yes", "--from", "../lab.yml")
    assert ended.code == 0, ended
    assert list(sites(here)) == ["cluster"]
    assert "profile batch of nextflow.config is not imported" in ended.err
    sound(here)


def test_a_process_that_fits_nowhere_is_left_to_decide(here: Path) -> None:
    """The pipeline has it, perhaps for an option that nobody uses: a first profile is not wrong because of it."""
    with_profile(here)
    main = here / "main.nf"
    main.write_text(main.read_text().replace("process COUNT {", "process COUNT { memory '9 TB'; queue 'short';"))
    config = here / "nextflow.config"
    config.write_text(config.read_text() + "\nprocess { withName: COUNT { resourceLimits = [memory: 9.TB] } }\n")
    ended = nfconfgen("init", "--yes", "--from", "../lab.yml")
    assert ended.code == 0, ended
    assert "unused: [COUNT]" in ended.err.partition("To decide")[2]
    checked = nfconfgen("check", "--pipeline", ".", environment={"PATH": "/usr/bin:/bin"})
    assert (checked.code, "memory-fit" in checked.out) == (1, True), checked


def test_gpus_that_nothing_has_are_named_as_unused(here: Path) -> None:
    """Nothing in a profile takes the GPUs of a process away, and a first profile passes its checks."""
    with_profile(here)
    main = here / "main.nf"
    main.write_text(main.read_text().replace("process COUNT {", "process COUNT { accelerator 2;"))
    ended = nfconfgen("init", "--yes", "--from", "../lab.yml")
    assert ended.code == 0, ended
    assert "COUNT" in ended.err.partition("To decide")[2]
    profile = here / "profile.yml"
    assert "  unused: [COUNT]\n" in profile.read_text()
    checked = nfconfgen("check", "--pipeline", ".", environment={"PATH": "/usr/bin:/bin"})
    assert (checked.code, "gpus-fit" in checked.out) == (0, True)
    profile.write_text(profile.read_text().replace("  unused: [COUNT]\n", ""))
    assert nfconfgen("build", "--offline").code in (0, 1)
    checked = nfconfgen("check", "--pipeline", ".", environment={"PATH": "/usr/bin:/bin"})
    assert (checked.code, "gpus-fit" in checked.out) == (1, True)
    profile.write_text(profile.read_text().replace("  name: reads\n", "  name: reads\n  unused: [COUMT]\n"))
    assert nfconfgen("build", "--offline").code == 1


def test_queues_of_a_param_that_is_not_set_are_asked_for(here: Path) -> None:
    with_profile(here, PROFILE.replace("{ task.time <= 4.h ? 'short' : 'large' }", "params.partition"))
    assert nfconfgen("init", "--yes", "--from", "../lab.yml").code == 0
    assert sites(here)["cluster"]["queues"] == "auto"
    assert "params.partition is not set" in (here / "profile.yml").read_text()
    sound(here)


def test_a_process_with_gpus_is_limited_to_the_machine_that_has_some(here: Path) -> None:
    """On its second attempt it asks for more than that machine has, and for less than the others have."""
    with_profile(here)
    gpus = "  gpu: {nodes: [{cpus: 16, memory: 60 GB, gpus: 2}], max_time: 1d}\n"
    (here.parent / "lab.yml").write_text(CLUSTER + gpus)
    main = here / "main.nf"
    asks = "process COUNT { accelerator 1; memory { 50.GB * task.attempt };"
    main.write_text(main.read_text().replace("process COUNT {", asks))
    ended = nfconfgen("init", "--yes", "--from", "../lab.yml")
    assert ended.code == 0, ended
    assert "To decide" not in ended.err
    assert sites(here)["slurm"]["tasks"] == {
        "processes": {"COUNT": {"limits": {"cpus": 16, "memory": "60 GB", "time": "1d"}}}
    }
    checked = nfconfgen("check", "--pipeline", ".", environment={"PATH": "/usr/bin:/bin"})
    assert checked.code == 0, checked
