"""`nfconfgen verify` with the real Nextflow on the PATH."""

from __future__ import annotations

import json
import os
from pathlib import Path
from unittest import mock

import jsonschema
import pytest
import yaml

from nfconfgen.commands.offline import planned
from nfconfgen.commands.verify import Seen, look
from nfconfgen.console import Console
from nfconfgen.nextflow import installed
from nfconfgen.pipeline.ask import ask
from nfconfgen.profile.schema import schema
from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.lab.nextflow.harness import require
from tests.lab.nextflow.launch import HERE, jars


def verify(profile: Path, *options: str) -> Ended:
    require()
    return nfconfgen("verify", profile, *options, environment=environment())


def environment() -> dict[str, str]:
    """The lab's Nextflow on the PATH, with the one variable that is its own."""
    more = {"NEXTFLOW_LIB": str(jars()), "NFCONFGEN_NEXTFLOW_ENV": "NEXTFLOW_LIB"}
    return {"PATH": f"{HERE}:{os.environ['PATH']}", **more}


def compared(profile: Path) -> list[str]:
    """The findings where Nextflow is given what was not built, which the command refuses."""
    require()
    plan = planned(profile).plan
    assert plan is not None
    with mock.patch.dict("os.environ", environment()):
        seen = Seen(installed())
        look(plan, profile.parent / plan.profile.output / "conf", seen, Console("never", quiet=True))
    return [finding.message for finding in seen.findings]


def salmon(folder: Path, site: str) -> Path:
    """The example with this one of its sites, built."""
    profile = yaml.safe_load((ROOT / "profiles/salmon.yml").read_text())
    for part in (profile["sites"], profile["launch"]["params"], profile["launch"]["warmup"]):
        (other,) = part.keys() - {site}
        del part[other]
    (folder / "salmon.yml").write_text(yaml.safe_dump(profile))
    (folder / "salmon.lock.json").write_text((ROOT / "profiles/salmon.lock.json").read_text())
    ended = nfconfgen("build", folder / "salmon.yml", "--offline", "--force")
    assert ended.code == 0, ended
    return folder / "salmon.yml"


@pytest.mark.parametrize("profile", sorted((ROOT / "profiles").glob("*.yml")), ids=lambda path: path.stem)
def test_examples_are_read_as_planned(profile: Path) -> None:
    ended = verify(profile, "--format", "json")
    told = json.loads(ended.out)
    jsonschema.Draft7Validator(schema("verify")).validate(told)
    assert (ended.code, told["findings"], told["differences"], told["skipped"]) == (0, [], [], [])
    assert told["parsers"] == ["v1", "v2"]
    assert told["cells"] > 200


def test_what_somebody_changed_is_found(tmp_path: Path) -> None:
    profile = salmon(tmp_path, "awsbatch")
    config = tmp_path / "salmon/conf/awsbatch.config"
    text = config.read_text()
    for before, after in [
        ("'salmonExcess' :", "'salmonOther' :"),
        ("31100.MB :", "31000.MB :"),
        ("maxRetries    = 2", "maxRetries    = 1"),
        ("'job-definition://salmon-nf-salmon'", "'salmon:1'"),
        ("(130..145)", "(130..144)"),
        ("'hg38'", "'hg19'"),
    ]:
        assert before in text
        text = text.replace(before, after)
    config.write_text(text)
    both = "parsers v1, v2"
    assert sorted(compared(profile)) == [
        f"container of default is salmon:1, planned is job-definition://salmon-nf-salmon (attempts 1, 2, 3; {both})",
        f"errorStrategy of default is FINISH, planned is RETRY (attempts 1, 2, 3; exit code 145; {both})",
        f"maxRetries of default is 1, planned is 2 (attempts 1, 2, 3; {both})",
        f"memory of default is 31000 MiB, planned is 31100 MiB (attempts 2, 3; {both})",
        f"param genome is hg19, planned is hg38 ({both})",
        f"queue of default is salmonOther, planned is salmonExcess (attempts 2, 3; {both})",
    ]


def test_a_file_that_nextflow_does_not_take_is_a_finding(tmp_path: Path) -> None:
    profile = salmon(tmp_path, "slurm")
    with (tmp_path / "salmon/conf/slurm.config").open("a") as config:
        config.write("process { cpus = = 2 }\n")
    assert [told.startswith("Nextflow does not take it as slurm") for told in compared(profile)] == [True, True]


def test_nothing_built_yet(tmp_path: Path) -> None:
    (tmp_path / "profile.yml").write_text((ROOT / "profiles/salmon.yml").read_text())
    (tmp_path / "profile.lock.json").write_text((ROOT / "profiles/salmon.lock.json").read_text())
    ended = verify(tmp_path / "profile.yml")
    assert (ended.code, ended.out) == (2, "")
    assert "profiles.config is not there: nfconfgen build writes it" in ended.err


def test_the_real_one_starts_without_credentials_in_its_environment(tmp_path: Path) -> None:
    """And what a config reads of the environment is there where it is nobody's secret."""
    require()
    (tmp_path / "nextflow.config").write_text(
        "params.token = System.getenv('GITHUB_TOKEN') ?: 'none'\nparams.aws = System.getenv('AWS_SECRET_ACCESS_KEY')"
        " ?: 'none'\nparams.who = System.getenv('USER') ?: 'none'\n"
    )
    secrets = {"GITHUB_TOKEN": "hunter2", "AWS_SECRET_ACCESS_KEY": "hunter2", "USER": "somebody"}
    with mock.patch.dict("os.environ", {**environment(), **secrets}):
        told = ask(tmp_path)
    assert not isinstance(told, str), told
    assert told.config["params"] == {"token": "none", "aws": "none", "who": "somebody"}
