"""Which nodes of a partition the jobs of a site may have, and what of a request is not compared with them. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from nfconfgen.executors.slurm.facts.cluster import ClusterFacts, NodeGroup
from nfconfgen.executors.slurm.facts.hostlist import expand
from nfconfgen.executors.slurm.facts.values import gres_of
from nfconfgen.executors.slurm.pools.job_options import JobOptions
from nfconfgen.findings import Place
from nfconfgen.profile.queue_model import Located
from nfconfgen.suggest import near
from nfconfgen.wording import listed, plural


def memory(facts: ClusterFacts, options: JobOptions) -> Literal["reserved", "compared", "ignored"]:
    """What comes of the memory of a task. Where memory is no resource of its own, Slurm compares a request with the
    size of the nodes all the same, and never with limits of accounting (measured)."""
    return "reserved" if facts.memory_counts else "compared" if options.asks_memory else "ignored"


def usable(
    facts: ClusterFacts, groups: Sequence[tuple[str, NodeGroup]], options: JobOptions
) -> Iterator[tuple[str, NodeGroup]]:
    """The nodes of a partition that meet the constraint, nodelist, exclude and reservation of the site."""
    only, without, gres = _nodes(options.nodelist), _nodes(options.exclude), _gres(options)
    reservation = (facts.reservations or {}).get(options.reservation)
    for name, group in groups:
        if not _has_features(group.features, options.constraint) or not _has_gres(group, gres):
            continue
        if not (only or without or reservation):
            yield name, group
            continue
        members = set(expand(name)) - without
        members &= only or members
        if reservation is not None and reservation.nodes:
            members &= _nodes([reservation.nodes])
        if members:
            away = _nodes([group.out]) if group.out else set()
            away |= _nodes([group.reserved]) if group.reserved and reservation is None else set()
            known = bool(group.out or group.reserved)
            yield name, replace(group, up=bool(members - away) if known else group.up)


def _nodes(lists: Sequence[str]) -> set[str]:
    return {node for text in lists for node in expand(text)}


def _has_features(features: Sequence[str], constraint: str) -> bool:
    """Whether the features meet the constraint: names joined by all & or all |."""
    if "|" in constraint:
        return bool(set(constraint.split("|")) & set(features))
    return not constraint or set(constraint.split("&")) <= set(features)


def _gres(options: JobOptions) -> dict[str, int]:
    """What --gres and --gpus of cluster_options ask for, by name."""
    words = [word for text in options.cluster_options for word in shlex.split(text)]
    asked: dict[str, int] = {}
    for word, following in zip(words, [*words[1:], ""], strict=False):
        name, _, value = word.partition("=")
        if name == "--gres":
            asked |= gres_of(value or following)
        elif name in ("--gpus", "--gpus-per-node", "-G"):
            asked |= gres_of(f"gpu:{value or following}")
    return asked


def _has_gres(group: NodeGroup, asked: dict[str, int]) -> bool:
    """Whether a node has so much of each; of a name without a type any type counts."""
    return all(
        sum(count for own, count in group.gres.items() if own == name or own.startswith(f"{name}:")) >= wanted
        for name, wanted in asked.items()
    )


def unmet(every: Sequence[tuple[str, NodeGroup]], options: JobOptions, place: Place) -> Located[str]:
    """What no node of a partition meets, at the line that asks for it."""
    at = options.nodes_place or place
    features = sorted({feature for _, group in every for feature in group.features})
    if options.constraint and not any(_has_features(group.features, options.constraint) for _, group in every):
        words = re.split(r"[&|]", options.constraint)
        advice = next((hint for word in words if word not in features and (hint := near(word, features))), "")
        known = advice or (f"there are {', '.join(features[:_SHOWN])}" if features else "they have no features")
        return Located(f"the feature {options.constraint} ({known})", at)
    gres = _gres(options)
    if gres and not any(_has_gres(group, gres) for _, group in every):
        return Located(f"{','.join(f'{name}:{count}' for name, count in gres.items())} (--gres)", at)
    return Located("what constraint, nodelist, exclude and reservation ask for", at)


_SHOWN = 8
"""Features named in one message."""


_COLLECT = "collect the facts on a login node as soon as somebody can: nfconfgen facts --collect-script"
_BY_HAND = (
    "the facts of {name} are written by hand, so not checked are: accounts and QOS with their limits, who may use a "
    "partition, reservations, whole cores, job_submit plugins"
)


def _of_nodes(options: JobOptions) -> str:
    """The options that select nodes by what is not known of them."""
    keys = [key for key in ("constraint", "nodelist", "exclude") if getattr(options, key)]
    keys += ["--gres"] if _gres(options) else []
    return f", and which nodes {listed(keys)} {plural(len(keys), 'leaves', 'leave')}" if keys else ""


def unproven(facts: ClusterFacts, options: JobOptions) -> Iterator[tuple[str, str, str]]:
    """Rule, message and advice for what the plan does not compare on this cluster."""
    name = facts.cluster or "the cluster"
    if facts.by_hand:
        yield "limits-not-read", f"{_BY_HAND.format(name=name)}{_of_nodes(options)}", _COLLECT
    for what in facts.not_read:
        advice = "ask an administrator why the command shows nothing"
        yield "limits-not-read", f"limits not read from {name}, and so not checked: {what}", advice
    if facts.job_submit:
        plugins = ", ".join(facts.job_submit)
        message = f"{name} has a job_submit plugin ({plugins}): it may move, change or refuse any job"
        yield "job-submit", message, "compare a first job with the plan (scontrol show job)"
    if memory(facts, options) != "reserved":
        message = f"{name} reserves no memory for jobs (SelectTypeParameters): tasks that share a node may exceed it"
        yield "memory-not-reserved", message, "ask for as many cpus as the memory of a task takes"
