"""YAML 1.2 values, and the place of each."""

from __future__ import annotations

import pytest

from nfconfgen.findings import Place
from nfconfgen.profile.document.yaml12 import Document, parse


def document(text: str) -> Document:
    found, findings = parse(text, "p.yml")
    assert found is not None
    assert findings == []
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("24:00:00", "24:00:00"),
        ("12:30", "12:30"),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("08", 8),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("-3", -3),
        ("1e3", 1000.0),
        ("1.50", 1.5),
        (".5", 0.5),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("2026-11-22", "2026-11-22"),
        ("'08'", "08"),
        ('"true"', "true"),
        ("1_000", "1_000"),
        ("130-145", "130-145"),
        ("9" * 60, int("9" * 60)),
    ],
)
def test_values(text: str, value: object) -> None:
    found = document(f"key: {text}").data["key"]
    assert found == value
    assert type(found) is type(value)


def test_places() -> None:
    found = document("a:\n  - {b: 1, ü: 🧬, c: 2}\n  - |\n    text\n")
    assert found.key_place(("a",)) == Place("p.yml", 1, 1)
    assert found.place(("a", 0, "b")) == Place("p.yml", 2, 9)
    assert found.key_place(("a", 0, "c")) == Place("p.yml", 2, 18)
    assert found.place(("a", 1)) == Place("p.yml", 3, 5)


def test_the_place_of_what_is_not_there_is_its_parents() -> None:
    found = document("a: {b: 1}")
    assert found.place(("a", "x", "y")) == Place("p.yml", 1, 4)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: 1\na: 2", 2, 1),
        ("a: !!int 1", 1, 4),
        ("a: !!python/object/apply:os.system [ls]", 1, 4),
        ("a: &x 1", 1, 4),
        ("a: 1\n---\nb: 2", 2, 1),
        ("a: 'unfinished\nb: 1", 1, 4),
        ("a: [1, 2\nb: 1", 1, 4),
        ("a: " + "9" * 5000, 1, 4),
        ("a: b # c\u2028d: e", 1, 9),
        ("a: *.fq.gz", 1, 4),
        ("a: {<<: {b: 1}}", 1, 5),
        ("\ta: 1", 1, 1),
        ("a: \x07", 1, 4),
        ("[" * 10000, 1, 33),
        ("a: " + "{a: " * 10000, 1, 128),
        ("{" * 10000, 1, 2),
        ("[{a: 1, {" + "[" * 1001, 1, 9),
        ("a:\n  ü: " + "[" * 1001, 2, 36),
        ("a: [1,\n" + "[" * 1001, 2, 31),
        ("- " * 10000, 1, 65),
        ("[\n" * 1001, 33, 1),
        ("\n".join(" " * depth + "a:" for depth in range(1001)), 33, 33),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_what_is_refused(text: str, line: int, column: int) -> None:
    _, findings = parse(text, "p.yml")
    assert Place("p.yml", line, column) in {finding.place for finding in findings}


def test_all_faults_at_once() -> None:
    _, findings = parse("a: 1\na: !!str 2\nb: &x 3\nc: *x\n", "p.yml")
    assert [finding.place.line for finding in findings] == [2, 2, 3, 4]


def test_a_fault_that_is_not_the_depth_stays_what_it_is() -> None:
    for text, place in (
        ("a: " + "[" * 20 + "\x27x\n", Place("p.yml", 1, 24)),
        ("a: " + "[], " * 100, Place("p.yml", 1, 6)),
        ("a: \x27" + "[" * 2000, Place("p.yml", 1, 4)),
    ):
        _, findings = parse(text, "p.yml")
        assert [finding.place for finding in findings] == [place]
        assert "not valid YAML" in findings[0].message
