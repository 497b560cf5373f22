"""Writes the changes of a profile's data into its text, piece by piece, by the positions of PyYAML's nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import yaml

from nfconfgen.errors import UsageError
from nfconfgen.profile.document import new_text, schema
from nfconfgen.profile.document.new_text import Style, same
from nfconfgen.profile.document.splices import BREAK, Splice, line_end, line_number, line_start
from nfconfgen.profile.document.yaml12 import Path
from nfconfgen.profile.document.yaml_nodes import is_block, leaf, scalars, shared_keys, step, tasks, value_column

_COLON = re.compile(r"\s*:")
_COMMENT_LINE = re.compile(r"(?:\r\n?|\n)( *)#[^\r\n]*")
_COMMA = re.compile(r"(?:\s|#[^\r\n]*[\r\n])*,")
_HEADER = re.compile(r"[|>][-+0-9]*")
_BLANK = re.compile(rf"(?:{BREAK.pattern})[ \t]*(?:{BREAK.pattern})")


class TextEdit:
    """Collects the replacements in `text`, whose composed node is `root`."""

    def __init__(self, text: str, root: Any) -> None:
        self.text = text
        self.splices: list[Splice] = []
        self._last = [(0, 0), *scalars(root)][-1]
        self._tasks = list(tasks(root, ()))
        is_json = bool(root.flow_style) and all(key.style == '"' for key, _ in root.value)
        self._style = Style(step(root, 2), json=is_json)

    def style(self, path: Path, node: Any) -> Style:
        """How to write below this path, where `node` is: as its entries are written, or those nearby."""
        nearest = max(reversed(self._tasks), key=lambda task: shared_keys(task[0], path), default=((), False))
        return replace(self._style, step=step(node, self._style.step), block=nearest[1])

    def splice(self, start: int, end: int, new: str) -> None:
        self.splices.append(Splice(start, end, new))

    def mapping(self, node: Any, old: dict[str, Any], new: dict[str, Any], path: Path) -> None:
        for key, value in node.value:
            name = key.value
            if not same(old[name], new[name]):
                self.value(node, (key, value), old[name], new[name], (*path, name))
        added = {key: value for key, value in new.items() if key not in old}
        if added and node.flow_style:
            self.add_to_flow(node, added)
        elif added and not path:
            self.add_at_top(node, added)
        elif added:
            at = self.tail(self.end(*node.value[-1]), node.start_mark.column)
            self.add_lines(at, added, path, node)

    def value(self, parent: Any, pair: Any, old: Any, new: Any, path: Path) -> None:
        key, node = pair
        in_flow = bool(parent.flow_style)
        if isinstance(old, dict) and isinstance(new, dict) and old.keys() <= new.keys():
            self.mapping(node, old, new, path)
        elif is_block(node):
            self.replace_block(key, node, new, path)
        elif old is None and isinstance(new, dict) and not in_flow:
            self.fill_with_mapping(pair, new, path, parent)
        elif old is None and not node.value:
            self.fill(key, self._style.inline(new, in_flow=in_flow), in_flow=in_flow)
        else:
            self.replace_inline(key, node, new, in_flow=in_flow)

    def replace_inline(self, key: Any, node: Any, new: Any, *, in_flow: bool) -> None:
        """Replaces a scalar or flow collection, within its quotes if it has any."""
        start, end, written = node.start_mark.index, node.end_mark.index, None
        if isinstance(node, yaml.ScalarNode):
            written = new_text.requoted(new, node.style)
            if header := _HEADER.match(self.text, start) if node.style in ("|", ">") else None:
                self.splice(line_end(self.text, start), self.end(key, node), "")
                end = header.end()
        self.splice(start, end, self._style.inline(new, in_flow=in_flow) if written is None else written)

    def fill_with_mapping(self, pair: Any, new: dict[str, Any], path: Path, parent: Any) -> None:
        """Writes a mapping in place of nothing, or of null."""
        key, node = pair
        style = self.style(path, parent)
        start = self.colon(key)
        end = max(start, node.end_mark.index)
        if not style.is_block(new, path):
            self.splice(start, end, f" {style.inline(new, in_flow=False)}")
            return
        if end > start:
            self.splice(start, end, "")
        column = key.start_mark.column
        self.new_lines(self.tail(end, column + 1), style.inner(new, path, column + style.step))

    def fill(self, key: Any, new: str, *, in_flow: bool) -> None:
        """Writes a value behind a key that has none."""
        if in_flow and not _COLON.match(self.text, key.end_mark.index):
            self.splice(key.end_mark.index, key.end_mark.index, f": {new}")
        else:
            self.splice(self.colon(key), self.colon(key), f" {new}")

    def replace_block(self, key: Any, node: Any, new: Any, path: Path) -> None:
        start, end = self.line_before(node), self.end(key, node)
        if not self.text[end : line_end(self.text, end)].strip():
            end = line_end(self.text, end)  # a line of a tab alone is not read
        if new and isinstance(new, list if isinstance(node, yaml.SequenceNode) else dict):
            style = self.style(path, node) if isinstance(new, dict) else self._style
            lines = style.inner(new, path, node.start_mark.column)
            self.splice(start, end, "".join(self.new_line(start) + line for line in lines))
        else:
            self.fill(key, self._style.inline(new, in_flow=False), in_flow=False)
            first = line_end(self.text, key.end_mark.index)
            self.splice(first + len(self.text[first:start].rstrip()), end, "")

    def add_to_flow(self, node: Any, added: Mapping[str, Any]) -> None:
        entries = [self._style.entry(key, value) for key, value in added.items()]
        first, close = node.start_mark.index + 1, node.end_mark.index - 1
        if not node.value:
            is_blank = not self.text[first:close].strip(" ")
            self.splice(first, close if is_blank else first, ", ".join(entries))
            return
        key, value = node.value[-1]
        end = self.end(key, value)
        found = _COMMA.match(self.text, end, close)
        comma = "," if found else ""
        space = " " if self.text[end - 1] == ":" else ""  # `a:,` is not read everywhere
        behind = found.end() if found else end
        indent = self.text[line_start(self.text, key.start_mark.index) : key.start_mark.index]
        if BREAK.search(self.text, behind, close) and not indent.strip():  # each on a line of its own
            if not comma:
                self.splice(end, end, f"{space},")
            new_line = self.new_line(behind) + indent
            at = line_end(self.text, behind)
            self.splice(at, at, new_line + f",{new_line}".join(entries) + comma)
        else:
            self.splice(behind, behind, ("" if comma else f"{space},") + " " + ", ".join(entries) + comma)

    def add_at_top(self, root: Any, added: Mapping[str, Any]) -> None:
        """Adds keys at the top level, each after those that come before it in the schema."""
        order = list(schema.schema()["properties"])
        names = [key.value for key, _ in root.value]
        by_place: dict[int, dict[str, Any]] = {}
        for name in sorted(added, key=lambda name: order.index(name) if name in order else len(order)):
            before = order[: order.index(name)] if name in order else []
            previous = [names.index(known) for known in before if known in names]
            by_place.setdefault(previous[-1] if previous else len(names) - 1, {})[name] = added[name]
        spaced = self.is_spaced(root)
        for place, some in by_place.items():
            is_last = place == len(names) - 1
            at = self.tail(self.end(*root.value[place]), root.start_mark.column + (not is_last))
            # a blank line behind a scalar that keeps its last lines would be one of them
            is_apart = spaced and not self.keeps_lines(leaf(root.value[place][1]))
            self.add_lines(at, some, (), root, spaced=is_apart)
            if spaced and not is_last and not _BLANK.match(self.text, at):
                self.new_lines(at, [""])

    def is_spaced(self, root: Any) -> bool:
        """Whether blank lines separate the keys of the top level."""
        ends = (self.end(*pair) for pair in root.value)
        starts = (key.start_mark.index for key, _ in root.value[1:])
        return any(_BLANK.search(self.text, end, start) for end, start in zip(ends, starts, strict=False))

    def add_lines(self, at: int, added: Mapping[str, Any], path: Path, node: Any, *, spaced: bool = False) -> None:
        """Adds entries of a block mapping, in the style of the others."""
        column, style = node.start_mark.column, self.style(path, node)
        for key, value in added.items():
            first, *others = style.lines(key, value, (*path, key), column)
            name = f"{' ' * column}{new_text.scalar(key, is_key=True)}:"
            if not others:  # a value in the same line
                first = name.ljust(value_column(node) - 1) + first[len(name) :]
            self.new_lines(at, [*([""] if spaced else []), first, *others])

    def new_lines(self, at: int, lines: Iterable[str]) -> None:
        """Adds lines behind the one that ends here."""
        header = _HEADER.match(self.text, self._last[0])
        if header and "-" not in header[0] and self._last[1] == at == len(self.text):
            # its text would then end with a line break, too
            line = line_number(self.text, at)
            raise UsageError(f"line {line}: the last line is not ended: add a line break behind it")
        new_line = self.new_line(at)
        self.splice(at, at, "".join(new_line + line for line in lines))

    def tail(self, at: int, column: int) -> int:
        """The end of the line, and of the comments in the lines below that begin at this column or behind it."""
        at = line_end(self.text, at)
        while (found := _COMMENT_LINE.match(self.text, at)) and len(found[1]) >= column:
            at = found.end()
        return at

    def end(self, key: Any, node: Any) -> int:
        """Where the text of this value ends; without one, the text of its key."""
        if is_block(node):
            last = node.value[-1]
            return self.end(*last) if isinstance(node, yaml.MappingNode) else self.end(None, last)
        start, end = node.start_mark.index, node.end_mark.index
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            if self.keeps_lines(node):
                return len(self.text[:end].removesuffix("\n").removesuffix("\r"))
            return line_end(self.text, start + len(self.text[start:end].rstrip()))
        if key is not None and start == end:
            found = _COLON.match(self.text, key.end_mark.index)
            return found.end() if found else key.end_mark.index
        return int(end)

    def keeps_lines(self, node: Any) -> bool:
        """Whether this is a block scalar to which the blank lines at its end belong."""
        header = _HEADER.match(self.text, node.start_mark.index)
        return header is not None and "+" in header[0]

    def colon(self, key: Any) -> int:
        """Where the colon behind a key ends."""
        found = _COLON.match(self.text, key.end_mark.index)
        if found is None:
            line = key.start_mark.line + 1
            raise UsageError(f"line {line}: this key has no value to change: write it as key: value")
        return found.end()

    def line_before(self, node: Any) -> int:
        """The end of the line before the one in which this block begins."""
        before = self.text[: line_start(self.text, node.start_mark.index)]
        return len(before.removesuffix("\n").removesuffix("\r"))

    def new_line(self, at: int) -> str:
        """The line break that is used around here."""
        found = BREAK.search(self.text, at) or BREAK.search(self.text)
        return found[0] if found else "\n"
