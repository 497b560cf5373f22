"""Job definitions and the scripts about them: as AWS's own model has them, and by the real AWS CLI on the double."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.lab.aws.asking import connect
from tests.lab.aws.client import Double
from tests.lab.shell import Stage, build, profile, require_tool

NAME = "salmon-nf-salmon"
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
    """What AWS's model of register_job_definition says against it."""
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


def revisions(batch: Any) -> dict[int, str]:
    """The image of each revision that stands."""
    found = batch.describe_job_definitions(jobDefinitionName=NAME, status="ACTIVE")["jobDefinitions"]
    return {one["revision"]: one["containerProperties"]["image"] for one in found}


def register(batch: Any, out: Path, image: str = "", *, hashed: bool = True) -> int:
    """Registers what was built, or the same with another image, by boto3; its revision."""
    made = only(out)
    if image:
        made["containerProperties"]["image"] = image
        made["parameters"]["nfconfgen-sha256"] = "0" * 64
    if not hashed:
        del made["parameters"]
    return int(batch.register_job_definition(**made)["revision"])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_what_aws_takes(path: Path) -> None:
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
    path = out / f"launch/job-definitions/{NAME}.json"
    asked = [".jobDefinitionName", ".containerProperties.image"]
    told = subprocess.run(["jq", "-er", ",".join(asked), path], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [NAME, "obenauflab/salmon:1.0"]


def test_definition_says_what_nextflow_no_longer_adds(tmp_path: Path) -> None:
    made = only(build(tmp_path, batch_profile(tmp_path)))
    tree = "/home/ec2-user/miniconda"
    assert made.pop("parameters").keys() == {"nfconfgen-sha256"}
    assert made == {
        "jobDefinitionName": NAME,
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


def test_names_stand_for_one_image_each(tmp_path: Path) -> None:
    data = batch_profile(tmp_path, "quay.io/one/salmon:1.10.1--h7e5ed60_0")
    images = ["other/salmon", "salmon@sha256:" + "0" * 64, f"lab/{'x' * 200}", f"lab/{'x' * 200}y", "lab/a.b_c"]
    data["tasks"]["processes"] = {f"P{n}": {"container": image} for n, image in enumerate(images)}
    made = definitions(build(tmp_path, data))
    found = {name: one["containerProperties"]["image"] for name, one in made.items()}
    assert sorted(found.values()) == sorted(["quay.io/one/salmon:1.10.1--h7e5ed60_0", *images])
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", name) for name in found)
    assert [name for name, one in made.items() if one["jobDefinitionName"] != name] == []
    assert [departures(one) for one in made.values()] == [""] * len(made)


def test_config_refers_to_what_is_registered(tmp_path: Path) -> None:
    data = batch_profile(tmp_path)
    data["tasks"]["processes"] = {"INDEX": {"container": "lab/index:2"}, "QC": {"container": "quay.io/qc/salmon"}}
    data["sites"]["ireland"] = {**data["sites"]["awsbatch"], "region": "eu-west-1"}
    out = build(tmp_path, data)
    script = (out / "launch/register-job-definitions.sh").read_text(encoding="utf-8")
    registered = re.findall(r"^register (\S+) (\S+) (\S+)$", script, re.MULTILINE)
    assert {(name, one["parameters"]["nfconfgen-sha256"]) for name, one in definitions(out).items()} == {
        (name, digest) for _, name, digest in registered
    }
    for site, region in {"awsbatch": "eu-central-1", "ireland": "eu-west-1"}.items():
        config = (out / f"conf/{site}.config").read_text(encoding="utf-8")
        referred = re.findall(r"'job-definition://([^']+)'", config)
        assert len(referred) == 3
        assert set(referred) == {name for place, name, _ in registered if place == region}


@pytest.mark.parametrize(
    "settings",
    [{"cli_path": "/opt/aws/bin/aws"}, {"job_role": "arn:aws:iam::123456789012:role/other"}, {"logs_group": "lab"}],
)
def test_hash_moves_with_the_definition(settings: dict[str, str], tmp_path: Path) -> None:
    before = only(build(tmp_path / "before", batch_profile(tmp_path)))["parameters"]
    assert only(build(tmp_path / "again", batch_profile(tmp_path)))["parameters"] == before
    assert only(build(tmp_path / "after", batch_profile(tmp_path, **settings)))["parameters"] != before


def test_no_definitions_where_nextflow_makes_them(tmp_path: Path) -> None:
    out = build(tmp_path, batch_profile(tmp_path, job_definitions="nextflow"))
    assert definitions(out) == {}
    assert not (out / "launch/register-job-definitions.sh").exists()
    assert "register" not in (out / "launch/warmup-awsbatch.sh").read_text(encoding="utf-8")


def test_registers_once(tmp_path: Path, stage: Stage, client: Connect) -> None:
    batch, folder = client("batch"), tmp_path / "it's a lab"
    again = partial(stage.run, build(folder, batch_profile(folder)) / "launch/register-job-definitions.sh")
    assert again().code == 0
    second = again()
    assert (second.code, second.out, second.err) == (0, "", f"{NAME}: registered already\n")
    assert revisions(batch) == {1: "obenauflab/salmon:1.0"}
    build(folder, batch_profile(folder, "obenauflab/salmon:1.1"))
    third = again()
    assert (third.code, third.out) == (0, f"{NAME}\t2\n")
    assert again().code == 0
    assert revisions(batch) == {1: "obenauflab/salmon:1.0", 2: "obenauflab/salmon:1.1"}


def test_registers_what_the_build_says(tmp_path: Path, stage: Stage, client: Connect) -> None:
    out = build(tmp_path, batch_profile(tmp_path, logs_group="/lab/salmon"))
    assert stage.run(out / "launch/register-job-definitions.sh").code == 0
    (found,) = client("batch").describe_job_definitions(jobDefinitionName=NAME)["jobDefinitions"]
    made = only(out)
    assert found["parameters"] == made["parameters"]
    assert {key: found["containerProperties"].get(key) for key in made["containerProperties"]} == made[
        "containerProperties"
    ]


def test_newest_revision_counts(tmp_path: Path, stage: Stage, client: Connect) -> None:
    batch, out = client("batch"), build(tmp_path, batch_profile(tmp_path))
    for image in ("", "other:1", "other:2"):
        register(batch, out, image)
    for _ in range(2):
        assert stage.run(out / "launch/register-job-definitions.sh").code == 0
    ours = "obenauflab/salmon:1.0"
    assert revisions(batch) == {1: ours, 2: "other:1", 3: "other:2", 4: ours}


def test_revision_that_was_given_up_does_not_count(tmp_path: Path, stage: Stage, client: Connect) -> None:
    batch, out = client("batch"), build(tmp_path, batch_profile(tmp_path))
    register(batch, out)
    register(batch, out, "other:1")
    batch.deregister_job_definition(jobDefinition=f"{NAME}:2")
    assert "registered already" in stage.run(out / "launch/register-job-definitions.sh").err
    assert sorted(revisions(batch)) == [1]


def test_revision_of_somebody_else_is_superseded(tmp_path: Path, stage: Stage, client: Connect) -> None:
    batch, out = client("batch"), build(tmp_path, batch_profile(tmp_path))
    register(batch, out, hashed=False)
    assert stage.run(out / "launch/register-job-definitions.sh").code == 0
    assert sorted(revisions(batch)) == [1, 2]


def test_registers_from_a_folder_of_any_name(tmp_path: Path, stage: Stage, client: Connect) -> None:
    """The AWS CLI reads $HOME and the like in the name of a file:// argument."""
    folder = tmp_path / "a $HOME b"
    out = build(folder, batch_profile(folder))
    assert stage.run(out / "launch/register-job-definitions.sh").code == 0
    assert sorted(revisions(client("batch"))) == [1]


def test_refusal_to_register_is_told(tmp_path: Path, stage: Stage, double: Double) -> None:
    double.fail("RegisterJobDefinition", "AccessDeniedException", 403)
    ended = stage.run(build(tmp_path, batch_profile(tmp_path)) / "launch/register-job-definitions.sh")
    assert "AccessDeniedException" in ended.err
    assert NAME in ended.complaint()


@pytest.mark.usefixtures("bucket")
def test_run_needs_the_definition(tmp_path: Path, stage: Stage, client: Connect) -> None:
    out = build(tmp_path, batch_profile(tmp_path))
    complaint = stage.run(out / "launch/run-awsbatch.sh").complaint()
    assert NAME in complaint
    assert str(out / "launch/register-job-definitions.sh") in complaint
    register(client("batch"), out)
    assert stage.run(out / "launch/run-awsbatch.sh", "-resume").code == 0
    assert stage.nextflow()[-1] == "-resume"


@pytest.mark.usefixtures("bucket")
def test_run_needs_the_definition_of_this_build(tmp_path: Path, stage: Stage, client: Connect) -> None:
    """Else the image of the last registration would run, whatever the profile says now."""
    out = build(tmp_path, batch_profile(tmp_path))
    register(client("batch"), out, "obenauflab/salmon:0.9")
    complaint = stage.run(out / "launch/run-awsbatch.sh").complaint()
    assert NAME in complaint
    assert str(out / "launch/register-job-definitions.sh") in complaint


@pytest.mark.usefixtures("bucket")
def test_warmup_registers_first(tmp_path: Path, stage: Stage, client: Connect) -> None:
    out = build(tmp_path, batch_profile(tmp_path))
    assert stage.run(out / "launch/warmup-awsbatch.sh").code == 0
    assert sorted(revisions(client("batch"))) == [1]
    assert stage.nextflow()


@pytest.mark.parametrize("script", ["run-awsbatch.sh", "warmup-awsbatch.sh"])
def test_missing_bucket_is_named(script: str, tmp_path: Path, stage: Stage, client: Connect) -> None:
    out = build(tmp_path, batch_profile(tmp_path))
    assert "s3://obenauflab/work" in stage.run(out / "launch" / script).complaint()
    assert [call.arguments for call in stage.calls("nextflow")] == [("-version",)]
    assert revisions(client("batch")) == {}


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
