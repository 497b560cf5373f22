"""The real Nextflow on params: what stands in the config and what is handed over as a file keeps its types."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lab.nextflow.launch import Parser, require, start
from tests.lab.shell import Stage, build, profile, written

VALUES: dict[str, object] = {
    "yes": True,
    "no": False,
    "nothing": None,
    "whole": 12,
    "less": -5,
    "large": 9223372036854775807,
    "largest": -9223372036854775808,
    "part": 0.25,
    "small": 0.00001,
    "digits": "007",
    "truth": "true",
    "none": "null",
    "empty": "",
    "date": "2026-11-22T10:00:00Z",
    "words": "größe 🐟 $HOME ${projectDir} ${missing} \\${x} \\n '\"\t",
    "lines": "one\ntwo\r\n",
    "relative": "data/reads.csv",
    "several": ["a", 1, True, None, 0.5, ["deeper", []]],
    "nested": {"a b": {"it's": [1, {"x": False}]}, "no": None, "0": "007", "${y}": "${z}", "empty": {}},
    "nothing_in_it": {},
    "no_items": [],
}
PIPELINE = "workflow { file('written.json').setText(groovy.json.JsonOutput.toJson(params)) }\n"


def typed(value: object) -> str:
    return json.dumps(value, sort_keys=True, indent=1)


@pytest.mark.parametrize("parser", ["v1", "v2"])
@pytest.mark.parametrize("script", ["run", "warmup"])
def test_params_keep_their_types(script: str, parser: Parser, tmp_path: Path) -> None:
    require()
    data = profile(tmp_path)
    data["pipeline"] = {"name": "params", "run": "main.nf"}
    data["params"] = {f"config_{name}": written(value) for name, value in VALUES.items()}
    data["params"] |= {"both": {"from": "config"}, "beyond": 12345678901234567890}
    data["launch"] = {
        "params": {"slurm": {**written(VALUES), "both": 1, "above": "file"}},
        "warmup": {"slurm": {"warm": ["only", 1]}},
    }
    launch = build(tmp_path, data) / "launch"
    shown = Stage(tmp_path / "stage").run(launch / f"{script}-slurm.sh", "--dry-run", "--above=command line").shown()
    (tmp_path / "main.nf").write_text(PIPELINE)
    # a locale in which Java would read a file by another encoding than its own
    ended, _ = start(shown[-1][1:], tmp_path, parser, {"LC_ALL": "C"})
    assert ended.exit_code == 0, ended.output
    config = {f"config_{name}": value for name, value in VALUES.items()}
    expected = {**data["params"], **config, **VALUES, "both": 1, "above": "command line"}
    if script == "warmup":
        expected["warm"] = ["only", 1]
    assert typed(json.loads((tmp_path / "written.json").read_text())) == typed(expected)
