"""Damaged inputs: what a bad disk, a hand merge, another program or an enemy makes of a good one. By seed."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Iterator
from typing import Any

MANY = int(os.environ.get("NFCONFGEN_FUZZ", "0"))
"""How many of each kind, where the few of an everyday run are not enough."""

# as they stand in the text: some of them no JSON writer would write
_ODD_JSON = (
    "null", "true", "false", "0", "-1", "1", "1.5", "-0.0", "1e999", "NaN", "Infinity", "-Infinity", "9" * 30,
    "9" * 5000, "9007199254740993", "2147483648", '""', '"16"', '" "', '"x"', '"-"', '"\\u0000"', '"a\\u0000b"',
    '"\\ud800"', '"\\u001b[31m"', '"a\\nb"', '"é…😀"', '"%s"', '"../../x"', '"/dev/full"', '"/"', '"."', '"~"',
    '"c[2-1]"', '"c[1-200000]"', '"c["', '"9999-99-99T99:99:99Z"', '"0000-01-01T00:00:00Z"', '"0001-01-01T00:00:00Z"',
    '"9999-12-31T23:59:59Z"', '"ami-0"', '"FARGATE"', '"estimated"', '"measured"', '"remembered"', '"slurm"',
    '"' + "y" * 70000 + '"', "[]", "{}", "[1]", "[[]]", "[null]", '["x"]', '{"a": []}', '{"": ""}',
    '{"a": 1, "a": 2}',
    "[" * 3000 + "]" * 3000, '{"a":' * 3000 + "1" + "}" * 3000, "", "nan", "'x'", "1,", "<<<<<<< HEAD\n1",
)  # fmt: skip
_ODD_KEYS = (
    "", "x", "\0", "a\0b", "\ud800", "../x", "c[2-1]", "c[1-200000]", "c[1-99999]", "é", "z" * 5000, "a\nb", "1",
)  # fmt: skip
_ODD_YAML = (
    "null", "~", "true", "no", "0", "-1", "1.5", "1e99", ".nan", ".inf", "9" * 30, "9" * 5000, '""', '"16"', "'x'",
    '"\\0"', '"a\\0b"', '"\\ud800"', '"\\e[31m"', '"a\\nb"', "é…😀", "../../x", "/", ".", "~user", '"c[2-1]"',
    '["c[1-200000]"]', '["c[2-1]"]', "999999999d", "99999-23:59:59", "8 GB", "999999999999 PB", "0.000001 KB", "auto",
    ">=99.99", ">=" + "9" * 50, "y" * 70000, "[]", "{}", "[1]", "[[]]", "[x, x]", "{a: {}}", "{a: 1, a: 2}", "&a x",
    "*a", "!!python/object:os.system x", "|\n  x", "[" * 200, "{a: " * 100, "", "%", "@", "`", "\t", "\ufeff",
    "\u2028",
    "slurm", "awsbatch", "'.*'", "'(a|b)+'", "'['", "s3://", "s3://b/w", "env", "{env: A}", "$(id)", "${x}", "'\\'",
)  # fmt: skip
_BYTES = (
    b"\0", b"\xff", b"\xed\xa0\x80", b"\xc3", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\n", b"\x1b[2J", b"\x85", b"\\",
    b'"', b"'", b"{", b"}", b"[", b"]", b":", b",", b"#", b"|", b"=", b"(", b")", b"*", b"-", b"9", b"9" * 11,
    b"9" * 4400, b"$", b"${", b'"""', b"/*", b"\n<<<<<<< HEAD\n", b"\n=======\n", "\u2028é😀".encode(),
)  # fmt: skip


def of_bytes(chance: random.Random, content: bytes) -> bytes:
    """The content with some bytes lost, doubled, changed or added; or in another encoding."""
    if chance.random() < 0.05:
        return chance.choice((b"", b"\xef\xbb\xbf" + content, content.replace(b"\n", b"\r\n"), _in_utf16(content)))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        at = chance.randrange(len(content) + 1)
        end = min(at + chance.choice((0, 0, 1, 1, 2, 5, 40, 400)), len(content))
        into = chance.choice((b"", content[at:end] * 2, chance.choice(_BYTES), chance.choice(_BYTES)))
        content = content[:at] + into + content[end:]
    return content[: chance.randrange(len(content) + 1)] if chance.random() < 0.1 else content


def of_json(chance: random.Random, data: Any) -> str:
    """The data as text, with some values replaced by odd ones, keys renamed, lost or standing there twice."""
    data, odd = copy.deepcopy(data), {}
    for number in range(chance.choice((1, 1, 1, 2, 4))):
        spots = list(_spots(data))
        if not spots:
            break  # nothing is left
        parent, key = chance.choice(spots)
        mark, token = f"@@{number}@@", chance.choice(_ODD_JSON)
        kind = chance.random()
        if kind < 0.6:
            parent[key] = mark
            odd[f'"{mark}"'] = token
        elif kind < 0.75:
            del parent[key]
        elif isinstance(parent, dict):
            value = parent[key] if chance.random() < 0.5 else chance.choice([v for _, v in _values(data)])
            if kind < 0.9:
                del parent[key]
                parent[chance.choice(_ODD_KEYS)] = copy.deepcopy(value)
            else:
                parent[mark] = copy.deepcopy(value)
                odd[f'"{mark}"'] = json.dumps(key)
        else:
            parent.insert(key, copy.deepcopy(parent[key]))
    text = json.dumps(data, indent=chance.choice((None, 2)))
    for mark, token in odd.items():
        text = text.replace(mark, token)
    return text


def of_yaml(chance: random.Random, text: str) -> str:
    """The text with some values, keys or lines replaced, lost, doubled or moved."""
    lines = text.split("\n")
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at = chance.randrange(len(lines))
        line, kind = lines[at], chance.random()
        words = [word for word in line.replace(",", " ").replace("}", " ").split() if word not in ("{", "}")]
        if kind < 0.5 and words:
            lines[at] = line.replace(chance.choice(words), chance.choice(_ODD_YAML), 1)
        elif kind < 0.6:
            head, colon, _ = line.partition(": ")
            lines[at] = f"{head}{colon}{chance.choice(_ODD_YAML)}"
        elif kind < 0.7:
            del lines[at]
            lines = lines or [""]
        elif kind < 0.8:
            lines.insert(at, line)
        elif kind < 0.9:
            lines[at] = chance.choice(("  " + line, line[2:], line.strip(), f"- {line}"))
        else:
            lines.insert(chance.randrange(len(lines)), line)
    return "\n".join(lines)


def _in_utf16(content: bytes) -> bytes:
    return content.decode("utf-8", "replace").encode("utf-16")


def _values(part: Any) -> Iterator[tuple[Any, Any]]:
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in items:
        yield key, value
        yield from _values(value)


def _spots(part: Any) -> Iterator[tuple[Any, Any]]:
    """Every value, as the part it stands in and its key there."""
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in items:
        yield part, key
        yield from _spots(value)
