"""What is recognised in single expressions."""

from __future__ import annotations

from typing import Any

import pytest

from nfconfgen.expressions import amounts
from nfconfgen.expressions.amounts import UnknownError
from nfconfgen.imports.recognise import growth as recognised
from nfconfgen.imports.recognise import sbatch_line, scopes
from nfconfgen.imports.recognise.decisions import decisions
from nfconfgen.imports.recognise.meaning import meaning, plain, written
from nfconfgen.imports.recognise.pieces import Code
from nfconfgen.imports.recognise.queue_choice import of_site, option_rules, together, when
from nfconfgen.pipeline.tokens import tokens
from nfconfgen.profile import reference_texts


def code(text: str) -> Code:
    return tuple(tokens(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a$b'", "a$$b"),
        ("'5$'", "5$"),
        ("\"${System.getenv('USER')}/x\"", "${USER}/x"),
        ('"/a/${System.getenv("B") ?: "c"}/$params.d"', "/a/${B:-c}/${params.d}"),
        ("System.getenv('X') ?: 'y'", "${X:-y}"),
        ("System.getenv('X') ?: null", "${X:-}"),
        ("System.getenv('X') ? System.getenv('X') : 'y'", "${X:-y}"),
        ("\"${System.getenv('X')}\" ? System.getenv('X') : 'y'", "${X:-}"),
        ('"""\\n  module load a\\n  b\\n  """.stripIndent()', "\nmodule load a\nb\n"),
        ("['a', 'b'].join(',')", "a,b"),
        ("params.x", {"param": "x"}),
        ("params.x ?: 'y'", "${params.x:-y}"),
        ("params.x ?: System.getenv('X') ?: ''", "${params.x:-${X:-}}"),
        (
            "\"${System.getenv('A') ?: System.getenv('B') ?: System.getProperty('user.home')}/c\"",
            "${A:-${B:-${HOME}}}/c",
        ),
        ("System.getenv('A') ?: \"${params.b}/c\"", "${A:-${params.b}/c}"),
        ("!params.x.y", {"not": {"param": "x.y"}}),
        ("'a' + params.b + '/c'", "a${params.b}/c"),
        ("1536.MB", "1536 MB"),
        ("90.min", "1h 30m"),
        ("[a: 1, b: ['x', 2.5]]", {"a": 1, "b": ["x", 2.5]}),
        ("null", None),
    ],
)
def test_a_value_of_a_profile(text: str, value: object) -> None:
    assert plain(meaning(code(text))) == value


@pytest.mark.parametrize("text", ["a$b", "$HOME ${x} $$ $5", "${X:-y}", "$$$$"])
def test_a_text_is_read_as_it_was(text: str) -> None:
    assert reference_texts.read(written(text)) == text
    assert reference_texts.read(written(text, by_shell=True)) == text


@pytest.mark.parametrize("text", ["params.x ? 1 : 2", "new Date()", "\"${params.x ? 'a' : 'b'}\"", "foo(1)", "1.B"])
def test_what_no_profile_says(text: str) -> None:
    with pytest.raises(UnknownError):
        plain(meaning(code(text)))


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("{ task.memory < 8.GB ? 'a' : 'b' }", [({"under": {"memory": "8 GB"}}, "a"), ({}, "b")]),
        ("{ 4.h >= task.time ? 'a' : 'b' }", [({"time": "4h"}, "a"), ({}, "b")]),
        ("{ !(task.cpus > 4) ? 'a' : 'b' }", [({"cpus": 4}, "a"), ({}, "b")]),
        ("{ task.time.toHours() <= 3 ? 'a' : 'b' }", [({"under": {"time": "4h"}}, "a"), ({}, "b")]),
        ("{ task.memory.toMega() >= 512 ? 'a' : 'b' }", [({"from": {"memory": "512 MB"}}, "a"), ({}, "b")]),
        (
            "{ task.cpus > 8 || task.memory > 1.GB && task.attempt == 2 ? 'a' : 'b' }",
            [
                ({"over": {"cpus": 8}}, "a"),
                ({"over": {"memory": "1 GB"}, "attempt": 2, "from": {"attempt": 2}}, "a"),
                ({}, "b"),
            ],
        ),
        (
            "{ if (task.accelerator) 'g' else if ((task.time ?: 1.h) > 1.d) { return 'l' } else { 's' } }",
            [({"accelerator": True}, "g"), ({"over": {"time": "1d"}}, "l"), ({}, "s")],
        ),
    ],
)
def test_a_closure_as_rules(text: str, rules: list[tuple[dict[str, Any], str]]) -> None:
    assert [(when(each.bounds), meaning(each.code)) for each in decisions(code(text))] == rules


