"""Each script of a site on AWS Batch meets each fault: what it says, how it ends, and that it goes on afterwards.

The AWS CLI is the real one, AWS the double, Nextflow a fake.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.lab.aws.asking import connect
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Host, Scenario, salmon
from tests.lab.aws.site import BUCKET, REGISTER, RUN, WARMUP, Site, launch_folder, site_in
from tests.lab.shell import VERSION, build, profile

SCRIPTS = (REGISTER, WARMUP, RUN)


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return launch_folder(tmp_path_factory.mktemp("site"))


@pytest.fixture
def site(double: Double, launch: Path, tmp_path: Path) -> Iterator[Site]:
    with site_in(double, launch, tmp_path) as made:
        yield made


Break = Callable[[Site], dict[str, str]]
"""Makes the fault, and gives the variables of the environment that a script sees it with."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`says`: what the last line says, with what to do; `mend` undoes what is not undone by healing the double."""

    name: str
    scripts: tuple[str, ...]
    brk: Break
    says: str
    mend: Callable[[Site], object] = lambda _: None


def failing(operations: dict[str, str], status: int = 403) -> Break:
    def brk(site: Site) -> dict[str, str]:
        for operation, code in operations.items():
            site.double.fail(operation, code, status)
        return {}

    return brk


def environment(**variables: str) -> Break:
    return lambda _: variables


def without_aws(site: Site) -> dict[str, str]:
    return {"PATH": f"{site.stage.bin}:{site.stage.bin.parent / 'tools'}"}


def queue(**changes: str) -> Break:
    def brk(site: Site) -> dict[str, str]:
        before = salmon()
        first = replace(before.queues[0], **changes)  # type: ignore[arg-type]
        site.load(replace(before, queues=(first, *before.queues[1:])))
        return {}

    return brk


def no_queue(site: Site) -> dict[str, str]:
    site.load(replace(salmon(), queues=()))
    return {}


def whole(site: Site) -> None:
    site.load(salmon())


def no_bucket(site: Site) -> dict[str, str]:
    site.s3.delete_object(Bucket=BUCKET, Key="out/result.txt")
    site.s3.delete_bucket(Bucket=BUCKET)
    return {}


def other_content(site: Site) -> dict[str, str]:
    site.batch.register_job_definition(
        jobDefinitionName=site.definition,
        type="container",
        containerProperties={"image": "other:1", "vcpus": 1, "memory": 1024},
    )
    return {}


def not_registered(site: Site) -> dict[str, str]:
    site.forget_definitions()
    return {}


def denied_registering(site: Site) -> dict[str, str]:
    site.forget_definitions()
    site.double.fail("RegisterJobDefinition", "AccessDeniedException", 403)
    return {}


def no_nextflow(site: Site) -> dict[str, str]:
    (site.stage.bin / "nextflow").rename(site.stage.bin / "gone")
    return without_aws(site)


def nextflow_again(site: Site) -> None:
    (site.stage.bin / "gone").rename(site.stage.bin / "nextflow")


def nextflow_prints(text: str) -> Break:
    def brk(site: Site) -> dict[str, str]:
        site.stage.fakes_print(text)
        return {}

    return brk


def a_file(site: Site) -> dict[str, str]:
    (site.stage.cwd / "nfconfgen-runs").write_text("")
    return {}


def no_file(site: Site) -> None:
    (site.stage.cwd / "nfconfgen-runs").unlink()


