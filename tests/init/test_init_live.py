"""`nfconfgen init` on a login node, with the real Slurm."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.cli import nfconfgen
from tests.init.repositories import pipeline, state
from tests.lab.slurm.cluster import Cluster


def test_partitions_of_this_machine_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slurm: Cluster
) -> None:
    folder = pipeline(tmp_path / "reads")
    monkeypatch.chdir(folder)
    live = {"NFCONFGEN_SLURM": "on", "AWS_EC2_METADATA_DISABLED": "true"}
    ended = nfconfgen("init", "--yes", "--site", "slurm", environment=live)
    assert ended.code == 0, ended
    site = yaml.safe_load((folder / "profile.yml").read_text())["sites"]["cluster"]
    assert (site["queues"], site["cluster"]) == ("auto", "lab")
    before = state(folder)
    assert nfconfgen("build", "--exit-code", environment=live).code == 0
    assert state(folder) == before


def test_options_of_an_existing_config_with_which_no_partition_takes_a_job_stay_as_a_comment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slurm: Cluster
) -> None:
    folder = pipeline(tmp_path / "reads")
    (folder / "conf/hpc.config").write_text(
        "process { executor = 'slurm'; clusterOptions = '--gres=lscratch:200'; scratch = true }\n"
    )
    monkeypatch.chdir(folder)
    ended = nfconfgen("init", "--yes", environment={"NFCONFGEN_SLURM": "on", "AWS_EC2_METADATA_DISABLED": "true"})
    assert ended.code == 0, ended
    site = yaml.safe_load((folder / "profile.yml").read_text())["sites"]["hpc"]
    assert (site["queues"], site["scratch"], "cluster_options" in site) == ("auto", True, False)
    assert "lscratch" in ended.err.partition("To decide")[2]
