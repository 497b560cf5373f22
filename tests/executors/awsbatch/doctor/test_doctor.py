"""`nfconfgen doctor` on the AWS double: with one fault of each kind and with none; which queries it makes."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nfconfgen.commands.sites import doctor
from nfconfgen.executors.awsbatch.client import AwsError
from nfconfgen.executors.awsbatch.doctor.examine import rules
from nfconfgen.executors.awsbatch.doctor.once import PERMISSIONS
from nfconfgen.report.reporter import Reporting
from nfconfgen.terminal.console import Console
from tests.conftest import ROOT
from tests.executors.awsbatch.doctor import planted
from tests.lab.aws.asking import connect
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Scenario, salmon

Run = Callable[..., tuple[int, list[dict[str, str]], str]]


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The worked example, without its lock."""
    return Path(shutil.copy(ROOT / "profiles" / "salmon.yml", tmp_path))


@pytest.fixture
def run(double: Double, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command: (exit code, findings, what it printed for people)."""
    for name, value in double.env().items():
        monkeypatch.setenv(name, value)

    def run(profile: Path) -> tuple[int, list[dict[str, str]], str]:
        code = doctor.run(profile, Reporting("json"), Console("never"))
        printed = capsys.readouterr()
        return code, json.loads(printed.out)["findings"], printed.err

    return run


@pytest.fixture
def clean(double: Double) -> Double:
    """A region where the worked example runs without a fault."""
    return load_clean(double, planted.clean())


def load_clean(double: Double, scenario: Scenario) -> Double:
    double.load(scenario)
    # a role of the double trusts EC2; that of jobs must trust ECS tasks
    statement = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam = connect(double, "iam", scenario.region)
    iam.update_assume_role_policy(RoleName="salmonJob", PolicyDocument=trust)
    double.reset_calls()
    return double


@pytest.fixture
def faulty(double: Double, tmp_path: Path) -> Path:
    """A profile whose region holds one fault of each kind."""
    double.load(planted.faulty())
    path = tmp_path / "planted.yml"
    path.write_text(planted.PROFILE)
    return path


def test_a_queue_that_a_class_names_is_checked_like_those_of_the_site(clean: Double, run: Run, example: Path) -> None:
    text = example.read_text()
    own = "    tasks: {processes: {SALMON: {queue: %s}}}\n    region: eu-central-1\n"
    example.write_text(text.replace("    region: eu-central-1\n", own % "salmonElsewhere"))
    code, findings, _ = run(example)
    assert (code, [f["rule"] for f in findings if f["level"] == "error"]) == (1, ["queue-missing"])
    example.write_text(text.replace("    region: eu-central-1\n", own % "salmonExcess"))
    code, findings, _ = run(example)
    assert (code, [f["rule"] for f in findings if f["level"] == "error"]) == (0, [])


def test_nothing_is_wrong_with_the_clean_one(clean: Double, run: Run, example: Path) -> None:
    code, findings, messages = run(example)
    assert (code, findings) == (0, [])
    assert re.search(r"^\d+ checks on 2 queues: all in order$", messages, re.MULTILINE)


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_nothing_is_wrong_in_another_partition(
    double: Double, run: Run, example: Path, region: str, partition: str
) -> None:
    scenario = planted.clean()
    buckets = tuple(replace(bucket, region=region) for bucket in scenario.buckets)
    load_clean(double, replace(scenario, region=region, buckets=buckets))
    text = example.read_text().replace("eu-central-1", region).replace("arn:aws:", f"arn:{partition}:")
    example.write_text(text)
    assert run(example)[:2] == (0, [])


def test_one_finding_for_each_planted_fault(run: Run, faulty: Path) -> None:
    code, findings, messages = run(faulty)
    assert Counter(finding["rule"] for finding in findings) == Counter(planted.RULES)
    assert len(findings) == len(planted.RULES) > 20
    assert code == 1
    lines = faulty.read_text().splitlines()
    for finding in findings:
        # at a word of the profile, and with advice
        assert lines[int(finding["line"]) - 1][int(finding["column"]) - 1 :].strip()
        assert finding["advice"], finding
    levels = Counter(finding["level"] for finding in findings)
    assert f"{levels['error']} errors, {levels['warning']} warnings" in messages


def test_a_finding_is_at_the_queue_that_it_is_about(run: Run, faulty: Path) -> None:
    lines = faulty.read_text().splitlines()
    for finding in run(faulty)[1]:
        if finding["rule"] in planted.QUEUES and finding["rule"] != "task-disk":
            here = lines[int(finding["line"]) - 1][int(finding["column"]) - 1 :]
            assert here.startswith(finding["rule"]), finding


def test_the_stuck_job_is_reported_with_its_cause(run: Run, faulty: Path) -> None:
    (finding,) = [finding for finding in run(faulty)[1] if finding["rule"] == "job-stuck"]
    assert re.match(
        r"job salmon_7 \(\S+\) of 8 vCPUs and 16384 MiB waits in job-stuck for 2h( \d+m)?: ", finding["message"]
    )
    assert finding["message"].endswith("no instance of the queue is large enough for it")


def _allowed() -> set[str]:
    policy = json.loads((ROOT / "docs" / "policy-doctor.json").read_text())
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def test_it_queries_exactly_what_the_policy_allows(double: Double, run: Run, faulty: Path, example: Path) -> None:
    run(faulty)
    asked = set(double.calls())
    double.load(salmon())  # running instances are queried too
    run(example)
    asked |= set(double.calls())
    services = {action.partition(":")[2]: action for action in _allowed()}
    renamed = {name.partition(":")[2]: action for name, action in PERMISSIONS.items()}
    assert {renamed.get(operation) or services.get(operation, operation) for operation in asked} == _allowed()


def test_it_changes_nothing(double: Double, run: Run, faulty: Path) -> None:
    before = double.state()
    run(faulty)
    assert double.state() == before
    assert all(name.startswith(("Describe", "List", "Get", "Head")) for name in double.calls())


@pytest.mark.parametrize(
    ("operation", "code", "words"),
    [
        ("GetRole", "AccessDenied", "job roles could not be checked: iam:GetRole is not allowed"),
        (
            "GetInstanceProfile",
            "AccessDenied",
            "instance roles could not be checked: iam:GetInstanceProfile is not allowed",
        ),
        (
            "DescribeImages",
            "UnauthorizedOperation",
            "AMIs and their volumes could not be checked: ec2:DescribeImages is not allowed",
        ),
        (
            "DescribeInstanceTypes",
            "UnauthorizedOperation",
            "what instances offer could not be checked: ec2:DescribeInstanceTypes is not allowed",
        ),
        (
            "DescribeClusters",
            "AccessDeniedException",
            "running instances, what instances offer could not be checked: ecs:DescribeClusters is not allowed",
        ),
        ("GetServiceQuota", "AccessDeniedException", "quotas on vCPUs could not be checked: servicequotas:GetServi"),
        ("DescribeSubnets", "UnauthorizedOperation", "subnets could not be checked: ec2:DescribeSubnets"),
        ("DescribeRouteTables", "UnauthorizedOperation", "routes of subnets could not be checked"),
        ("DescribeVpcEndpoints", "UnauthorizedOperation", "endpoints of VPCs could not be checked"),
        ("DescribeSecurityGroups", "UnauthorizedOperation", "security groups could not be checked"),
        ("ListJobs", "AccessDeniedException", "waiting jobs could not be checked: batch:ListJobs is not allowed"),
        (
            "GetBucketEncryption",
            "AccessDenied",
            "work bucket could not be checked: s3:GetEncryptionConfiguration is not allowed",
        ),
    ],
)
def test_what_is_denied_is_reported_and_the_rest_goes_on(
    clean: Double, run: Run, example: Path, operation: str, code: str, words: str
) -> None:
    clean.fail(operation, code, 403)
    ended, findings, _ = run(example)
    assert (ended, [finding["rule"] for finding in findings]) == (0, ["unchecked"])
    assert words in findings[0]["message"]
    assert findings[0]["level"] == "warning"


def test_a_launch_template_that_may_not_be_read(double: Double, run: Run, faulty: Path) -> None:
    double.fail("DescribeLaunchTemplateVersions", "UnauthorizedOperation", 403)
    _, findings, _ = run(faulty)
    reported = {finding["rule"] for finding in findings}
    assert "unchecked" in reported
    assert not {"template-missing", "shutdown-stops", "volume-kept"} & reported


def test_a_missing_queue_is_reported_even_if_other_calls_are_denied(clean: Double, run: Run, example: Path) -> None:
    example.write_text(example.read_text().replace("[salmonWorkload,", "[salmonWorkloads,"))
    clean.fail("DescribeInstanceTypes", "UnauthorizedOperation", 403)
    _, findings, _ = run(example)
    assert [finding["rule"] for finding in findings] == ["unchecked", "queue-missing"]


def test_a_bucket_that_may_not_be_looked_into(clean: Double, run: Run, example: Path) -> None:
    clean.fail("HeadBucket", "AccessDenied", 403)
    _, findings, _ = run(example)
    assert [(finding["rule"], finding["level"]) for finding in findings] == [("bucket", "warning")]


def test_without_queues_there_is_no_answer(double: Double, run: Run, example: Path) -> None:
    double.fail("DescribeJobQueues", "AccessDeniedException", 403)
    with pytest.raises(AwsError, match="batch:DescribeJobQueues is not allowed"):
        run(example)


def test_a_faulty_profile_must_be_fixed_first(double: Double, run: Run, example: Path) -> None:
    double.reset_calls()
    example.write_text(example.read_text().replace("cpus: 6", "cpus: six"))
    code, findings, messages = run(example)
    assert code == 1
    assert findings
    assert "nothing was queried" in messages
    assert double.calls() == {}


def test_a_profile_without_aws_queries_nothing(double: Double, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "profile.yml"
    path.write_text(
        "nfconfgen: 1\npipeline: {name: p, run: me/p}\ntasks: {default: {cpus: 1, memory: 1 GB}}\n"
        "sites: {here: {executor: slurm, queues: [short], work_dir: /scratch}}\n"
    )
    double.reset_calls()
    code, findings, messages = run(path)
    assert (code, findings) == (0, [])
    assert "here: not checked, as this machine has no Slurm" in messages
    assert "no site can be queried from here: there is nothing to check" in messages
    assert double.calls() == {}


def test_findings_for_people(double: Double, run: Run, example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.run(example, Reporting("text", verbose=True), Console("never")) == 1
    printed = capsys.readouterr()
    assert f"{example}:37:14: warning: salmonWorkload has no job state time limit" in printed.out
    assert re.search(r"^\d+ AWS calls: DescribeClusters 1, DescribeComputeEnvironments 1,", printed.err, re.MULTILINE)
    assert re.search(r"^\d+ checks on 2 queues: \d+ errors, \d+ warnings$", printed.err.splitlines()[-1])
    assert doctor.run(example, Reporting("github"), Console("never")) == 1
    assert capsys.readouterr().out.startswith("::")


MANUAL = ROOT / "docs" / "doctor.md"


def test_the_manual_shows_the_real_output(
    double: Double, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    doctor.run(Path("profiles/salmon.yml"), Reporting(), Console("never"))
    printed = capsys.readouterr()
    shown = re.search(r"```text\n(.*?)```", MANUAL.read_text(), re.DOTALL)
    assert shown is not None
    *heading, pointer, summary = printed.err.splitlines(keepends=True)
    assert shown[1] == "".join(["$ nfconfgen doctor profiles/salmon.yml\n", *heading, printed.out, pointer, summary])


def test_the_manual_names_every_rule() -> None:
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)*)`", MANUAL.read_text()))
    assert {*rules(), "unchecked"} <= named