LAUNCH = (WARMUP, RUN)
CREDENTIALS = ("GetCallerIdentity", "DescribeJobDefinitions")
FAULTS = (
    Fault("no AWS CLI", SCRIPTS, without_aws, "aws is not on the PATH: see https://"),
    Fault(
        "no credentials",
        SCRIPTS,
        environment(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY=""),
        "no AWS credentials were found: log in",
    ),
    Fault(
        "expired",
        SCRIPTS,
        failing({"GetCallerIdentity": "ExpiredToken", "DescribeJobDefinitions": "ExpiredTokenException"}),
        "the AWS credentials have expired: log in again",
    ),
    Fault(
        "unknown",
        SCRIPTS,
        failing(dict(zip(CREDENTIALS, ("InvalidClientTokenId", "UnrecognizedClientException"), strict=True))),
        "AWS does not know these credentials: see",
    ),
    Fault(
        "an AWS_PROFILE that does not exist",
        SCRIPTS,
        environment(AWS_PROFILE="nobody"),
        "nobody.* aws configure list-profiles",
    ),
    Fault(
        "nothing listens",
        SCRIPTS,
        environment(AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_MAX_ATTEMPTS="1"),
        "AWS does not answer: check the network",
    ),
    Fault(
        "no queue in the region",
        LAUNCH,
        no_queue,
        "there is no job queue salmonWorkload in eu-central-1: .*provision --deploy",
        whole,
    ),
    Fault(
        "disabled", LAUNCH, queue(state="DISABLED"), "salmonWorkload is disabled: aws batch update-job-queue", whole
    ),
    Fault("invalid", LAUNCH, queue(status="INVALID"), "salmonWorkload is INVALID: see nfconfgen doctor", whole),
    Fault(
        "queues denied", LAUNCH, failing({"DescribeJobQueues": "AccessDeniedException"}), "DescribeJobQueues.*rights"
    ),
    Fault("no bucket", LAUNCH, no_bucket, f"does not exist: s3://{BUCKET}/work", whole),
    Fault("bucket forbidden", LAUNCH, failing({"HeadBucket": "403"}), f"not accessible to you: s3://{BUCKET}/work"),
    Fault(
        "bucket not writable",
        (WARMUP,),
        failing({"PutObject": "AccessDenied"}),
        f"cannot be written to: s3://{BUCKET}",
    ),
    Fault(
        "other content",
        SCRIPTS,
        other_content,
        "is not what nfconfgen registers.*: .*aws batch deregister-job-definition",
        whole,
    ),
    Fault(
        "not registered", (RUN,), not_registered, "is not registered: run .*register-job-definitions.sh first", whole
    ),
    Fault(
        "registering denied", (REGISTER, WARMUP), denied_registering, "cannot be registered: .*AccessDenied.*rights"
    ),
    Fault("no Nextflow", LAUNCH, no_nextflow, "nextflow is not on the PATH: see https://", nextflow_again),
    Fault("old Nextflow", LAUNCH, nextflow_prints("22.10.1"), "Nextflow 22.10.1 is too old: "),
    Fault("no Java", LAUNCH, nextflow_prints(""), "nextflow -version prints no version: .*Java"),
    Fault("runs not writable", LAUNCH, a_file, "nfconfgen-runs cannot be written to", no_file),
)


@pytest.mark.parametrize(
    ("fault", "script"),
    [pytest.param(fault, script, id=f"{fault.name}-{script}") for fault in FAULTS for script in fault.scripts],
)
def test_a_fault_is_named_and_a_second_call_goes_on(fault: Fault, script: str, site: Site) -> None:
    ended = site.run(script, **fault.brk(site))
    assert re.search(fault.says, ended.complaint()), ended.err
    assert site.runs() == 0
    site.double.heal()
    fault.mend(site)
    site.stage.fakes_print(VERSION)
    again = site.run(script)
    assert again.code == 0, again
    assert site.runs() == (script != REGISTER)


@pytest.mark.parametrize(
    "fault", [each for each in FAULTS if REGISTER in each.scripts], ids=lambda each: str(each.name)
)
def test_the_command_that_registers_says_what_its_script_says(fault: Fault, site: Site) -> None:
    command = (sys.executable, "-m", "nfconfgen", "register", site.launch.parents[1] / "profile.yml")
    assert re.search(fault.says, site.stage.run(*command, cwd=None, **fault.brk(site)).complaint())
    site.double.heal()
    fault.mend(site)
    assert site.stage.run(*command).code == 0


def test_a_run_whose_warm_up_cannot_start_gives_its_reason_alone(site: Site) -> None:
    site.forget_definitions()
    site.double.fail("DescribeJobQueues", "ExpiredTokenException", 403)
    ended = site.stage.run(site.launch / RUN)
    assert "expired: log in again" in ended.complaint()
    site.double.heal()
    assert site.stage.run(site.launch / RUN).code == 0
    assert site.runs() == 2


def test_a_bucket_of_another_region_is_told(site: Site) -> None:
    site.double.load(salmon())
    elsewhere = connect(site.double, "s3", "eu-west-1")
    elsewhere.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    elsewhere.close()
    ended = site.run(RUN)
    assert "is in eu-west-1, the queues are in eu-central-1" in ended.err
    assert "is not registered" in ended.complaint()


def test_a_bucket_is_not_missing_because_its_name_says_404(tmp_path: Path, site: Site) -> None:
    """What the AWS CLI says of it names the address."""
    data = profile(tmp_path)
    data["sites"]["awsbatch"]["work_dir"] = "s3://lab-404-403/work"
    script = build(tmp_path, data) / "launch" / RUN
    site.double.fail("HeadBucket", "ServiceUnavailable", 503)
    assert "cannot be reached: s3://lab-404-403/work: " in site.stage.run(script, "--no-warmup").complaint()


