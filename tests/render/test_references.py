"""References as Groovy and as a word of bash."""

from __future__ import annotations

import pytest

from nfconfgen.profile.reference_texts import read
from nfconfgen.profile.references import FromParam, Text
from nfconfgen.render.environment import shell
from nfconfgen.render.groovy import directive, joined, quote

REQUIRED = (
    "System.getenv('USER') ?: "
    "({ throw new nextflow.exception.ConfigParseException('environment variable USER is not set') })()"
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("${QOS:-normal}", "System.getenv('QOS') ?: 'normal'"),
        ("${QOS:-}", "System.getenv('QOS') ?: null"),
        ("${USER}", REQUIRED),
        ("${params.a.b}", "params.a.b"),
        ("${A:-${QOS:-normal}}", "System.getenv('A') ?: System.getenv('QOS') ?: 'normal'"),
        ("${A:-${USER}}", f"System.getenv('A') ?: {REQUIRED}"),
        ("${A:-/x/${QOS:-n}}", "System.getenv('A') ?: \"/x/${System.getenv('QOS') ?: 'n'}\""),
        ("${A:-${QOS:-}}", "System.getenv('A') ?: System.getenv('QOS') ?: null"),
        ("/a${A:-${QOS:-}}", "\"/a${System.getenv('A') ?: System.getenv('QOS') ?: ''}\""),
        (
            "${A:-x${QOS:-}}",
            "System.getenv('A') ?: (System.getenv('QOS') ? \"x${System.getenv('QOS') ?: ''}\" : null)",
        ),
        ("${params.a:-x's}", "params.a ?: 'x\\'s'"),
        ("${params.a:-${QOS:-$$n}}", "params.a ?: System.getenv('QOS') ?: '$n'"),
        ("${params.a:-}", "params.a ?: null"),
        ('/x "$$y" \\ ${QOS:-n}\n', r'"/x \"\$y\" \\ ${System.getenv(' + "'QOS'" + r") ?: 'n'}" + r'\n"'),
        ("$$HOME's", r"'$HOME\'s'"),
    ],
)
def test_a_reference_as_groovy(text: str, code: str) -> None:
    assert quote(read(text)) == code


def test_only_what_reads_a_param_is_a_closure() -> None:
    assert directive(read("${params.a}")) == "{ params.a }"
    assert directive(read("${QOS:-normal}")) == "System.getenv('QOS') ?: 'normal'"
    assert directive(read("${QOS:-${params.a:-x}}")) == "{ System.getenv('QOS') ?: params.a ?: 'x' }"
    assert directive({"a": read("${params.a}")}) == "{ ['a': params.a] }"
    assert quote(Text((FromParam("a", negated=True),))) == "!params.a"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], "''"),
        (["-a", "-b"], "'-a -b'"),
        (["-a", "--q=${QOS:-n}", "-c"], "\"-a --q=${System.getenv('QOS') ?: 'n'} -c\""),
        (["--q=${params.q}"], 'params.q ? "--q=${params.q}" : null'),
        (
            ["--gres=gpu:${task.accelerator}"],
            'task.accelerator?.request ? "--gres=gpu:${task.accelerator?.request}" : null',
        ),
        (["--q=${params.q:-x}"], "\"--q=${params.q ?: 'x'}\""),
        (["--q=${params.q:-}"], "params.q ? \"--q=${params.q ?: ''}\" : null"),
        (
            ["--q=${params.q:-${A:-}}"],
            "(params.q ?: System.getenv('A') ?: null) ? \"--q=${params.q ?: System.getenv('A') ?: ''}\" : null",
        ),
        (["-a", "--q=${params.q}"], "'-a' + (params.q ? \" --q=${params.q}\" : '')"),
        (["--q=${params.q}", "-a"], "(params.q ? \"--q=${params.q} \" : '') + '-a'"),
        (
            ["--q=${params.q}", "--r=${params.r}"],
            "(params.q ? \"--q=${params.q} \" : '') + (params.r ? \"--r=${params.r}\" : '')",
        ),
        (["${A:-x}", "--r=${params.r}"], "(System.getenv('A') ?: 'x') + (params.r ? \" --r=${params.r}\" : '')"),
    ],
)
def test_options_are_left_out_where_what_they_read_is_unset(words: list[str], code: str) -> None:
    assert joined([read(word) for word in words]) == code


def test_a_word_of_bash() -> None:
    assert shell(read("/data/${USER}/it's ${QOS:-n}")) == """/data/"${USER:-}"'/it'"'"'s '"${QOS:-n}\""""
    assert shell(read("$$HOME")) == "'$HOME'"
    assert shell(read("${A:-/x/${USER}/$$it's}/y")) == """"${A:-/x/${USER:-}/\\$it's}"/y"""
