"""The settings of a config file, for each form of statement, with their positions."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from nfconfgen.pipeline.config_file import FileReader, literal
from nfconfgen.pipeline.includes import ConfigReader
from tests.pipeline.pipelines import write


def settings(source: str) -> dict[tuple[str, ...], str | None]:
    read = FileReader("x.config", source).read()
    return {statement.path: literal(statement.value) for statement in read.statements if not statement.include}


@pytest.mark.parametrize(
    "source",
    [
        "process { withLabel: 'a' { cpus = 2 } }",
        "process { withLabel: a { cpus = 2 } }",
        "process { withLabel:a{cpus=2} }",
        "process.'withLabel:a'.cpus = 2",
        "process {\n  'withLabel:a' {\n cpus = 2\n }\n}",
        "process.withLabel:a { cpus = 2 }",
        "process { withLabel: a { cpus 2 } }",
        "process { if (x) { withLabel: a { cpus = 2 } } }",
        "def f(x) { [a: { 1 }] }\nprocess { ; withLabel: a\n{ cpus = 2; } }",
    ],
)
def test_every_way_to_set_it(source: str) -> None:
    if "a\n{" in source:  # Groovy takes no newline there
        source = source.replace("a\n{", "a {")
    assert settings(source) == {("process", "withLabel:a", "cpus"): "2"}


def test_values_end_where_groovy_ends_them() -> None:
    source = """
a = [
    1,
    2
]
b = x ?
    'y' : 'z'
c = x
    ? 'y'
    : 'z'
d { e = 1 }
f = { x -> [y: { 1 }] }
g = 'x'; h = "$x"
i = 1 + // more
    2
j =

    3
k = 'end' }
l = 4
"""
    assert settings(source) == {
        ("a",): None,
        ("b",): None,
        ("c",): None,
        ("d", "e"): "1",
        ("f",): None,
        ("g",): "x",
        ("h",): None,
        ("i",): None,
        ("j",): "3",
        ("k",): "end",
        ("l",): "4",
    }


def test_what_a_condition_decides_is_known_to_be_so() -> None:
    read = FileReader("x", "if (a) { b = 1 } else { c = 2 }\ntry { includeConfig 'x' } catch (E e) { }\nd = 3").read()
    assert [(s.path, s.sometimes) for s in read.statements] == [
        (("b",), True),
        (("c",), True),
        ((), True),
        (("d",), False),
    ]


def test_places_are_those_of_the_key() -> None:
    read = FileReader("x.config", "process {\n    withName: X {\n        cpus = 2\n    }\n}\n").read()
    assert [str(s.place) for s in read.statements] == ["x.config:3:9"]
    assert str(read.scopes["process", "withName:X"]) == "x.config:2:5"


def test_includes_are_followed_in_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        nextflow_config=(
            "a = 1\nprofiles { p { includeConfig 'conf/p.config' } }\nincludeConfig \"$baseDir/conf/q.config\"\nz = 1"
        ),
        conf__p_config="b = 2",
        conf__q_config="includeConfig '../conf/r.config'\nc = 3",
        conf__r_config="d = 4",
    )
    read = ConfigReader(tmp_path)
    found = [(".".join(s.path), Path(s.place.file).name) for s in read.read().settings]
    assert found == [
        ("a", "nextflow.config"),
        ("profiles.p.b", "p.config"),
        ("d", "r.config"),
        ("c", "q.config"),
        ("z", "nextflow.config"),
    ]
    assert (read.findings, read.notes) == ([], [])


def test_a_missing_include_is_reported_and_a_remote_one_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "outside.config").write_text("o = 1")
    folder = write(
        tmp_path / "p",
        nextflow_config=(
            "params.base = 'https://example.org/configs'\n"
            "includeConfig 'gone.config'\n"
            'includeConfig params.base ? "${params.base}/x.config" : "/dev/null"\n'
            "includeConfig '../outside.config'\n"
            "includeConfig 'nextflow.config'\n"
            "includeConfig { x() }()\n"
            'includeConfig "${unknown}/y.config"\n'
            f"includeConfig '{'x' * 5000}'\n"
        ),
    )
    read = ConfigReader(folder)
    assert [s.path for s in read.read().settings] == [("params", "base"), ("o",)]
    assert [(f.place.line, f.message[:45]) for f in read.findings] == [
        (2, "the pipeline includes gone.config, which does"),
        (5, "the pipeline includes nextflow.config in a ci"),
        (8, "the pipeline includes " + "x" * 23),
    ]
    assert [(f.place.line, f.message.replace(str(folder), "")) for f in read.notes] == [
        (3, "not read: https://example.org/configs/x.config is remote, and was not fetched"),
        (4, "../outside.config leads out of "),
        (6, "not read: the included file is known only at run time"),
        (7, "not read: ${unknown}/y.config depends on values that are known only at run time"),
    ]


def test_files_that_include_each_other_end(tmp_path: Path) -> None:
    names = [f"f{number}" for number in range(30)]
    files = {
        f"{name}_config": f"includeConfig '{after}.config'\nincludeConfig '{after}.config'\n"
        for name, after in pairwise(names)
    }
    write(tmp_path, nextflow_config="includeConfig 'f0.config'", f29_config="x = 1", **files)
    read = ConfigReader(tmp_path)
    read.read()
    assert any("are not read" in note.message for note in read.notes)
