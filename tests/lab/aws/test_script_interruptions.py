"""A script that is interrupted, in each of its phases: nothing goes on behind its back, except what is detached."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lab.aws.client import Double
from tests.lab.aws.site import REGISTER, RUN, WARMUP, Site, launch_folder, site_in

HANGS = """\
#!/usr/bin/env bash
# Waits where it is called with a word, and ends as the AWS CLI and Java do when they are interrupted: by itself.
case " $* " in
    *" $HANG "*)
        trap 'exit 130' INT
        : >"$HANGING"
        while [ "$SECONDS" -lt 600 ]; do read -r -t 0.05 <> <(:) || true; done
        ;;
esac
exec {real} "$@"
"""


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return launch_folder(tmp_path_factory.mktemp("site"))


@pytest.fixture
def site(double: Double, launch: Path, tmp_path: Path) -> Iterator[Site]:
    with site_in(double, launch, tmp_path) as made:
        yield made


def let_hang(site: Site, command: str) -> None:
    """Puts a stand-in before this command."""
    own = site.stage.bin / command
    if own.exists():
        real = site.stage.bin.parent / "real" / command
        real.parent.mkdir()
        own.rename(real)
        call = str(real)
    else:
        call = f"env PATH={shlex.quote(site.stage.environment['PATH'].partition(':')[2])} {command}"
    own.write_text(HANGS.replace("{real}", call))
    own.chmod(0o755)


@contextmanager
def started(site: Site, script: str, *words: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """The script in a process group of its own, as a terminal has it in the foreground."""
    with subprocess.Popen(
        [site.launch / script, *words],
        cwd=site.stage.cwd,
        env={**site.stage.environment, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if is_alive(process.pid):
                os.killpg(process.pid, signal.SIGKILL)


def is_alive(group: int) -> bool:
    """Whether any process of the group runs."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(what: Path | int, seconds: float = 120) -> None:
    """Until a file is there, or a process group is gone."""
    end = time.monotonic() + seconds
    while is_alive(what) if isinstance(what, int) else not what.exists():
        assert time.monotonic() < end, what
        time.sleep(0.02)


PHASES = (
    (REGISTER, "aws", "describe-job-definitions", ()),
    (REGISTER, "aws", "register-job-definition", ()),
    (WARMUP, "aws", "get-caller-identity", ()),
    (WARMUP, "aws", "describe-job-queues", ()),
    (WARMUP, "aws", "register-job-definition", ()),
    (WARMUP, "nextflow", "install", ()),
    (WARMUP, "nextflow", "-version", ()),
    (RUN, "aws", "head-bucket", ("--no-warmup",)),
    (RUN, "aws", "head-bucket", ()),
    (RUN, "nextflow", "install", ()),
)


@pytest.mark.parametrize(("script", "command", "word", "words"), PHASES)
def test_ctrl_c_before_the_run_ends_the_script(
    script: str, command: str, word: str, words: tuple[str, ...], site: Site
) -> None:
    """Although the command that it reaches ends by itself, as if it had failed."""
    if word == "register-job-definition":
        site.forget_definitions()
    let_hang(site, command)
    hanging = site.stage.cwd / "hanging"
    with started(site, script, *words, HANG=word, HANGING=str(hanging)) as process:
        wait_for(hanging)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert (process.returncode, site.runs()) == (130, 0), err
    assert "could not be installed" not in err
    wait_for(process.pid)
    ended = site.run(script, *words, HANG="no such word")
    assert ended.code == 0, ended


@pytest.mark.parametrize(("script", "words"), [(WARMUP, ()), (RUN, ("--no-warmup",)), (RUN, ())])
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "kill of the script"]
)
def test_an_interrupted_run_leaves_nothing_behind(
    number: signal.Signals, code: int, script: str, words: tuple[str, ...], site: Site
) -> None:
    """Neither Nextflow, whose end cancels the tasks, nor what watches machines; also in the warm-up of a run."""
    with started(site, script, *words, FAKE_WAITS="yes", NFCONFGEN_POLL_S="1") as process:
        wait_for(site.stage.cwd / "waiting")
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
        _, err = process.communicate(timeout=120)
        assert process.returncode == code, err
        assert "was interrupted" in err
        wait_for(process.pid, 20)
    assert (site.runs(), site.records) == (1, [])
    (site.stage.cwd / "waiting").unlink()
    assert site.run(script).code == 0


def test_nothing_watches_a_script_that_was_killed(site: Site) -> None:
    with started(site, WARMUP, FAKE_WAITS="yes", NFCONFGEN_POLL_S="1") as process:
        wait_for(site.stage.cwd / "waiting")
        process.kill()
        process.wait()
        before = sum(site.double.calls().values())
        end = time.monotonic() + 60
        while time.monotonic() < end:
            time.sleep(3)
            now = sum(site.double.calls().values())
            if now == before:
                break
            before = now
        else:
            pytest.fail("AWS is still asked")


@pytest.mark.parametrize("script", [WARMUP, RUN])
def test_what_is_detached_outlives_the_shell(script: str, site: Site) -> None:
    words = () if script == WARMUP else ("--no-warmup",)
    shell = ["bash", "-c", '"$0" "$@"; : >called; sleep 600', str(site.launch / script), *words, "--detach"]
    with subprocess.Popen(
        shell,
        cwd=site.stage.cwd,
        env={**site.stage.environment, "FAKE_WAITS": "yes"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        wait_for(site.stage.cwd / "called")
        wait_for(site.stage.cwd / "waiting")
        os.killpg(process.pid, signal.SIGHUP)
        out, err = process.communicate(timeout=120)
    name = out.strip()
    folder = site.stage.cwd / "nfconfgen-runs" / name
    pid = int((folder / script.removesuffix(".sh")).read_text().split()[0])
    try:
        time.sleep(0.5)
        assert f"{name} is running" in site.run(script, "--status").err
        stop = next(line for line in err.splitlines() if "stop:" in line).partition("stop:")[2].rpartition(" (")[0]
        assert site.stage.run("bash", "-c", stop.strip()).code == 0
        wait_for(pid)
    finally:
        if is_alive(pid):
            os.killpg(pid, signal.SIGKILL)
    assert f"{name} was interrupted" in (folder / "output.txt").read_text()
    assert f"{name} has ended" in site.run(script, "--status").err
