"""Reads a trace of Nextflow: lines of columns that are separated by tabs, the first one with their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from nfconfgen.runs.traces.broken_rows import BrokenRows
from nfconfgen.runs.traces.field_values import MISSING
from nfconfgen.runs.traces.take_rows import Collector
from nfconfgen.runs.traces.trace_columns import FIELDS, Layout, is_header, layout
from nfconfgen.runs.traces.trace_lines import Block, blocks
from nfconfgen.runs.traces.trouble import Trouble

Groups = dict[str, "list[tuple[str, ...]]"]

_NO_TRACE = "this is neither a trace nor a report of Nextflow"
_GIVE = "give what a run wrote with -with-trace or -with-report"


def read_trace(chunks: Iterator[bytes], collector: Collector, trouble: Trouble) -> tuple[int, int]:
    """The number of finished tries in a file, and of those that were not counted before."""
    reader = _Reader(collector, trouble)
    for block in blocks(chunks, trouble):
        reader.take(block)
        if reader.useless:
            break
    reader.end()
    return reader.finished, reader.new


@dataclass(slots=True)
class _Reader:
    collector: Collector
    trouble: Trouble
    layout: Layout | None = None
    useless: bool = False
    """This is no trace, or its rows cannot be used."""
    broken: BrokenRows = field(default_factory=BrokenRows)
    finished: int = 0
    new: int = 0

    def take(self, block: Block) -> None:
        """The next lines. Others than the first may be headers too, where files were joined."""
        lines, headers = block.lines, []
        if self.layout is None:
            headers = [at for at, line in enumerate(lines) if line.strip()][:1]
            if not headers or not self._begins(lines[headers[0]], block.first + headers[0]):
                return
        elif self._add(block, self.layout, *_grouped(lines, self.layout)):
            return
        headers = [at for at, line in enumerate(lines) if is_header(line.split("\t"))] or headers
        for at, end in pairwise([-1, *headers, len(lines)]):
            if at >= 0:
                self._change(lines[at], block.first + at)
            if self.layout is None:
                continue
            part = Block(block.first + at + 1, lines[at + 1 : end])
            self._add(part, self.layout, *_grouped(part.lines, self.layout), surely=True)

    def _begins(self, line: str, number: int) -> bool:
        """Whether the file begins with a header."""
        self.useless = not is_header([cell.strip() for cell in line.split("\t")])
        if self.useless:
            self.trouble.note(number, "trace-format", _NO_TRACE, _GIVE, "error")
        return not self.useless

    def _change(self, line: str, number: int) -> None:
        header = tuple(cell.strip() for cell in line.split("\t"))
        if self.layout is None or header != self.layout.header:
            self.layout = layout(header, number, self.trouble)

    def _add(self, block: Block, layout: Layout, groups: Groups, whole: bool, surely: bool = False) -> bool:
        """Adds the rows of a block, unless one of its lines looks like a header; `surely`: none is one."""
        if not (surely or (whole and FIELDS.isdisjoint(groups))) and any(
            is_header(line.split("\t")) for line in block.lines
        ):
            return False
        if not whole or self.broken.begun:
            for row in self.broken.joined(block, layout, self.trouble):
                groups[layout.process_of(row)].append(layout.pick(row))
        for process in MISSING & groups.keys():
            column = "name" if layout.by_name else "process"
            self._unreadable(block, layout, column, process, len(groups.pop(process)))

        def unreadable(name: str, text: str, times: int) -> None:
            self._unreadable(block, layout, name, text, times)

        for process, rows in groups.items():
            finished, new = self.collector.take(process, layout.fields, rows, unreadable)
            self.finished += finished
            self.new += new
        return True

    def _unreadable(self, block: Block, layout: Layout, name: str, text: str, times: int) -> None:
        """Reports a value, at the first line that has it."""
        number = 0
        if self.trouble.wants_more("trace-values"):
            column = layout.header.index(name)
            rows = (line.split("\t") for line in block.lines)
            found = (at for at, row in enumerate(rows) if len(row) > column and row[column] == text)
            number = block.first + next(found, 0)
        message = f"'{text[:40]}' in the column {name} has no meaning there"
        self.trouble.note(number, "trace-values", message, times=times)

    def end(self) -> None:
        if self.layout is None and not self.useless:
            self.useless = True
            self.trouble.note(0, "trace-format", "the file has no complete line", _GIVE, "error")
        self.broken.end(self.trouble)
        if not self.finished and not self.useless:
            self.trouble.note(0, "trace-empty", "no task in this trace completed or failed")


def _grouped(lines: Iterable[str], layout: Layout) -> tuple[Groups, bool]:
    """The rows by process, and whether each line is a row. These loops take most of the time of reading."""
    groups: Groups = defaultdict(list)
    width, pick, column, whole = len(layout.header), layout.pick, layout.process, True
    if layout.by_name:
        for line in lines:
            row = line.split("\t")
            if len(row) == width:
                groups[row[column].partition(" (")[0]].append(pick(row))
            else:
                whole = False
        return groups, whole
    for line in lines:
        row = line.split("\t")
        if len(row) == width:
            groups[row[column]].append(pick(row))
        else:
            whole = False
    return groups, whole
