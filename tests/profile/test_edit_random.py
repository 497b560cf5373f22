"""Random changes of random profiles, and of those that are in the repository: what must hold whatever they are."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path as File
from typing import Any

import pytest
import yaml

from nfconfgen.errors import UsageError
from nfconfgen.profile.document.edit import edited
from nfconfgen.profile.document.yaml12 import LOADER, Document, Path, parse
from tests.mutate import MANY

ROOT = File(__file__).parents[2]
BASES = sorted([*ROOT.glob("profiles/*.yml"), *ROOT.glob("tests/cases/good/*.yml")])

KEYS = (
    "tasks", "default", "labels", "processes", "retry", "sites", "memory", "cpus", "time", "A", "A:B", ".*:FASTQC",
    "a|b", "NFCORE_X:ALIGN:STAR", "*z", "ü", "a b", "1", "true", "null", "#x", "a #b", "x, y", "{a}", "k: v", "- a",
    "a'b", 'a"b', "[AB].*", "", "?", "a\\b",
)  # fmt: skip
SCALARS = (
    "8 GB", "12 GB", "1h", 1, 2, 64, 1.5, -3, 10**20, True, False, None, "true", "no", "1", "0x1f", "a: b", "a #b",
    "#", "", " x", "x ", "it's", 'say "x"', "[1]", "{x}", "a, b", "*x", "&x", "!x", "a\nb", "a\nb\n", "ü🧬", "\u2028",
    "tab\tx", "s3://b/w:1", "docker.io/x/y:1.2@sha256:0", "${x}", "-", "- x", "|", "%", "@x", "`", "---", "...",
    "x" * 200, "24:00:00", "~", "some words", "some words",
)  # fmt: skip


class Writer:
    """Writes data as YAML, each part in a style that chance decides, with comments."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.comments = 0
        self.in_block_scalar = False

    def profile(self, data: dict[str, Any]) -> str:
        chance = self.chance
        lines = list(self.comment_lines(0)) if chance.random() < 0.5 else []
        lines += ["---"] if chance.random() < 0.2 else []
        lines += self.block(data, 0)
        lines += self.comment_lines(0)
        lines += ["..."] if chance.random() < 0.15 else []
        text = "\n".join(lines) + ("\n" if self.in_block_scalar else chance.choice(("\n", "\n", "\n", "", "\n\n")))
        return chance.choice(("", "", "", "\ufeff")) + text.replace("\n", chance.choice(("\n", "\n", "\r\n")))

    def comment(self) -> str:
        self.comments += 1
        return f"#{self.chance.choice((' ', '', '# '))}c{self.comments}{self.chance.choice(('', ': x', ' {a, ü'))}"

    def trailing(self) -> str:
        if self.chance.random() < 0.3:
            return self.chance.choice((" ", "  ", "   ", "      ", "\t")) + self.comment()
        return self.chance.choice(("", "", " ", "\t", "  "))

    def comment_lines(self, indent: int) -> Iterator[str]:
        while self.chance.random() < 0.25:
            # what is indented below a block scalar is part of it
            blank = "" if self.in_block_scalar else " " * self.chance.choice((indent, indent, 0, indent + 2))
            yield self.chance.choice(
                ("", "" if self.in_block_scalar else "  ", blank + self.comment(), blank + self.comment())
            )

    def block(self, data: dict[str, Any], indent: int) -> Iterator[str]:
        step = self.chance.choice((1, 2, 2, 2, 4))
        for key, value in data.items():
            yield from self.comment_lines(indent)
            self.in_block_scalar = False
            head = " " * indent + self.scalar(key, is_key=True) + self.chance.choice(("", "", "", " ")) + ":"
            if isinstance(value, dict) and value and self.chance.random() < 0.6:
                yield head + self.trailing()
                yield from self.block(value, indent + step)
            elif isinstance(value, list) and value and self.chance.random() < 0.5:
                yield head + self.trailing()
                yield from self.items(value, indent + self.chance.choice((0, step)))
            elif isinstance(value, str) and value.startswith("a\nb"):
                chomping = self.chance.choice(("", "+", f"{step}")) if value.endswith("\n") else "-"
                yield f"{head} |{chomping}{self.chance.choice(('', '  ' + self.comment()))}"
                yield from (" " * (indent + step) + line for line in value.rstrip("\n").split("\n"))
                self.in_block_scalar = True
            elif value == "some words" and self.chance.random() < 0.7:
                yield f"{head} some\n\n{' ' * (indent + step)}words{self.trailing()}"
            elif value is None and self.chance.random() < 0.6:
                yield head + self.trailing()
            else:
                space = self.chance.choice((" ", " ", "   ", f"\n{' ' * (indent + 1)}"))
                yield head + space + self.flow(value, indent + 1) + self.trailing()

    def items(self, values: list[Any], indent: int) -> Iterator[str]:
        for item in values:
            yield from self.comment_lines(indent)
            self.in_block_scalar = False
            if isinstance(item, dict) and item and self.chance.random() < 0.5:
                first, *others = (
                    line for line in self.block(item, indent + 2) if line.strip(" ")[:1] not in ("", "#")
                )
                yield from (f"{' ' * indent}- {first.lstrip(' ')}", *others)
            else:
                yield " " * indent + "- " + self.flow(item, indent + 1) + self.trailing()

    def flow(self, value: Any, indent: int) -> str:
        if not isinstance(value, dict | list):
            return self.scalar(value)
        if isinstance(value, dict):
            items = [self.entry(key, item, indent) for key, item in value.items()]
        else:
            items = [self.flow(item, indent) for item in value]
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        comma = self.chance.choice(("", "", ", ", ",")) if items else ""
        if self.chance.random() < 0.25:
            line = "\n" + " " * indent
            lines = [
                f"{item}{',' * (at + 1 < len(items) or bool(comma))}{self.trailing()}"
                for at, item in enumerate(items)
            ]
            return opening + self.trailing() + line + "".join(each + line for each in lines) + closing
        space = self.chance.choice(("", "", " "))
        return opening + space + ", ".join(items) + comma + space + closing

    def entry(self, key: str, value: Any, indent: int) -> str:
        name = self.scalar(key, is_key=True)
        if value is None and self.chance.random() < 0.5:
            return name + self.chance.choice(("", ":  ", ": "))
        return name + (":" if name[0] == '"' else ": ") + self.flow(value, indent)

    def scalar(self, value: Any, *, is_key: bool = False) -> str:
        if not isinstance(value, str):
            return "~" if value is None and self.chance.random() < 0.5 else json.dumps(value)
        if re.fullmatch(r"[A-Z][A-Za-z_]*(:[A-Z][A-Za-z]+)*|ü|[0-9]+ GB|[0-9]+h|[a-z]{3,}", value):
            plain = is_key or value not in ("true", "null")
            return self.chance.choice((value, value, value, f'"{value}"', f"'{value}'") if plain else (f"'{value}'",))
        if value.isprintable() and self.chance.random() < 0.4:
            return "'" + value.replace("'", "''") + "'"
        return json.dumps(value, ensure_ascii=False).replace("\u2028", "\\u2028")


