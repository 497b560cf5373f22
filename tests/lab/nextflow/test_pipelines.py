"""What is read from the files of a pipeline with our profile, against the real Nextflow, by both parsers."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from nfconfgen.pipeline.inspect_nextflow import Resolved, ask
from nfconfgen.pipeline.sources import read
from nfconfgen.processes.precedence import Parser, merged, settings
from tests.cli import nfconfgen
from tests.lab.nextflow.harness import require
from tests.lab.nextflow.launch import HERE, jars
from tests.lab.nextflow.shared import shared
from tests.pipeline.pipelines import HERE as PIPELINES
from tests.pipeline.test_include_line import line_of, with_output

# what Nextflow itself does not take (a function in a config, by v2), or what has no profile to ask for
LEFT_OUT = {"old-caps", "what-cannot-be-read", "include-missing", "include-in-a-block"}
CASES = sorted(
    path.parent for path in (PIPELINES / "cases").glob("*/profile.yml") if path.parent.name not in LEFT_OUT
)


def built(case: Path, tmp_path: Path) -> Path:
    require()
    folder = Path(shutil.copytree(case, tmp_path / case.name))
    assert nfconfgen("build", folder / "profile.yml", "--offline").code == 0
    return folder


def cells(folder: Path, parser: Parser) -> dict[tuple[str, str], str]:
    """(selector, key) → value. Flat, as v1 fails to show closures of files included by included ones as JSON."""
    words = ["-C", str(folder / "nextflow.config"), "config", "-flat", "-profile", "cluster", str(folder)]
    result, stdout = shared(parser).run(words)
    assert result.exit_code == 0, result.output
    found = re.findall(r"^process\.(?:'(with[^']*)'\.)?(\S+) = (.*)$", stdout, re.MULTILINE)
    # a map that is set as a whole is one value, `ext` is not
    return {(step, re.sub(r"^(?!ext\.)(\w+)\..*", r"\1", key)): value.strip("'") for step, key, value in found}


@pytest.mark.parametrize("parser", ["v1", "v2"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_files_are_read_as_nextflow_resolves_them(case: Path, parser: Parser, tmp_path: Path) -> None:
    folder = built(case, tmp_path)
    real = cells(folder, parser)
    blocks = merged(list(settings(read(folder).config, "cluster")), parser)
    ours = {(step, key): value.literal for step, block in blocks.items() for key, value in block.items()}
    assert set(ours) == set(real)
    for cell, literal in ours.items():
        if literal is not None and literal != "null":
            assert real[cell] == literal, cell


def test_nextflow_is_asked_where_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the last word on what a condition leaves out, and gives what no file does."""
    folder = built(PIPELINES / "cases/all-is-well", tmp_path)
    main = folder / "nextflow.config"
    hidden = "if (false) { process.'withName:(.*:)?(quantify)'.time = 1.h }\n"
    main.write_text(hidden + main.read_text())
    monkeypatch.setenv("NEXTFLOW_LIB", str(jars()))
    monkeypatch.setenv("NFCONFGEN_NEXTFLOW_ENV", "NEXTFLOW_LIB")
    monkeypatch.chdir(folder)
    reported = {}
    for path in (f"{HERE}{os.pathsep}{os.environ['PATH']}", "/usr/bin:/bin"):
        monkeypatch.setenv("PATH", path)
        ended = nfconfgen("check", "profile.yml", "--pipeline", ".", "--format", "json")
        reported[path] = ([f["rule"] for f in json.loads(ended.out)["findings"]], ended.err)
    by_nextflow, by_files = reported.values()
    assert "Nextflow 25." in by_nextflow[1]
    assert "its files" in by_files[1]
    assert "no nextflow on the PATH" in by_files[1]
    assert "selector-collision" in by_files[0]
    assert "selector-collision" not in by_nextflow[0]


def test_a_pipeline_with_fusion_is_asked_without_its_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = built(PIPELINES / "cases/all-is-well", tmp_path)
    main = folder / "nextflow.config"
    switched = "fusion.enabled = true\nwave.enabled = true\nprocess.container = 'lab/demo'\n"
    switched += "profiles { standard { process.penv = 'x' } }\n"
    main.write_text(switched + main.read_text())
    monkeypatch.setenv("NEXTFLOW_LIB", str(jars()))
    monkeypatch.setenv("PATH", f"{HERE}{os.pathsep}{os.environ['PATH']}")
    resolved = ask(folder)
    assert isinstance(resolved, Resolved), resolved
    assert (resolved.failure, resolved.processes) == ("", ("quantify",))
    # what Nextflow takes without -profile is there all the same
    assert resolved.config["process"]["penv"] == "x"


@pytest.mark.parametrize("parser", ["v1", "v2"])
@pytest.mark.parametrize("output", [".nf", "..nf", "it's $HOME", "a/.b"])
def test_the_line_that_is_given_includes_what_was_built(output: str, parser: Parser, tmp_path: Path) -> None:
    require()
    profile = with_output("include-missing", tmp_path, output)
    with (profile.parent / "nextflow.config").open("a") as config:
        config.write(f"\n{line_of(profile, output)}\n")
    assert ("", "memory") in cells(profile.parent, parser)
