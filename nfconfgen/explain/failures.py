"""What happens to a task that fails, by its exit code or by the loss of its machine."""

from __future__ import annotations

from collections.abc import Mapping

from nfconfgen.explain.model import Retries
from nfconfgen.plan.model import SitePlan, TaskPlan
from nfconfgen.profile.retry_settings import Otherwise, Retry
from nfconfgen.profile.units import cpus_text, exit_code_texts

LOST = "none at all (it was lost with its machine)"
PIPELINES = "as errorStrategy and maxRetries of the pipeline decide"
_ENDS: Mapping[Otherwise, str] = {
    "finish": "running tasks are finished, then the run ends",
    "terminate": "the run and all running tasks end at once",
    "ignore": "the run goes on without it",
}


def retries(retry: Retry) -> Retries:
    """Which failures are retried, and what happens after the others."""
    if not retry.sets_strategy:
        again = "after the failures that the pipeline's errorStrategy names" if retry.attempts else PIPELINES
        return Retries(retry.attempts, again, "")
    ends = _ENDS[retry.ends]
    if retry.attempts == 1:
        return Retries(1, "", f"one attempt only: {ends}")
    codes = ", ".join(exit_code_texts(retry.exit_codes))
    worth = " or ".join([*([codes] if codes else []), *([LOST] if retry.lost else [])])
    if not worth:
        return Retries(retry.attempts, "", f"any failure: {ends}")
    last = f"attempt {retry.attempts}: {_ENDS[retry.last or 'terminate']}" if retry.attempts else ""
    grows = f"; requests grow after {', '.join(exit_code_texts(retry.grow_on))} only" if retry.grow_on else ""
    if retry.every:
        return Retries(retry.attempts, f"any failure{grows}", last)
    last = f"; {last}" if last else ""
    return Retries(retry.attempts, f"exit code {worth}{grows}", f"any other exit code: {ends}{last}")


def following(at: int, task_plan: TaskPlan, retry: Retry) -> str:
    """What follows an attempt that failed and is retried."""
    if at + 1 >= len(task_plan.attempts):
        if retry.last is not None:
            return f"given up: {_ENDS[retry.last]}"
        return "given up" if retry.attempts is not None else "the same request, if the pipeline retries it"
    before, after = task_plan.attempts[at].request, task_plan.attempts[at + 1].request
    where = f" on {after.queue}" if after.queue != before.queue else ""
    return f"attempt {task_plan.attempts[at + 1].number}{where} with {cpus_text(after.cpus)}, {after.memory_mib} MiB"


def lost(site: SitePlan, nextflow: tuple[int, ...]) -> str:
    """What happens to a task whose machine is lost; `nextflow` is the oldest version that the profile allows."""
    return site.site.executor.lost(site, _counts(site.site.retry), nextflow)


def _counts(retry: Retry) -> str:
    """How a task without an exit code counts against the attempts."""
    if not retry.sets_strategy:
        return "counts as an attempt, if the pipeline retries such a task"
    if retry.again(None):
        return "counts as an attempt"
    reason = ", as there is one attempt only" if retry.attempts == 1 else ", as retry does not set `lost: true`"
    return f"is like any other failure{reason}: {_ENDS[retry.ends]}"