def a_value(chance: random.Random, depth: int) -> Any:
    kind = chance.random()
    if depth and kind < 0.15:
        return [a_value(chance, depth - 1) for _ in range(chance.randrange(4))]
    if depth and kind < 0.5:
        return {chance.choice(KEYS): a_value(chance, depth - 1) for _ in range(chance.randrange(4))}
    return chance.choice(SCALARS)


def a_profile(chance: random.Random) -> dict[str, Any]:
    names = chance.sample(KEYS, chance.choice((1, 3, 5, 8)))
    return {name: a_value(chance, chance.choice((1, 3, 4))) for name in names}


def mappings(data: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(data, dict):
        yield path
        for key, value in data.items():
            yield from mappings(value, (*path, key))


def at(data: Any, path: Path) -> Any:
    for key in path:
        data = data[key]
    return data


def some_changes(chance: random.Random, data: dict[str, Any]) -> dict[Path, Any]:
    """New values for scalars, and new keys, some below parents that do not exist or are null."""
    changes: dict[Path, Any] = {}
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        home = chance.choice([*mappings(data)])
        inside = at(data, home)
        keys = [key for key, value in inside.items() if not isinstance(value, dict | list)]
        if keys and chance.random() < 0.6:
            path: Path = (*home, chance.choice(keys))
            if at(data, path) is None and chance.random() < 0.5:
                path = (*path, *chance.sample(KEYS, chance.choice((1, 2))))
        else:
            key = chance.choice(KEYS)
            if key in inside:
                continue
            path = (*home, key, *chance.sample(KEYS, chance.choice((0, 0, 1, 2))))
        if not any(path[: len(other)] == other or other[: len(path)] == path for other in changes):
            changes[path] = a_value(chance, chance.choice((0, 0, 1, 2)))
    return changes


def changed(data: dict[str, Any], changes: dict[Path, Any]) -> dict[str, Any]:
    data = copy.deepcopy(data)
    for path, value in changes.items():
        inside = data
        for key in path[:-1]:
            if inside.get(str(key)) is None:
                inside[str(key)] = {}
            inside = inside[str(key)]
        inside[str(path[-1])] = value
    return data


def exactly(value: Any) -> str:
    """The same text only for data of the same types, whatever the order of keys."""
    return json.dumps(value, sort_keys=True)


def touched(text: str, data: dict[str, Any], changes: dict[Path, Any]) -> set[int]:
    """The lines that hold a changed path: of its key and value, or of the flow mapping that gets a new key."""
    root: Any = yaml.compose(text.removeprefix("\ufeff"), Loader=LOADER)
    lines: set[int] = set()
    for path, new in changes.items():
        node = key = root
        for name in path:
            pairs = (
                [pair for pair in node.value if pair[0].value == name] if isinstance(node, yaml.MappingNode) else []
            )
            if not pairs:
                break
            key, node = pairs[0]
        else:
            if exactly(at(data, path)) == exactly(new):
                continue
        if node.start_mark.index == node.end_mark.index or isinstance(node, yaml.ScalarNode):
            lines |= set(range(key.start_mark.line, node.end_mark.line + 1))
        elif node.flow_style:
            lines |= set(range(node.start_mark.line, node.end_mark.line + 1))
    return lines


def check(text: str, changes: dict[Path, Any]) -> None:
    before, findings = parse(text.removeprefix("\ufeff"), "")
    assert before is not None
    assert not findings
    after = edited(text, changes)
    found, findings = parse(after.removeprefix("\ufeff"), "")
    assert found is not None
    assert not findings
    assert exactly(found.data) == exactly(changed(before.data, changes))
    for path in mappings(before.data):
        if path not in changes:
            names = list(at(before.data, path))
            assert [name for name in at(found.data, path) if name in names] == names
    assert re.findall(r"# ?c[0-9]+", after) == re.findall(r"# ?c[0-9]+", text)
    skipped = touched(text, before.data, changes)
    kept = [line for number, line in enumerate(re.split("(?<=\n)", text)) if number not in skipped]
    assert in_order(
        [line.strip("\r\n\ufeff") for line in kept], [line.strip("\r\n\ufeff") for line in after.split("\n")]
    )
    assert after.startswith("\ufeff") == text.startswith("\ufeff")
    assert after.endswith("\n") == text.endswith("\n")
    assert bool(re.search("(?<!\r)\n", after)) <= bool(re.search("(?<!\r)\n", text)) or "\n" not in text
    assert edited(after, changes) == after


def in_order(some: Sequence[str], lines: Sequence[str]) -> bool:
    """Whether these lines are all there in this order, with others between them."""
    rest = iter(lines)
    return all(any(line == other for other in rest) for line in some)


def written(seed: int) -> tuple[random.Random, str, Document]:
    """A profile by this seed, as text and as it is read, with the source of further chances."""
    chance = random.Random(seed)
    text = Writer(chance).profile(a_profile(chance))
    read, findings = parse(text.removeprefix("\ufeff"), "")
    assert read is not None
    assert not findings
    return chance, text, read


@pytest.mark.parametrize("seed", range(200 + MANY))
def test_random_profiles(seed: int) -> None:
    chance, text, read = written(seed)
    for _ in range(3):
        check(text, some_changes(chance, read.data))


@pytest.mark.parametrize("seed", range(100 + MANY))
def test_whole_values_are_replaced_or_their_comments_stop_it(seed: int) -> None:
    chance, text, read = written(seed)
    for home in mappings(read.data):
        for key in at(read.data, home):
            changes: dict[Path, Any] = {(*home, key): a_value(chance, 2)}
            try:
                after = edited(text, changes)
            except UsageError:
                assert isinstance(at(read.data, (*home, key)), dict | list)
                continue
            found, findings = parse(after.removeprefix("\ufeff"), "")
            assert found is not None
            assert not findings
            assert exactly(found.data) == exactly(changed(read.data, changes))
            assert re.findall(r"# ?c[0-9]+", after) == re.findall(r"# ?c[0-9]+", text)
            assert edited(after, changes) == after


@pytest.mark.parametrize("file", BASES, ids=lambda file: file.stem)
def test_real_profiles(file: File) -> None:
    text = file.read_bytes().decode()
    read, findings = parse(text.removeprefix("\ufeff"), "")
    assert read is not None
    assert not findings
    chance = random.Random(file.stem)
    for _ in range(4):
        check(text, some_changes(chance, read.data))
    if isinstance(read.data.get("tasks", {}), dict):
        check(
            text,
            {("tasks", "processes", "NFCORE_X:FASTQC"): {"cpus": 2, "memory": "3 GB"}, ("retry", "memory"): "double"},
        )
