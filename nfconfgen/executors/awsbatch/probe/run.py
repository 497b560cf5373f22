"""Brings instances up, waits until they have registered, lets somebody read them, and undoes it all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nfconfgen.executors.awsbatch.client import Aws, batched
from nfconfgen.executors.awsbatch.probe import calls, undo_log
from nfconfgen.executors.awsbatch.probe.targets import Target
from nfconfgen.executors.awsbatch.probe.undo import terminable, undo
from nfconfgen.executors.awsbatch.probe.undo_log import Entry, Scaled, Submitted

_ENDED = ("SUCCEEDED", "FAILED")


@dataclass(slots=True)
class Prober:
    """What a probe works with. `say` tells people how far it is; `aws` gives the AWS of a region."""

    path: Path
    aws: Callable[[str], Aws]
    info: Callable[[str], None]
    timeout_s: float
    poll_s: float
    began: float = 0.0
    told: dict[str, str] = field(default_factory=dict)

    def pause(self) -> None:
        time.sleep(self.poll_s)

    @contextmanager
    def instances(self, targets: Sequence[Target], *, scale: bool) -> Iterator[dict[Target, str]]:
        """Instances are up inside; given are the targets that were not reached, and why."""
        self.began = time.monotonic()
        entries, refused = self._scalings(targets) if scale else self._submissions(targets)
        undo_log.begin(self.path, [entry for entry, _ in entries])
        try:
            with terminable():
                start = self._scale if scale else self._submit
                yield {**refused, **start(entries)}
        finally:
            undo(self.path, [entry for entry, _ in entries], self.aws, self.info, self.pause)

    def _submissions(self, targets: Sequence[Target]) -> tuple[list[tuple[Entry, Target]], dict[Target, str]]:
        name = undo_log.new_definition()
        return [
            (Submitted(target.region, target.queue, f"{name}-{number}"), target)
            for number, target in enumerate(targets, start=1)
        ], {}

    def _scalings(self, targets: Sequence[Target]) -> tuple[list[tuple[Entry, Target]], dict[Target, str]]:
        entries: list[tuple[Entry, Target]] = []
        refused: dict[Target, str] = {}
        for region in sorted({target.region for target in targets}):
            here = {target.environment: target for target in targets if target.region == region}
            found = calls.environments(self.aws(region), here)
            for name, target in here.items():
                why = calls.why_not_scaled(found[name]) if name in found else "is gone"
                if why:
                    refused[target] = f"compute environment {name} {why}"
                else:
                    entries.append((Scaled(region, name), target))
        return entries, refused

    def _submit(self, entries: Sequence[tuple[Entry, Target]]) -> dict[Target, str]:
        waiting: dict[Target, str] = {}
        for region, definition in sorted({(e.region, e.definition) for e, _ in entries if isinstance(e, Submitted)}):
            calls.register(self.aws(region), definition)
        for entry, target in entries:
            assert isinstance(entry, Submitted)
            waiting[target] = calls.submit(self.aws(entry.region), entry, target)
        failed: dict[Target, str] = {}

        def look() -> None:
            for target, job in self._jobs(waiting):
                state = str(job.get("status"))
                self._tell(f"{target.queue} ({target.instance_type})", state.lower())
                if job.get("container", {}).get("containerInstanceArn"):
                    del waiting[target]
                elif state in _ENDED:
                    failed[target] = f"its job {state.lower()}: {job.get('statusReason', 'no reason is given')}"
                    del waiting[target]

        self._until(look, waiting)
        return {**failed, **{target: self._too_late(target) for target in waiting}}

    def _jobs(self, waiting: dict[Target, str]) -> list[tuple[Target, dict[str, Any]]]:
        found: list[tuple[Target, dict[str, Any]]] = []
        for region in sorted({target.region for target in waiting}):
            here = {job_id: target for target, job_id in waiting.items() if target.region == region}
            found += [(here[job_id], job) for job_id, job in calls.jobs(self.aws(region), list(here)).items()]
        return found

    def _scale(self, entries: Sequence[tuple[Entry, Target]]) -> dict[Target, str]:
        waiting: dict[Target, str] = {}
        for entry, target in entries:
            assert isinstance(entry, Scaled)
            calls.scale(self.aws(entry.region), entry.environment, calls.UP)
            waiting[target] = entry.environment

        def look() -> None:
            for target, count in self._registered(waiting):
                self._tell(target.environment, "an instance has registered" if count else "waiting for an instance")
                if count:
                    del waiting[target]

        self._until(look, waiting)
        return {target: self._too_late(target) for target in waiting}

    def _registered(self, waiting: dict[Target, str]) -> list[tuple[Target, int]]:
        found: list[tuple[Target, int]] = []
        for region in sorted({target.region for target in waiting}):
            aws = self.aws(region)
            here = {name: target for target, name in waiting.items() if target.region == region}
            described = calls.environments(aws, here)
            clusters = {e["ecsClusterArn"]: here[name] for name, e in described.items() if e.get("ecsClusterArn")}
            for some in batched(sorted(clusters)):
                for cluster in aws.call("ecs", "describe_clusters", clusters=list(some))["clusters"]:
                    found.append((clusters[cluster["clusterArn"]], int(cluster["registeredContainerInstancesCount"])))
        return found

    def _until(self, look: Callable[[], None], waiting: dict[Target, str]) -> None:
        while waiting:
            look()
            if not waiting or time.monotonic() - self.began > self.timeout_s:
                return
            self.pause()

    def _too_late(self, target: Target) -> str:
        return f"no {target.instance_type} had registered after {self._elapsed()}"

    def _tell(self, what: str, state: str) -> None:
        if self.told.get(what) != state:
            self.told[what] = state
            self.info(f"{self._elapsed()}  {what}: {state}")

    def _elapsed(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
        return f"{minutes}:{seconds:02d}"
