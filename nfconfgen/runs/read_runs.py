"""Reads what past runs left: trace files and HTML reports."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nfconfgen import files
from nfconfgen.errors import UnreadableError
from nfconfgen.findings import Finding
from nfconfgen.runs.observed import Observed
from nfconfgen.runs.traces.report_file import read_report
from nfconfgen.runs.traces.seen_tasks import SeenTasks
from nfconfgen.runs.traces.take_rows import Collector
from nfconfgen.runs.traces.trace_file import read_trace
from nfconfgen.runs.traces.trouble import Trouble
from nfconfgen.runs.traces.unpacked import unpacked

Progress = Callable[[int, int], None]
"""Bytes that were read, and bytes of all files."""

_CHUNK = 1 << 20
_SHORTEST_ROW = 8
"""Bytes of a task, also of a packed one."""
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class RunFile:
    """A file that was read."""

    path: Path
    kind: Literal["trace", "report", "unknown"]
    tries: int
    """Completed and failed tries in it."""
    new: int
    """Those of them that no file before it has."""


@dataclass(frozen=True, slots=True)
class Read:
    processes: Mapping[str, Observed]
    """By full name, sorted."""
    findings: tuple[Finding, ...]
    files: tuple[RunFile, ...]


def read(paths: Sequence[Path], progress: Progress | None = None) -> Read:
    """What the tasks in these files asked for and used. UnreadableError if one of them cannot be read at all."""
    # rows are many objects without cycles, which would be searched in vain again and again
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _read(paths, progress)
    finally:
        if collecting:
            gc.enable()


def _read(paths: Sequence[Path], progress: Progress | None) -> Read:
    findings, read_files = list[Finding](), list[RunFile]()
    sizes = [_size(path) for path in paths]
    collector = Collector(SeenTasks(expected=sum(sizes) // _SHORTEST_ROW))
    for number, path in enumerate(paths):
        trouble = Trouble(str(path))
        before = sum(sizes[:number])
        chunks = unpacked(_chunks(path, before, sum(sizes), progress), trouble)
        read_files.append(_read_file(path, chunks, collector, trouble))
        if progress is not None:
            progress(before + sizes[number], sum(sizes))
        _report_limits(collector, trouble)
        findings += trouble.findings()
    return Read(collector.observed(), tuple(sorted(findings)), tuple(read_files))


def _read_file(path: Path, chunks: Iterator[bytes], collector: Collector, trouble: Trouble) -> RunFile:
    first = next(chunks, b"")
    whole = _first_again(first, chunks)
    if b"\0" in first:
        text = "this is neither a trace nor a report of Nextflow, but a binary file"
        trouble.note(0, "trace-format", text, "give what a run wrote with -with-trace or -with-report", "error")
        return RunFile(path, "unknown", 0, 0)
    if first.removeprefix(_BOM).lstrip().startswith(b"<"):
        return RunFile(path, "report", *read_report(whole, collector, trouble))
    return RunFile(path, "trace", *read_trace(whole, collector, trouble))


def _first_again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _report_limits(collector: Collector, trouble: Trouble) -> None:
    if collector.too_many:
        trouble.note(0, "trace-limits", "these are too many processes, those from here on are left out")
    if collector.seen.full:
        trouble.note(0, "trace-limits", "these are too many tasks, new ones are no longer recognised if they recur")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0


def _chunks(path: Path, before: int, total: int, progress: Progress | None) -> Iterator[bytes]:
    """The content of a file. UnreadableError."""
    done = before
    try:
        for chunk in files.chunks(path, _CHUNK):
            done += len(chunk)
            yield chunk
            if progress is not None:
                progress(done, max(total, done))
    except OSError as error:
        cannot = "" if isinstance(error, files.UnfitError | IsADirectoryError) else "cannot be read: "
        raise UnreadableError(f"{path}: {cannot}{files.reason(error)}") from error
    except ValueError:  # NUL, or half a surrogate pair
        raise UnreadableError(f"{str(path)!r}: cannot be read: no file has such a name") from None
