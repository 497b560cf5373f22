"""Adds rows of a process to what is known of it: which of them are evidence, and of what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress, repeat
from zlib import crc32

from nfconfgen.runs.observed import Observed
from nfconfgen.runs.traces.failure_causes import cause
from nfconfgen.runs.traces.field_values import MISSING, Kinds, exit_code, zeroed
from nfconfgen.runs.traces.seen_tasks import SeenTasks
from nfconfgen.runs.traces.tally import Failure, Tally
from nfconfgen.runs.traces.tries import REQUEST, Table, Tries, Unreadable, read_tries

FINISHED = frozenset(("COMPLETED", "CACHED", "FAILED"))
_STATUSES = FINISHED | MISSING | {"ABORTED", "NEW", "SUBMITTED", "RUNNING"}
_MOST_PROCESSES = 10_000


@dataclass(slots=True)
class Collector:
    """What is known of all processes."""

    seen: SeenTasks
    kinds: Kinds = field(default_factory=Kinds)
    tallies: dict[str, Tally] = field(default_factory=dict)
    too_many: bool = False
    """Rows were left out because of their number of processes."""

    def take(
        self, process: str, fields: Sequence[str], rows: Iterable[Sequence[str]], unreadable: Unreadable
    ) -> tuple[int, int]:
        """The number of finished tries among these rows, and of those that were not counted before."""
        columns: dict[str, Sequence[str]] = dict(zip(fields, zip(*rows, strict=True), strict=True))
        table = _finished(Table(columns, len(columns[fields[0]]), unreadable))
        if not table.size:
            return 0, 0
        tries = read_tries(table, self.kinds)
        new = self.seen.unseen(_identities(crc32(process.encode()), table, tries, self.kinds))
        if not all(new):
            tries = tries.where(new)
        if tries.statuses:
            tally = self._tally(process)
            if tally is not None:
                _add(tally, tries, self.kinds, unreadable)
                tally.add_moments(*_first_moments(table, self.kinds))
        return table.size, len(tries.statuses)

    def _tally(self, process: str) -> Tally | None:
        if process not in self.tallies:
            if len(self.tallies) >= _MOST_PROCESSES:
                self.too_many = True
                return None
            self.tallies[process] = Tally()
        return self.tallies[process]

    def observed(self) -> dict[str, Observed]:
        return {process: self.tallies[process].observed(process, self.kinds) for process in sorted(self.tallies)}


def _finished(table: Table) -> Table:
    """The rows of tries that ended by themselves, with a status: that of a trace without it follows from the exit."""
    columns = table.columns
    if "status" not in columns:
        columns = {**columns, "status": tuple(map(_status, table.texts("exit")))}
    statuses = columns["status"]
    if not FINISHED.issuperset(statuses):
        unknown = [status for status in statuses if status not in _STATUSES]
        if unknown:
            table.unreadable("status", unknown[0], len(unknown))
        finished = [status in FINISHED for status in statuses]
        columns = {name: tuple(compress(texts, finished)) for name, texts in columns.items()}
    return Table(columns, len(columns["status"]), table.unreadable)


def _status(exit_text: str) -> str:
    code = exit_code(exit_text)
    return "-" if code is None else "FAILED" if code else "COMPLETED"


def _identities(process: int, table: Table, tries: Tries, kinds: Kinds) -> Iterable[int | None]:
    """A number for each row that is the same in a trace, a report, and the trace of a run that resumed it; None where
    nothing in the row can show it. Hashes of integers are the same in each run of Python."""
    if "hash" in table.columns:
        texts = table.columns["hash"]
        found = map(hash, zip(repeat(process), _checksums(texts), strict=False))
        return found if MISSING.isdisjoint(texts) else _unless_missing(texts, found)
    moment = next((name for name in ("submit", "complete", "start") if name in table.columns), None)
    if moment is None:
        return repeat(None, table.size)
    # jobs of an array are submitted at the same moment
    numbers = (kinds.moment.all(table.columns[moment]), tries.realtimes, tries.reads, tries.peaks)
    parts: list[Iterable[int]] = [zeroed(each) for each in numbers]
    parts += [_checksums(table.columns[name]) for name in ("name", "tag") if name in table.columns]
    found = map(hash, zip(repeat(process), *parts, strict=False))
    return _unless_missing(table.columns[moment], found) if "-" in table.columns[moment] else found


def _first_moments(table: Table, kinds: Kinds) -> tuple[int | None, int | None]:
    """When the first task was submitted, and when the first one that completed had ended."""
    ends, statuses = table.columns.get("complete", ()), table.columns["status"]
    if "FAILED" in statuses:
        ends = [end for end, status in zip(ends, statuses, strict=False) if status != "FAILED"]
    return _first(table.columns.get("submit", ()), kinds), _first(ends, kinds)


def _first(texts: Sequence[str], kinds: Kinds) -> int | None:
    """The first of these moments: as texts they have the same order, raw or pretty."""
    first = min(texts, default="-")
    if first in MISSING:
        first = min((text for text in texts if text not in MISSING), default="-")
    return kinds.moment[first]


def _checksums(texts: Iterable[str]) -> Iterator[int]:
    return map(crc32, map(str.encode, texts))


def _unless_missing(texts: Sequence[str], identities: Iterable[int]) -> list[int | None]:
    return [None if text in MISSING else one for text, one in zip(texts, identities, strict=True)]


def _add(tally: Tally, tries: Tries, kinds: Kinds, unreadable: Unreadable) -> None:
    """Adds tries that are new."""
    for request, (times, realtime_ms) in tries.by_request().items():
        tally.add_tries(request, times, realtime_ms, kinds)
        for name, text, kind in zip(REQUEST, request, kinds.of_requests, strict=True):
            if kind[text] is None and text not in MISSING:
                unreadable(name, text, times)
    if "FAILED" not in tries.statuses:
        tally.add_completed(tries)
        return
    completed = [status != "FAILED" for status in tries.statuses]
    tally.add_completed(tries.where(completed))
    failed = tries.where([not each for each in completed])
    for text, peak, realtime, request in zip(
        failed.exits, failed.peaks, failed.realtimes, failed.requests(), strict=True
    ):
        code, attempt, memory = exit_code(text), kinds.attempt[request[0]], kinds.size[request[2]]
        used = (peak, memory, realtime, kinds.duration[request[3]])
        tally.add_failure(Failure(cause(code, *used), code, attempt, *used))
