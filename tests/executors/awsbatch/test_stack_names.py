"""Texts of a profile arrive in a stack, in IAM and on S3 as they are written, and run nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli import nfconfgen
from tests.lab.aws.asking import connect
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import nothing
from tests.lab.shell import Stage, require_tool, written

BUCKET = "zero-bucket"
HOSTILE = """it's "$(touch pwned)" `touch pwned` ; touch pwned # ${AWS::StackName} $* ? [1] {a,b} !Ref x: %s \\ ü🐟"""
OTHERS = tuple(f"{number} {HOSTILE}" for number in range(4))
TAGS = {"cost centre": "42: +x=@/ -", "yes": "no", "null": "null", "1.0": "0x10", "a@b": "", "- x": "on "}


@dataclass(frozen=True, slots=True)
class Made:
    """A deployed stack; `clients` by service."""

    folder: Path
    double: Double
    clients: dict[str, Any]

    def policy(self) -> list[dict[str, Any]]:
        iam = self.clients["iam"]
        (role,) = [each["RoleName"] for each in iam.list_roles()["Roles"] if "JobRole" in each["RoleName"]]
        document = iam.get_role_policy(RoleName=role, PolicyName="files")["PolicyDocument"]
        found: list[dict[str, Any]] = document["Statement"]
        return found

    def resources(self, action: str) -> set[str]:
        return {
            each
            for statement in self.policy()
            if action in statement["Action"]
            for each in ([statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"])
        }


def hostile() -> dict[str, Any]:
    read, write, param, upload = OTHERS
    upload = upload.replace("[", "")
    return {
        "nfconfgen": 1,
        "pipeline": {"name": "zero", "run": HOSTILE},
        "tasks": {"default": {"cpus": 2, "memory": "4 GB", "time": "1h", "container": "demo/tool:1.0"}},
        "sites": {
            "awsbatch": {
                "executor": "awsbatch",
                "region": "eu-central-1",
                "queues": [{"queue": "small", "instance_type": "c5.2xlarge", "max_instances": 4}],
                "cli_path": "/opt/b.c+d/bin/aws",
                "work_dir": written(f"s3://{BUCKET}/{HOSTILE}"),
                "storage_encryption": "aws:kms",
                "kms_key": "alias/zero_key",
                "resource_labels": {"project": written(HOSTILE[:60])},
                "stack": {
                    "bucket": {"expire": "30d"},
                    "tags": TAGS,
                    "read": [written(f"s3://{BUCKET}/{read}")],
                    "write": [written(f"s3://{BUCKET}/{write}")],
                },
            }
        },
        "launch": {
            "params": {"awsbatch": {"index": written(f"s3://{BUCKET}/{param.translate(PLAIN)}")}},
            "output_dir": {"awsbatch": written(f"s3://{BUCKET}/{HOSTILE}")},
            "upload": [
                {
                    "from": written(upload),
                    "to": written(f"s3://{BUCKET}/{upload}"),
                    "include": written("*'1 $(touch pwned)*"),
                    "exclude": "`x`*",
                }
            ],
        },
    }


# in a param *, ? and the like are a pattern, of which the folder is readable
PLAIN = str.maketrans("", "", "*?[{")


def iam(text: str) -> str:
    """As the resource of a policy must say it."""
    return "".join({"$": "${$}", "*": "${*}", "?": "${?}"}.get(letter, letter) for letter in text)


@pytest.fixture
def made(double: Double, tmp_path: Path) -> Iterator[Made]:
    double.load(nothing())
    (tmp_path / "profile.yml").write_text(json.dumps(hostile(), ensure_ascii=False), encoding="utf-8")
    ended = nfconfgen(
        *("provision", tmp_path / "profile.yml", "--deploy", "--yes", "--poll", "0"),
        environment=double.env(),
        alone=True,
    )
    assert ended.code == 0, ended
    found = Made(tmp_path, double, {name: connect(double, name) for name in ("s3", "iam", "batch", "ec2", "logs")})
    yield found
    for client in found.clients.values():
        client.close()
    assert list(tmp_path.rglob("pwned")) == []


def test_rights_are_those_of_these_texts_to_the_letter(made: Made) -> None:
    whole = f"arn:aws:s3:::{BUCKET}"
    read, write, param, _ = OTHERS
    param = param.translate(PLAIN)
    written_to = {f"{whole}/{iam(text)}/*" for text in (HOSTILE, write)}
    assert made.resources("s3:PutObject") == written_to
    readable = {f"{whole}/{iam(text)}{end}" for text in (read, param) for end in ("", "/*")}
    assert made.resources("s3:GetObject") == written_to | readable
    assert made.resources("s3:ListBucket") == {whole}
    (key,) = [statement for statement in made.policy() if "kms:Decrypt" in statement["Action"]]
    assert key["Condition"] == {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/zero_key"}}


def test_the_bucket_has_what_the_profile_says(made: Made) -> None:
    s3 = made.clients["s3"]
    rules = {rule["ID"]: rule for rule in s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]}
    prefix = rules["work"].get("Prefix") or rules["work"]["Filter"]["Prefix"]
    assert prefix == f"{HOSTILE}/"
    assert {each["Key"]: each["Value"] for each in s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"]} == TAGS
    (rule,) = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": "alias/zero_key",
    }


def test_tags_are_on_everything_that_costs(made: Made) -> None:
    (queue,) = made.clients["batch"].describe_job_queues()["jobQueues"]
    (environment,) = made.clients["batch"].describe_compute_environments()["computeEnvironments"]
    assert queue["tags"].items() >= TAGS.items()
    assert environment["computeResources"]["tags"].items() >= TAGS.items()
    ec2 = made.clients["ec2"]
    (template,) = ec2.describe_launch_templates()["LaunchTemplates"]
    (version,) = ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"])[
        "LaunchTemplateVersions"
    ]
    (tags,) = version["LaunchTemplateData"]["TagSpecifications"]
    assert {each["Key"]: each["Value"] for each in tags["Tags"]}.items() >= TAGS.items()


def test_the_next_diff_finds_nothing(made: Made) -> None:
    ended = nfconfgen("provision", made.folder / "profile.yml", "--diff", environment=made.double.env(), alone=True)
    assert ended.code == 0, ended


def test_scripts_pass_the_texts_on(made: Made, tmp_path: Path) -> None:
    """By the real AWS CLI: what is copied, and what is written to the work directory to try it."""
    require_tool("aws")
    upload = OTHERS[-1].replace("[", "")
    stage = Stage(tmp_path / "stage", "nextflow", environment={**made.double.env(), "HOME": str(tmp_path)})
    source = stage.cwd / upload
    source.mkdir(parents=True)
    for name in ("it'1 $(touch pwned).fq", "`x` '1 $(touch pwned)", "other"):
        (source / name).write_text(name)
    made.clients["s3"].put_object(Bucket=BUCKET, Key=f"{HOSTILE}/result")
    ended = stage.run(made.folder / "launch/warmup-awsbatch.sh")
    assert (ended.code, f"results: 1 in s3://{BUCKET}/{HOSTILE}\n" in ended.err) == (0, True), ended
    ended = stage.run(made.folder / "launch/run-awsbatch.sh", "--upload")
    assert ended.code == 0, ended
    keys = [each["Key"] for each in made.clients["s3"].list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert sorted(keys) == sorted([f"{upload}/it'1 $(touch pwned).fq", f"{HOSTILE}/result"])
    words = [call.arguments for call in stage.calls("nextflow") if call.arguments[0] == "run"][-1]
    assert words[words.index("-work-dir") + 1] == f"s3://{BUCKET}/{HOSTILE}"
    assert words[words.index("-output-dir") + 1] == f"s3://{BUCKET}/{HOSTILE}"
    assert words[1] == HOSTILE
