"""Words, texts and signs of Nextflow's languages."""

from __future__ import annotations

import pytest

from nfconfgen.pipeline.tokens import Lines, tokens


def kinds_and_texts(source: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokens(source)]


@pytest.mark.parametrize(
    ("source", "inside"),
    [
        ("'a'", "a"),
        (r"'it\'s'", "it's"),
        ("'''two\nlines, 'quoted' '''", "two\nlines, 'quoted' "),
        ('"a ${x ? "b" : \'}\'} c"', "a ${x ? \"b\" : '}'} c"),
        ('"""a "b" ${ [1].collect { "${it}" } } c"""', 'a "b" ${ [1].collect { "${it}" } } c'),
        ('""', ""),
        ('"$"', "$"),
        (r'"\$x"', "$x"),
        (r"= /a\/b{/", "a/b{"),
        ("$/a / b 'c/$", "a / b 'c"),
    ],
)
def test_a_text_ends_where_groovy_ends_it(source: str, inside: str) -> None:
    assert [token.text for token in tokens(f"{source} end") if token.kind != "sign"] == [inside, "end"]


@pytest.mark.parametrize(
    ("source", "fixed"),
    [("'$x'", True), ('"x"', True), ('"$x"', False), ('"${x}"', False), (r'"\$x"', True), ('"5$"', True)],
)
def test_a_text_with_something_put_in_is_not_fixed(source: str, fixed: bool) -> None:
    assert [token.fixed for token in tokens(source)] == [fixed]


def test_comments_are_no_tokens() -> None:
    assert kinds_and_texts("#!/usr/bin/env nextflow\na // 'b\n/* { \n ' */ c /* open") == [
        ("newline", "\n"),
        ("word", "a"),
        ("newline", "\n"),
        ("word", "c"),
    ]


def test_an_url_in_a_text_is_no_comment() -> None:
    assert kinds_and_texts("'https://x' \"s3://y\"") == [("text", "https://x"), ("text", "s3://y")]


def test_a_slash_divides_behind_a_value() -> None:
    assert [text for _, text in kinds_and_texts("a / b / c")] == ["a", "/", "b", "/", "c"]
    assert [text for _, text in kinds_and_texts("(a) / 2 // x")] == ["(", "a", ")", "/", "2"]


def test_a_text_without_an_end_ends_with_its_line() -> None:
    assert kinds_and_texts("'a\nb") == [("text", "a"), ("newline", "\n"), ("word", "b")]
    assert kinds_and_texts('"a\nb') == [("text", "a"), ("newline", "\n"), ("word", "b")]
    assert kinds_and_texts("'''a\nb") == [("text", "a\nb")]


def test_places() -> None:
    lines = Lines.of("ab\n\n  c")
    assert [lines.at(token.start) for token in tokens("ab\n\n  c")] == [(1, 1), (1, 3), (2, 1), (3, 3)]
