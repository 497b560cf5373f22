"""Slurm's short form of many node names: `c[1-2,07-09]`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

MOST = 100_000
"""The most names in one list; a longer one is not accepted as a list of nodes."""

_DIGITS = 20
_LONGEST = 300  # characters of a name: more than any host's
_PART = re.compile(r"(?:[^,\[\]]|\[[^\[\]]*\])+")
_BRACKETS = re.compile(r"([^\[\]]*)\[([0-9,\-]+)\]")
_NUMBERED = re.compile(r"(.*?)([0-9]+)([^0-9]*)")


def expand(text: str, most: int = MOST) -> list[str]:
    """The names in a list. ValueError if it is not a list, or has more than `most` names."""
    names: list[str] = []
    for part in _parts(text):
        names += _names(part, most - len(names))
    return names


def readable(lists: Iterable[str]) -> tuple[str, ...]:
    """The lists that name nodes, up to `MOST` names in all."""
    found, names = [], 0
    for text in lists:
        try:
            count = len(expand(text, MOST - names))
        except ValueError:
            continue
        names += count
        found.append(text)
    return tuple(found)


def compress(names: Iterable[str]) -> str:
    """The short form of these names, in the order of their numbers."""
    families: dict[tuple[str, str], list[str]] = {}
    plain = []
    for name in sorted(set(names)):
        found = _NUMBERED.fullmatch(name)
        # a list must not have longer numbers
        if found is None or len(found[2]) > _DIGITS:
            plain.append(name)
        else:
            families.setdefault((found[1], found[3]), []).append(found[2])
    lists = [part for (head, tail), numbers in families.items() for part in _family(head, numbers, tail)]
    return ",".join(sorted(plain + lists))


def _family(head: str, numbers: list[str], tail: str) -> Iterator[str]:
    """The lists of one family. With leading zeros, numbers of one width are a list, such as n099 and n100."""
    if any(number[0] == "0" and len(number) > 1 for number in numbers):
        widths = sorted({len(number) for number in numbers})
        groups = [(width, [number for number in numbers if len(number) == width]) for width in widths]
    else:
        groups = [(0, numbers)]
    for width, group in groups:
        spans = _spans(sorted(map(int, group)))
        texts = [f"{low:0{width}}" if low == high else f"{low:0{width}}-{high:0{width}}" for low, high in spans]
        alone = len(spans) == 1 and spans[0][0] == spans[0][1]
        yield f"{head}{texts[0]}{tail}" if alone else f"{head}[{','.join(texts)}]{tail}"


def _spans(numbers: list[int]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return spans


def _parts(text: str) -> list[str]:
    """The list split at its commas, except for those within brackets."""
    parts = _PART.findall(text)
    if not parts or ",".join(parts) != text:
        raise ValueError(f"not a list of nodes: {_shown(text)}")
    return parts


def _names(part: str, most: int) -> list[str]:
    names = [""]
    rest = part
    while found := _BRACKETS.match(rest):
        head, inner = found.groups()
        numbers = _numbers(inner, part, most)
        # check before creating them: two ranges of a hundred thousand would not fit into memory
        if len(names) * len(numbers) > most or len(names[0]) + len(head) > _LONGEST:
            raise ValueError(f"too many nodes: {_shown(part)}")
        names = [f"{name}{head}{number}" for name in names for number in numbers]
        rest = rest[found.end() :]
    if "[" in rest or len(names) > most or len(names[0]) + len(rest) > _LONGEST:
        raise ValueError(f"not a list of nodes: {_shown(part)}")
    return [name + rest for name in names]


def _numbers(inner: str, part: str, most: int) -> list[str]:
    numbers: list[str] = []
    for span in inner.split(","):
        low, dash, high = span.partition("-")
        last = high if dash else low
        # no name is so long, and int() refuses thousands of digits with its own message
        if not (low.isdigit() and last.isdigit()) or max(len(low), len(last)) > _DIGITS:
            raise ValueError(f"not a list of nodes: {_shown(part)}")
        if not 0 <= int(last) - int(low) < most - len(numbers):
            raise ValueError(f"not a list of nodes: {_shown(part)}")
        width = len(low) if low[0] == "0" else 0
        numbers += [f"{number:0{width}}" for number in range(int(low), int(last) + 1)]
    return numbers


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:80]}...")
