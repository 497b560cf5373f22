"""Processes taken together by the labels that a profile has classes for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nfconfgen.pipeline.model import Task
from nfconfgen.processes.match import LABEL, strength
from nfconfgen.profile.model import Profile, TaskClass
from nfconfgen.recommend.proposal import Proposal
from nfconfgen.runs.merged import merged
from nfconfgen.runs.observed import WITH_LABEL, Observed
from nfconfgen.wording import counted, listed

_COSTS = 0.02
_MOST_NAMED = 6


def labels_of(seen: Sequence[Observed], tasks: Sequence[Task], profile: Profile) -> dict[str, str]:
    """The label of each process whose memory a label decides: by the last class of the profile for a label that it
    has, unless there is one for the process itself."""
    classes = dict.fromkeys(
        (each.kind, each.name) for site in profile.sites for each in site.tasks if _sets_memory(each)
    )
    by_name = {task.alias: task for task in tasks} | {task.qualified: task for task in tasks}
    found = {}
    for each in seen:
        task = by_name.get(each.process) or by_name.get(each.process.rpartition(":")[2])
        label = _deciding(task, [*classes]) if task is not None else None
        if label is not None:
            found[each.process] = label
    return found


def by_label(seen: Sequence[Observed], labels: Mapping[str, str]) -> list[Observed]:
    """The processes, those with a label as one."""
    members: dict[str, list[Observed]] = {}
    for each in seen:
        label = labels.get(each.process)
        members.setdefault(each.process if label is None else WITH_LABEL + label, []).append(each)
    return [some[0] if name == some[0].process else merged(name, some) for name, some in members.items()]


def label_notes(found: Sequence[Proposal], alone: Sequence[Proposal], labels: Mapping[str, str]) -> Iterator[str]:
    """Which processes each label stands for, and what requests of their own would save."""
    for each in found:
        own = [one for one in alone if WITH_LABEL + labels.get(one.process, "") == each.process]
        sized = [one for one in own if one.memory is not None]
        if not own:
            continue
        names = listed([one.process.rpartition(":")[2] for one in own], most=_MOST_NAMED)
        yield f"{each.process}: {counted(len(own), 'process', 'processes')}, {names}"
        if each.memory is None or not sized:
            continue
        together = each.observed.tasks * each.memory.expected.reserved
        apart = sum(one.observed.tasks * one.memory.expected.reserved for one in sized if one.memory is not None)
        if apart < (1 - _COSTS) * together:
            largest = max(sized, key=lambda one: one.memory.mib if one.memory is not None else 0)
            yield (
                f"{each.process}: requests for each of them would reserve {1 - apart / together:.0%} less "
                f"({largest.process.rpartition(':')[2]} needs most): give those a class of their own"
            )


def _sets_memory(each: TaskClass) -> bool:
    return each.kind != "default" and "memory" in each.sets


def _deciding(task: Task, classes: Sequence[tuple[str, str]]) -> str | None:
    """The label of the class that decides; None if none does, or one for the process itself."""
    found = None
    for kind, name in classes:
        reached = strength("withLabel" if kind == "label" else "withName", name, task)
        if reached is not None and reached > LABEL:
            return None
        found = name if reached == LABEL else found
    return found
