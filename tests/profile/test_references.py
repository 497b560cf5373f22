"""References to variables and params in the texts of a profile."""

from __future__ import annotations

import pytest

from nfconfgen.profile.references import (
    Env,
    FromParam,
    Text,
    Value,
    at_launch,
    broken,
    concat,
    known,
    of_mapping,
    read,
    settled,
)

USER, QOS, OPTIONAL = Env("USER"), Env("QOS", "normal"), Env("MAIL", "")
PARAMS = {"account": "lab", "nothing": None, "flag": False, "number": 3, "deep": {"name": "x"}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("5$ and $(id) and $", "5$ and $(id) and $"),
        ("$$HOME $${x} $$$$", "$HOME ${x} $$"),
        ("$HOME", "$HOME"),
        ("${USER}", Text((USER,))),
        ("/data/${USER}/x", Text(("/data/", USER, "/x"))),
        ("${QOS:-normal}", Text((QOS,))),
        ("${params.deep.name}", Text((FromParam("deep.name"),))),
        ("$$${USER}", Text(("$", USER))),
    ],
)
def test_a_text_is_read(text: str, value: Value) -> None:
    assert read(text) == value


@pytest.mark.parametrize("text", ["${1}", "${X%%y}", "${X:-a$b}", "${X", "${params.}", "${X:-`id`}", '${X:-"}'])
def test_what_is_no_reference_is_found(text: str) -> None:
    assert [name for _, name in broken(text)] == [""]
    assert read(text) == text


def test_a_variable_of_the_shell_is_found_by_name() -> None:
    assert list(broken("a $HOME ${USER} $$X $(id)")) == [("$HOME", "HOME")]


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ({"param": "x"}, Text((FromParam("x"),))),
        ({"not": {"param": "x"}}, Text((FromParam("x", negated=True),))),
        ({"param": 1}, None),
        ({"a": "x"}, None),
        ({"param": "x", "not": {}}, None),
        ("x", None),
    ],
)
def test_a_mapping_may_stand_for_a_param(data: object, value: Text | None) -> None:
    assert of_mapping(data) == value


def test_texts_are_joined() -> None:
    assert concat("a", "b") == "ab"
    assert concat("a", Text((USER, "b")), "c") == Text(("a", USER, "bc"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${QOS:-normal}", "normal"),
        ("${USER}", ""),
        ("${params.account}-${QOS:-normal}", "lab-normal"),
        ("${params.nothing}", ""),
        ("${params.missing}", ""),
        ("x", "x"),
    ],
)
def test_what_is_known_before_a_run(text: str, value: str) -> None:
    assert known(read(text), PARAMS) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${params.account}/${USER}", Text(("lab/", USER))),
        ("${params.nothing}/${USER}", ""),
        ("x", "x"),
    ],
)
def test_a_script_knows_params_and_reads_variables(text: str, value: Value) -> None:
    assert at_launch(read(text), PARAMS) == value


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (read("${USER}"), "me"),
        (read("${QOS:-normal}"), "normal"),
        (read("${MAIL:-}"), None),
        (read("--mail=${MAIL:-}"), None),
        (read("--account=${params.account}"), "--account=lab"),
        (read("--account=${params.nothing}"), None),
        (read("${params.number}"), 3),
        (Text((FromParam("flag", negated=True),)), True),
        ([read("${USER}"), {"a": read("${params.deep.name}")}], ["me", {"a": "x"}]),
    ],
)
def test_what_nextflow_makes_of_it(value: object, found: object) -> None:
    assert settled(value, PARAMS, {"USER": "me"}) == found
