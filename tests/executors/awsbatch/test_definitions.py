"""Job definitions and the scripts about them: as AWS's own model has them, and by the real AWS CLI on the double."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.lab.aws.asking import connect
from tests.lab.aws.client import Double
from tests.lab.shell import Stage, build, profile, require_tool

BUCKET = "obenauflab"
EXAMPLES = sorted((ROOT / "profiles").glob("*/launch/job-definitions/*.json"))

Connect = Callable[[str], Any]


def batch_profile(folder: Path, image: str = "obenauflab/salmon:1.0", **settings: str) -> dict[str, Any]:
    """The profile with this image, and with these settings of the AWS Batch site; an empty one is left out."""
    data = profile(folder)
    data["tasks"]["default"]["container"] = image
    site = {**data["sites"]["awsbatch"], **settings}
    data["sites"]["awsbatch"] = {key: value for key, value in site.items() if value}
    return data


def definitions(out: Path) -> dict[str, dict[str, Any]]:
    """The definitions of a build by the name of their file."""
    found = sorted((out / "launch/job-definitions").glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in found}


def only(out: Path) -> dict[str, Any]:
    (found,) = definitions(out).values()
    return found


def departures(definition: dict[str, Any]) -> str:
    """The violations of AWS's model of register_job_definition."""
    session: Any = pytest.importorskip("botocore.session").get_session()
    validator: Any = pytest.importorskip("botocore.validate").ParamValidator()
    shape = session.get_service_model("batch").operation_model("RegisterJobDefinition").input_shape
    return str(validator.validate(definition, shape).generate_report())


@pytest.fixture
def client(double: Double) -> Iterator[Connect]:
    """Makes boto3 clients that are closed after the test."""
    made: list[Any] = []

    def connected(service: str) -> Any:
        made.append(connect(double, service))
        return made[-1]

    yield connected
    for one in made:
        one.close()


@pytest.fixture
def stage(double: Double, tmp_path: Path) -> Stage:
    """The real AWS CLI, which sees the double; Nextflow is a fake."""
    require_tool("aws")
    return Stage(tmp_path / "stage", "nextflow", environment=double.env())


@pytest.fixture
def bucket(client: Connect) -> Any:
    """The bucket of the work directory, as an S3 client."""
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return s3


def name(out: Path) -> str:
    """The name of the only definition of a build."""
    return str(only(out)["jobDefinitionName"])


def registered(batch: Any) -> dict[str, str]:
    """The image of each definition that is active, by NAME:REVISION."""
    found = batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"]
    return {f"{one['jobDefinitionName']}:{one['revision']}": one["containerProperties"]["image"] for one in found}


def register(batch: Any, out: Path, image: str = "", parameters: Mapping[str, str] | None = None) -> int:
    """Registers what was built, or something else under its name, by boto3; its revision."""
    made = only(out)
    made["containerProperties"]["image"] = image or made["containerProperties"]["image"]
    made["parameters"] = made["parameters"] if parameters is None else parameters
    return int(batch.register_job_definition(**made)["revision"])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_fits_the_model_of_aws(path: Path) -> None:
    made = json.loads(path.read_text(encoding="utf-8"))
    assert departures(made) == ""
    assert made["jobDefinitionName"] == path.stem


def test_there_is_an_example() -> None:
    assert EXAMPLES


def test_validation_notices_what_aws_does_not_know(tmp_path: Path) -> None:
    made = only(build(tmp_path, batch_profile(tmp_path)))
    made["containerProperties"]["vcpu"] = "1"
    assert "vcpu" in departures(made)


