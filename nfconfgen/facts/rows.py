"""The machines of each queue of each site, as rows for tables and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One instance type in one compute environment of one queue, or one kind of node of one partition (`environment`
    is its time limit then); None means unknown.

    `ask_mib` is the most to ask for, `at_once` the number of instances that the maxvCpus of the environment allow,
    which is how many tasks of a whole instance run at once. `fair_share`: the queue has a scheduling policy. `on` and
    `how` are texts for the table: the machine, and the source of its memory.
    """

    site: str
    queue: str
    state: str
    environment: str | None = None
    kind: str | None = None
    image: str | None = None
    max_vcpus: int | None = None
    instance_type: str | None = None
    cpus: int | None = None
    nominal_mib: int | None = None
    memory_mib: int | None = None
    ask_mib: int | None = None
    at_once: int | None = None
    source: str | None = None
    time: str | None = None
    ami: str | None = None
    agent: str | None = None
    gpus: Mapping[str, int] | None = None
    architecture: str | None = None
    fair_share: bool | None = None
    on: str = ""
    how: str = ""

    def to_json(self) -> dict[str, Any]:
        """The row as in schemas/facts.schema.json, without the texts."""
        return {name: getattr(self, name) for name in self.__slots__ if name not in ("on", "how")}
