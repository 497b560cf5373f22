"""The policies in docs/ allow the calls that are made, and no others."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nfconfgen.facts.query import Query
from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.core import planned
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import LaunchTemplate, Scenario, UsedTemplate, idle, nothing, salmon
from tests.lab.aws.site import RUN, WARMUP, launch_folder, site_in
from tests.lab.shell import build, require_tool
from tests.lab.shell import profile as script_profile

# what a build asks only where queues are declared
DECLARED = {"DescribeStacks"}
# actions that are called otherwise than the operations that need them
ACTIONS = {"HeadBucket": "ListBucket", "ListObjectsV2": "ListBucket"}
# what Nextflow calls and a fake of it does not: its source, plugins/nf-amazon/src/main/nextflow/cloud/aws
OF_NEXTFLOW = {
    *("SubmitJob", "TagResource", "TerminateJob", "DescribeInstances", "DescribeTasks", "GetLogEvents"),
    *("GetBucketLocation", "GetObjectTagging", "PutObjectTagging"),
    *("AbortMultipartUpload", "ListMultipartUploadParts"),
}
# what `aws cloudformation deploy` calls, which the head of a template names
OF_THE_AWS_CLI = {"CreateChangeSet", "DescribeChangeSet", "ExecuteChangeSet", "GetTemplateSummary"}


def statements(name: str) -> list[dict[str, Any]]:
    """Of docs/policy-NAME.json."""
    found: list[dict[str, Any]] = json.loads((ROOT / f"docs/policy-{name}.json").read_text())["Statement"]
    return found


def texts(value: str | list[str]) -> set[str]:
    return {value} if isinstance(value, str) else set(value)


def actions(name: str) -> set[str]:
    """The actions of docs/policy-NAME.json, as `batch:ListJobs`."""
    assert all(statement["Effect"] == "Allow" for statement in statements(name))
    found = {action for statement in statements(name) for action in texts(statement["Action"])}
    assert all("*" not in action for action in found)
    return found


def allowed(name: str) -> set[str]:
    """The operations of docs/policy-NAME.json; passing a role is allowed but no call."""
    return {action.partition(":")[2] for action in actions(name)} - {"PassRole"}


def called(double: Double) -> set[str]:
    """What was called, by the actions that this needs."""
    return {ACTIONS.get(operation, operation) for operation in double.calls()}


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "profiles/salmon.yml", tmp_path))


def with_template(scenario: Scenario) -> Scenario:
    """The same environments with a launch template."""
    environments = tuple(replace(each, launch_template=UsedTemplate("mine")) for each in scenario.environments)
    return replace(scenario, environments=environments, launch_templates=(LaunchTemplate("mine"),))


def test_build_and_facts(profile: Path, double: Double) -> None:
    double.load(with_template(salmon()))
    for command in ("build", "facts"):
        profile.with_suffix(".lock.json").unlink(missing_ok=True)
        double.reset_calls()
        assert nfconfgen(command, profile, environment=double.env(), alone=True).code == 0
        assert set(double.calls()) == allowed("build") - DECLARED


def test_probe(profile: Path, double: Double) -> None:
    made: set[str] = set()
    for way in ([], ["--scale"]):
        double.load(with_template(idle()))
        profile.with_suffix(".lock.json").unlink(missing_ok=True)
        assert (
            nfconfgen("probe", profile, "--yes", "--poll", "0.01", *way, environment=double.env(), alone=True).code
            == 0
        )
        made |= set(double.calls())
    assert made == allowed("probe") - DECLARED


def test_register(profile: Path, double: Double) -> None:
    require_tool("aws")
    assert nfconfgen("build", profile, environment=double.env(), alone=True).code == 0
    double.reset_calls()
    script = profile.parent / "salmon/launch/register-job-definitions.sh"
    for _ in range(2):
        subprocess.run([str(script)], check=True, env=double.env(), capture_output=True)
    assert set(double.calls()) == allowed("register")


def test_prices(profile: Path, double: Double) -> None:
    scenario = salmon()
    environments = tuple(replace(each, kind="SPOT") for each in scenario.environments)
    double.load(replace(scenario, environments=environments))
    assert nfconfgen("build", profile, environment=double.env(), alone=True).code == 0
    double.reset_calls()
    assert nfconfgen("explain", profile, "--prices", "live", environment=double.env(), alone=True).code == 0
    assert set(double.calls()) == allowed("prices")


def test_what_a_region_offers_needs_no_more_than_a_build(
    profile: Path, double: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    assessment = planned(profile)
    assert assessment.profile is not None
    (site,) = (each for each in assessment.profile.sites if each.executor.name == "awsbatch")
    for name, value in double.env().items():
        monkeypatch.setenv(name, value)
    double.reset_calls()
    ask = site.executor.offered
    assert ask is not None
    shapes = {shape.name: shape for shape in ask(site, None, Query("2026-11-20T09:30:00Z"))}
    assert shapes["c6i.xlarge"].memory_mib < shapes["c6i.xlarge"].whole_mib == 8192
    assert set(double.calls()) <= allowed("build")
    assert ask(site, None, Query("2026-11-20T09:30:00Z", network=False)) == ()


def test_the_docs_show_the_policy_as_it_is() -> None:
    policy = (ROOT / "docs/policy-build.json").read_text()
    assert policy in (ROOT / "docs/aws.md").read_text()


DECLARING = """\
nfconfgen: 1
pipeline: {name: demo, run: lab/demo}
tasks: {default: {cpus: 2, memory: 4 GB, time: 1h, container: "demo/tool:1.0"}}
sites:
  cloud:
    executor: awsbatch
    region: eu-central-1
    queues: [{queue: small, instance_type: c5.2xlarge, max_instances: 10}]
    cli_path: /opt/aws-cli/bin/aws
    work_dir: s3://demo-bucket/work
    head: {image: "nextflow/nextflow:25.04.4", instance_type: m5.large}
    stack: {bucket: {expire: 30d}, tags: {project: demo}}