def test_jq_reads_it(tmp_path: Path) -> None:
    require_tool("jq")
    out = build(tmp_path, batch_profile(tmp_path))
    path = out / f"launch/job-definitions/{name(out)}.json"
    asked = [".jobDefinitionName", ".containerProperties.image"]
    answer = subprocess.run(["jq", "-er", ",".join(asked), path], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == [name(out), "obenauflab/salmon:1.0"]


def test_definition_has_what_nextflow_no_longer_adds(tmp_path: Path) -> None:
    made = only(build(tmp_path, batch_profile(tmp_path)))
    tree = "/home/ec2-user/miniconda"
    digest = made.pop("parameters").pop("nfconfgen-sha256")
    assert made == {
        "jobDefinitionName": f"salmon-nf-salmon-{digest[:8]}",
        "type": "container",
        "containerProperties": {
            "image": "obenauflab/salmon:1.0",
            "command": ["true"],
            "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "1024"}],
            "jobRoleArn": "arn:aws:iam::123456789012:role/salmonJob",
            "volumes": [{"name": "aws-cli", "host": {"sourcePath": tree}}],
            "mountPoints": [{"sourceVolume": "aws-cli", "containerPath": tree, "readOnly": True}],
        },
    }


def test_definition_of_least_settings(tmp_path: Path) -> None:
    made = only(build(tmp_path, batch_profile(tmp_path, cli_path="", job_role="")))
    assert made["containerProperties"].keys() == {"image", "command", "resourceRequirements"}
    assert departures(made) == ""


@pytest.mark.parametrize("cli", ["/opt/aws-cli/bin/aws", "/opt/b.c+d/e/bin/aws"])
def test_mount_is_the_grandparent_of_the_cli(cli: str, tmp_path: Path) -> None:
    made = only(build(tmp_path, batch_profile(tmp_path, cli_path=cli)))
    mount, volume = made["containerProperties"]["mountPoints"][0], made["containerProperties"]["volumes"][0]
    assert {mount["containerPath"], volume["host"]["sourcePath"]} == {cli.removesuffix("/bin/aws")}
    assert departures(made) == ""


def test_logs_go_to_the_group(tmp_path: Path) -> None:
    made = only(build(tmp_path, batch_profile(tmp_path, logs_group="/lab/salmon")))
    logs = {"awslogs-region": "eu-central-1", "awslogs-group": "/lab/salmon"}
    assert made["containerProperties"]["logConfiguration"] == {"logDriver": "awslogs", "options": logs}
    assert departures(made) == ""


def test_each_image_has_its_own_name(tmp_path: Path) -> None:
    data = batch_profile(tmp_path, "quay.io/one/salmon:1.10.1--h7e5ed60_0")
    images = ["other/salmon", "salmon@sha256:" + "0" * 64, f"lab/{'x' * 200}", f"lab/{'x' * 200}y", "lab/a.b_c"]
    data["tasks"]["processes"] = {f"P{n}": {"container": image} for n, image in enumerate(images)}
    made = definitions(build(tmp_path, data))
    found = {name: one["containerProperties"]["image"] for name, one in made.items()}
    assert sorted(found.values()) == sorted(["quay.io/one/salmon:1.10.1--h7e5ed60_0", *images])
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,118}-[0-9a-f]{8}", name) for name in found)
    assert [name for name, one in made.items() if one["jobDefinitionName"] != name] == []
    assert [departures(one) for one in made.values()] == [""] * len(made)


@pytest.mark.parametrize(
    "change",
    [
        {"image": "obenauflab/salmon:1.10.3"},
        {"image": "obenauflab/salmon"},
        {"image": "obenauflab/salmon@sha256:" + "0" * 64},
        {"image": "other/salmon:1.0"},
        {"cli_path": "/opt/aws/bin/aws"},
        {"cli_path": ""},
        {"job_role": "arn:aws:iam::123456789012:role/other"},
        {"execution_role": "arn:aws:iam::123456789012:role/pulls"},
        {"logs_group": "lab"},
    ],
    ids=lambda change: "-".join(change),
)
def test_another_content_has_another_name(change: dict[str, str], tmp_path: Path) -> None:
    """A definition in use never changes: what differs has another name, what is the same has the same one."""
    before = only(build(tmp_path / "before", batch_profile(tmp_path)))
    assert only(build(tmp_path / "another checkout", batch_profile(tmp_path))) == before
    after = only(build(tmp_path / "after", batch_profile(tmp_path, **change)))
    assert after["jobDefinitionName"] != before["jobDefinitionName"]
    assert after["jobDefinitionName"].startswith("salmon-nf-salmon-")


def test_another_image_of_the_same_last_name_renames_nothing(tmp_path: Path) -> None:
    data = batch_profile(tmp_path)
    before = definitions(build(tmp_path / "before", data))
    data["tasks"]["processes"] = {"INDEX": {"container": "other/salmon:1.0"}}
    after = definitions(build(tmp_path / "after", data))
    assert before.items() <= after.items()
    assert len(after) == 2