@pytest.mark.parametrize("script", [WARMUP, RUN])
def test_the_exit_code_of_nextflow_is_passed_on(script: str, site: Site) -> None:
    site.stage.fakes_print(VERSION, code=7)
    ended = site.run(script)
    assert (ended.code, "failed: exit code 7 of Nextflow" in ended.err) == (7, True)
    site.stage.fakes_print(VERSION)
    assert site.run(script).code == 0


@pytest.mark.parametrize("written", ["warmup-awsbatch", "output.txt"])
def test_a_full_disk_where_runs_are_noted(written: str, site: Site) -> None:
    noted = site.stage.cwd / "nfconfgen-runs/mine" / written
    noted.parent.mkdir(parents=True)
    if written == "output.txt":
        noted.mkdir()
    else:
        noted.symlink_to("/dev/full")
    ended = site.run(WARMUP, "-name", "mine", *["--detach"] * (written == "output.txt"))
    assert "nfconfgen-runs cannot be written to: call the script in a folder" in ended.complaint()
    assert (ended.out, site.runs()) == ("" if written == "output.txt" else ended.out, 0)
    (noted.rmdir if written == "output.txt" else noted.unlink)()
    assert site.run(WARMUP, "-name", "mine").code == 0


def test_the_status_of_a_run_that_a_full_disk_kept_from_starting(site: Site) -> None:
    noted = site.stage.cwd / "nfconfgen-runs/run-20261127-000000-1/run-awsbatch"
    noted.parent.mkdir(parents=True)
    noted.write_text("")
    ended = site.run(RUN, "--status")
    assert (ended.code, "was not started" in ended.err) == (0, True)


def test_results_that_are_missing_fail_a_warmup(site: Site) -> None:
    site.s3.delete_object(Bucket=BUCKET, Key="out/result.txt")
    ended = site.run(WARMUP)
    assert (ended.code, ended.err.splitlines()[-1]) == (
        1,
        f"error: the run completed, but there is nothing in s3://{BUCKET}/out",
    )
    assert not site.records
    site.s3.put_object(Bucket=BUCKET, Key="out/result.txt")
    assert site.run(WARMUP).code == 0
    assert len(site.records) == 1


def test_an_upload_that_fails(tmp_path: Path, site: Site) -> None:
    data = profile(tmp_path)
    data["launch"]["upload"] = [{"from": "fastq", "to": f"s3://{BUCKET}/fastq"}]
    script = build(tmp_path, data) / "launch" / RUN
    words = (script, "--no-warmup", "--upload")
    assert f"fastq could not be copied to s3://{BUCKET}/fastq" in site.stage.run(*words).complaint()
    (site.stage.cwd / "fastq").mkdir()
    assert site.stage.run(*words).code == 0


@pytest.mark.parametrize("folder", ["fastq[1]", "fastq"])
def test_files_that_the_aws_cli_cannot_choose(folder: str, tmp_path: Path, site: Site) -> None:
    """It would copy all of them."""
    data = profile(tmp_path)
    data["launch"]["upload"] = [{"from": folder, "to": f"s3://{BUCKET}/fastq", "exclude": "*.tmp"}]
    script = build(tmp_path, data) / "launch" / RUN
    here = site.stage.cwd / ("plain" if "[" in folder else "run [1]")
    (here / folder).mkdir(parents=True)
    (here / folder / "x.tmp").write_text("x")
    ended = site.stage.run(script, "--no-warmup", "--upload", cwd=here)
    assert "in a folder with [ in its path: rename /" in ended.complaint()
    assert site.s3.list_objects_v2(Bucket=BUCKET, Prefix="fastq")["KeyCount"] == 0


def registering(memory_mib: int) -> Scenario:
    before = salmon()
    first = replace(before.environments[0], hosts=(Host("c5.2xlarge", memory_mib),))
    return replace(before, environments=(first, *before.environments[1:]))


def test_an_instance_with_less_memory_than_known_is_an_error(site: Site) -> None:
    site.load(registering(15400))
    ended = site.run(WARMUP)
    last = ended.err.splitlines()[-1]
    assert (
        ended.code,
        last.startswith("error: c5.2xlarge registered 15400 MiB, the plan counts on 15434 MiB: "),
    ) == (
        1,
        True,
    ), ended
    assert "build again" in last
    assert not site.records


def test_an_instance_that_is_too_small_ends_the_run(site: Site) -> None:
    site.load(registering(4000))
    ended = site.run(WARMUP, FAKE_WAITS="yes", NFCONFGEN_POLL_S="1")
    last = ended.err.splitlines()[-1]
    assert ended.code == 1, ended
    assert "registered 4000 MiB" in last
    assert "requests 8192 MiB would wait forever, so the run was ended" in last
    (site.stage.cwd / "waiting").unlink()
    site.load(salmon())
    assert site.run(WARMUP).code == 0
