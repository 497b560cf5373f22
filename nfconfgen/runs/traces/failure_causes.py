"""Why a try failed, as far as its exit code and what it used show it."""

from __future__ import annotations

from nfconfgen.runs.observed import Cause

# SIGKILL, as a shell (128 + 9) or a container (256 - 9) reports it
KILLED = (137, 247, -9)
# Java without memory ends with 1 or 3, std::bad_alloc with 134 (SIGABRT), what does not check malloc with 139
_MAYBE_MEMORY = (1, 3, 9, 134, 139)
# SIGUSR2 (some schedulers warn with it), SIGTERM, SIGXCPU
TERMINATED = (140, 143, 152)
_NEAR = 0.9


def cause(
    exit_code: int | None,
    peak_bytes: int | None,
    memory_bytes: int | None,
    realtime_ms: int | None,
    time_ms: int | None,
) -> Cause:
    """None: unknown."""
    if exit_code is None:
        return "lost"
    if exit_code in KILLED or (exit_code in _MAYBE_MEMORY and _near(peak_bytes, memory_bytes)):
        return "memory"
    return "time" if exit_code in TERMINATED and _near(realtime_ms, time_ms) else "other"


def _near(used: int | None, asked: int | None) -> bool:
    return bool(used and asked) and (used or 0) >= _NEAR * (asked or 0)
