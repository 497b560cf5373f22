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
from tests.lab.nextflow.test_verify import verify


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


MAKERS = (
    Maker("docs/probe.md", of_probes),
    Maker("docs/doctor.md", of_a_doctor),
    Maker("docs/verify.md", of_verify),
)
