"""Changes in the text of a profile: the text before, the changes, the text after."""

from __future__ import annotations

import json

import pytest

from nfconfgen.errors import UsageError
from nfconfgen.profile.document.edit import edited
from nfconfgen.profile.document.new_text import Value
from nfconfgen.profile.document.yaml12 import Path, parse
from nfconfgen.profile.read import LARGEST_BYTES

A = ("tasks", "processes", "A")

CASES: dict[str, tuple[str, dict[Path, Value], str]] = {
    # scalars
    "in a block": ("a:\n  b: 8 GB\n", {("a", "b"): "12 GB"}, "a:\n  b: 12 GB\n"),
    "in a flow mapping": ("a: {b: 8 GB, c: 1}\n", {("a", "b"): "12 GB"}, "a: {b: 12 GB, c: 1}\n"),
    "double quotes stay": ('a: "8 GB"\n', {("a",): "12 GB"}, 'a: "12 GB"\n'),
    "single quotes stay": ("a: '8 GB'\n", {("a",): "it's"}, "a: 'it''s'\n"),
    "a number needs no quotes": ('a: "8 GB"\n', {("a",): 8}, "a: 8\n"),
    "types": ("a: 1\nb: 1\nc: 1\nd: 1\n", {("a",): True, ("b",): None, ("c",): 1.5, ("d",): "1"},
              'a: true\nb: null\nc: 1.5\nd: "1"\n'),
    "a number of another type": ("a: 1\n", {("a",): 1.0}, "a: 1.0\n"),
    "without a space before its key": ('{"a":1,"b":2}', {("b",): 3}, '{"a":1,"b":3}'),
    "a text of several lines": ("a: x\n  y\n\n  z  # c\nb: 1\n", {("a",): "v"}, "a: v  # c\nb: 1\n"),
    "a quoted text of several lines": ('a: "x\n\n  y"\nb: 1\n', {("a",): "v"}, 'a: "v"\nb: 1\n'),
    "a block scalar": ("a: |-  # c\n  x: # no comment\n  y\n\nb: 1\n", {("a",): "v"}, "a: v  # c\n\nb: 1\n"),
    "on a line below the key": ("a:\n  # c\n  1\n", {("a",): 2}, "a:\n  # c\n  2\n"),
    "a break": ("a: 1\n", {("a",): "x\ny"}, 'a: "x\\ny"\n'),
    "invisible characters": ("a: 1\n", {("a",): "x\u2028\x85y"}, 'a: "x\\u2028\\u0085y"\n'),
    "a tab behind the value": ("a: 1\t# c\nb: 2\t\n", {("a",): 222, ("b",): 1}, "a: 222\t# c\nb: 1\t\n"),
    # comments
    "the column of a comment stays": ("a: 8 GB      # c\n", {("a",): "12 GB"}, "a: 12 GB     # c\n"),
    "also if the value is shorter": ("a: 12 GB     # c\n", {("a",): "8 GB"}, "a: 8 GB      # c\n"),
    "two spaces stay": ("a: 1    # c\n", {("a",): "longer"}, "a: longer  # c\n"),
    "not aligned": ("a: 1  # c\nb: 100\n", {("a",): 100}, "a: 100  # c\nb: 100\n"),
    "one space stays": ("a: 1 # c\n", {("a",): 100}, "a: 100 # c\n"),
    "aligned by the line above": ("b: 100 # c\na: 1   # c\n", {("b",): 1}, "b: 1   # c\na: 1   # c\n"),
    "several changes in the line": ("a: {b: 1, c: 2}      # c\n", {("a", "b"): 100, ("a", "d"): 1},
                                    "a: {b: 100, c: 2, d: 1}  # c\n"),
    # null
    "null with a comment": ("a: # c\nb: 1\n", {("a",): "8 GB"}, "a: 8 GB # c\nb: 1\n"),
    "null at the end": ("a:", {("a",): 1}, "a: 1"),
    "null in a flow mapping": ("a: {b: , c, d: 1}\n", {("a", "b"): 1, ("a", "c"): 2}, "a: {b: 1 , c: 2, d: 1}\n"),
    "null written out": ("a: ~  # c\n", {("a",): 1}, "a: 1  # c\n"),
    "null becomes a mapping": (
        "tasks:  # c\n  # d\n\nsites:\n    x: {y: 1}\n", {(*A, "cpus"): 2},
        "tasks:  # c\n  # d\n    processes:\n        A: {cpus: 2}\n\nsites:\n    x: {y: 1}\n"),
    "null written out becomes a mapping": (
        "tasks: ~ # c\n", {(*A, "cpus"): 2}, "tasks: # c\n  processes:\n    A: {cpus: 2}\n"),
    "null becomes a flow mapping": ("a:\n  memory:  # c\n", {("a", "memory"): {"add": "1 GB"}},
                                    "a:\n  memory: {add: 1 GB}  # c\n"),
    # new keys in flow mappings
    "empty": ("a: {}\n", {("a", "b"): {"c": 1}}, "a: {b: {c: 1}}\n"),
    "a space within": ("a: { }\nb: { c: 1 }\n", {("a", "b"): 1, ("b", "d"): 2}, "a: {b: 1}\nb: { c: 1, d: 2 }\n"),
    "with a comma at its end": ("a: {b: 1, }\n", {("a", "c"): 2}, "a: {b: 1, c: 2, }\n"),
    "of several lines": (
        "a: {\n  b: 1,  # b\n  c: 2   # c\n  # d\n}\n", {("a", "d"): 3, ("a", "e"): 4},
        "a: {\n  b: 1,  # b\n  c: 2,  # c\n  d: 3,\n  e: 4\n  # d\n}\n"),
    "of several lines with a comma": (
        "a: {\n  b: 1,\n  c: 2,  # c\n}\n", {("a", "d"): 3}, "a: {\n  b: 1,\n  c: 2,  # c\n  d: 3,\n}\n"),
    "folded": ("a: {b: 1,\n    c: 2, d: 3}\n", {("a", "e"): 4}, "a: {b: 1,\n    c: 2, d: 3, e: 4}\n"),
    "empty with a comment": ("a: { # c\n}\n", {("a", "b"): 1}, "a: {b: 1 # c\n}\n"),
    "at the top, within braces": ("--- {a: 1}\n", {("b",): 2}, "--- {a: 1, b: 2}\n"),
    "an empty profile": ("{}\n", {("a",): {"b": 2}}, '{"a": {"b": 2}}\n'),
    "JSON": (
        '{\n  "tasks": {\n    "default": {"cpus": 1}\n  }\n}\n',
        {(*A, "memory"): "1 GB", ("tasks", "default", "time"): "1h"},
        '{\n  "tasks": {\n    "default": {"cpus": 1, "time": "1h"},\n'
        '    "processes": {"A": {"memory": "1 GB"}}\n  }\n}\n'
    ),
    # new keys in block mappings
    "before blank lines and comments of the next": (
        "a:\n  b: 1  # b\n  # of a\n\n  # apart\n# of c\nc: 1\n", {("a", "d"): 2},
        "a:\n  b: 1  # b\n  # of a\n  d: 2\n\n  # apart\n# of c\nc: 1\n"),
    "behind the lines of the last": ("a:\n    b:\n      - 1\n      -\n    # c\nd: 1\n", {("a", "e"): 2},
                                     "a:\n    b:\n      - 1\n      -\n    # c\n    e: 2\nd: 1\n"),
    "behind a block scalar": (
        "a:\n  b: |\n    x\n\n\nc: 1\n", {("a", "d"): 2}, "a:\n  b: |\n    x\n  d: 2\n\n\nc: 1\n"),
    "behind one that keeps its lines": ("a:\n  b: |+\n    x\n\nc: 1\n", {("a", "d"): 2},
                                        "a:\n  b: |+\n    x\n\n  d: 2\nc: 1\n"),
    "in a file without a line end": ("a:\n  b: 1", {("a", "c"): 2}, "a:\n  b: 1\n  c: 2"),
    "behind comments at the end": ("a:\n  b: 1\n  # c", {("a", "c"): 2}, "a:\n  b: 1\n  # c\n  c: 2"),
    "two levels at the same position": ("a:\n  b:\n    c: 1\n", {("a", "d"): 1, ("a", "b", "e"): 2, ("f",): 3},
                                        "a:\n  b:\n    c: 1\n    e: 2\n  d: 1\nf: 3\n"),
    "CRLF": ("a:\r\n  b: 1\r\nc: 1\r\n", {("a", "d"): 2}, "a:\r\n  b: 1\r\n  d: 2\r\nc: 1\r\n"),
    "in the style of flow mappings": (
        "tasks:\n  default: {cpus: 1}\n", {A: {"cpus": 2, "memory": {"add": "3 GB"}}},
        "tasks:\n  default: {cpus: 1}\n  processes:\n    A: {cpus: 2, memory: {add: 3 GB}}\n"),
    "in the style of block mappings": (
        "tasks:\n   processes:\n      B:\n         cpus: 1\n", {A: {"cpus": 2, "memory": {"add": "3 GB"}}},
        "tasks:\n   processes:\n      B:\n         cpus: 1\n"
        "      A:\n         cpus: 2\n         memory: {add: 3 GB}\n"),
    "in the style of the last": (
        "tasks:\n  processes:\n    A:\n      cpus: 1\n    B: {cpus: 1}\n", {("tasks", "labels", "C", "cpus"): 2},
        "tasks:\n  processes:\n    A:\n      cpus: 1\n    B: {cpus: 1}\n  labels:\n    C: {cpus: 2}\n"),
    "aligned like the others": ("a:\n  bbbb: {x: 1}\n  c:    {x: 2}\n", {("a", "dd"): {"x": 3}, ("a", "long key"): 1},
                                "a:\n  bbbb: {x: 1}\n  c:    {x: 2}\n  dd:   {x: 3}\n  long key: 1\n"),
    "the same key elsewhere": ("a: {m: 1}\nb:\n  m: 1\nm: 1\n", {("b", "m"): 2}, "a: {m: 1}\nb:\n  m: 2\nm: 1\n"),
    # the top level
    "in the order of the schema": (
        "nfconfgen: 1\n\npipeline: {name: x}\n# of sites\nsites: {x: 1}\n",
        {("retry", "memory"): "double", A: {"cpus": 1}},
        "nfconfgen: 1\n\npipeline: {name: x}\n\ntasks:\n  processes:\n    A: {cpus: 1}\n\nretry:\n  memory: double\n"
        "\n# of sites\nsites: {x: 1}\n"),
    "without blank lines": ("pipeline: 1\nsites: 1\n", {("retry",): {"attempts": 2}},
                            "pipeline: 1\nretry:\n  attempts: 2\nsites: 1\n"),
    "behind the nearest, in a file of another order": (
        "tasks: {}\nnfconfgen: 1\nsites: 1\n", {("retry",): 1, ("unknown",): 2},
        "tasks: {}\nretry: 1\nnfconfgen: 1\nsites: 1\nunknown: 2\n"),
    "document markers": ("%YAML 1.2\n---\na: 1\n...\n", {("b",): 2}, "%YAML 1.2\n---\na: 1\nb: 2\n...\n"),
    "a byte order mark": ("\ufeffa: 1\n", {("a",): 2, ("b",): "🧬"}, "\ufeffa: 2\nb: 🧬\n"),
    # whole values
    "a list": ("a: [1, 2]  # c\n", {("a",): [1, "x, y"]}, 'a: [1, "x, y"]  # c\n'),
    "a list in lines": ("a:\n# b\n- 1\n- 2  # c\nd: 1\n", {("a",): [3, "x: y", 4]},
                        'a:\n# b\n- 3\n- "x: y"\n- 4  # c\nd: 1\n'),
    "a block becomes a scalar": ("a:  # a\n  b:\n    c: 1\n\nd: 1\n", {("a",): "x"}, "a: x  # a\n\nd: 1\n"),
    "a scalar becomes a mapping": ("a: double  # c\n", {("a",): {"add": "1 GB"}}, "a: {add: 1 GB}  # c\n"),
    "a mapping with more keys": ("a:\n  b: 1  # b\n", {("a",): {"c": 2, "b": 1}}, "a:\n  b: 1  # b\n  c: 2\n"),
    "a mapping with fewer keys": ("a:\n  b: 1\n  c: 2\nd: 1\n", {("a",): {"c": 3}}, "a:\n  c: 3\nd: 1\n"),
    "later changes prevail": ("a: {b: 1}\n", {("a",): {"b": 2}, ("a", "b"): 3, ("a", "c"): 4}, "a: {b: 3, c: 4}\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_edited(name: str) -> None:
    before, changes, after = CASES[name]
    assert edited(before, changes) == after
    assert edited(after, changes) == after


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("a: 8 GB", ("a",), "8 GB"),
        ("a: '8 GB' ", ("a",), "8 GB"),
        ("a: 010", ("a",), 10),
        ("a:", ("a",), None),
        ("a: {c: 1, b: [x]}", ("a",), {"b": ["x"], "c": 1}),
        ("a: True", ("a",), True),
    ],
)
def test_a_value_that_is_there_changes_nothing(text: str, path: Path, value: Value) -> None:
    assert edited(text, {path: value}) == text


