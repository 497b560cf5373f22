"""No value gets into an output but through a filter that quotes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nfconfgen.render.environment import FILTERS
from tests.conftest import ROOT

TEMPLATES = sorted((ROOT / "templates").glob("*.j2"))
EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
LAST_FILTER = re.compile(r"\|\s*(\w+)(?:\([\w.]+\))?\s*-?$")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_expression_ends_in_a_quoting_filter(template: Path) -> None:
    for match in EXPRESSION.finditer(template.read_text()):
        last = LAST_FILTER.search(match[1])
        assert last is not None, f"{template.name}: {match[0]} is not quoted"
        assert last[1] in FILTERS, f"{template.name}: {match[0]} ends in {last[1]}"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_each_language_uses_its_own_quoting(template: Path) -> None:
    wrong = "groovy" if ".sh." in template.name else "sh"
    for match in EXPRESSION.finditer(template.read_text()):
        last = LAST_FILTER.search(match[1])
        assert last is None or last[1] != wrong, f"{template.name}: {match[0]}"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_the_comment_filter_quotes_nothing_but_comments(template: Path) -> None:
    in_usage = False
    for line in template.read_text().splitlines():
        in_usage = line.endswith("<<'EOF'") or (in_usage and line != "EOF")
        if re.search(r"\|\s*comment\b", line) and not in_usage:
            assert line.lstrip().startswith(("#", "//")), f"{template.name}: {line}"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_filter_is_switched_off(template: Path) -> None:
    text = template.read_text()
    assert "safe" not in re.findall(r"\|\s*(\w+)", text)
    assert "autoescape" not in text


def test_an_unquoted_expression_would_be_noticed() -> None:
    assert LAST_FILTER.search(" site.name ") is None
    assert LAST_FILTER.search(" site.name | groovy ~ other ") is None
