"""Checks of what a site declares that a schema cannot express."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from nfconfgen.executors.awsbatch.stack import declared
from nfconfgen.findings import Finding
from nfconfgen.profile import units
from nfconfgen.profile.credentials import shown
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.reference_texts import read as read_text
from nfconfgen.profile.references import known

_OF_QUEUES = ("max_instances", "spot", "priority", "volume", "image", "capacity_wait")
_KEPT_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)
"""The days that CloudWatch can keep logs, up to two years:
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""
_DAY_S = 86400
_VOLUME_MIB = (declared.SMALLEST_VOLUME_GIB * 1024, declared.LARGEST_VOLUME_GIB * 1024)
_Items = Sequence[tuple[Mapping[str, Any], Path]]
_CAPACITY_WAIT_S = (600, _DAY_S)
"""https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable_time_limit_actions.html"""


def check(site: str, document: Document) -> Iterator[Finding]:
    """The findings about the declared queues and the stack of one site, in a document that fits the schema."""
    data, path = document.data["sites"][site], ("sites", site)
    listed = data.get("queues") if isinstance(data.get("queues"), list) else []
    items = [(item, (*path, "queues", at)) for at, item in enumerate(listed) if isinstance(item, Mapping)]
    for item, at in items:
        yield from _item(item, at, document)
    yield from _twice(items, document)
    base = document.data["sites"].get(site.partition(",")[0], data)
    if site != site.partition(",")[0]:
        yield from _variant(data, base, path, document)
    elif any(declared.is_declared(item) for item, _ in items) or "instance_type" in data.get("head", {}):
        yield from _needs(data, path, document)
        yield from _elsewhere(site, items, document)
    elif "stack" in data:
        message = f"{site} declares no queue, so there is no stack"
        advice = "declare one, as in queues: [{queue: NAME, instance_type: c5.2xlarge, max_instances: 10}]"
        yield Finding(document.key_place((*path, "stack")), "declared-queue", message, f"{advice}, or remove stack")
    yield from _stack(data.get("stack", {}), (*path, "stack"), document)
    yield from _folders(data, path, document)
    if "head" in data:
        yield from _head(data["head"], (*path, "head"), document)


def _head(head: Mapping[str, Any], path: Path, document: Document) -> Iterator[Finding]:
    """The job that runs Nextflow has one queue, which exists or is declared."""
    named = [key for key in ("queue", "instance_type") if key in head]
    if len(named) != 1:
        message = "the head job needs a queue that exists, or an instance_type of which one is made"
        advice = "set one of the two" if not named else "remove one of the two"
        yield Finding(document.place(path), "declared-queue", message, advice)
    for key, read in (("memory", units.memory_mib), ("time", units.time_s)):
        if key in head and _read(read, head[key]) is None:
            yield units.too_small(read, document.place((*path, key)), key, head[key])


def _item(item: Mapping[str, Any], at: Path, document: Document) -> Iterator[Finding]:
    """One item of `queues`."""
    own = [key for key in _OF_QUEUES if key in item]
    if not declared.is_declared(item):
        if own:
            message = f"{own[0]} declares a queue, which needs its instance_type"
            yield Finding(
                document.key_place((*at, own[0])), "declared-queue", message, "set it, or name a queue that exists"
            )
        return
    if "max_instances" not in item:
        message = f"{item['queue']} is declared without max_instances"
        yield Finding(document.place(at), "declared-queue", message, "set the most instances that may run at once")
    if "image" in item and "volume" in item:
        message = f"an AMI of your own brings its disks along, so volume has no effect on {item['queue']}"
        yield Finding(
            document.key_place((*at, "volume")),
            "declared-queue",
            message,
            "set the disk in the AMI, and remove volume",
        )
    wait_s, (least, most) = _read(units.time_s, item.get("capacity_wait")), _CAPACITY_WAIT_S
    if wait_s is not None and not least <= wait_s <= most:
        message = f"Batch cancels waiting jobs after 10m to 24h, not after {item['capacity_wait']}"
        yield Finding(document.place((*at, "capacity_wait")), "declared-queue", message, "set a time from 10m to 24h")
    volume_mib = _read(units.memory_mib, item.get("volume"))
    if volume_mib is not None and not _VOLUME_MIB[0] <= volume_mib <= _VOLUME_MIB[1]:
        message = (
            f"no instance starts with a disk of {item['volume']}: its AMI takes 30 GB, and EBS has at most 64 TB"
        )
        yield Finding(document.place((*at, "volume")), "declared-queue", message, "set a size from 30 GB to 64 TB")
    for key, read in (("volume", units.memory_mib), ("capacity_wait", units.time_s)):
        if key in item and _read(read, item[key]) is None:
            yield units.too_small(read, document.place((*at, key)), key, item[key])