"""


def test_provision(tmp_path: Path, double: Double) -> None:
    """Its own calls, besides those of a build: to compare, make, update, find no change, and delete."""
    double.load(nothing())
    source, made = tmp_path / "profile.yml", set[str]()
    for text, action in (
        (DECLARING, "--diff"),
        (DECLARING, "--deploy"),
        (DECLARING.replace("max_instances: 10", "max_instances: 11"), "--deploy"),
        (DECLARING, "--destroy"),
    ):
        source.write_text(text)
        double.reset_calls()
        nfconfgen("provision", source, action, "--yes", "--poll", "0", environment=double.env(), alone=True)
        made |= called(double)
    assert made - allowed("build") <= allowed("provision")
    own = {"CreateStack", "UpdateStack", "DeleteStack", "ListStackResources", "GetTemplate", "DescribeStackEvents"}
    assert made - allowed("build") == own | {"ListJobs", "ListBucket", "DescribeVpcs", "DescribeSubnets"}
    assert allowed("build") - made <= {"DescribeLaunchTemplateVersions"} | {
        "ListContainerInstances",
        "DescribeContainerInstances",
    }


def needed_by_cloudformation(kind: str, region: str = "us-east-1") -> set[str]:
    """What the registry of CloudFormation says that it does for a resource of this type."""
    schemas = pytest.importorskip("cfnlint.schema").PROVIDER_SCHEMA_MANAGER
    handlers = schemas.get_resource_schema(region, kind).schema["handlers"]
    needed = {action for name in ("create", "read", "update", "delete") for action in handlers[name]["permissions"]}
    named = {service.lower() + ":" + action for service, _, action in (one.partition(":") for one in needed)}
    return {one.replace("UnTagResource", "UntagResource") for one in named}


# of resource types, what is done for properties that our templates do not have
NEVER = re.compile(
    r"eks:|firehose:|s3tables:|s3:REST|SetCapacityTags|Ingress|RuleDescriptions|PermissionsBoundary|KmsKey"
    r"|logs:.*(Delivery|DataProtection|Index|ResourcePolic|BearerToken|DeletionProtection)"
)
OF_BUCKETS = ("BucketOwnershipControls", "BucketPublicAccessBlock", "BucketTagging", "EncryptionConfiguration")


@pytest.mark.parametrize(
    "kind",
    [
        *("AWS::Batch::ComputeEnvironment", "AWS::Batch::JobQueue", "AWS::EC2::LaunchTemplate"),
        *("AWS::EC2::SecurityGroup", "AWS::IAM::InstanceProfile", "AWS::IAM::Role", "AWS::Logs::LogGroup"),
    ],
)
def test_provision_allows_what_cloudformation_does(kind: str) -> None:
    needed = {action for action in needed_by_cloudformation(kind) if not NEVER.search(action)}
    assert len(needed) > 5
    assert needed <= actions("provision") | actions("build")


def test_provision_allows_what_cloudformation_does_with_a_bucket() -> None:
    """The registry lists the rights for every property that a bucket may have."""
    properties = (*OF_BUCKETS, "LifecycleConfiguration")
    ours = {f"s3:{verb}{one}" for verb in ("Get", "Put") for one in properties}
    needed = ours | {"s3:CreateBucket", "s3:DeleteBucket", "s3:ListBucket"}
    assert needed <= needed_by_cloudformation("AWS::S3::Bucket")
    assert needed == {action for action in actions("provision") if action.startswith("s3:")}


def test_provision_allows_nothing_else() -> None:
    """Each action is called by nfconfgen or the AWS CLI, or made on behalf of the user for a type of ours."""
    kinds = ("Batch::ComputeEnvironment", "Batch::JobQueue", "EC2::LaunchTemplate", "EC2::SecurityGroup")
    more = ("IAM::InstanceProfile", "IAM::Role", "Logs::LogGroup", "S3::Bucket")
    made = {action for kind in (*kinds, *more) for action in needed_by_cloudformation(f"AWS::{kind}")}
    own = {"ListJobs", "DescribeVpcs", "DescribeSubnets"}
    rest = {action for action in actions("provision") - made if not action.startswith("cloudformation:")}
    assert {action.partition(":")[2] for action in rest} == own
    of_stacks = {action.partition(":")[2] for action in actions("provision") if action.startswith("cloudformation:")}
    own_of_stacks = {"CreateStack", "UpdateStack", "DeleteStack", "ListStackResources", "GetTemplate"}
    assert of_stacks == OF_THE_AWS_CLI | own_of_stacks | {"DescribeStackEvents", "DescribeStacks"}


def test_run(tmp_path: Path, double: Double) -> None:
    """What whoever starts the scripts needs: for the scripts, and for Nextflow."""
    with site_in(double, launch_folder(tmp_path / "one"), tmp_path) as site:
        data = script_profile(tmp_path / "one")
        data["launch"]["params"]["awsbatch"]["outdir"] = "s3://obenauflab/out"
        data["launch"]["warmup"] = {"awsbatch": {"inputDir": "s3://obenauflab/one"}}
        data["launch"]["upload"] = [{"from": "fastq", "to": "s3://obenauflab/fastq"}]
        launch = build(tmp_path / "one", data) / "launch"
        (site.stage.cwd / "fastq").mkdir()
        (site.stage.cwd / "fastq/a.fq").write_text("a")
        site.forget_definitions()
        double.reset_calls()
        for script, *words in (
            (WARMUP,),
            (RUN, "--upload"),
            ("register-job-definitions.sh", "--prune"),
        ):
            ended = site.stage.run(launch / script, *words)
            assert ended.code == 0, ended
        assert site.stage.run("aws", "s3", "cp", "s3://obenauflab/out/result.txt", "-").code == 0
        made = called(double) - {"HeadObject"} | {"DescribeJobs", "DeregisterJobDefinition"}
    assert made <= allowed("run")
    assert made | OF_NEXTFLOW == allowed("run")


@pytest.mark.parametrize("name", ["provision", "run"])
def test_rights_to_change_are_for_some_resources_only(name: str) -> None:
    for statement in statements(name):
        changes = [action for action in texts(statement["Action"]) if not re.search(r":(Describe|List|Get)", action)]
        if changes == ["iam:PassRole"]:
            assert set(statement["Condition"]["StringEquals"]) == {"iam:PassedToService"}
        elif changes:
            assert "*" not in texts(statement["Resource"]), statement["Sid"]


@pytest.mark.parametrize("name", ["provision", "run"])
def test_cfn_lint_knows_every_action(name: str) -> None:
    api, config = pytest.importorskip("cfnlint.api"), pytest.importorskip("cfnlint.config")
    document = json.loads((ROOT / f"docs/policy-{name}.json").read_text())
    template = {"Resources": {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}}}
    found = api.lint(json.dumps(template), config=config.ManualArgs(regions=["us-east-1"]))
    assert [str(match) for match in found if "hardcoded" not in str(match).lower()] == []
