"""Starts instances, waits until they have registered with ECS, and undoes everything at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nfconfgen.executors.awsbatch.client import Aws
from nfconfgen.executors.awsbatch.probe import calls, undo_log
from nfconfgen.executors.awsbatch.probe.targets import Target
from nfconfgen.executors.awsbatch.probe.undo import terminable, undo
from nfconfgen.executors.awsbatch.probe.undo_log import Entry, Scaled, Submitted

_ENDED = ("SUCCEEDED", "FAILED")

_Look = Callable[[Aws, Mapping[str, Target]], Iterator[tuple[Target, str, str, bool, str]]]
"""The progress of targets by job id or environment: target, label, state, whether an instance has registered for it,
and why none will."""


@dataclass(slots=True)
class Prober:
    """What a probe works with. `info` prints its progress; `aws` returns AWS in a region."""

    path: Path
    aws: Callable[[str], Aws]
    info: Callable[[str], None]
    timeout_s: float
    poll_s: float
    began: float = 0.0
    shown: dict[str, str] = field(default_factory=dict)

    def pause(self) -> None:
        time.sleep(self.poll_s)

    @contextmanager
    def instances(self, targets: Sequence[Target], *, scale: bool) -> Iterator[dict[Target, str]]:
        """A context in which instances run; it yields the targets that were not reached, and why."""
        self.began = time.monotonic()
        refused: dict[Target, str] = {}
        scaled = self._scalings(targets, refused) if scale else {}
        submitted = {} if scale else _submissions(targets)
        entries: list[Entry] = [*scaled, *submitted]
        undo_log.begin(self.path, entries)
        try:
            with terminable():
                yield refused | (self._scale(scaled) if scale else self._submit(submitted))
        finally:
            undo(self.path, entries, self.aws, self.info, self.pause)

    def _scalings(self, targets: Sequence[Target], refused: dict[Target, str]) -> dict[Scaled, Target]:
        """The environments to scale; targets in others become `refused`."""
        entries: dict[Scaled, Target] = {}
        for region in sorted({target.region for target in targets}):
            here = {target.environment: target for target in targets if target.region == region}
            found = self.aws(region).environments(here)
            for name, target in here.items():
                if why := calls.why_not_scaled(found[name]) if name in found else "is gone":
                    refused[target] = f"compute environment {name} {why}"
                else:
                    entries[Scaled(region, name)] = target
        return entries

    def _submit(self, entries: Mapping[Submitted, Target]) -> dict[Target, str]:
        for region, definition in undo_log.definitions(entries):
            calls.register(self.aws(region), definition)
        return self._wait(
            {target: calls.submit(self.aws(entry.region), entry, target) for entry, target in entries.items()}, _jobs
        )

    def _scale(self, entries: Mapping[Scaled, Target]) -> dict[Target, str]:
        for entry in entries:
            calls.scale(self.aws(entry.region), entry.environment, calls.UP)
        return self._wait({target: entry.environment for entry, target in entries.items()}, _clusters)

    def _wait(self, waiting: dict[Target, str], look: _Look) -> dict[Target, str]:
        """The targets for which no instance registers in time, and why."""
        failed: dict[Target, str] = {}
        while waiting:
            for region in sorted({target.region for target in waiting}):
                here = {key: target for target, key in waiting.items() if target.region == region}
                for target, label, state, registered, why in look(self.aws(region), here):
                    self._show(label, state)
                    if why:
                        failed[target] = why
                    if registered or why:
                        del waiting[target]
            if waiting and time.monotonic() - self.began > self.timeout_s:
                late = f"had registered after {self._elapsed()}"
                return failed | {target: f"no {target.instance_type} {late}" for target in waiting}
            if waiting:
                self.pause()
        return failed

    def _show(self, label: str, state: str) -> None:
        if self.shown.get(label) != state:
            self.shown[label] = state
            self.info(f"{self._elapsed()}  {label}: {state}")

    def _elapsed(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
        return f"{minutes}:{seconds:02d}"


def _submissions(targets: Sequence[Target]) -> dict[Submitted, Target]:
    name = undo_log.new_definition()
    return {
        Submitted(target.region, target.queue, f"{name}-{number}"): target
        for number, target in enumerate(targets, start=1)
    }


def _jobs(aws: Aws, targets: Mapping[str, Target]) -> Iterator[tuple[Target, str, str, bool, str]]:
    for job_id, job in calls.jobs(aws, list(targets)).items():
        target, status = targets[job_id], str(job.get("status"))
        placed = bool(job.get("container", {}).get("containerInstanceArn"))
        reason = job.get("statusReason", "no reason is given")
        why = f"its job {status.lower()}: {reason}" if status in _ENDED and not placed else ""
        yield target, f"{target.queue} ({target.instance_type})", status.lower(), placed, why


def _clusters(aws: Aws, targets: Mapping[str, Target]) -> Iterator[tuple[Target, str, str, bool, str]]:
    environments = aws.environments(targets)
    clusters = aws.clusters(environments.values())
    for name, environment in environments.items():
        if cluster := clusters.get(str(environment.get("ecsClusterArn", ""))):
            registered = int(cluster["registeredContainerInstancesCount"]) > 0
            state = "an instance has registered" if registered else "waiting for an instance"
            yield targets[name], name, state, registered, ""
