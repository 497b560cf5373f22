"""The blocks of the documents that show commands at work with the AWS double and with the real Nextflow."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.golden.pages import SALMON, Maker, Shown, printed
from tests.lab.aws.client import Double, require, running
from tests.lab.aws.scenario import idle, nothing, salmon
from tests.lab.aws.zero import Account, opened
from tests.lab.nextflow.harness import require as require_nextflow
from tests.lab.nextflow.test_verify import environment, verify
from tests.lab.shell import require_tool


def probes(folder: Path, double: Double) -> Iterator[Shown]:
    """Both ways of measuring; the times count minutes, of which the double takes none."""
    for way in ("", " --scale"):
        double.load(idle())
        profile = Path(shutil.copy(ROOT / SALMON, folder / "profile.yml"))
        options = ["--yes", "--poll", "0.01", *way.split()]
        ended = nfconfgen("probe", profile, *options, environment=double.env(), alone=True)
        assert ended.code == 0, ended
        profile.with_suffix(".lock.json").unlink()
        text = re.sub(r"^\d+:\d\d ", "0:00 ", ended.err.replace(f"{folder}/", ""), flags=re.MULTILINE)
        yield printed("docs/probe.md", f"probe --yes --poll 0.01{way}", text)


def doctor(double: Double, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """The double as it comes, where next to nothing is prepared."""
    double.load(salmon())
    patch.chdir(ROOT)
    ended = nfconfgen("doctor", SALMON, environment=double.env(), alone=True)
    *heading, pointer, summary = ended.err.splitlines(keepends=True)
    yield printed("docs/doctor.md", f"doctor {SALMON}", "".join([*heading, ended.out, pointer, summary]))


def of_probes(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    require()
    with running(salmon()) as double:
        yield from probes(folder, double)


def of_a_doctor(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    require()
    with running(salmon()) as double:
        yield from doctor(double, patch)


def of_verify(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    patch.chdir(ROOT)
    ended = verify(Path(SALMON))
    yield printed("docs/verify.md", f"verify {SALMON}", ended.err + ended.out)


def of_an_import(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """Two configs, what the command prints, and the profile."""
    require_nextflow()
    conf = folder / "conf"
    shutil.copytree(ROOT / "tests/golden/import", conf)
    patch.chdir(folder)
    page = "docs/import.md"
    yield Shown(page, "`conf/slurm.config` is\n\n```groovy\n", (conf / "slurm.config").read_text())
    yield Shown(page, "`conf/awsbatch.config` is\n\n```groovy\n", (conf / "awsbatch.config").read_text())
    command = "import conf/slurm.config conf/awsbatch.config --name salmon-nf"
    ended = nfconfgen(*command.split(), environment=environment())
    assert ended.code == 0, ended
    first, second, *rest = ended.err.splitlines(keepends=True)
    yield printed(page, command, first + second + ended.out + "".join(rest))
    text = (folder / "profile.yml").read_text()
    yield Shown(page, "with a comment on what came from where:\n\n```yaml\n", text)


def of_an_empty_account(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    require()
    require_tool("aws")
    require_nextflow()
    with running(nothing()) as double:
        yield from from_zero(opened(double, folder))


def from_zero(account: Account) -> Iterator[Shown]:
    """Every command of the page in its order; what differs each time is written as it was on the day of the page."""
    for command, code in {
        "nfconfgen provision --diff": 1,
        "nfconfgen provision --deploy --yes": 0,
        "nfconfgen doctor": 0,
        "nfconfgen register": 0,
        "launch/warmup-awsbatch.sh --upload": 0,
        "nfconfgen build": 0,
        "launch/run-awsbatch.sh --upload --no-warmup": 0,
        "launch/run-awsbatch.sh --status": 0,
        "nfconfgen provision --destroy --yes": 0,
    }.items():
        ended = account.typed(command)
        assert ended.code == code, ended
        lines = sorted(_on_the_day(ended.out, account), key=_definitions_alike())
        text = "".join(f"{line}\n" for line in lines)
        yield Shown("docs/from-zero.md", f"```console\n$ {command}\n", text)


def _on_the_day(text: str, account: Account) -> Iterator[str]:
    for line in text.replace(f"{account.folder}/", "").splitlines():
        line = re.sub(r"(upload|remote|copy): .*/([^/]+) to ", r"\1: \2 to ", line)
        line = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-11-27 22:00:00", line)
        line = re.sub(r"\d{4}-\d\d-\d\d", "2026-11-27", line)
        line = re.sub(r"(nf-salmon|nf-head)-[0-9a-f]{8}", r"\1-1f3a9c02", line)
        line = re.sub(r"(run|warmup)-\d{8}-\d{6}-\d+", r"\1-20261127-220000-4711", line)
        if line and not line.startswith(_OF_NEXTFLOW):
            yield line.rstrip()


def _definitions_alike() -> Callable[[str], tuple[int, str]]:
    """The key that keeps lines in their order, but those of definitions, whose names end in a hash, and of files that
    are copied side by side."""
    count = 0

    def key(line: str) -> tuple[int, str]:
        nonlocal count
        alike = "launch/job-definitions/" in line or line.startswith("upload: ")
        count += not alike
        return count, line if alike else ""

    return key


_OF_NEXTFLOW = (" N E X T F L O W", "N E X T F L O W", "Launching ", "executor > ", "[", "Completed ")


MAKERS = (
    Maker("docs/from-zero.md", of_an_empty_account),
    Maker("docs/import.md", of_an_import),
    Maker("docs/probe.md", of_probes),
    Maker("docs/doctor.md", of_a_doctor),
    Maker("docs/verify.md", of_verify),
)
