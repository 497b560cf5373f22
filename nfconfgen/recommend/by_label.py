"""Processes taken together by the labels that a profile has classes for."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nfconfgen.pipeline.model import Sources
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.processes.precedence import Matching, Value, winner
from nfconfgen.processes.sides import Sides, sides
from nfconfgen.recommend.proposal import Proposal
from nfconfgen.runs.merged import merged
from nfconfgen.runs.observed import WITH_LABEL, Observed
from nfconfgen.terminal.visible import visible
from nfconfgen.wording import counted, listed

_COSTS = 0.02
_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class Labels:
    """The label of each process that has one, of those that were seen and the others of the pipeline, and those that
    were seen and are in none of its files."""

    of: Mapping[str, str]
    unread: tuple[str, ...] = ()


def labels_of(seen: Sequence[Observed], plan: Plan, sources: Sources) -> Labels:
    """The label of each process whose memory the same label of the profile decides on all sites that request any,
    among all that the pipeline and the profile set."""
    matching = Matching()
    sites = [site for site in plan.sites if site.task_plans and site.site.settings.asks_memory]
    deciding = [_deciding(site, sides(site, plan, sources, matching), sources) for site in sites]
    by_name = {task.alias: task for task in sources.tasks} | {task.qualified: task for task in sources.tasks}
    of_seen = {
        each.process: by_name.get(each.process) or by_name.get(each.process.rpartition(":")[2]) for each in seen
    }
    others = {task.qualified: task for task in sources.tasks if task not in of_seen.values()}
    found = {}
    for process, task in {**others, **of_seen}.items():
        labels = {of_site[task.qualified] for of_site in deciding} if task is not None else set()
        if len(labels) == 1 and (label := labels.pop()) is not None:
            found[process] = label
    return Labels(found, tuple(process for process, task in of_seen.items() if task is None))


def by_label(seen: Sequence[Observed], labels: Labels) -> list[Observed]:
    """The processes, those with a label as one."""
    members: dict[str, list[Observed]] = {}
    for each in seen:
        label = labels.of.get(each.process)
        members.setdefault(each.process if label is None else WITH_LABEL + label, []).append(each)
    return [some[0] if name == some[0].process else merged(name, some) for name, some in members.items()]


def label_notes(found: Sequence[Proposal], alone: Sequence[Proposal], labels: Labels) -> Iterator[str]:
    """Which processes each label stands for, and what requests of their own would save."""
    names = {each.process for each in alone}
    if labels.unread:
        yield (
            f"{counted(len(labels.unread), 'process', 'processes')} in none of the pipeline's files, so that each is "
            f"sized by itself: {_named(labels.unread)}"
        )
    if names.isdisjoint(labels.of):
        yield "no label of the profile decides what one of these processes asks for: each is sized by itself"
    for each in found:
        own = [one for one in alone if WITH_LABEL + labels.of.get(one.process, "") == each.process]
        if own:
            yield f"{each.process}: {counted(len(own), 'process', 'processes')}, {_named(one.process for one in own)}"
            yield from _not_run(each, names, labels)
            yield from _costly(each, own)


def _not_run(each: Proposal, names: Container[str], labels: Labels) -> Iterator[str]:
    having = (name for name, label in labels.of.items() if WITH_LABEL + label == each.process)
    unseen = [name for name in having if name not in names]
    if unseen:
        yield (
            f"{each.process}: {counted(len(unseen), 'process', 'processes')} of the pipeline with it did not run "
            f"there, so that it may be too little for them: {_named(unseen)}"
        )


def _costly(each: Proposal, own: Sequence[Proposal]) -> Iterator[str]:
    apart = sum(one.reserved for one in own)
    if apart < (1 - _COSTS) * each.reserved:
        largest = max(own, key=lambda one: one.memory.mib if one.memory is not None else 0)
        yield (
            f"{each.process}: requests for each of them would reserve {1 - apart / each.reserved:.0%} less "
            f"({_named([largest.process])} needs most): give those a class of their own"
        )


def _named(processes: Iterable[str]) -> str:
    return listed([visible(process.rpartition(":")[2]) for process in processes], most=_MOST_NAMED)


def _deciding(site: SitePlan, both: Sides, sources: Sources) -> dict[str, str | None]:
    """By qualified name the label whose class has the memory that wins on this site; None: no label has it."""
    classes = [each.task for each in site.task_plans]
    labels = {
        each.memory_mib.place: each.name
        for each in classes
        if each.kind == "label" and each.memory_mib is not None and "memory" in each.sets
    }
    # a class may also take the request of a label
    by_class = {each.place: labels.get(each.memory_mib.place) for each in classes if each.memory_mib is not None}

    def label(by: Value | None) -> str | None:
        return by_class.get(by.own.place) if by is not None and by.own is not None else None

    return {
        task.qualified: None
        if task.process.dynamic
        else label(winner(both.both["v2"], both.held[task.qualified], "memory", task))
        for task in sources.tasks
    }
