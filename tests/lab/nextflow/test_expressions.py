"""Expressions as pipelines write them: evaluated from the files, and by the real Nextflow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli import nfconfgen
from tests.lab.nextflow import test_verify
from tests.lab.nextflow.launch import Parser
from tests.lab.nextflow.test_verify_pipeline import pipeline, verified

in_one_jvm = test_verify.in_one_jvm

MEMORY = (
    "6.GB * task.attempt",
    "task.attempt * 1.5.GB",
    "0.6.GB",
    "2.5.GB * 1.7",
    "7.GB / 3",
    "'8 GB'",
    "'15.4GB'",
    "'128.GB'",
    '"${4 * task.attempt} GB"',
    "1024 * 1024 * 1024",
    "1.TB - 24.GB",
    "200.MB + 20.MB * Math.ceil( 10 / 4 ) * task.attempt",
    "2.GB * Math.pow(3, task.attempt - 1)",
    "4.GB * 2 ** (task.attempt - 1)",
    "[8.GB * task.attempt, 20.GB].min()",
    "[8.GB, 16.GB, 32.GB][task.attempt - 1]",
    "[1.GB, 5.GB].max()",
    "task.attempt > 2 ? 64.GB : task.attempt > 1 ? 32.GB : 16.GB",
    "task.attempt == 1 ? params.small : params.group.large",
    "(params.size as int) * 1.GB",
    "params.size.toInteger() * 2.GB",
    "params.text as nextflow.util.MemoryUnit",
    "params.flag ? 3.GB : 5.GB",
    "params.nothing ?: 9.GB",
    "!params.flag || params.size > '2' ? 3.GB : 5.GB",
    "task.cpus * 2.GB",
    "task.time > 3.h && task.attempt in [2, 3] ? 12.GB : 6.GB",
    "task.process == 'E27' ? 27.GB : 1.GB",
    "task.label ? 1.GB : 2.GB",
    "(1..3).contains(task.attempt) ? 2.GB : 1.GB",
    "Math.min(7, 3 * task.attempt) * 1.GB",
    "((30.GB).toGiga() + 2) * 1.GB",
    "(10.GB).toMega().intdiv(3) * 1.MB",
    "7 % 4 * 1.GB",
    "-(-3) * 1.GB",
    "def many = task.attempt * 2\n    many > 3 ? 10.GB : 5.GB",
    "if (task.attempt > 1) { return 20.GB }\n    10.GB",
    "if (task.attempt > 2) { 40.GB } else if (task.attempt > 1) { 20.GB } else { 10.GB }",
    "task.attempt > 1\n      ? 3.GB\n      : 2.GB",
)
TIME = (
    "4.h * task.attempt",
    "'1d 2h'",
    "'90m'",
    "'2.5 h'",
    "'10h 30m'",
    "'12:30:00'",
    "30.min * task.attempt",
    "1.day",
    "2.hour + 30.minutes",
    "3600000",
    "[10.h * task.attempt, params.long_time as nextflow.util.Duration].min()",
    "task.memory > 20.GB ? 8.h : 2.h",
    "(1.d).toHours() * 1.h",
    "90.s * 2.5",
)
CPUS = ("task.attempt * 2", "params.size as int", "task.attempt < 2 ? 4 : 8", "Math.max(2, task.attempt)", "'3'")
PARAMS = """\
params {
    small = 2.GB
    group { large = '7 GB' }
    size = '3'
    text = '5 GB'
    flag = true
    nothing = null
    long_time = '25.h'
}
"""
# closures of several statements are errors for v2 of the lab, whose nf-lang is older than its Nextflow (#6097)
V1_ALONE = {number for number, text in enumerate(MEMORY) if text.startswith(("def", "if"))}


def config(parser: Parser) -> tuple[str, str]:
    """The config, and the main script, with a process for each expression."""
    blocks, names = [], []
    every = (
        [("memory", text) for text in MEMORY] + [("time", text) for text in TIME] + [("cpus", text) for text in CPUS]
    )
    for number, (directive, text) in enumerate(every):
        if parser == "v2" and number in V1_ALONE:
            continue
        names.append(f"E{number}")
        base = {"memory": "21.GB", "time": "5.h", "cpus": "2", directive: f"{{\n    {text}\n  }}"}
        settings = "".join(f"  {key} = {value}\n" for key, value in base.items())
        blocks.append(f"  withName: 'E{number}' {{\n{settings}  }}\n")
    processes = "".join(f"process {name} {{ script: 'true' }}\n" for name in names)
    retried = "  errorStrategy = 'retry'\n  maxRetries = 2\n"
    text = f"{PARAMS}process {{\n{retried}{''.join(blocks)}}}\nincludeConfig 'conf/profiles.config'\n"
    return text, f"{processes}workflow {{ {' ; '.join(f'{name}()' for name in names)} }}\n"


@pytest.mark.usefixtures("in_one_jvm")
@pytest.mark.parametrize("parser", ["v1", "v2"])
def test_expressions_are_evaluated_as_by_nextflow(parser: Parser, tmp_path: Path) -> None:
    text, main = config(parser)
    profile = pipeline(tmp_path, text)
    (tmp_path / "main.nf").write_text(main)
    assert nfconfgen("build", profile, "--offline", "-q").code in (0, 1)
    found = json.loads(verified(profile).out)
    assert not [
        f["message"] for f in found["findings"] if f["rule"] == "verify" and f"parser {parser}" in f["message"]
    ]
    compared = found["processes"]
    assert [one for one in compared["differences"] if one["parser"] == parser] == []
    assert compared["known_from_files"] == compared["cells"] == compared["known_from_nextflow"] > 500
