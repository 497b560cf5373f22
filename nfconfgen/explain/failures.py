"""What becomes of a task that fails: by its exit code, or by the loss of its machine."""

from __future__ import annotations

from nfconfgen.explain.model import Retries
from nfconfgen.plan.model import Ladder, SitePlan
from nfconfgen.profile.model import Batch, Retry, Slurm

LOST = "none at all (it was lost with its machine)"
ENDS = "what runs is finished, then the run ends"

_NO_SPOT_ATTEMPTS_SINCE = (24, 10)
"""From here on Nextflow has Batch restart nothing by itself (aws.batch.maxSpotAttempts is 0, it was 5)."""


def cpus_text(count: int) -> str:
    return f"{count} cpu" if count == 1 else f"{count} cpus"


def gpus_text(count: int | None) -> str:
    if count is None:
        return "an unknown number of GPUs"
    return f"{count} GPU" if count == 1 else f"{count} GPUs"


def retries(retry: Retry) -> Retries:
    """What the exit code of a task decides."""
    if retry.attempts == 1:
        return Retries(1, "", f"one try only: {ENDS}")
    codes = ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in retry.exit_codes)
    again = f"exit code {codes}, or {LOST}" if codes else f"exit code {LOST}"
    return Retries(retry.attempts, again, f"any other exit code, and attempt {retry.attempts}: {ENDS}")


def following(at: int, ladder: Ladder) -> str:
    """What follows an attempt that ended in a way that is worth another try."""
    if at + 1 >= len(ladder.steps):
        return "given up"
    before, after = ladder.steps[at].request, ladder.steps[at + 1].request
    where = f" on {after.queue}" if after.queue != before.queue else ""
    return f"attempt {ladder.steps[at + 1].attempt}{where} with {cpus_text(after.cpus)}, {after.memory_mib} MiB"


def lost(site: SitePlan, retry: Retry, nextflow: tuple[int, ...]) -> str:
    """What becomes of a task whose machine goes away under it. `nextflow` is the oldest that the profile allows."""
    settings = site.site.settings
    counts = "ends the run, as there is one try only" if retry.attempts == 1 else "counts as an attempt"
    if isinstance(settings, Batch):
        if any(pool.fixed for pool in site.pools):
            return f"a task whose Fargate capacity is reclaimed leaves no exit code: it {counts}"
        batch = "Batch itself starts nothing again"
        if nextflow < _NO_SPOT_ATTEMPTS_SINCE:
            batch += ", but before Nextflow 24.10 up to five times the same job of the same size"
        return f"a Spot instance that is reclaimed, or a host that is lost, leaves no exit code: it {counts}; {batch}"
    if isinstance(settings, Slurm):
        return f"a node that fails leaves no exit code: it {counts}; Slurm itself starts nothing again (--no-requeue)"
    return f"a machine that is lost leaves no exit code: it {counts}"
