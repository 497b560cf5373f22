"""How failed tasks are retried, and how their requests grow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Otherwise = Literal["finish", "terminate", "ignore"]


@dataclass(frozen=True, slots=True)
class Added:
    """Growth by so much (MiB, seconds, CPUs) with each attempt."""

    amount: int


Growth = Literal["attempt", "double", "same"] | Added
"""How a request grows: twice, three times … the first, doubled each time, not at all, or by an amount."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How a site handles a task that fails; None: not set, so the pipeline's own policy applies. `exit_codes` are
    inclusive ranges in the order of the profile; `lost`: a task that leaves no exit code is retried."""

    attempts: int | None = None
    exit_codes: tuple[tuple[int, int], ...] | None = None
    lost: bool | None = None
    otherwise: Otherwise | None = None
    memory: Growth = "same"
    time: Growth = "same"
    cpus: Growth = "same"

    @property
    def sets_strategy(self) -> bool:
        """Whether `errorStrategy` is written, which replaces the pipeline's. A single attempt needs it as well, since
        Nextflow reads `maxRetries = 0` as 1."""
        return self.attempts == 1 or not (self.exit_codes is None and self.lost is None and self.otherwise is None)

    @property
    def ends(self) -> Otherwise:
        """What a failure that is not retried leads to."""
        return self.otherwise or "terminate"

    def again(self, code: int | None) -> bool:
        """Whether a failure with this exit code (None: without any) is retried."""
        if self.attempts == 1:
            return False
        if code is None:
            return bool(self.lost)
        return any(low <= code <= high for low, high in self.exit_codes or ())