@pytest.mark.parametrize(
    ("text", "plain_in_block", "plain_in_flow"),
    [
        ("A:B", True, True), ("NFCORE_X:A:FASTQC", True, True), (".*:FASTQC", True, True), ("a|b", True, True),
        ("(A|B).*", True, True), ("A{1,2}", True, False), ("[AB]", False, False), ("*:A", False, False),
        ("A, B", True, False), ("!A", False, False), ("a: b", False, False), ("a #b", False, False),
        ("a#b", True, True),
        ("&a", False, False), ("- a", False, False), ("-a", True, True), ("@a", False, False), ("%a", False, False),
        ("?", False, False), ("", False, False), (" a", False, False), ("a:", False, False), ("<<", False, False),
        ("ü🧬", True, True), ("'a'", False, False), ("a'b\"", True, True), ("a\tb", False, False),
        ("`a", False, False),
        ("|", False, False), (">=24.04", False, False), ("https://x/y?z=[1]", True, False),
    ],
)  # fmt: skip
def test_quotes_where_they_are_needed(text: str, plain_in_block: bool, plain_in_flow: bool) -> None:
    for before, plain in (("a:\n  b: 1\n", plain_in_block), ("a: {b: 1}\n", plain_in_flow)):
        after = edited(before, {("a", text): 0})
        found, findings = parse(after, "")
        assert found is not None
        assert not findings
        assert found.data == {"a": {"b": 1, text: 0}}
        assert (f"{json.dumps(text, ensure_ascii=False)}: 0" in after) != plain
        after = edited(before, {("a", "b"): text, ("a", "c"): [text]})
        found, findings = parse(after, "")
        assert found is not None
        assert not findings
        assert found.data == {"a": {"b": text, "c": [text]}}


