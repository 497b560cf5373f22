"""When AWS cannot be queried: one line with advice, and the build continues with what is known."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.lab.aws.client import Double

EXAMPLE = ROOT / "profiles"


@pytest.fixture(params=["with a lock", "without a lock"])
def profile(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "with a lock":
        shutil.copy(EXAMPLE / "salmon.lock.json", tmp_path)
    return Path(shutil.copy(EXAMPLE / "salmon.yml", tmp_path))


def check_reported(ended: Ended, profile: Path, message: str) -> None:
    """One line with what to do; the files are there if the lock was."""
    assert "Traceback" not in ended.out + ended.err
    written = (profile.parent / "salmon/conf/awsbatch.config").exists()
    if "c5.2xlarge" in profile.with_name("salmon.lock.json").read_text():
        assert ended.code == 0, ended
        line = next(line for line in ended.out.splitlines() if "[aws]" in line)
        assert "built from the facts in the lock" in line
        assert written
    else:
        assert ended.code == 1, ended
        line = next(line for line in ended.out.splitlines() if "[aws]" in line)
        assert "so awsbatch is left out" in line
        assert not written
        assert (profile.parent / "salmon/conf/slurm.config").exists()
    assert message in line


def test_no_credentials(profile: Path, double: Double, tmp_path: Path) -> None:
    kept = {key: value for key, value in double.env(tmp_path).items() if "KEY" not in key}
    check_reported(
        nfconfgen("build", profile, environment=kept, alone=True), profile, "no AWS credentials were found"
    )


def test_a_profile_that_is_not_configured(profile: Path, double: Double, tmp_path: Path) -> None:
    environment = {**double.env(tmp_path), "AWS_PROFILE": "nowhere"}
    check_reported(nfconfgen("build", profile, environment=environment, alone=True), profile, "nowhere")


def test_no_network(profile: Path, double: Double) -> None:
    with socket.socket() as bound:  # a port without a listener
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        ended = nfconfgen("build", profile, environment={**double.env(), "AWS_ENDPOINT_URL": url}, alone=True)
    check_reported(ended, profile, "AWS does not answer")


@pytest.mark.parametrize(
    ("operation", "code", "status", "message"),
    [
        ("DescribeJobQueues", "ExpiredTokenException", 403, "the AWS credentials have expired"),
        ("DescribeJobQueues", "UnrecognizedClientException", 403, "does not know these credentials"),
        (
            "DescribeComputeEnvironments",
            "AccessDeniedException",
            403,
            "batch:DescribeComputeEnvironments is not allowed",
        ),
        ("DescribeContainerInstances", "AccessDeniedException", 400, "ecs:DescribeContainerInstances is not allowed"),
        ("DescribeJobQueues", "TooManyRequestsException", 429, "AWS throttles batch:DescribeJobQueues"),
        ("ListContainerInstances", "ThrottlingException", 400, "AWS throttles ecs:ListContainerInstances"),
        ("DescribeClusters", "ServerException", 500, "ecs:DescribeClusters failed"),
    ],
)
def test_a_call_that_is_refused(
    profile: Path, double: Double, operation: str, code: str, status: int, message: str
) -> None:
    double.fail(operation, code, status, times=None)
    check_reported(nfconfgen("build", profile, environment=double.env(), alone=True), profile, message)


def test_throttling_that_passes_is_not_noticed(tmp_path: Path, double: Double) -> None:
    profile = shutil.copy(EXAMPLE / "salmon.yml", tmp_path)
    double.fail("DescribeJobQueues", "TooManyRequestsException", 429, times=2)
    ended = nfconfgen("build", profile, environment=double.env(), alone=True)
    assert ended.code == 0
    assert "Throttl" not in ended.out + ended.err


def test_an_interrupt_ends_it_though_nobody_answers(tmp_path: Path, double: Double) -> None:
    profile = shutil.copy(EXAMPLE / "salmon.yml", tmp_path)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        command = [sys.executable, "-m", "nfconfgen", "build", str(profile)]
        environment = {**double.env(), "AWS_ENDPOINT_URL": url}
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as build:
            connection, _ = silent.accept()
            with connection:
                connection.recv(1)  # the request is under way
                build.send_signal(signal.SIGINT)
                # its own time-out of a request is longer than this
                _, message = build.communicate(timeout=20)
    assert build.returncode == 130
    assert message.splitlines()[-1] == "nfconfgen: interrupted"
    assert not (tmp_path / "salmon").exists()


def test_offline_opens_no_socket(tmp_path: Path) -> None:
    for name in ("salmon.yml", "salmon.lock.json"):
        shutil.copy(EXAMPLE / name, tmp_path)
    # whatever opens a socket raises: the audit event comes before the call
    code = (
        "import sys\n"
        "def hook(event, args):\n"
        "    if event.startswith('socket.'): raise RuntimeError(event)\n"
        "sys.addaudithook(hook)\n"
        "from nfconfgen.__main__ import run\n"
        "sys.argv[0] = 'nfconfgen'\n"
        "run()\n"
    )
    script = tmp_path / "offline.py"
    script.write_text(code)
    command = [sys.executable, str(script), "build", str(tmp_path / "salmon.yml"), "--offline"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    assert "15400 MiB" in ended.stdout
