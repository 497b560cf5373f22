"""What accounting allows: the limits of QOS and of associations, in the form of the lock.

Sizes are MiB, CPUs and minutes by resource (cpu, mem, node, billing, gres/gpu …); None and absent mean no limit:
https://slurm.schedmd.com/resource_limits.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Tres = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The limits of a QOS or association for one job (`job`, `node`, `wall_s`, `job_minutes`), all jobs of a user, of
    an account, or of a group at once. `running`: the minutes that all running jobs may still have. `spent`: what is
    used up of the limits on all jobs ever. `counts`: jobs at once and submitted, by sacctmgr's names."""

    wall_s: int | None = None
    job: Tres = field(default_factory=dict)
    node: Tres = field(default_factory=dict)
    user: Tres = field(default_factory=dict)
    group: Tres = field(default_factory=dict)
    least: Tres = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    per_account: Tres = field(default_factory=dict)
    job_minutes: Tres = field(default_factory=dict)
    running: Tres = field(default_factory=dict)
    spent: tuple[str, ...] = ()
    counts: Tres = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Association:
    """The limits of a user under an account (`user` False: of the account as a whole, below `parent`); `partition`
    empty: all. Limits of one job are those that hold, also if an account above sets them: sacctmgr shows these."""

    account: str
    user: bool = True
    partition: str = ""
    qos: tuple[str, ...] = ()
    default_qos: str = ""
    ceilings: Ceilings = field(default_factory=Ceilings)
    parent: str = ""

    @property
    def defaults(self) -> tuple[str, ...]:
        """The QOS of jobs that name none, if there is one beside `normal`: the default, or the only one
        (measured)."""
        return (self.default_qos,) if self.default_qos else self.qos if len(self.qos) == 1 else ()


@dataclass(frozen=True, slots=True)
class Reservation:
    """Who may use these nodes while it lasts; both empty: unknown. `active`: it has begun, and not ended."""

    nodes: str = ""
    users: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    active: bool = True