@pytest.mark.parametrize(
    "text",
    [
        "{ task.label == 'x' ? 'a' : 'b' }",
        "{ params.big ? 'a' : 'b' }",
        "{ task.memory / task.attempt > 4.GB ? 'a' : 'b' }",
        "{ if (task.cpus > 1) 'a' }",
        "{ task.memory > 1.5 ? 'a' : 'b' }",
    ],
)
def test_conditions_that_no_rule_has(text: str) -> None:
    with pytest.raises(UnknownError):
        [when(each.bounds) for each in decisions(code(text))]


def test_queues() -> None:
    assert of_site(code("'a'"), "slurm") == ["a"]
    assert of_site(code("'a, b'"), "slurm") == [["a", "b"]]
    assert of_site(code("{ params.q }"), "slurm") == {"param": "q"}
    assert of_site(code("{ task.attempt > 1 ? 'big' : 'small' }"), "slurm") == [
        {"queue": "small", "when": {"attempt": 1}},
        "big",
    ]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("-A lab -q high", {"account": "lab", "qos": "high"}),
        ("--account lab --exclusive", {"account": "lab", "exclusive": True}),
        ("-qhigh -Cavx", {"qos": "high", "constraint": "avx"}),
        ("--gres=lscratch:10 --mail-type END", {"cluster_options": ["--gres=lscratch:10", "--mail-type=END"]}),
        ("", {}),
    ],
)
def test_options_of_sbatch(text: str, keys: dict[str, object]) -> None:
    assert sbatch_line.options(text) == keys


def test_options_with_references() -> None:
    found = sbatch_line.options(
        meaning(code("\"--account=${System.getenv('A')} --qos ${params.q} --comment=$params.c.d\""))
    )
    assert found == {"account": "${A}", "qos": {"param": "q"}, "cluster_options": ["--comment=${params.c.d}"]}


def test_options_by_rule() -> None:
    qos = option_rules(code("{ task.memory <= 245.GB ? '--qos=a' : '--qos=b' }"))
    assert qos == [{"when": {"memory": "245 GB"}, "qos": "a"}, {"qos": "b"}]
    queues = of_site(code("{ task.memory <= 245.GB ? 'x' : task.memory <= 1.TB ? 'y' : 'z' }"), "slurm")
    assert together(qos, queues) == [
        {"queue": "x", "when": {"memory": "245 GB"}, "qos": "a"},
        {"queue": "y", "when": {"memory": "1024 GB"}, "qos": "b"},
        {"queue": "z", "qos": "b"},
    ]
    assert together(qos, ["x"]) == [*qos, "x"]
    assert option_rules(code('{ "--gres=tmp:${10 * task.attempt}" }'))[1] == {
        "when": {"attempt": 2},
        "cluster_options": ["--gres=tmp:20"],
    }


@pytest.mark.parametrize(
    ("text", "first", "growth", "most"),
    [
        ("{ 2.GB * task.attempt }", "2 GB", "attempt", None),
        ("{ check_max( 2.GB * 2 ** (task.attempt - 1), 'memory' ) }", "2 GB", "double", None),
        ("{ 2.GB + 1.GB * (task.attempt - 1) }", "2 GB", {"add": "1 GB"}, None),
        ("{ task.attempt > 1 ? 5.GB : 2.GB }", "2 GB", {"add": "3 GB"}, "5 GB"),
        ("'3 GB'", "3 GB", None, None),
    ],
)
def test_growth(text: str, first: str, growth: object, most: object) -> None:
    found = recognised.grown(code(text), None, {"check_max": ()}, amounts.memory)
    assert (plain(found.first), found.growth, plain(found.most)) == (first, growth, most)


