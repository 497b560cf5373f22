"""The machines of one queue and the tasks that wait for them."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from nfconfgen.recommend.simulation.curve import Curve

STARTUP_S = 180.0
"""From the request of a machine to its first task: `nfconfgen probe` sees two to four minutes."""

IDLE_S = 300.0
"""How long a machine without tasks is kept."""

UNLIMITED = 100_000
"""Machines of a queue whose number is not known."""

Share = tuple[int, int]
"""What a task takes from a machine: cpus, MiB."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue whose machines are of one type. `most`: how many of them may run; `price`: of one for an hour.

    A machine is available `startup_s` after it was started, and is stopped once it was idle for `idle_s`; it counts
    as running, and is paid, from start to stop. For machines that are always on, both are 0: then those in use count.
    """

    name: str
    machine: str
    cpus: int
    memory_mib: int
    most: int
    price: float | None = None
    startup_s: float = STARTUP_S
    idle_s: float = IDLE_S
    whole: bool = False
    """One task on each machine, whatever it asks for."""


@dataclass(slots=True)
class Machine:
    number: int
    started_s: float
    cpus: int
    memory_mib: int
    used: int = 0
    """How many tasks it has had."""


@dataclass(frozen=True, slots=True)
class Task:
    """An attempt (from 0) of a task. `order`: when it came, compared with others; `process` and `number`: which task
    it is; `chain`: what continues when it has ended."""

    order: int
    process: int
    number: int
    chain: int
    attempt: int

    def again(self, order: int) -> Task:
        return Task(order, self.process, self.number, self.chain, self.attempt + 1)


Start = Callable[[Machine, Share, Task], None]


@dataclass(slots=True)
class Machines:
    """The state of a queue. After each change, no task waits that would fit on a machine."""

    queue: Queue
    start: Start
    running: dict[int, Machine] = field(default_factory=dict)
    starting: int = 0
    machine_s: float = 0.0
    waiting: int = 0
    curve: Curve = field(default_factory=Curve)
    _needed: float = 0.0
    """How many machines all waiting tasks would fill."""
    _lines: dict[Share, deque[Task]] = field(default_factory=dict)
    _free: list[list[tuple[int, int]]] = field(default_factory=list)
    """By the number of free cpus: free memory and number of each machine, ascending."""

    def __post_init__(self) -> None:
        self._free = [[] for _ in range(self.queue.cpus + 1)]

    def share(self, cpus: int, memory_mib: int) -> Share:
        """What a task with this request takes. ValueError if no machine of this queue holds it."""
        if cpus > self.queue.cpus or memory_mib > self.queue.memory_mib or self.queue.most < 1:
            raise ValueError(f"{self.queue.name}: no machine holds {cpus} cpus and {memory_mib} MiB")
        return (self.queue.cpus, self.queue.memory_mib) if self.queue.whole else (max(1, cpus), memory_mib)

    def add(self, share: Share, new: Task) -> None:
        """Start a task, on the machine that it fills best, or let it wait behind the others."""
        line = self._lines.get(share)
        machine = self._best(share) if line is None else None
        if machine is not None:
            self._take(machine)
            self._run(machine, share, new)
            self._offer(machine)
            return
        self._lines.setdefault(share, deque()).append(new)
        self.waiting += 1
        self._needed += 1 / self._on_one(share)

    def available(self, machine: Machine) -> None:
        """A machine has started."""
        self.starting -= 1
        self.running[machine.number] = machine
        self._fill(machine)
        self._offer(machine)

    def ended(self, machine: Machine, share: Share) -> None:
        """A task has left its machine."""
        self._take(machine)
        machine.cpus += share[0]
        machine.memory_mib += share[1]
        self._fill(machine)
        self._offer(machine)

    def empty(self, machine: Machine) -> bool:
        return machine.cpus == self.queue.cpus

    def stop(self, machine: Machine, time_s: float) -> None:
        self._take(machine)
        del self.running[machine.number]
        self.machine_s += time_s - machine.started_s

    def wanted(self) -> int:
        """How many machines should be started now; they count as starting from then on."""
        more = math.ceil(self._needed - 1e-6) - self.starting
        more = max(0, min(more, self.queue.most - len(self.running) - self.starting))
        self.starting += more
        return more

    def _on_one(self, share: Share) -> int:
        return min(self.queue.cpus // share[0], self.queue.memory_mib // max(1, share[1]))

    def _best(self, share: Share) -> Machine | None:
        """The machine with the fewest free cpus, then the least free memory, on which this fits."""
        for level in self._free[share[0] :]:
            if level and level[-1][0] >= share[1]:
                return self.running[level[bisect_left(level, (share[1], -1))][1]]
        return None

    def _take(self, machine: Machine) -> None:
        level = self._free[machine.cpus]
        del level[bisect_left(level, (machine.memory_mib, machine.number))]

    def _offer(self, machine: Machine) -> None:
        insort(self._free[machine.cpus], (machine.memory_mib, machine.number))

    def _run(self, machine: Machine, share: Share, new: Task) -> None:
        machine.cpus -= share[0]
        machine.memory_mib -= share[1]
        machine.used += 1
        self.start(machine, share, new)

    def _fill(self, machine: Machine) -> None:
        """Start the tasks that fit, those that have waited longest first."""
        while self._lines:
            fitting = [
                (line[0].order, share)
                for share, line in self._lines.items()
                if share[0] <= machine.cpus and share[1] <= machine.memory_mib
            ]
            if not fitting:
                return
            share = min(fitting)[1]
            line = self._lines[share]
            self._run(machine, share, line.popleft())
            self.waiting -= 1
            self._needed = self._needed - 1 / self._on_one(share) if self.waiting else 0.0
            if not line:
                del self._lines[share]
