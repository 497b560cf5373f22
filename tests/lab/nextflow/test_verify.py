"""`nfconfgen verify` with the real Nextflow on the PATH."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest import mock

import jsonschema
import pytest
import yaml

from nfconfgen.facts.lock import Lock
from nfconfgen.nextflow import NOTHING, installed
from nfconfgen.nextflow import start as start_alone
from nfconfgen.pipeline.inspect_nextflow import ask
from nfconfgen.profile.document.schema import schema
from nfconfgen.terminal.console import Console
from nfconfgen.verify.mismatches import Comparison, compare
from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.core import planned
from tests.keys import RESOLVED
from tests.lab.nextflow.harness import require
from tests.lab.nextflow.launch import HERE, Parser, jars
from tests.lab.nextflow.shared import shared
from tests.plan.clusters import CLUSTER
from tests.plan.regions import region, text
from tests.test_cases import copied, expected


def verify(profile: Path, *options: str) -> Ended:
    require()
    return nfconfgen("verify", profile, *options, environment=environment())


@pytest.fixture
def in_one_jvm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands as they are, but not in processes that are started for them: most of a start is not Nextflow."""

    def start(
        command: str, words: Sequence[str], folder: Path, parser: Parser, given: Mapping[str, str] = NOTHING
    ) -> tuple[int, str, str]:
        if given:  # the environment of a JVM that runs cannot be changed
            return start_alone(command, words, folder, parser, given)
        result, out = shared(parser).run(words)
        return result.exit_code, out, result.output.removeprefix(out)

    monkeypatch.setattr("nfconfgen.verify.resolve.start", start)


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
        seen = Comparison(installed())
        compare(plan, profile.parent / plan.profile.output / "conf", seen, Console("never", quiet=True))
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


@pytest.mark.usefixtures("in_one_jvm")
@pytest.mark.parametrize("profile", sorted((ROOT / "profiles").glob("*.yml")), ids=lambda path: path.stem)
def test_examples_are_read_as_planned(profile: Path) -> None:
    ended = verify(profile, "--format", "json")
    reported = json.loads(ended.out)
    jsonschema.Draft7Validator(schema("verify")).validate(reported)
    # queues that the example only declares are noted
    findings = [
        found for found in reported["findings"] if (found["level"], found["rule"]) != ("note", "not-deployed")
    ]
    assert (ended.code, findings, reported["differences"], reported["skipped"]) == (0, [], [], [])
    assert reported["parsers"] == ["v1", "v2"]
    assert reported["cells"] > 100


@pytest.mark.usefixtures("in_one_jvm")
@pytest.mark.parametrize("case", RESOLVED, ids=lambda path: path.stem)
def test_cases_are_read_as_planned(case: Path, tmp_path: Path) -> None:
    """Every key that reaches Nextflow: see tests/test_keys.py."""
    profile = copied(case, tmp_path, locked=expected(case).locked)
    assert nfconfgen("build", profile, "--offline").code == 0
    ended = verify(profile, "--format", "json")
    reported = json.loads(ended.out)
    assert (ended.code, reported["differences"]) == (0, [])
    assert reported["cells"]
    assert "unknown-option" not in {finding["rule"] for finding in reported["findings"]}


def site_with(folder: Path, keys: str) -> Path:
    """A profile with one site that has these keys besides, built."""
    profile = folder / "p.yml"
    profile.write_text(
        "nfconfgen: 1\npipeline: {name: p}\ntasks: {default: {cpus: 1, memory: 1 GB, time: 1h}}\nsites:\n"
        f"  s:\n    executor: slurm\n    queues: [q]\n{keys}"
    )
    assert nfconfgen("build", profile, "--offline").code == 0
    return profile


@pytest.mark.usefixtures("in_one_jvm")
def test_an_option_that_nextflow_does_not_know_is_a_warning(tmp_path: Path) -> None:
    profile = site_with(
        tmp_path,
        "    nextflow:\n"
        "      executor.retry.maxAttempts: 5\n      executor.retri.maxAttempts: 5\n      process.faire: true\n"
        "      executor.queueSize: 3\n      singularity: {ociAutoPul: false, noHttps: true}\n"
        "      wawe.enabled: true\n"
        "      trace: {raw: true}\n      process.fair: true\n"
        "    groovy: {process.afterScrip: \"'true'\"}\n    variants: {v: {limits: {cpus: 2}}}\n",
    )
    ended = verify(profile, "--format", "json")
    found = [each for each in json.loads(ended.out)["findings"] if each["rule"] == "unknown-option"]
    assert ended.code == 0
    assert [(each["line"], each["level"]) for each in found] == [(n, "warning") for n in (10, 11, 13, 14, 17)]