def _twice(items: _Items, document: Document) -> Iterator[Finding]:
    """A queue that is declared twice: further rules name it."""
    seen: set[str] = set()
    for item, at in items:
        if declared.is_declared(item):
            if item["queue"] in seen:
                message = f"{item['queue']} is declared above"
                yield Finding(
                    document.place((*at, "queue")), "declared-queue", message, "name it here without its declaration"
                )
            seen.add(item["queue"])


def _variant(data: Mapping[str, Any], base: Mapping[str, Any], path: Path, document: Document) -> Iterator[Finding]:
    if declared.queues(data) != declared.queues(base) and declared.queues(data):
        message = "a variant declares no queues of its own"
        yield Finding(
            document.place((*path, "queues")),
            "declared-queue",
            message,
            "declare them at the site, and name them here",
        )


def _needs(data: Mapping[str, Any], path: Path, document: Document) -> Iterator[Finding]:
    """What a stack needs to be known before a run starts."""
    for key, what in (("region", "where it is made"), ("work_dir", "what its jobs may write")):
        if not _known(data, key, document):
            place = document.place((*path, key)) if key in data else document.place((*path, "queues"))
            message = f"declared queues need a {key} that is known before a run starts: it decides {what}"
            yield Finding(place, "declared-queue", message, f"set {key}, or a default in it, as in ${{NAME:-value}}")
    if declared.queues(data) and data.get("staging", "cli") == "cli" and "cli_path" not in data:
        message = "without cli_path no AWS CLI is put on the instances: every image must contain `aws`"
        advice = "set cli_path: /opt/aws-cli/bin/aws, or staging: fusion"
        yield Finding(document.place((*path, "queues")), "declared-queue", message, advice, "warning")


def _folders(data: Mapping[str, Any], path: Path, document: Document) -> Iterator[Finding]:
    """Folders of the stack that are only known when a run starts."""
    for key in ("read", "write"):
        for at, text in enumerate(data.get("stack", {}).get(key, ())):
            if not _by_default(text, data, document):
                message = f"{shown(text)} is only known when a run starts, and rights are given before"
                place = document.place((*path, "stack", key, at))
                yield Finding(place, "declared-queue", message, "set a default in it, as in ${NAME:-value}")


def _known(data: Mapping[str, Any], key: str, document: Document) -> str:
    """What a key comes to by default; empty if that is unknown."""
    value = data.get(key, "")
    return _by_default(f"${{params.{value.get('param')}}}" if isinstance(value, Mapping) else value, data, document)


def _by_default(text: object, data: Mapping[str, Any], document: Document) -> str:
    """What a text comes to by default; empty if that is unknown."""
    return known(read_text(str(text)), {**document.data.get("params", {}), **data.get("params", {})})


def _elsewhere(site: str, items: _Items, document: Document) -> Iterator[Finding]:
    """Queues and a stack that another site of the region declares already."""
    sites = document.data["sites"]
    region, pipeline = sites[site].get("region"), document.data["pipeline"]["name"]
    for other in list(sites)[: list(sites).index(site)]:
        data = sites[other]
        if "," in other or data.get("region") != region or not declared.queues(data):
            continue
        theirs = {each.queue for each in declared.queues(data)}
        for item, at in items:
            if declared.is_declared(item) and item["queue"] in theirs:
                message = f"{other} declares {item['queue']} in {region} already"
                yield Finding(
                    document.place((*at, "queue")), "declared-queue", message, "name it here without its declaration"
                )
        if declared.stack(other, pipeline, data).name == declared.stack(site, pipeline, sites[site]).name:
            message = f"{other} has a stack of the same name in {region}"
            place = document.place(("sites", site, "stack" if "stack" in sites[site] else "queues"))
            yield Finding(place, "declared-queue", message, "set stack: {name: …}")


def _stack(stack: Mapping[str, Any], path: Path, document: Document) -> Iterator[Finding]:
    days = _days(stack.get("keep_logs"))
    if days is not None and days not in _KEPT_DAYS:
        message = f"CloudWatch cannot keep logs for {shown(stack['keep_logs'])}"
        advice = f"set one of {', '.join(f'{each}d' for each in _KEPT_DAYS)}"
        yield Finding(document.place((*path, "keep_logs")), "declared-queue", message, advice)
    expire = (stack.get("bucket") or {}).get("expire")
    days = _days(expire)
    if days is not None and (days < 1 or days != int(days)):
        message = f"S3 deletes files after whole days, not after {shown(expire)}"
        yield Finding(
            document.place((*path, "bucket", "expire")), "declared-queue", message, "set whole days, as in 30d"
        )


def _days(text: str | None) -> float | None:
    seconds = _read(units.time_s, text)
    return None if seconds is None else seconds / _DAY_S


def _read(read: Callable[[str], int], text: str | None) -> int | None:
    return declared.readable(read, text)
