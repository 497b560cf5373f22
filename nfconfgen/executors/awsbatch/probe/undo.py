"""Undoes what a probe has changed, and keeps signals away while it does."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

from nfconfgen.executors.awsbatch.client import Aws, AwsError
from nfconfgen.executors.awsbatch.probe import calls, undo_log
from nfconfgen.executors.awsbatch.probe.undo_log import Entry, Scaled, Submitted

_ROUNDS = 6
"""Each round has the retries of every call in it already."""


def undo(
    path: Path,
    entries: Sequence[Entry],
    aws: Callable[[str], Aws],
    info: Callable[[str], None],
    pause: Callable[[], None],
) -> None:
    """Undoes all entries, then takes the journal away. AwsError if something is left, and the journal with it."""
    failed: list[AwsError] = []
    with undisturbed(info):
        for entry in entries:
            try:
                _again(partial(_undone, entry, aws, info), pause)
            except AwsError as error:
                failed.append(error)
        for region, definition in sorted({(e.region, e.definition) for e in entries if isinstance(e, Submitted)}):
            try:
                _again(partial(_deregistered, region, definition, aws), pause)
            except AwsError as error:
                failed.append(error)
        if not failed:
            undo_log.end(path)
    if failed:
        told = "; ".join(error.message for error in failed)
        raise AwsError(f"the probe is not undone ({told})", "run nfconfgen probe --restore when AWS answers again")


def _undone(entry: Entry, aws: Callable[[str], Aws], info: Callable[[str], None]) -> None:
    there = aws(entry.region)
    info(calls.unscale(there, entry) if isinstance(entry, Scaled) else calls.end_jobs(there, entry))


def _deregistered(region: str, definition: str, aws: Callable[[str], Aws]) -> None:
    calls.deregister(aws(region), definition)


def _again(act: Callable[[], None], pause: Callable[[], None]) -> None:
    for _ in range(_ROUNDS - 1):
        try:
            act()
        except AwsError:
            pause()
        else:
            return
    act()


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM ends the probe as Ctrl-C does: with everything undone. What nohup lets it ignore, it ignores."""

    def interrupted(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handled([signal.SIGTERM, signal.SIGHUP], interrupted):
        yield


@contextmanager
def undisturbed(info: Callable[[str], None]) -> Iterator[None]:
    """Signals wait until everything is undone."""

    def waiting(number: int, frame: FrameType | None) -> None:
        info("undoing what the probe has changed, one moment …")

    with _handled([signal.SIGINT, signal.SIGTERM, signal.SIGHUP], waiting):
        yield


@contextmanager
def _handled(numbers: Sequence[int], handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread has signals
        return
    heard = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handler) for number in heard}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