@pytest.mark.parametrize("text", ["1", "1.5", "1e3", "true", "null", "~", "0x1f", "0o7", "Null", ".5"])
def test_texts_that_look_like_other_values(text: str) -> None:
    assert edited("a: {b: x}", {("a", "b"): text}) == f'a: {{b: "{text}"}}'
    assert edited("a: {b: x}", {("a", text): 0}) == f"a: {{b: x, {text}: 0}}"  # keys are always texts


@pytest.mark.parametrize(
    ("text", "changes", "line"),
    [
        ("a: &x {b: 1}\nc: *x\n", {("c", "b"): 2}, 1),
        ("a: 1\nc:\n  <<: *x\n", {("c", "b"): 2}, 3),
        ("a: 1\nc: *x\n", {("a",): 2}, 2),
        ("a: 1\nb: !!int 1\n", {("a",): 2}, 2),
        ("a: 1\na: 2\n", {("a",): 2}, 2),
        ("a: 1\n---\nb: 1\n", {("a",): 2}, 2),
        ("a: [1\nb: 2\n", {("a",): 2}, 1),
        ("# empty\n", {("a",): 2}, 1),
        ("- a\n", {("a",): 2}, 1),
        ("x: 1\na: double\n", {("a", "add"): 2}, 2),
        ("x: 1\na:\n  - 1\n", {("a", "add"): 2}, 3),
        ("a:\n  b: 1  # why\n  c: 2\n", {("a",): "x"}, 2),
        ("a: {\n  b: 1,  # why\n}\n", {("a",): "x"}, 2),
        ("b: 1\na: |\n  x", {("c",): "x"}, 3),
        ("b: 1\n? a\n", {("a",): "x"}, 2),
        ("b: 1\n? a # c\n: x: 1\n", {("a",): "x"}, 2),
        ("a: 1", {("b",): "x" * LARGEST_BYTES}, 0),
    ],
)
def test_refused(text: str, changes: dict[Path, Value], line: int) -> None:
    with pytest.raises(UsageError, match=f"^line {line}: " if line else None):
        edited(text, changes)


def test_what_cannot_be_written_is_an_internal_error() -> None:
    with pytest.raises(AssertionError):
        edited("a: 1", {("a",): float("nan")})
