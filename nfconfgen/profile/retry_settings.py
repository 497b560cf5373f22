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
    inclusive ranges in the order of the profile; `lost`: a task that leaves no exit code is retried; `last`: what the
    last attempt leads to, if its failure is one of these; `grow_on`: requests grow after these exit codes only."""

    attempts: int | None = None
    exit_codes: tuple[tuple[int, int], ...] | None = None
    lost: bool | None = None
    otherwise: Otherwise | None = None
    last: Otherwise | None = None
    memory: Growth = "same"
    time: Growth = "same"
    cpus: Growth = "same"
    grow_on: tuple[tuple[int, int], ...] | None = None

    @property
    def grows_after(self) -> int:
        """An exit code after which requests grow: out of memory, if any will do."""
        return self.grow_on[0][0] if self.grow_on else 137

    @property
    def sets_strategy(self) -> bool:
        """Whether `errorStrategy` is written, which replaces the pipeline's. A single attempt needs it as well, since
        Nextflow reads `maxRetries = 0` as 1."""
        keys = (self.exit_codes, self.lost, self.otherwise)
        return self.attempts == 1 or any(key is not None for key in keys)

    @property
    def ends(self) -> Otherwise:
        """What a failure that is not worth another attempt leads to."""
        return self.otherwise or "terminate"

    def again(self, code: int | None) -> bool:
        """Whether a failure with this exit code (None: without any) is retried."""
        return self.attempts != 1 and self._worth(code)

    def strategy(self, code: int | None, attempt: int) -> Literal["retry", "finish", "terminate", "ignore"]:
        """What errorStrategy is after this failure of this attempt."""
        if self._worth(code) and self.last is not None and self.attempts is not None:
            return "retry" if attempt < self.attempts else self.last
        return "retry" if self.again(code) else self.ends

    @property
    def every(self) -> bool:
        """Whether any failure is retried."""
        return bool(self.lost) and all(self._worth(code) for code in range(256))

    def _worth(self, code: int | None) -> bool:
        if code is None:
            return bool(self.lost)
        return any(low <= code <= high for low, high in self.exit_codes or ())