def test_groovy_that_nextflow_rejects_is_found_at_its_line(tmp_path: Path) -> None:
    """In a JVM of its own: in one that has run before, parser v2 prints what it finds wrong to an older stream."""
    groovy = (
        "    groovy:\n      process.cache: \"'deep'\"\n      process.afterScript: |\n        { 'a'\n          5 6 }\n"
    )
    profile = site_with(tmp_path, groovy)
    found = json.loads(verify(profile, "--format", "json").out)["findings"]
    assert (10, "p.yml") in {(each["line"], Path(each["file"]).name) for each in found if each["rule"] == "verify"}


FARGATE = {
    "job_queues": {"serverless": ["serverless"]},
    "compute_environments": {
        "serverless": {
            "kind": "FARGATE",
            "max_vcpus": 64,
            "image": "",
            "image_status": "",
            "instance_types": [],
            "shapes": {},
        }
    },
}


@pytest.mark.parametrize(
    ("queue", "keys"),
    [("salmonWorkload", ""), ("serverless", ", execution_role: 'arn:aws:iam::123456789012:role/pull'")],
    ids=["instances", "fargate"],
)
def test_a_site_with_fusion_is_verified_without_its_plugins(queue: str, keys: str, tmp_path: Path) -> None:
    """Fusion brings in nf-tower and nf-wave, which would have to be fetched."""
    lock = json.loads((ROOT / "profiles/salmon.lock.json").read_text())
    region = lock["facts"]["awsbatch"]["eu-central-1"]
    for part, values in FARGATE.items():
        region[part] |= values
    (tmp_path / "profile.lock.json").write_text(json.dumps(lock))
    (tmp_path / "profile.yml").write_text(
        "nfconfgen: 1\npipeline: {name: demo}\nparams: {genome: hg38}\n"
        "tasks: {default: {cpus: 2, memory: 4 GB, container: 'lab/demo:2'}}\n"
        "retry: {attempts: 2, exit_codes: [104, 130-145, 175], lost: true}\n"
        f"sites: {{cloud: {{executor: awsbatch, region: eu-central-1, queues: [{queue}], staging: fusion, "
        f"work_dir: 's3://demo-bucket/work'{keys}}}}}\n"
    )
    assert nfconfgen("build", tmp_path / "profile.yml", "--offline", "--force").code == 0
    ended = verify(tmp_path / "profile.yml", "--format", "json")
    reported = json.loads(ended.out)
    assert (ended.code, reported["findings"], reported["differences"]) == (0, [], [])
    assert reported["cells"] > 60


@pytest.mark.usefixtures("in_one_jvm")
def test_what_somebody_changed_is_found(tmp_path: Path) -> None:
    profile = salmon(tmp_path, "awsbatch")
    config = tmp_path / "salmon/conf/awsbatch.config"
    text = config.read_text()
    (definition,) = re.findall(r"'(job-definition://[^']+)'", text)
    for before, after in [
        ("['salmonExcess']", "['salmonOther']"),
        ("31100.MB :", "31000.MB :"),
        ("maxRetries    = 2", "maxRetries    = 1"),
        (definition, "salmon:1"),
        ("(130..145)", "(130..144)"),
        ("'hg38'", "'hg19'"),
    ]:
        assert before in text
        text = text.replace(before, after)
    config.write_text(text)
    both = "parsers v1, v2"
    assert sorted(compared(profile)) == [
        f"container of default is salmon:1, but the plan has {definition} (attempts 1, 2, 3; {both})",
        f"errorStrategy of default is FINISH, but the plan has RETRY (attempts 1, 2, 3; exit code 145; {both})",
        f"maxRetries of default is 1, but the plan has 2 (attempts 1, 2, 3; {both})",
        f"memory of default is 31000 MiB, but the plan has 31100 MiB (attempts 2, 3; {both})",
        f"param genome is hg19, but the plan has hg38 ({both})",
        f"queue of default is salmonOther, but the plan has salmonExcess (attempts 2, 3; {both})",
    ]


@pytest.mark.usefixtures("in_one_jvm")
def test_a_file_that_nextflow_does_not_take_is_a_finding(tmp_path: Path) -> None:
    profile = salmon(tmp_path, "slurm")
    with (tmp_path / "salmon/conf/slurm.config").open("a") as config:
        config.write("process { cpus = = 2 }\n")
    assert [one.startswith("Nextflow rejects it as profile slurm") for one in compared(profile)] == [True, True]