def test_sites_share_what_is_the_same(tmp_path: Path) -> None:
    """A second site renames nothing; a region knows a definition once."""
    data = batch_profile(tmp_path)
    alone = definitions(build(tmp_path / "alone", data))
    site = data["sites"]["awsbatch"]
    data["sites"] |= {
        "again": dict(site),
        "ireland": {**site, "region": "eu-west-1"},
        "logged": site | {"logs_group": "g"},
    }
    out = build(tmp_path / "several", data)
    made = definitions(out)
    assert alone.items() <= made.items()
    assert len(made) == 2
    script = (out / "launch/register-job-definitions.sh").read_text(encoding="utf-8")
    calls = re.findall(r"^register (\S+) (\S+) (\S+) \S+$", script, re.MULTILINE)
    assert sorted(region for region, *_ in calls) == ["eu-central-1", "eu-central-1", "eu-west-1"]
    assert len(set(calls)) == len(calls)


def test_config_refers_to_what_is_registered(tmp_path: Path) -> None:
    data = batch_profile(tmp_path)
    data["tasks"]["processes"] = {"INDEX": {"container": "lab/index:2"}, "QC": {"container": "quay.io/qc/salmon"}}
    data["sites"]["ireland"] = {**data["sites"]["awsbatch"], "region": "eu-west-1"}
    out = build(tmp_path, data)
    script = (out / "launch/register-job-definitions.sh").read_text(encoding="utf-8")
    registered = re.findall(r"^register (\S+) (\S+) (\S+) \S+$", script, re.MULTILINE)
    assert {(name, one["parameters"]["nfconfgen-sha256"]) for name, one in definitions(out).items()} == {
        (name, digest) for _, name, digest in registered
    }
    for site, region in {"awsbatch": "eu-central-1", "ireland": "eu-west-1"}.items():
        config = (out / f"conf/{site}.config").read_text(encoding="utf-8")
        referred = re.findall(r"'job-definition://([^']+)'", config)
        assert len(referred) == 3
        assert set(referred) == {name for place, name, _ in registered if place == region}


def test_what_is_no_longer_used_is_cleaned_up_as_documented(tmp_path: Path, stage: Stage, client: Connect) -> None:
    batch, out = client("batch"), build(tmp_path, batch_profile(tmp_path))
    register(batch, out)
    for name_of_old, parameters in {"salmon-nf-salmon": {"nfconfgen-sha256": "0" * 64}, "salmon-nf-mine": {}}.items():
        batch.register_job_definition(**{**only(out), "jobDefinitionName": name_of_old, "parameters": parameters})
    section = (ROOT / "docs/aws.md").read_text().partition("### What is no longer used")[2]
    listing, removal = re.findall(r"```bash\n(.*?)```", section, re.DOTALL)[:2]
    shown = stage.run("bash", "-c", listing)
    assert shown.code == 0, shown
    listed = {line.split()[0].rpartition("/")[2] for line in shown.out.splitlines()}
    assert listed == {"salmon-nf-salmon:1", f"{name(out)}:1"}
    assert stage.run("bash", "-c", removal).code == 0
    assert registered(batch).keys() == {"salmon-nf-mine:1", f"{name(out)}:1"}


@pytest.mark.parametrize("maker", ["generated", "nextflow"])
def test_roles_stand_in_the_config(maker: str, tmp_path: Path) -> None:
    """Nextflow makes the definition of an image that the pipeline brings itself, even if the others are generated."""
    pulls = "arn:aws:iam::123456789012:role/pulls"
    out = build(tmp_path, batch_profile(tmp_path, job_definitions=maker, execution_role=pulls))
    config = (out / "conf/awsbatch.config").read_text(encoding="utf-8")
    assert "batch.jobRole = 'arn:aws:iam::123456789012:role/salmonJob'" in config
    assert f"batch.executionRole = '{pulls}'" in config


