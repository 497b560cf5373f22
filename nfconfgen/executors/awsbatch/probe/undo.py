"""Undoes what a probe has changed, with signals blocked meanwhile, and checks an interrupted probe before that."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

from nfconfgen.executors.awsbatch.client import Aws, AwsError
from nfconfgen.executors.awsbatch.facts.queues import environment_names
from nfconfgen.executors.awsbatch.probe import calls, undo_log
from nfconfgen.executors.awsbatch.probe.undo_log import Entry, Scaled, Submitted
from nfconfgen.executors.awsbatch.settings import BatchSettings
from nfconfgen.profile.model import Profile

_ROUNDS = 6
"""Each call in a round has its own retries already."""

Regions = Callable[[str], Aws]
"""AWS by region."""


def foreign(entries: Sequence[Entry], profile: Profile, aws: Regions) -> str:
    """Why a probe of this profile cannot have made these entries; empty if it can. Changes nothing."""
    queues: dict[str, set[str]] = {}
    for site in profile.sites:
        if isinstance(site.settings, BatchSettings):
            queues.setdefault(site.settings.region, set()).update(queue.value for queue in site.named)
    for entry in entries:
        if entry.region not in queues:
            return f"names the region {entry.region!r}, which no site of the profile is in"
        if isinstance(entry, Submitted) and entry.queue not in queues[entry.region]:
            return f"names the job queue {entry.queue!r}, which is not in the profile"
    scaled = [entry for entry in entries if isinstance(entry, Scaled)]
    for region in sorted({entry.region for entry in scaled}):
        there = aws(region)
        behind = {name for queue in there.job_queues(queues[region]).values() for name in environment_names(queue)}
        others = {entry.environment for entry in scaled if entry.region == region} - behind
        # one that does not exist any more does no harm
        for name in sorted(others & there.environments(others).keys()):
            return f"names the compute environment {name!r}, which no job queue of the profile uses"
    return ""


def left(entries: Sequence[Entry], aws: Regions) -> Iterator[str]:
    """Messages about what there is to undo in AWS now. Changes nothing."""
    for entry in entries:
        if isinstance(entry, Submitted):
            for job_id in calls.live_jobs(aws(entry.region), entry):
                yield f"end job {entry.job} ({job_id}) on {entry.queue}, {entry.region}"
        elif calls.minimum(aws(entry.region), entry) == calls.UP:
            yield f"set minvCpus of {entry.environment}, {entry.region}, from {calls.UP} back to {calls.DOWN}"
    for region, name in undo_log.definitions(entries):
        for arn in calls.definitions(aws(region), name):
            yield f"deregister job definition {arn.rpartition('/')[2]}, {region}"


def undo(
    path: Path, entries: Sequence[Entry], aws: Regions, info: Callable[[str], None], pause: Callable[[], None]
) -> None:
    """Undoes all entries, then deletes the journal. AwsError if anything is left; then the journal stays."""
    failed: list[str] = []
    with undisturbed(info):
        steps: list[Callable[[], None]] = [partial(_undone, entry, aws, info) for entry in entries]
        steps += [partial(calls.deregister, aws(region), name) for region, name in undo_log.definitions(entries)]
        for step in steps:
            try:
                _again(step, pause)
            except AwsError as error:
                failed.append(error.message)
        if not failed:
            undo_log.end(path)
    if failed:
        message = f"the probe is not undone ({'; '.join(failed)})"
        raise AwsError(message, "run nfconfgen probe --restore when AWS answers again")


def _undone(entry: Entry, aws: Regions, info: Callable[[str], None]) -> None:
    there = aws(entry.region)
    info(calls.unscale(there, entry) if isinstance(entry, Scaled) else calls.end_jobs(there, entry))


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
    """SIGTERM and SIGHUP end the probe as Ctrl-C does, with everything undone. If ignored (nohup), they stay so."""

    def interrupted(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handled([signal.SIGTERM, signal.SIGHUP], interrupted):
        yield


@contextmanager
def undisturbed(info: Callable[[str], None]) -> Iterator[None]:
    """Signals have no effect until everything is undone."""

    def waiting(number: int, frame: FrameType | None) -> None:
        info("undoing what the probe has changed, one moment …")

    with _handled([signal.SIGINT, signal.SIGTERM, signal.SIGHUP], waiting):
        yield


@contextmanager
def _handled(numbers: Sequence[int], handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread handles signals
        return
    handled = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handler) for number in handled}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
