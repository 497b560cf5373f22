"""References to variables and params in the texts of a profile."""

from __future__ import annotations

import pytest

from nfconfgen.profile.reference_texts import broken, of_mapping, read
from nfconfgen.profile.references import Env, FromParam, Gpus, Text, Value, at_launch, concat, known, settled
from tests.core import load_text

USER, QOS, OPTIONAL = Env("USER"), Env("QOS", "normal"), Env("MAIL", "")
DEEP = FromParam("b", default=Text((OPTIONAL,)))
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
        ("gpu:${task.accelerator}", Text(("gpu:", Gpus()))),
        ("${A:-$$x}", Text((Env("A", "$x"),))),
        ("${A:-${USER}}", Text((Env("A", Text((USER,))),))),
        ("${A:-/x/${QOS:-normal}/y}z", Text((Env("A", Text(("/x/", QOS, "/y"))), "z"))),
        ("${params.a:-lab}", Text((FromParam("a", default="lab"),))),
        ("${params.a:-${params.b:-${MAIL:-}}}", Text((FromParam("a", default=Text((DEEP,))),))),
        (
            "${A:-${B:-${C:-${D:-x}}}}",
            Text((Env("A", Text((Env("B", Text((Env("C", Text((Env("D", "x"),))),))),))),)),
        ),
    ],
)
def test_a_text_is_read(text: str, value: Value) -> None:
    assert read(text) == value


FIVE = "${A:-${B:-${C:-${D:-${E:-x}}}}}"


@pytest.mark.parametrize(
    "text",
    [
        "${1}",
        "${X%%y}",
        "${X:-a$b}",
        "${X",
        "${params.}",
        "${X:-`id`}",
        "${task.cpus}",
        "${X:-${task.accelerator}}",
        '${X:-"}',
        FIVE,
    ],
)
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
        ("${A:-${QOS:-normal}}", "normal"),
        ("${A:-${USER}}", ""),
        ("${params.nothing:-x}/${params.account:-y}", "x/lab"),
        ("${params.flag:-${USER}}", ""),
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
        ("${params.account:-x}", "lab"),
        ("${params.nothing:-${QOS:-normal}}/x", Text((QOS, "/x"))),
        ("${A:-${params.account}/x}", Text((Env("A", "lab/x"),))),
        # the command line may set the param, and then needs no variable
        ("${params.nothing:-${USER}}", ""),
        ("${A:-${params.nothing}}", ""),
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
        (read("a${MAIL:-}"), "a"),
        (read("a${params.nothing}/${params.flag}"), "anull/false"),
        (read("a${A:-b${MAIL:-}}"), "a"),
        (read("${A:-${USER}}"), "me"),
        (read("${A:-${MAIL:-}}"), None),
        (read("${params.nothing:-x}"), "x"),
        (read("${params.flag:-${USER}}"), "me"),
        (read("${params.nothing:-}"), None),
        (read("${params.number}"), 3),
        (Text((FromParam("flag", negated=True),)), True),
        ([read("${USER}"), {"a": read("${params.deep.name}")}], ["me", {"a": "x"}]),
    ],
)
def test_what_nextflow_makes_of_it(value: object, found: object) -> None:
    assert settled(value, PARAMS, {"USER": "me"}) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("--account=${params.account}", "--account=lab"),
        ("--account=${params.nothing}", None),
        ("--account=${params.nothing:-${MAIL:-}}", None),
        ("--account=${params.nothing:-${MAIL:-x}}", "--account=x"),
        ("--mail=${MAIL:-}", None),
        ("--mail=${A:-me@${MAIL:-}}", None),
        ("--mail=${A:-${USER}}", "--mail=me"),
    ],
)
def test_an_option_that_reads_what_is_unset_is_left_out(text: str, found: str | None) -> None:
    assert settled(read(text), PARAMS, {"USER": "me"}, option=True) == found


def test_a_variable_is_needed_unless_another_is_in_its_place() -> None:
    value = read("${USER} ${A:-${B:-${C}}/${D}} ${E:-x${F:-}} ${params.a:-${G}}")
    assert isinstance(value, Text)
    assert [*value.needed] == [("USER",), ("A", "B", "C"), ("A", "D")]
    assert "".join(variable.name for variable in value.variables) == "USERABCDEFG"


@pytest.mark.parametrize("text", ["${A:-$$x/${B:-${C}}}", "${params.a:-}", "${params.a:-${B}/$$}"])
def test_a_reference_is_shown_as_it_is_written(text: str) -> None:
    assert str(read(text)) == text


def test_a_dollar_in_groovy_code_is_its_own() -> None:
    code = '"${System.nanoTime()} ${NAME} $$ $x"'
    loaded = load_text(
        "nfconfgen: 1\npipeline: {name: demo}\nsites:\n  a:\n    executor: slurm\n    queues: [q]\n"
        f"    groovy: {{process.tag: '{code}'}}\n    variants: {{v: {{groovy: {{process.tag: '{code} + 1'}}}}}}\n",
        "profile.yml",
    )
    assert loaded.findings == ()
    assert loaded.profile is not None
    assert [site.run.groovy["process.tag"] for site in loaded.profile.sites] == [code, f"{code} + 1"]
    assert [site.variables for site in loaded.profile.sites] == [(), ()]
