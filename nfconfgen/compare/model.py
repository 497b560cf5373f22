"""Two sites side by side, as values that print in any form. Units are in the names; None is what is not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nfconfgen.profile.model import Kind, Param, Retry

Mark = Literal["same", "meant", "finding"]
State = Literal["fits", "unfit", "added", "own"]


@dataclass(frozen=True, slots=True)
class Side:
    """One attempt on one site. `state`: fits; unfit: nothing there takes it, so there are no numbers; added: an
    additive class, which asks for nothing itself; own: the pipeline's own numbers hold. `holder` None: the machines
    are not known."""

    state: State
    queue: str | None = None
    cpus: int | None = None
    memory_mib: int | None = None
    time_s: int | None = None
    gpus: int | None = None
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One attempt of one task class on both sites; `attempt` None where neither site asks for anything. `why` says
    where the differences come from."""

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
class Value:
    """Something else that both sites have, or only one; `group` says what kind of it: a param of the launch, the
    container of a label."""

    group: str
    name: str
    mark: Mark
    a: Param | None
    b: Param | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """All that is compared of two sites."""

    a: str
    b: str
    requests: tuple[Request, ...]
    selectors: tuple[Value, ...]
    params: tuple[Value, ...]
    containers: tuple[Value, ...]
    limits: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Retries:
    """What becomes of a failed task on one site."""

    site: str
    retry: Retry
