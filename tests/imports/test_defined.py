"""Definitions of a config in place of their names."""

from __future__ import annotations

import pytest

from nfconfgen.imports.defined import in_place


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
    ],
)
def test_a_name_is_replaced_where_it_is_read(code: str, result: str) -> None:
    assert in_place(code, {"queue": "'long'", "most": "3.h", "both": "queue + most"}) == result


def test_definitions_of_each_other_end() -> None:
    # each doubles the one before: unbounded, the text would have 2^200 characters
    doubled = {f"x{number}": f"x{number + 1} + x{number + 1}" for number in range(200)}
    assert len(in_place("x0", doubled)) < 100_000
    assert len(in_place("a", {"a": "b", "b": "a"})) < 1000
