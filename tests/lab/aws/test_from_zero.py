"""From an empty account to results and back: by generated files only, with the real AWS CLI and the real Nextflow."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli import Ended
from tests.lab.aws.asking import forget_change_sets
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import nothing
from tests.lab.aws.zero import FAKE, Account, opened, profile
from tests.lab.nextflow import launch as lab
from tests.lab.shell import require_tool


@pytest.fixture
def account(double: Double, tmp_path: Path) -> Account:
    require_tool("aws")
    lab.require()
    double.load(nothing(stack_polls=1))
    return opened(double, tmp_path)


def well(ended: Ended | subprocess.CompletedProcess[str]) -> str:
    """What is printed for people; the command has succeeded."""
    code = ended.code if isinstance(ended, Ended) else ended.returncode
    text = ended.err if isinstance(ended, Ended) else ended.stderr
    assert code == 0, (code, text, ended.out if isinstance(ended, Ended) else ended.stdout)
    return text


def test_from_an_empty_account_to_results_and_back(account: Account) -> None:
    deployed_from_nothing(account)
    measured_by_the_warmup(account)
    results_of_a_run(account)
    again_changes_nothing(account)
    gone_and_made_again(account)


def deployed_from_nothing(account: Account) -> None:
    compared = account.provision("--diff")
    assert (compared.code, "16 resources: 16 to add" in compared.out) == (1, True)
    assert account.ask("batch").describe_job_queues()["jobQueues"] == []
    well(account.provision("--deploy", "--yes"))
    assert well(account.provision("--diff"))
    examined = account.nfconfgen("doctor", account.folder / "profile.yml", "--strict")
    assert (examined.code, examined.out) == (0, "")
    config = (account.folder / "conf/awsbatch.config").read_text()
    (role,) = [each for each in account.ask("iam").list_roles()["Roles"] if "JobRole" in each["RoleName"]]
    assert f"batch.jobRole = '{role['Arn']}'" in config
    assert "batch.logsGroup = '/nextflow/salmon-zero'" in config


def measured_by_the_warmup(account: Account) -> None:
    assert "estimated" in (account.folder / "conf/awsbatch.config").read_text()
    printed = well(account.script("warmup-awsbatch.sh", "--upload"))
    assert "c5.2xlarge registered 15467 MiB, the plan counts on 15282 MiB" in printed
    assert "results: 1 in s3://obenauflab-zero/salmon-one" in printed
    plugins = Path(account.environment["MIRROR"], "plugins").read_text().split()
    assert plugins == ["plugin", "nf-amazon"]
    # the instance still runs
    well(account.nfconfgen("build", account.folder / "profile.yml"))
    assert "15467 MiB registered (measured" in (account.folder / "conf/awsbatch.config").read_text()


def results_of_a_run(account: Account) -> None:
    printed = well(account.script("run-awsbatch.sh", "--upload"))
    assert "the warm-up has passed" not in printed
    assert "results: 2 in s3://obenauflab-zero/salmon" in printed
    keys = [each["Key"] for each in account.ask("s3").list_objects_v2(Bucket="obenauflab-zero")["Contents"]]
    assert {"salmon/a.txt", "salmon/b.txt", "salmon-one/one.txt"} <= set(keys)
    assert not any(key.endswith((".tmp", "/")) or "nfconfgen" in key for key in keys)
    assert list((account.folder / "here").glob("trace-*.txt"))
    assert list((account.folder / "here").glob("report-*.html"))
    # the second call goes on, and its warm-up has passed
    again = well(account.script("run-awsbatch.sh"))
    assert "no warm-up has passed" not in again
    assert "resuming run-" in again
    assert "completed" in well(account.script("run-awsbatch.sh", "--status")) + again


def again_changes_nothing(account: Account) -> None:
    before, registered = account.files(), account.ask("batch").describe_job_definitions()["jobDefinitions"]
    assert "nothing to do" in well(account.provision("--deploy", "--yes"))
    printed = well(account.script("register-job-definitions.sh"))
    assert "registered already" in printed
    assert account.files() == before
    assert account.ask("batch").describe_job_definitions()["jobDefinitions"] == registered


def gone_and_made_again(account: Account) -> None:
    well(account.provision("--destroy", "--yes"))
    assert account.ask("batch").describe_job_queues()["jobQueues"] == []
    assert account.ask("batch").describe_compute_environments()["computeEnvironments"] == []
    assert [each["Name"] for each in account.ask("s3").list_buckets()["Buckets"]] == ["obenauflab-zero"]
    complaint = account.script("run-awsbatch.sh", "--no-warmup")
    assert complaint.returncode == 2
    assert "there is no job queue zeroSpot in eu-central-1" in complaint.stderr.splitlines()[-1]
    well(account.provision("--deploy", "--yes"))
    well(account.script("register-job-definitions.sh", "--prune"))
    well(account.script("run-awsbatch.sh", "--no-warmup"))


def test_nothing_in_a_script_is_a_credential(account: Account) -> None:
    path = account.folder / "profile.yml"
    # Nextflow makes the definitions for Fusion, and the stand-in needs one; a head job gets no token
    text = re.sub(" *head: .*", "", re.sub("cli_path: .*", "staging: fusion", profile()))
    path.write_text(text)
    well(account.provision("--deploy", "--yes"))
    made = account.ask("batch").register_job_definition(
        jobDefinitionName="demo",
        type="container",
        containerProperties={"image": "demo/tool:1.0", "vcpus": 1, "memory": 1024},
    )
    assert made["revision"] == 1
    # the real one has no plugins here for Fusion
    fake = Path(account.environment["MIRROR"], "fake")
    fake.write_text(FAKE)
    fake.chmod(0o755)
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    token = "eyJ0aWQiOiA3ODkyfS5hNTQ0"
    traced = account.script(
        "warmup-awsbatch.sh",
        "--upload",
        AWS_SECRET_ACCESS_KEY=secret,
        DEFINITION="demo",
        REAL_NEXTFLOW=str(fake),
        TOWER_ACCESS_TOKEN=token,
        traced=True,
    )
    assert traced.returncode == 0, traced.stderr[-3000:]
    assert traced.stderr.count("+ ") > 100
    assert secret not in traced.stderr + traced.stdout
    assert token not in traced.stderr + traced.stdout


def test_the_printed_commands_work_without_nfconfgen(account: Account) -> None:
    """What the head of the template says, typed by a user of the AWS CLI."""
    account.double.load(nothing())
    well(account.provision())
    template = account.folder / "aws/stack.yml"
    lines = [line[2:] for line in template.read_text().splitlines()[:8] if line.startswith("#")]
    command = " ".join(line.strip().rstrip("\\") for line in lines[-3:]).partition("nfconfgen:")[2]
    ec2 = account.ask("ec2")
    subnets = ",".join(each["SubnetId"] for each in ec2.describe_subnets()["Subnets"])
    words = shlex.split(
        command.replace("subnet-…,subnet-…", subnets).replace("vpc-…", ec2.describe_vpcs()["Vpcs"][0]["VpcId"])
    )
    for _ in range(2):
        run = subprocess.run(
            words, cwd=account.folder, env=dict(account.environment), capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        forget_change_sets(account.ask("cloudformation"), "salmon-zero")
    assert account.provision("--diff").code == 0
    assert json.dumps(account.ask("batch").describe_job_queues()["jobQueues"], default=str).count("zeroSpot") > 0
