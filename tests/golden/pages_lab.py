"""The blocks of the documents that show commands at work with the AWS double and with the real Nextflow."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.golden.pages import SALMON, Maker, Shown, printed
from tests.lab.aws.client import Double, require, running
from tests.lab.aws.scenario import idle, salmon
from tests.lab.nextflow.harness import require as require_nextflow
from tests.lab.nextflow.test_verify import environment, verify


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


MAKERS = (
    Maker("docs/import.md", of_an_import),
    Maker("docs/probe.md", of_probes),
    Maker("docs/doctor.md", of_a_doctor),
    Maker("docs/verify.md", of_verify),
)