def test_no_definitions_where_nextflow_makes_them(tmp_path: Path) -> None:
    out = build(tmp_path, batch_profile(tmp_path, job_definitions="nextflow"))
    assert definitions(out) == {}
    assert not (out / "launch/register-job-definitions.sh").exists()
    assert "register_definitions" not in (out / "launch/warmup-awsbatch.sh").read_text(encoding="utf-8")


def test_registers_once(tmp_path: Path, stage: Stage, client: Connect) -> None:
    batch, folder = client("batch"), tmp_path / "it's a lab"
    out = build(folder, batch_profile(folder))
    again = partial(stage.run, out / "launch/register-job-definitions.sh")
    first = name(out)
    assert again().code == 0
    second = again()
    assert (second.code, second.out, second.err) == (0, "", f"{first} is registered already\n")
    assert registered(batch) == {f"{first}:1": "obenauflab/salmon:1.0"}


def test_what_runs_keeps_its_definition(tmp_path: Path, stage: Stage, client: Connect) -> None:
    """Another checkout, another image: what a run refers to stays what it was."""
    mine = build(tmp_path / "mine", batch_profile(tmp_path))
    other = build(tmp_path / "other", batch_profile(tmp_path, "obenauflab/salmon:1.1"))
    for out in (mine, other, mine):
        assert stage.run(out / "launch/register-job-definitions.sh").code == 0
    assert registered(client("batch")) == {
        f"{name(mine)}:1": "obenauflab/salmon:1.0",
        f"{name(other)}:1": "obenauflab/salmon:1.1",
    }


def test_registers_what_was_built(tmp_path: Path, stage: Stage, client: Connect) -> None:
    out = build(tmp_path, batch_profile(tmp_path, logs_group="/lab/salmon"))
    assert stage.run(out / "launch/register-job-definitions.sh").code == 0
    (found,) = client("batch").describe_job_definitions(jobDefinitionName=name(out))["jobDefinitions"]
    made = only(out)
    assert found["parameters"] == made["parameters"]
    assert {key: found["containerProperties"].get(key) for key in made["containerProperties"]} == made[
        "containerProperties"
    ]


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("parameters", [{"nfconfgen-sha256": "0" * 64}, {"theirs": "1"}, None])
def test_a_definition_of_another_user_is_not_used(
    parameters: dict[str, str] | None, tmp_path: Path, stage: Stage, client: Connect
) -> None:
    """Jobs run the newest revision: neither is it used as if it were ours, nor replaced under who uses it."""
    batch, out = client("batch"), build(tmp_path, batch_profile(tmp_path))
    register(batch, out)
    register(batch, out, "other:1", parameters)
    before = registered(batch)
    for script in ("register-job-definitions.sh", "run-awsbatch.sh", "warmup-awsbatch.sh"):
        complaint = stage.run(out / "launch" / script).complaint()
        assert f"{name(out)}:2" in complaint
        assert "deregister-job-definition" in complaint
    assert registered(batch) == before
    assert all(call.arguments == ("-version",) for call in stage.calls("nextflow"))
    batch.deregister_job_definition(jobDefinition=f"{name(out)}:2")
    assert "registered already" in stage.run(out / "launch/register-job-definitions.sh").err
    assert stage.run(out / "launch/run-awsbatch.sh").code == 0


def test_newest_revision_counts(tmp_path: Path, stage: Stage, client: Connect) -> None:
    batch, out = client("batch"), build(tmp_path, batch_profile(tmp_path))
    register(batch, out, "other:1")
    register(batch, out)
    assert "registered already" in stage.run(out / "launch/register-job-definitions.sh").err
    assert sorted(registered(batch)) == [f"{name(out)}:1", f"{name(out)}:2"]


def test_deregistered_definition_is_registered_again(tmp_path: Path, stage: Stage, client: Connect) -> None:
    batch, out = client("batch"), build(tmp_path, batch_profile(tmp_path))
    register(batch, out)
    batch.deregister_job_definition(jobDefinition=f"{name(out)}:1")
    assert stage.run(out / "launch/register-job-definitions.sh").code == 0
    assert sorted(registered(batch)) == [f"{name(out)}:2"]


