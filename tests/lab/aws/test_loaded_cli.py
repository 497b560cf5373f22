"""The AWS CLI that is loaded already does what the one of this machine does."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.lab.aws import loaded_cli
from tests.lab.aws.client import Double
from tests.lab.shell import require_tool

CALLS = (
    ("--version",),
    ("batch", "describe-job-queues", "--query", "jobQueues[].[jobQueueName, state]", "--output", "text"),
    ("batch", "describe-job-queues", "--profile", "nobody"),
    ("batch", "submit-job", "--cli-input-json", "file://request.json"),
    ("s3", "ls", "s3://nothing-here"),
    ("s3", "cp", "-", "s3://nothing-here/x"),
    ("no-such-service",),
)


@pytest.mark.parametrize("words", CALLS, ids=" ".join)
def test_it_answers_as_the_other_does(words: tuple[str, ...], double: Double, tmp_path: Path) -> None:
    require_tool("aws")
    (tmp_path / "request.json").write_text('{"jobName": "ü"}')
    own, plain = double.env(), {**double.env(), "PATH": os.environ["PATH"]}
    answers = [
        subprocess.run(["aws", *words], cwd=tmp_path, env=env, input=b"text", capture_output=True, check=False)
        for env in (own, plain)
    ]
    assert [answers[0].returncode, answers[0].stdout, answers[0].stderr] == [
        answers[1].returncode,
        answers[1].stdout,
        answers[1].stderr,
    ]


def test_it_reads_what_its_caller_would_read(double: Double) -> None:
    require_tool("aws")

    def aws(*words: str, text: bytes = b"") -> bytes:
        ended = subprocess.run(["aws", *words], env=double.env(), input=text, capture_output=True, check=True)
        return ended.stdout

    aws("s3", "mb", "s3://texts")
    aws("s3", "cp", "-", "s3://texts/one", text=b"text")
    assert aws("s3", "cp", "s3://texts/one", "-") == b"text"


def test_it_ends_with_its_caller(double: Double) -> None:
    require_tool("aws")
    if loaded_cli.folder() is None:
        pytest.skip("the AWS CLI of this machine is not in Python")
    with socket.create_server(("127.0.0.1", 0)) as server:
        env = {**double.env(), "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.getsockname()[1]}"}
        command = ["aws", "batch", "describe-job-queues"]
        with subprocess.Popen(command, env=env, start_new_session=True) as process:
            connection, _ = server.accept()
            with connection:
                connection.recv(1)
                os.killpg(process.pid, signal.SIGINT)
                assert process.wait(60) != 0
                while connection.recv(4096):
                    pass


def test_an_answer_may_begin_before_the_caller_is_done_with_its_question(double: Double, tmp_path: Path) -> None:
    """While bash writes to the port, the port is its output."""
    require_tool("aws")
    if (folder := loaded_cli.folder()) is None:
        pytest.skip("the AWS CLI of this machine is not in Python")
    text = Path(folder, "aws").read_text()
    slow = re.sub(r'"\$\$" >&9\nread (.*)\n', r'"$$" >&9; { read \1; } >&9 <&9\n', text)
    assert slow != text
    (tmp_path / "aws").write_text(slow)
    ended = subprocess.run(
        ["bash", tmp_path / "aws", *CALLS[1]],
        env=double.env(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    assert b"salmonWorkload\tENABLED" in ended.stdout
