"""The line that a build and a check give for the pipeline's nextflow.config, for output folders of every spelling."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli import nfconfgen
from tests.pipeline.pipelines import HERE

FOLDERS = {
    ".": "conf/profiles.config",
    "./": "conf/profiles.config",
    "site/": "site/conf/profiles.config",
    "./site//": "site/conf/profiles.config",
    ".nf": ".nf/conf/profiles.config",
    ".nf./": ".nf./conf/profiles.config",
    "..nf": "..nf/conf/profiles.config",
    "a/.b": "a/.b/conf/profiles.config",
    "it's here": "it\\'s here/conf/profiles.config",
}


def with_output(case: str, folder: Path, output: str) -> Path:
    """A copy of this case of a pipeline, built into another folder; its profile."""
    profile = Path(shutil.copytree(HERE / "cases" / case, folder / "p")) / "profile.yml"
    lines = [line for line in profile.read_text().splitlines() if not line.startswith("output:")]
    profile.write_text("\n".join([*lines, f'output: "{output}"', ""]))
    assert nfconfgen("build", profile, "--offline").code == 0
    return profile


def line_of(profile: Path, output: str) -> str:
    """As the generated file gives it."""
    text = (profile.parent / output / "conf/profiles.config").read_text()
    return text.splitlines()[1].partition(": ")[2]


@pytest.mark.parametrize("output", FOLDERS)
def test_both_give_the_line_that_leads_there(tmp_path: Path, output: str) -> None:
    profile = with_output("include-missing", tmp_path, output)
    line = f"includeConfig '{FOLDERS[output]}'"
    assert line_of(profile, output) == line
    assert f"make this its last line: {line} [include-missing]" in nfconfgen("validate", profile).out
    with (profile.parent / "nextflow.config").open("a") as config:
        config.write(f"\n{line}\n")
    ended = nfconfgen("check", profile, "--pipeline", profile.parent)
    assert ended.code == 0
    assert "include" not in ended.out
    assert "leads out" not in ended.out
