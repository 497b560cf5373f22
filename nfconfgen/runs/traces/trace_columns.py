"""The columns of a trace: which ones a row is made of, which ones are used, which ones are missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from nfconfgen.runs.traces.trouble import Trouble
from nfconfgen.wording import listed, plural

FIELDS = frozenset(
    (
        *(
            "task_id",
            "hash",
            "native_id",
            "process",
            "module",
            "container",
            "tag",
            "name",
            "status",
            "exit",
            "submit",
        ),
        *("start", "complete", "duration", "realtime", "%cpu", "%mem", "rss", "vmem", "peak_rss", "peak_vmem"),
        *("rchar", "wchar", "syscr", "syscw", "read_bytes", "write_bytes", "attempt", "workdir", "script", "scratch"),
        *("queue", "cpus", "memory", "disk", "time", "env", "error_action", "vol_ctxt", "inv_ctxt", "hostname"),
        *("cpu_model", "accelerator", "accelerator_type"),
    )
)
"""Of Nextflow 26.04."""
SPLIT_LINES = frozenset(("script", "env"))
"""Nextflow writes their line breaks as they are."""

USED = (
    *("status", "exit", "attempt", "cpus", "memory", "time", "disk", "submit", "start", "complete", "duration"),
    *("realtime", "%cpu", "peak_rss", "rchar", "wchar"),
)
_IDENTITY = ("name", "tag")
"""Only where there is no hash."""
_USES = {
    "process": "of which process a task is follows from its name",
    "status": "whether a task completed follows from its exit code",
    "cpus": "what tasks asked for is unknown",
    "memory": "what tasks asked for is unknown",
    "time": "what tasks asked for is unknown",
    "attempt": "which tasks succeeded when they were tried again is unknown",
    "exit": "why tasks failed is unknown",
    "peak_rss": "the memory that tasks used is unknown",
    "realtime": "the time that tasks took is less exact, or unknown",
    "%cpu": "the cores that tasks used are unknown",
}
_FIX = "add {} to trace.fields (nfconfgen rule trace-columns shows them all)"
_LEAST_OF_A_HEADER = 2


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read the rows below a header."""

    header: tuple[str, ...]
    fields: tuple[str, ...]
    """The columns that are used."""
    pick: Callable[[Sequence[str]], tuple[str, ...]]
    """The values of these columns in a row."""
    process: int
    """The column of the process, or of the name that begins with it."""
    by_name: bool

    def process_of(self, row: Sequence[str]) -> str:
        """A task is called `PROCESS (tag)`."""
        return row[self.process].partition(" (")[0] if self.by_name else row[self.process]

    @property
    def splits_lines(self) -> bool:
        """Whether one row may take several lines."""
        return not SPLIT_LINES.isdisjoint(self.header)


def is_header(cells: Sequence[str]) -> bool:
    """Whether this row names columns of a trace."""
    known = FIELDS.intersection(cells)
    return len(known) >= _LEAST_OF_A_HEADER and len(known) * 2 > len(cells)


def layout(cells: Sequence[str], line: int, trouble: Trouble) -> Layout | None:
    """From a header; None if too little can be known of these rows."""
    header = tuple(cell.strip() for cell in cells)
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        word = plural(len(repeated), "column")
        trouble.note(line, "trace-columns", f"the {word} {listed(repeated)} appears twice: the first one is used")
    if not {"process", "name"} & set(header) or not {"status", "exit"} & set(header):
        needed = "process (or name)" if not {"process", "name"} & set(header) else "status (or exit)"
        text = f"the trace has no column {needed}, so its rows cannot be used"
        trouble.note(line, "trace-format", text, _FIX.format(needed.partition(" ")[0]), "error")
        return None
    _report_missing(header, line, trouble)
    fields = [name for name in USED if name in header]
    fields += ["hash"] if "hash" in header else [name for name in _IDENTITY if name in header]
    indices = [header.index(name) for name in fields]
    pick = itemgetter(*indices) if len(indices) > 1 else lambda row: (row[indices[0]],)
    by_name = "process" not in header
    return Layout(header, tuple(fields), pick, header.index("name" if by_name else "process"), by_name)


def _report_missing(header: Sequence[str], line: int, trouble: Trouble) -> None:
    missing = [name for name in _USES if name not in header]
    if not missing:
        return
    effects = "; ".join(dict.fromkeys(_USES[name] for name in missing))
    word = plural(len(missing), "column")
    text = f"the trace has no {word} {listed(missing, most=len(missing))} ({effects})"
    trouble.note(line, "trace-columns", text, _FIX.format(plural(len(missing), "it", "them")))