@pytest.mark.parametrize(
    "text",
    [
        "{ task.exitStatus == 137 ? 8.GB * task.attempt : 8.GB }",
        "{ 2.GB * task.cpus }",
        "{ task.attempt > 2 ? 9.GB : 2.GB }",
        "{ 4.GB / task.attempt }",
    ],
)
def test_growth_that_retry_does_not_have(text: str) -> None:
    with pytest.raises(UnknownError):
        recognised.grown(code(text), None, {}, amounts.memory)


@pytest.mark.parametrize(
    ("text", "retries", "keys"),
    [
        ("'finish'", None, {"otherwise": "finish"}),
        ("'retry'", 2, {"attempts": 3, "exit_codes": "any", "lost": True}),
        ("{ task.exitStatus in 130..140 ? 'retry' : 'terminate' }", None, {"exit_codes": ["130-140"]}),
        (
            "{ task.exitStatus in [137, 2147483647] ? 'retry' : 'ignore' }",
            1,
            {"attempts": 2, "exit_codes": [137], "lost": True, "otherwise": "ignore"},
        ),
        (
            "{ task.exitStatus == 1 ? 'finish' : 'retry' }",
            1,
            {"attempts": 2, "exit_codes": {"any": {"except": [1]}}, "lost": True, "otherwise": "finish"},
        ),
        (
            "{ task.attempt < 3 ? 'retry' : 'ignore' }",
            5,
            {"attempts": 3, "exit_codes": "any", "lost": True, "last": "ignore"},
        ),
    ],
)
def test_strategies(text: str, retries: int | None, keys: dict[str, object]) -> None:
    assert recognised.strategy(code(text), retries, None) == keys


def test_more_attempts_than_a_profile_has() -> None:
    with pytest.raises(UnknownError):
        recognised.strategy(code("'retry'"), 12, None)


@pytest.mark.parametrize("text", ["{ task.exitStatus == 1 ? 'finish' : 'ignore' }", "{ sleep(9) }", "'nothing'"])
def test_strategies_that_no_keys_say(text: str) -> None:
    with pytest.raises(UnknownError):
        recognised.strategy(code(text), 1, None)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10 sec", {"jobs": 10, "per": "1s"}),
        ("25sec", {"jobs": 25, "per": "1s"}),
        ("6/1min", {"jobs": 6, "per": "1m"}),
        ("190 / 60 min", {"jobs": 190, "per": "1h"}),
    ],
)
def test_rates(text: str, rate: dict[str, object]) -> None:
    assert scopes.rate(text) == rate


@pytest.mark.parametrize("text", ["--qos=a --qos=b", "--clusters=all", "-p short", "--mem=4G", "--nodes=2"])
def test_options_that_a_profile_refuses_stay_as_they_are(text: str) -> None:
    with pytest.raises(UnknownError):
        sbatch_line.options(text)


@pytest.mark.parametrize(
    "text",
    [
        "{ task.attempt <= 4 ? 8.GB * task.attempt : 100.GB }",
        "{ task.attempt < 5 ? 8.GB : 16.GB }",
    ],
)
def test_growth_is_that_of_every_attempt_that_the_config_allows(text: str) -> None:
    assert recognised.grown(code(text), None, {}, amounts.memory, 4).first == amounts.memory("8 GB")
    with pytest.raises(UnknownError):
        recognised.grown(code(text), None, {}, amounts.memory, 7)


def test_options_by_attempt_have_a_rule_for_every_attempt() -> None:
    options = code("{ task.attempt * 10 > 50 ? '--nice=1' : '--nice=2' }")
    rules = [{"when": {"attempt": 5}, "cluster_options": ["--nice=2"]}, {"cluster_options": ["--nice=1"]}]
    assert option_rules(options, 7) == rules
    with pytest.raises(UnknownError):
        option_rules(code('{ "--nice=${100 * task.attempt}" }'), 7)


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        ('--comment="a b" --nice=3', {"cluster_options": ['--comment="a b"', "--nice=3"]}),
        ("--comment 'a \"b'", {"cluster_options": ["--comment='a \"b'"]}),
        ("-A 'lab' --qos=\"high\" ", {"account": "lab", "qos": "high"}),
    ],
)
def test_options_keep_their_quotes(line: str, keys: object) -> None:
    assert sbatch_line.options(line) == keys
