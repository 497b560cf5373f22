"""Reads the tasks in an HTML report of Nextflow: a line of JavaScript, `window.data = { "trace":[{…},…], … };`.

Each task is an object of texts, with all fields of a trace in raw units.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from nfconfgen.runs.traces.take_rows import Collector
from nfconfgen.runs.traces.trace_columns import USED
from nfconfgen.runs.traces.trouble import Trouble

_BEGIN = re.compile(r'window\.data\s*=\s*\{\s*"trace"\s*:\s*(\[|null)')
_KEPT = 200
"""Characters that may be the beginning of that."""
_BETWEEN = re.compile(r"[\s,]*")
_TASK = re.compile(r'\{[^"{}]*(?:"[^"\\]*(?:\\.[^"\\]*)*"[^"{}]*)*\}', re.DOTALL)
_LONGEST_TASK = 8 << 20
_BATCH = 2000
_FIELDS = (*USED, "hash")
_GIVE = "give the file of -with-trace"


def read_report(chunks: Iterator[bytes], collector: Collector, trouble: Trouble) -> tuple[int, int]:
    """The number of finished tries in a report, and of those that were not counted before."""
    text = _Text(chunks)
    begin = text.find_begin()
    if begin is None:
        trouble.note(0, "trace-format", "this page is no report of Nextflow", "give one of -with-report", "error")
        return 0, 0
    if begin == "null":
        trouble.note(text.line, "report-tasks", "the report has no tasks, as it has more than 10000", _GIVE, "error")
        return 0, 0
    finished = new = 0
    for groups in _batches(text, trouble):
        for process, rows in groups.items():
            more, more_new = collector.take(process, _FIELDS, rows, _Complaint(text.line, trouble))
            finished, new = finished + more, new + more_new
    if not finished:
        trouble.note(text.line, "trace-empty", "no task in this report completed or failed")
    return finished, new


@dataclass(frozen=True, slots=True)
class _Complaint:
    line: int
    trouble: Trouble

    def __call__(self, name: str, text: str, times: int) -> None:
        message = f"'{text[:40]}' in the field {name} has no meaning there"
        self.trouble.note(self.line, "trace-values", message, times=times)


@dataclass(slots=True)
class _Text:
    """The part of the page that was read but not used."""

    chunks: Iterator[bytes]
    line: int = 1
    at: int = 0
    kept: str = ""
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )

    def more(self) -> bool:
        """Reads on; whether there was more."""
        chunk = next(self.chunks, None)
        if chunk is None:
            return False
        self.line += self.kept.count("\n", 0, self.at)
        self.kept, self.at = self.kept[self.at :] + self._decoder.decode(chunk), 0
        return True

    def find_begin(self) -> str | None:
        """Goes to the first task; what stands where tasks would begin."""
        while self.more():
            match = _BEGIN.search(self.kept)
            if match is not None:
                self.line += self.kept.count("\n", 0, match.start())
                self.kept, self.at = self.kept[match.end() :], 0
                return match[1]
            self.at = max(0, len(self.kept) - _KEPT)
        return None

    def task(self) -> str | None:
        """The next task as JavaScript; None at the end; empty where the page is cut or no task follows."""
        while True:
            match = _BETWEEN.match(self.kept, self.at)
            self.at = match.end() if match else self.at
            if self.kept.startswith("]", self.at):
                return None
            found = _TASK.match(self.kept, self.at)
            if found is not None:
                self.at = found.end()
                return found[0]
            if len(self.kept) - self.at > _LONGEST_TASK or not self.more():
                return ""


def _batches(text: _Text, trouble: Trouble) -> Iterator[Mapping[str, list[tuple[str, ...]]]]:
    """Rows by process, so many at a time."""
    groups: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    count = 0
    while (task := text.task()) is not None:
        if not task:
            trouble.note(text.line, "trace-rows", "the report is cut or damaged, other tasks are left out", _GIVE)
            break
        values = _values(task)
        process = values.get("process") or values.get("name", "").partition(" (")[0]
        if process in ("", "-"):
            trouble.note(text.line, "trace-rows", "a task in the report cannot be read, it is left out", _GIVE)
            continue
        groups[process].append(tuple(values.get(name, "-") for name in _FIELDS))
        count += 1
        if count % _BATCH == 0:
            yield groups
            groups = defaultdict(list)
    yield groups


def _values(task: str) -> dict[str, str]:
    """The fields of a task; none if it cannot be read."""
    try:
        values = json.loads(_as_json(task), strict=False)
    except ValueError:
        return {}
    # half of a surrogate pair is no text
    texts = {name: str(value) for name, value in values.items()}
    return {name: t if t.isascii() else t.encode("utf-8", "replace").decode() for name, t in texts.items()}


def _as_json(task: str) -> str:
    r"""JavaScript escapes more than JSON: `\'`."""
    if "\\'" not in task:
        return task
    return re.sub(r"\\(.)", lambda match: "'" if match[1] == "'" else match[0], task, flags=re.DOTALL)