def test_registers_from_a_folder_of_any_name(tmp_path: Path, stage: Stage, client: Connect) -> None:
    """The AWS CLI reads $HOME and the like in the name of a file:// argument."""
    folder = tmp_path / "a $HOME b"
    out = build(folder, batch_profile(folder))
    assert stage.run(out / "launch/register-job-definitions.sh").code == 0
    assert sorted(registered(client("batch"))) == [f"{name(out)}:1"]


def test_refusal_to_register_is_reported(tmp_path: Path, stage: Stage, double: Double) -> None:
    double.fail("RegisterJobDefinition", "AccessDeniedException", 403)
    out = build(tmp_path, batch_profile(tmp_path))
    ended = stage.run(out / "launch/register-job-definitions.sh")
    assert "AccessDeniedException" in ended.err
    assert name(out) in ended.complaint()


@pytest.mark.usefixtures("bucket")
def test_run_needs_the_definition(tmp_path: Path, stage: Stage, client: Connect) -> None:
    out = build(tmp_path, batch_profile(tmp_path))
    complaint = stage.run(out / "launch/run-awsbatch.sh").complaint()
    assert name(out) in complaint
    assert str(out / "launch/register-job-definitions.sh") in complaint
    register(client("batch"), out)
    assert stage.run(out / "launch/run-awsbatch.sh", "-resume").code == 0
    assert stage.nextflow()[-1] == "-resume"


@pytest.mark.usefixtures("bucket")
def test_warmup_registers_first(tmp_path: Path, stage: Stage, client: Connect) -> None:
    out = build(tmp_path, batch_profile(tmp_path))
    assert stage.run(out / "launch/warmup-awsbatch.sh").code == 0
    assert sorted(registered(client("batch"))) == [f"{name(out)}:1"]
    assert stage.nextflow()


@pytest.mark.parametrize("script", ["run-awsbatch.sh", "warmup-awsbatch.sh"])
def test_missing_bucket_is_named(script: str, tmp_path: Path, stage: Stage, client: Connect) -> None:
    out = build(tmp_path, batch_profile(tmp_path))
    assert "s3://obenauflab/work" in stage.run(out / "launch" / script).complaint()
    assert [call.arguments for call in stage.calls("nextflow")] == [("-version",)]
    assert registered(client("batch")) == {}


@pytest.mark.parametrize("script", ["run-awsbatch.sh", "register-job-definitions.sh"])
def test_no_credentials(script: str, tmp_path: Path, stage: Stage) -> None:
    stage.forget("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    out = build(tmp_path, batch_profile(tmp_path))
    assert "credentials" in stage.run(out / "launch" / script).complaint()
    assert all(call.arguments == ("-version",) for call in stage.calls("nextflow"))


@pytest.mark.parametrize("script", ["warmup-awsbatch.sh", "register-job-definitions.sh"])
def test_credentials_that_are_refused(script: str, tmp_path: Path, stage: Stage, double: Double) -> None:
    for operation, code in {
        "GetCallerIdentity": "InvalidClientTokenId",
        "DescribeJobDefinitions": "UnrecognizedClientException",
    }.items():
        double.fail(operation, code, 403)
    out = build(tmp_path, batch_profile(tmp_path))
    assert "credentials" in stage.run(out / "launch" / script).complaint()
    assert all(call.arguments == ("-version",) for call in stage.calls("nextflow"))


def test_upload_copies_what_is_new(tmp_path: Path, stage: Stage, double: Double, bucket: Any) -> None:
    data = batch_profile(tmp_path, job_definitions="nextflow")
    data["launch"]["upload"] = [{"from": "fastq/", "to": f"s3://{BUCKET}/fastq", "include": "*.fq.gz"}]
    script = build(tmp_path, data) / "launch/run-awsbatch.sh"
    for name in ("a.fq.gz", "deep er/it's b.fq.gz", "c.txt"):
        path = stage.cwd / "fastq" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    assert stage.run(script, "--upload", "-resume").code == 0
    found = bucket.list_objects_v2(Bucket=BUCKET)["Contents"]
    assert {one["Key"] for one in found} == {"fastq/a.fq.gz", "fastq/deep er/it's b.fq.gz"}
    assert stage.nextflow()[-1] == "-resume"
    double.reset_calls()
    assert stage.run(script, "--upload").code == 0
    assert [call for call in double.calls() if call.startswith("PUT")] == []
