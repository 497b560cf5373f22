"""Expressions of configs: what is certain has a value, all else a reason. The lab compares them with Nextflow."""

from __future__ import annotations

import random

import pytest

from nfconfgen.expressions.amounts import Duration, Memory, UnknownError
from nfconfgen.expressions.expression import compiled
from nfconfgen.pipeline.tokens import tokens
from tests.lab.nextflow.test_expressions import CPUS, MEMORY, TIME

GB = 1024**3


def names(name: str) -> object:
    if name in ("five", "three"):
        return {"five": 5, "three": Memory(3 * GB)}[name]
    raise UnknownError(f"{name} is not known")


def value(text: str) -> object:
    return compiled(tuple(tokens(text)))(names)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ** 3 ** 2", 512),
        ("-five + 7", 2),
        ("7 / 2 * 2", 7),
        ("five > 3 ? 'a' : 'b'", "a"),
        ("null ?: 'other'", "other"),
        ("null?.size()", None),
        ("[1, 2, 3].take(2).last()", 2),
        ("[][0]", None),
        ("[a: 1, b: [c: 2]].b.c", 2),
        ("'x' + 'y'", "xy"),
        ("'${five}'", "${five}"),
        ('"${five}"', "5"),
        ('"$five GB"', "5 GB"),
        ("five in [4, 5]", True),
        ("five == 5 && !(five != 5)", True),
        ("three * 2", Memory(6 * GB)),
        ("{ five }", 5),
        ("1.5.h", Duration(5_400_000)),
        ("[8.GB, three].min()", Memory(3 * GB)),
    ],
)
def test_what_is_certain_has_a_value(text: str, result: object) -> None:
    assert value(text) == result


@pytest.mark.parametrize(
    "text",
    [
        "meta.size",
        "five.execute()",
        "'rm -rf /'.execute()",
        "new File('/etc/passwd').text",
        "System.exit(1)",
        "five = 6",
        "[1, 2].each { it }",
        "{ -> five }",
        "null > 3",
        "1 / 0",
        "9 ** 9 ** 9",
        "1.parsec",
        "three + five",
        "three > five",
        "1..100000",
        "five ? 1",
        "(((",
        "",
        "import x",
        "five five",
        "-" * 3000,
        "!" * 900 + "true",
        "(" * 900 + "1" + ")" * 900,
        "+".join(["1"] * 900),
        "[" * 500,
        "1" * 5000,
        "five." + "a" * 5000,
    ],
)
def test_everything_else_has_a_reason(text: str) -> None:
    try:
        found = value(text)
    except UnknownError:
        return
    assert isinstance(found, int)  # what is only long


def test_any_text_ends_in_a_value_or_a_reason() -> None:
    """Parts of real expressions in any order: neither another error nor endless work."""
    chance = random.Random(5)
    parts = [token.text for text in (*MEMORY, *TIME, *CPUS) for token in tokens(text)]
    parts += [
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "\n",
        ";",
        "$",
        "'",
        '"',
        "?.",
        "..",
        "**",
        "return",
        "if",
        "else",
        "def",
        "as",
    ]
    known = 0
    for _ in range(20_000):
        text = " ".join(chance.choices(parts, k=chance.randint(1, 12)))
        try:
            value(text)
        except UnknownError:
            continue
        known += 1
    assert known > 100
