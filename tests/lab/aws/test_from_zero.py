"""From an empty account to results and back: by generated files only, with the real AWS CLI and the real Nextflow.

AWS is the double, without anything but a default VPC. There is no plugin nf-amazon here, so `nextflow` is a stand-in
that starts the real one with tasks of this machine where those of AWS Batch would be; for each run a job waits in the
queue, so that an instance starts.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli import Ended, nfconfgen
from tests.lab.aws.asking import connect
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import nothing
from tests.lab.nextflow import launch as lab
from tests.lab.shell import require_tool

PROFILE = """\
nfconfgen: 1
pipeline: {name: zero, run: ../main.nf, nextflow: ">=23.10"}
tasks: {default: {cpus: 6, memory: 8 GB, time: 1h, disk: 40 GB, container: "demo/tool:1.0"}}
retry: {attempts: 2, exit_codes: [137], lost: true, otherwise: finish, memory: double}
sites:
  awsbatch:
    executor: awsbatch
    region: eu-central-1
    queues:
      - {queue: zeroSmall, instance_type: c5.2xlarge, max_instances: 4, spot: true, capacity_wait: 4h}
      - {queue: zeroLarge, instance_type: c5.4xlarge, max_instances: 2}
    fit: instance
    cli_path: /opt/aws-cli/bin/aws
    storage_encryption: AES256
    work_dir: s3://zero-bucket/work
    stack: {bucket: {expire: 30d}, tags: {project: zero}}
