"""Two sites side by side, as values that print in any form. Units are in the names; None means not set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nfconfgen.profile.model import Kind, Param

Mark = Literal["same", "meant", "finding"]
State = Literal["fits", "unfit", "added", "own", "unknown"]


@dataclass(frozen=True, slots=True)
class Side:
    """One attempt on one site. `state`: fits; unfit: nothing holds it, so there are no numbers; added: an additive
    class, which asks for nothing itself; own: the pipeline's own numbers hold; unknown: some value of a process is
    not known. `holder` None: the machines are unknown."""

    state: State
    queue: str | None = None
    cpus: int | None = None
    memory_mib: int | None = None
    time_s: int | None = None
    gpus: int | None = None
    holder: str | None = None

    @property
    def size(self) -> tuple[object, ...]:
        """The part of a request that a task notices: queue and machine differ between sites."""
        return self.state, self.cpus, self.memory_mib, self.time_s, self.gpus


@dataclass(frozen=True, slots=True)
class Request:
    """One attempt of one task class on both sites; `attempt` None if neither site asks for anything. `why` explains
    the differences."""

    kind: Kind
    name: str | None
    attempt: int | None
    mark: Mark
    a: Side
    b: Side
    why: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.name or "default"


@dataclass(frozen=True, slots=True)
class ProcessPair:
    """All attempts of a process of the pipeline on both sites; `parsers`: only as these read it (empty: both)."""

    name: str
    parsers: tuple[str, ...]
    mark: Mark
    a: tuple[Side, ...]
    b: tuple[Side, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """Another value that one or both sites have; `group` is its kind: a param of the launch, the container of a
    label."""

    group: str
    name: str
    mark: Mark
    a: Param | None
    b: Param | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """All that is compared of two sites; `processes` None: no pipeline is at hand."""

    a: str
    b: str
    requests: tuple[Request, ...]
    selectors: tuple[Value, ...]
    params: tuple[Value, ...]
    containers: tuple[Value, ...]
    limits: tuple[Value, ...]
    processes: tuple[ProcessPair, ...] | None = None
