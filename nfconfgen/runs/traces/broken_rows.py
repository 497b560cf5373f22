"""Rows that take several lines of a trace, as those with a script do, and lines that are no row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nfconfgen.runs.traces.trace_columns import SPLIT_LINES, Layout
from nfconfgen.runs.traces.trace_lines import Block
from nfconfgen.runs.traces.trouble import Trouble
from nfconfgen.wording import counted

_MOST_LINES = 2000


@dataclass(slots=True)
class BrokenRows:
    """The lines since the last whole row that may be parts of one."""

    begun: list[str] = field(default_factory=list)
    tabs: int = 0
    """In these lines."""
    at: int = 0
    """The number of the first of them."""

    def joined(self, block: Block, layout: Layout, trouble: Trouble) -> Iterator[list[str]]:
        """The rows that several lines of this block make, together with those before. What is no row is reported."""
        width = len(layout.header)
        # a script in the first or last column leaves its row whole: its other lines stand around it
        around = not SPLIT_LINES.isdisjoint((layout.header[0], layout.header[-1]))
        for number, line in enumerate(block.lines, block.first):
            columns = line.count("\t") + 1
            if columns == width:
                self.end(trouble)
            elif not layout.splits_lines:
                if line.strip():
                    text = f"the line has {counted(columns, 'column')} instead of {width}, it is left out"
                    trouble.note(number, "trace-rows", text, _CUT)
            elif self.begun or columns > 1 or not around:
                yield from self._go_on(number, line, width, trouble)

    def _go_on(self, number: int, line: str, width: int, trouble: Trouble) -> Iterator[list[str]]:
        self.at = self.at if self.begun else number
        self.begun.append(line)
        self.tabs += line.count("\t")
        if self.tabs + 1 == width:
            yield "\n".join(self.begun).split("\t")
            self._forget()
        elif self.tabs >= width or len(self.begun) > _MOST_LINES:
            self.end(trouble)

    def end(self, trouble: Trouble) -> None:
        """Reports what did not become a row."""
        if any(line.strip() for line in self.begun):
            trouble.note(self.at, "trace-rows", "the lines from here on are no row, they are left out", _SCRIPTS)
        self._forget()

    def _forget(self) -> None:
        self.begun, self.tabs = [], 0


_SCRIPTS = "leave script and env out of trace.fields"
_CUT = "look for a file that was cut, edited or joined"
