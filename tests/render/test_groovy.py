"""Groovy literals and closures as text; lab/nextflow checks them with the real Nextflow."""

from __future__ import annotations

import pytest

from nfconfgen.render import groovy
from nfconfgen.render.environment import FILTERS
from nfconfgen.render.groovy import Code
from nfconfgen.terminal.visible import comment


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("plain", "'plain'"),
        ("it's", r"'it\'s'"),
        ("back\\slash", r"'back\\slash'"),
        ("trailing\\", "'trailing\\\\'"),
        ("$x ${y}", "'$x ${y}'"),
        ("two\nlines\r", r"'two\nlines\r'"),
        (True, "true"),
        (0, "0"),
        (1.5, "1.5"),
        (None, "null"),
        (["a", 1], "['a', 1]"),
        ({"a": {"b's": None}, "$c": [True]}, r"['a': ['b\'s': null], '$c': [true]]"),
        ({}, "[:]"),
        (Code("8.GB"), "8.GB"),
    ],
)
def test_quote(value: object, literal: str) -> None:
    assert groovy.quote(value) == literal


def test_quote_refuses_what_it_does_not_know() -> None:
    with pytest.raises(TypeError):
        groovy.quote(object())


@pytest.mark.parametrize("text", ["", "a b", "1st", "a;b", "a\n", "ä"])
def test_a_name_is_a_name(text: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        groovy.name(text)


def test_a_comment_stays_on_its_line() -> None:
    assert comment("a\nb\r\\u000ac\u2028d") == "a?nb?r?u000ac?u2028d"


@pytest.mark.parametrize(
    ("values", "expression"),
    [
        (["1"], "1"),
        (["1", "1", "1"], "1"),
        (["1", "2", "2"], "{ task.attempt > 1 ? 2 : 1 }"),
        (["1", "2", "3"], "{ task.attempt > 2 ? 3 : task.attempt > 1 ? 2 : 1 }"),
        (["1", "1", "3"], "{ task.attempt > 2 ? 3 : 1 }"),
        (["1", "2", "1"], "{ task.attempt > 2 ? 1 : task.attempt > 1 ? 2 : 1 }"),
    ],
)
def test_by_attempt(values: list[str], expression: str) -> None:
    assert groovy.by_attempt([Code(value) for value in values]) == expression


@pytest.mark.parametrize(("seconds", "literal"), [(3600, "1.h"), (86400, "24.h"), (5400, "90.min"), (61, "61.s")])
def test_duration(seconds: int, literal: str) -> None:
    assert groovy.duration(seconds) == literal


def test_exit_codes() -> None:
    assert groovy.exit_codes([(104, 104), (130, 145)], 9) == "((130..145) + [104, 9])"
    assert groovy.exit_codes([], 9) == "([9])"


@pytest.mark.parametrize(("value", "word"), [("a b", "'a b'"), (3, "3"), ("$(x)", "'$(x)'"), ("", "''")])
def test_shell_words(value: object, word: str) -> None:
    assert FILTERS["sh"](value) == word
