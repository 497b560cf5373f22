"""What a site declares, so that `nfconfgen provision` makes it: queues, and what jobs on them need."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nfconfgen.profile.references import Value
from nfconfgen.profile.units import memory_mib, time_s

_DAY_S = 86400
_LONGEST_NAME = 100
_UNNAMED = "nextflow"
KEEP_LOGS_DAYS = 30
SMALLEST_VOLUME_GIB, LARGEST_VOLUME_GIB = 30, 65536
"""The snapshot of the ECS-optimised AMI, and the largest volume of type gp3:
https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html"""


@dataclass(frozen=True, slots=True)
class Declared:
    """A queue to be made, with a compute environment of its own. `types` are alternatives; `image` is an AMI, empty
    for the current ECS-optimised Amazon Linux 2023; `volume_mib` None: the disk follows from the tasks."""

    queue: str
    types: tuple[str, ...]
    max_instances: int
    spot: bool = False
    priority: int = 1
    volume_mib: int | None = None
    image: str = ""
    capacity_wait_s: int | None = None

    @property
    def kind(self) -> str:
        """The type of its compute environment."""
        return "SPOT" if self.spot else "EC2"


@dataclass(frozen=True, slots=True)
class Stack:
    """What a stack has besides its queues. `bucket`: also that of the work directory, in which files `expire_days`
    after they were written are deleted (None: never). Without `subnets` it is in the default VPC. `makes_role`,
    `makes_logs`: the profile names no role of the jobs, and no log group."""

    name: str
    bucket: bool = False
    expire_days: int | None = None
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    read: tuple[Value, ...] = ()
    write: tuple[Value, ...] = ()
    keep_logs_days: int = KEEP_LOGS_DAYS
    makes_role: bool = True
    makes_logs: bool = True
    tags: tuple[tuple[str, str], ...] = ()


def is_declared(item: object) -> bool:
    """Whether this item of `queues` declares the queue."""
    return isinstance(item, Mapping) and "instance_type" in item


def queues(data: Mapping[str, Any]) -> tuple[Declared, ...]:
    """The queues that a site declares, each once; a wrong size or time is reported by the checks, and left out."""
    listed = data.get("queues")
    found: dict[str, Declared] = {}
    for item in listed if isinstance(listed, list) else ():
        if is_declared(item) and "max_instances" in item:
            found.setdefault(item["queue"], _queue(item))
    return tuple(found.values())


def _queue(item: Mapping[str, Any]) -> Declared:
    types = item["instance_type"]
    return Declared(
        item["queue"],
        (types,) if isinstance(types, str) else tuple(types),
        item["max_instances"],
        item.get("spot", False),
        item.get("priority", 1),
        readable(memory_mib, item.get("volume")),
        item.get("image", ""),
        readable(time_s, item.get("capacity_wait")),
    )


def readable(read: Any, text: str | None) -> int | None:
    """A size or time; None if it is not set or cannot be read."""
    try:
        return None if text is None else int(read(text))
    except ValueError:
        return None


def stack(site: str, pipeline: str, data: Mapping[str, Any]) -> Stack:
    """The stack of a site; the default of its name is PIPELINE-SITE in the letters that CloudFormation takes."""
    keys = data.get("stack", {})
    bucket, kept_s = keys.get("bucket"), readable(time_s, keys.get("keep_logs"))
    expire_s = readable(time_s, (bucket or {}).get("expire"))
    return Stack(
        keys.get("name") or default_name(pipeline, site),
        bucket is not None,
        None if expire_s is None else expire_s // _DAY_S,
        _texts(keys.get("subnets")),
        _texts(keys.get("security_groups")),
        _texts(keys.get("read")),
        _texts(keys.get("write")),
        KEEP_LOGS_DAYS if kept_s is None else kept_s // _DAY_S,
        "job_role" not in data,
        "logs_group" not in data,
        tuple(keys.get("tags", {}).items()),
    )


def default_name(pipeline: str, site: str) -> str:
    """`salmon-nf-awsbatch`, for pipeline salmon-nf on site awsbatch."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"{pipeline}-{site}").strip("-")[:_LONGEST_NAME].rstrip("-")
    return name if name[:1].isalpha() else f"{_UNNAMED}-{name}"


def _texts(listed: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(listed or ())