def test_nothing_built_yet(tmp_path: Path) -> None:
    (tmp_path / "profile.yml").write_text((ROOT / "profiles/salmon.yml").read_text())
    (tmp_path / "profile.lock.json").write_text((ROOT / "profiles/salmon.lock.json").read_text())
    ended = verify(tmp_path / "profile.yml")
    assert (ended.code, ended.out) == (2, "")
    assert "profiles.config does not exist: nfconfgen build writes it" in ended.err


@pytest.mark.usefixtures("in_one_jvm")
@pytest.mark.parametrize("executor", ["awsbatch", "slurm"])
def test_a_label_that_takes_its_queue_along_is_no_difference(tmp_path: Path, executor: str) -> None:
    labels = "labels: {gpu: {accelerator: 1}, long: {time: 20h}}"
    if executor == "awsbatch":
        facts = region(("m5.xlarge",), ("g4dn.xlarge",))
        profile = text(facts, f"memory: 4 GB, time: 1h}}, {labels[:-1]}")
        lock = Lock({"awsbatch": {"eu-central-1": facts}})
    else:
        profile = (
            f"nfconfgen: 1\npipeline: {{name: p}}\ntasks: {{default: {{memory: 4 GB, time: 1h}}, {labels}}}\n"
            "sites:\n  s: {executor: slurm, queues: [short, himem, gpu], cluster: lab}\n"
        )
        lock = Lock({"slurm": {"lab": CLUSTER}})
    (tmp_path / "p.yml").write_text(profile)
    (tmp_path / "p.lock.json").write_text(lock.to_text())
    assert nfconfgen("build", tmp_path / "p.yml", "--offline").code == 0
    ended = verify(tmp_path / "p.yml")
    assert ended.code == 0, ended


def test_the_real_one_starts_without_credentials_in_its_environment(tmp_path: Path) -> None:
    """And what a config reads of the environment is there where it is not a secret."""
    require()
    (tmp_path / "nextflow.config").write_text(
        "params.token = System.getenv('GITHUB_TOKEN') ?: 'none'\nparams.aws = System.getenv('AWS_SECRET_ACCESS_KEY')"
        " ?: 'none'\nparams.who = System.getenv('USER') ?: 'none'\n"
    )
    secrets = {"GITHUB_TOKEN": "hunter2", "AWS_SECRET_ACCESS_KEY": "hunter2", "USER": "somebody"}
    with mock.patch.dict("os.environ", {**environment(), **secrets}):
        resolved = ask(tmp_path)
    assert not isinstance(resolved, str), resolved
    assert resolved.config["params"] == {"token": "none", "aws": "none", "who": "somebody"}


RETRIES = (
    "{}",
    "{attempts: 1}",
    "{attempts: 4}",
    "{exit_codes: [130-139, 7], memory: attempt}",
    "{lost: true, otherwise: ignore}",
    "{attempts: 3, exit_codes: [1, 137-140], lost: true, memory: attempt, time: {add: 1h}, grow_on: [137-139]}",
    "{exit_codes: any, attempts: 3, last: ignore}",
    "{exit_codes: {any: {except: [1, 3-4]}}, lost: true, attempts: 2, last: finish, otherwise: ignore}",
    "{exit_codes: [0, 137], attempts: 1, last: ignore}",
    "{attempts: 2, exit_codes: [], lost: false, otherwise: finish, memory: double}",
)


@pytest.mark.usefixtures("in_one_jvm")
def test_every_way_to_set_retries_gives_what_is_planned(tmp_path: Path) -> None:
    """Also what is not set, and a single attempt, which Nextflow takes no number for. One site each, in one start."""
    sites = [
        f"  s{number}: {{executor: slurm, queues: [q], retry: {retry}}}\n" for number, retry in enumerate(RETRIES)
    ]
    (tmp_path / "p.yml").write_text(
        "nfconfgen: 1\npipeline: {name: p}\n"
        "tasks: {default: {cpus: 2, memory: 4 GB, time: 1h}, labels: {l: {memory: 6 GB}}}\n"
        f"sites:\n{''.join(sites)}"
    )
    assert nfconfgen("build", tmp_path / "p.yml", "--offline").code == 0
    ended = verify(tmp_path / "p.yml")
    assert ended.code == 0, ended
    assert " 0 differ" in ended.out