launch:
  params: {awsbatch: {reads: "s3://zero-bucket/fastq", outdir: s3://zero-bucket/results}}
  warmup: {awsbatch: {reads: "s3://zero-bucket/fastq-one", outdir: s3://zero-bucket/results-one}}
  upload:
    - {from: fastq/, to: s3://zero-bucket/fastq, include: "*.fq"}
    - {from: fastq-one/, to: s3://zero-bucket/fastq-one, warmup: true}
"""
PIPELINE = """
params.reads = null
params.outdir = null
process COUNT {
    publishDir params.outdir, mode: 'copy'
    input: path reads
    output: path '*.txt'
    script: "wc -l < $reads > ${reads.baseName}.txt"
}
workflow { COUNT(Channel.fromPath("${params.reads}/*")) }
"""
STAND_IN = """\
#!/usr/bin/env bash
# s3://BUCKET/KEY is $MIRROR/BUCKET/KEY, and a job waits where the tasks would be
set -euo pipefail
real=$REAL_NEXTFLOW
if [ "${1-}" != run ]; then
    if [ "${1-}" = plugin ]; then echo "plugin $3" >>"$MIRROR/plugins"; exit 0; fi
    exec "$real" "$@"
fi
words=()
while [ $# -gt 0 ]; do
    case $1 in
        -work-dir) words+=("$1" "$MIRROR/work") && shift ;;
        -params-file)
            sed "s|s3://|$MIRROR/|g" "$2" >"$MIRROR/params.json"
            words+=("$1" "$MIRROR/params.json") && shift
            ;;
        *) words+=("$1") ;;
    esac
    shift
done
definition=${DEFINITION:-$(sed -n "s|.*'job-definition://\\([^']*\\)'.*|\\1|p" "$CONFIG" | head -n 1)}
job=$(aws batch submit-job --job-name task --job-queue zeroSmall --job-definition "$definition" \\
    --container-overrides 'resourceRequirements=[{type=MEMORY,value=15000}]' --query jobId --output text)
# a poll of the double each: the instance comes up, and stays, as real ones do for some minutes
for _ in 1 2 3; do aws batch describe-jobs --jobs "$job" >/dev/null; done
aws s3 sync --quiet s3://zero-bucket "$MIRROR/zero-bucket" --exclude 'work/*'
code=0
"$real" "${words[@]}" -c "$MIRROR/here.config" || code=$?
aws s3 sync --quiet "$MIRROR/zero-bucket" s3://zero-bucket
exit "$code"
"""
FAKE = """\
#!/usr/bin/env bash
if [ "$1" = -version ]; then echo 'version 25.04.4'; fi
if [ "$1" = run ]; then mkdir -p "$MIRROR/zero-bucket/results-one" && : >"$MIRROR/zero-bucket/results-one/x"; fi
"""
HERE = """
process.executor = 'local'
executor { cpus = 64; memory = '512 GB' }
"""


@dataclass(frozen=True, slots=True)
class Account:
    """A pipeline's folder, an account in the double, and the environment of whoever works there."""

    folder: Path
    double: Double
    environment: Mapping[str, str]

    def nfconfgen(self, *words: object) -> Ended:
        return nfconfgen(*words, environment=list(self.environment.items()), alone=True)

    def provision(self, *words: str) -> Ended:
        return self.nfconfgen("provision", self.folder / "profile.yml", *words, "--poll", "0")

    def script(self, name: str, *words: str, traced: bool = False, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*(["bash", "-x"] if traced else []), str(self.folder / "launch" / name), *words],
            cwd=self.folder / "here",
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def ask(self, service: str) -> Any:
        return connect(self.double, service)

    def files(self) -> dict[str, bytes]:
        """What is in git."""
        kept = [path for path in self.folder.rglob("*") if path.is_file() and "here" not in path.parts]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in kept}


@pytest.fixture
def account(double: Double, tmp_path: Path) -> Account:
    require_tool("aws")
    lab.require()
    double.load(nothing(stack_polls=1))
    folder, mirror, tools = tmp_path / "pipeline", tmp_path / "mirror", tmp_path / "bin"
    for made in (folder / "here/fastq", folder / "here/fastq-one", mirror / "zero-bucket", tools):
        made.mkdir(parents=True)
    (folder / "profile.yml").write_text(PROFILE)
    (folder / "main.nf").write_text(PIPELINE)
    (mirror / "here.config").write_text(HERE)
    for name in ("a", "b"):
        (folder / f"here/fastq/{name}.fq").write_text(f"{name}\n" * 8)
    (folder / "here/fastq/notes.tmp").write_text("not to be copied\n")
    (folder / "here/fastq-one/one.fq").write_text("one\n")
    (tools / "nextflow").write_text(STAND_IN)
    (tools / "nextflow").chmod(0o755)
    home = double.env() | {"HOME": str(tmp_path / "home"), "XDG_STATE_HOME": str(tmp_path / "state")}
    nextflow = lab.environment(tmp_path, "v1")
    environment = {
        **{name: value for name, value in nextflow.items() if not name.startswith("AWS_")},
        **home,
        "PATH": f"{tools}:{os.environ['PATH']}",
        "REAL_NEXTFLOW": str(lab.HERE / "nextflow"),
        "MIRROR": str(mirror),
        "CONFIG": str(folder / "conf/awsbatch.config"),
        "NFCONFGEN_POLL_S": "0.2",
    }
    return Account(folder, double, environment)


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
    assert (compared.code, "12 resources: 12 to add" in compared.out) == (1, True)
    assert account.ask("batch").describe_job_queues()["jobQueues"] == []
    well(account.provision("--deploy", "--yes"))
    assert well(account.provision("--diff"))
    examined = account.nfconfgen("doctor", account.folder / "profile.yml", "--strict")
    assert (examined.code, examined.out) == (0, "")
    config = (account.folder / "conf/awsbatch.config").read_text()
    (role,) = [each for each in account.ask("iam").list_roles()["Roles"] if "JobRole" in each["RoleName"]]
    assert f"batch.jobRole = '{role['Arn']}'" in config
    assert "batch.logsGroup = '/nextflow/zero-awsbatch'" in config


def measured_by_the_warmup(account: Account) -> None:
    assert "estimated" in (account.folder / "conf/awsbatch.config").read_text()
    printed = well(account.script("warmup-awsbatch.sh", "--upload"))
    assert "c5.2xlarge registered 15467 MiB, the plan counts on 15282 MiB" in printed
    assert "results: 1 in s3://zero-bucket/results-one" in printed
    plugins = Path(account.environment["MIRROR"], "plugins").read_text().split()
    assert plugins == ["plugin", "nf-amazon"]
    # the instance still runs
    well(account.nfconfgen("build", account.folder / "profile.yml"))
    assert "15467 MiB registered (measured" in (account.folder / "conf/awsbatch.config").read_text()


def results_of_a_run(account: Account) -> None:
    printed = well(account.script("run-awsbatch.sh", "--upload"))
    assert "the warm-up has passed" not in printed
    assert "results: 2 in s3://zero-bucket/results" in printed
    keys = [each["Key"] for each in account.ask("s3").list_objects_v2(Bucket="zero-bucket")["Contents"]]
    assert {"results/a.txt", "results/b.txt", "results-one/one.txt"} <= set(keys)
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
    assert [each["Name"] for each in account.ask("s3").list_buckets()["Buckets"]] == ["zero-bucket"]
    complaint = account.script("run-awsbatch.sh", "--no-warmup")
    assert complaint.returncode == 2
    assert "there is no job queue zeroSmall in eu-central-1" in complaint.stderr.splitlines()[-1]
    well(account.provision("--deploy", "--yes"))
    well(account.script("register-job-definitions.sh", "--prune"))
    well(account.script("run-awsbatch.sh", "--no-warmup"))


def test_nothing_in_a_script_is_a_credential(account: Account) -> None:
    profile = account.folder / "profile.yml"
    # Nextflow makes the definitions for Fusion, and the stand-in needs one
    text = PROFILE.replace("cli_path: /opt/aws-cli/bin/aws", "staging: fusion")
    profile.write_text(text)
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
    assert account.provision("--diff").code == 0
    assert json.dumps(account.ask("batch").describe_job_queues()["jobQueues"], default=str).count("zeroSmall") > 0
