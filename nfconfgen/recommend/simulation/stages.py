"""In which order the processes of a run began, as far as its times show it."""

from __future__ import annotations

from collections.abc import Sequence

from nfconfgen.runs.observed import Observed


def stages(seen: Sequence[Observed]) -> list[int] | None:
    """The stage of each process, from 0: one after all processes that had completed a task before its own first task
    was submitted. It may depend on these, and on no others. None if the times of a process are not known."""
    times = [
        (each.first_submit_ms, each.first_end_ms)
        for each in seen
        if each.first_submit_ms is not None and each.first_end_ms is not None
    ]
    if len(times) < len(seen):
        return None
    # of a task that takes no time that can be measured, too, the end comes after its start
    ends = sorted((max(end, submit + 1), number) for number, (submit, end) in enumerate(times))
    found = [0] * len(times)
    ended = reached = 0
    for submit, number in sorted((submit, number) for number, (submit, _) in enumerate(times)):
        # what has ended by now was submitted before, so its stage is known
        while ended < len(ends) and ends[ended][0] <= submit:
            reached = max(reached, found[ends[ended][1]] + 1)
            ended += 1
        found[number] = reached
    return found
