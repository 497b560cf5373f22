"""Definitions of a config in place of their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from nfconfgen.imports.convert import convert
from nfconfgen.imports.defined import in_place
from nfconfgen.profile.document import yaml12


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("queue", "('long')"),
        ("{ task.time > most ? queue : 'queue' }", "{ task.time > (3.h) ? ('long') : 'queue' }"),
        ("params.queue", "params.queue"),
        ('"${params.out}/$queue/${ queue }.txt queue"', "\"${params.out}/${('long')}/${ ('long') }.txt queue\""),
        ("'$queue'", "'$queue'"),
        ("both", "(('long') + (3.h))"),
        ("other", "other"),
        ("[queue: queue, most : most ? queue : 1]", "[queue: ('long'), most : (3.h) ? ('long') : 1]"),
        ("f(a,\n queue: 2)", "f(a,\n queue: 2)"),
    ],
)
def test_a_name_is_replaced_where_it_is_read(code: str, result: str) -> None:
    assert in_place(code, {"queue": "'long'", "most": "3.h", "both": "queue + most"}) == result


def test_definitions_of_each_other_end() -> None:
    # each doubles the one before: unbounded, the text would have 2^200 characters
    doubled = {f"x{number}": f"x{number + 1} + x{number + 1}" for number in range(200)}
    assert len(in_place("x0", doubled)) < 100_000
    assert len(in_place("a", {"a": "b", "b": "a"})) < 1000


def test_a_param_reads_those_before_it_by_their_names(tmp_path: Path) -> None:
    config = tmp_path / "site.config"
    config.write_text(
        "process.executor = 'slurm'\n"
        "params {\n  mean = '200'\n  args = \"-l ${mean} -s $mean\"\n  text = 'mean'\n}\nprocess.tag = 'mean'\n"
    )
    data = yaml12.parse(convert([config], [], "demo").text, "profile.yml")[0]
    assert data is not None
    assert data.data["params"] == {"mean": "200", "args": "-l ${params.mean} -s ${params.mean}", "text": "mean"}
    assert data.data["sites"]["site"]["nextflow"] == {"process.tag": "mean"}
