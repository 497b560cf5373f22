"""The events of a simulated run: tasks end, machines become available, idle ones are stopped."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from heapq import heappop, heappush
from itertools import count

from nfconfgen.recommend.simulation.curve import Curve
from nfconfgen.recommend.simulation.queue_machines import Machine, Machines, Queue, Share, Task
from nfconfgen.recommend.simulation.workload import Ask, Work, chains


class Engine:
    """A run of so many samples; `submitted`: at most so many of its tasks wait or run at a time."""

    def __init__(
        self,
        works: Sequence[Work],
        queues: Sequence[Queue],
        samples: int,
        submitted: int | None,
        seed: int,
    ) -> None:
        self.queues = {queue.name: Machines(queue, partial(self._start, queue.name)) for queue in queues}
        self.waiting = Curve()
        self.now = self.end_s = self.reserved_mib_s = 0.0
        self.tasks = self.failed = self.lost = 0
        self._attempts = [[(ask.queue, self._share(ask), ask.memory_mib) for ask in each.asks] for each in works]
        drawn = [each.drawn(each.total(samples), seed) for each in works]
        self._times, self._peaks = [times for times, _ in drawn], [peaks for _, peaks in drawn]
        self._chains, self._last = chains(works, samples)
        self._left = [0] * (len(self._chains) + 1)
        self._open = len(self._chains)
        self._room = submitted
        self._held: deque[Task] = deque()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def run(self) -> None:
        """Until all tasks have ended and all machines are stopped."""
        for chain in range(self._open):
            self._next_stage(chain)
        self._settle()
        while self._events:
            self.now = self._events[0][0]
            while self._events and self._events[0][0] == self.now:
                heappop(self._events)[2]()
            self._settle()

    def _share(self, ask: Ask) -> Share:
        if ask.queue not in self.queues:
            raise ValueError(f"there is no queue {ask.queue!r}")
        return self.queues[ask.queue].share(ask.cpus, ask.memory_mib)

    def _after(self, delay_s: float, event: Callable[[], None]) -> None:
        heappush(self._events, (self.now + delay_s, next(self._order), event))

    def _next_stage(self, chain: int) -> None:
        """The tasks of the next stage, or of the last chain once all others have ended."""
        stage = next(self._last if chain == len(self._chains) else self._chains[chain], None)
        if stage is None:
            if chain < len(self._chains):
                self._open -= 1
                if not self._open:
                    self._next_stage(len(self._chains))
            return
        self._left[chain] = sum(len(tasks) for _, tasks in stage)
        for process, tasks in stage:
            for number in tasks:
                self._submit(Task(next(self._order), process, number, chain, 0))

    def _submit(self, task: Task) -> None:
        if self._room is not None:
            if not self._room:
                self._held.append(task)
                return
            self._room -= 1
        queue, share, _ = self._attempts[task.process][task.attempt]
        self.queues[queue].add(share, task)

    def _start(self, queue: str, machine: Machine, share: Share, task: Task) -> None:
        self._after(self._times[task.process][task.number], partial(self._end, queue, machine, share, task))

    def _end(self, queue: str, machine: Machine, share: Share, task: Task) -> None:
        self.end_s = self.now
        self.queues[queue].ended(machine, share)
        if self._room is not None:
            self._room += 1
        attempts = self._attempts[task.process]
        memory_mib = attempts[task.attempt][2]
        self.reserved_mib_s += memory_mib * self._times[task.process][task.number]
        enough = self._peaks[task.process][task.number] <= memory_mib
        self.failed += not enough
        if enough or task.attempt + 1 == len(attempts):
            self.lost += not enough
            self._done(task)
        else:
            self._submit(task.again(next(self._order)))
        while self._held and self._room:
            self._submit(self._held.popleft())
        self._if_idle(queue, machine)

    def _done(self, task: Task) -> None:
        self.tasks += 1
        self._left[task.chain] -= 1
        if not self._left[task.chain]:
            self._next_stage(task.chain)

    def _available(self, queue: str, machine: Machine) -> None:
        self.queues[queue].available(machine)
        self._if_idle(queue, machine)

    def _if_idle(self, queue: str, machine: Machine) -> None:
        machines = self.queues[queue]
        if machines.empty(machine):
            self._after(machines.queue.idle_s, partial(self._stop, queue, machine, machine.used))

    def _stop(self, queue: str, machine: Machine, used: int) -> None:
        """Unless it had a task since."""
        if machine.used == used:
            self.queues[queue].stop(machine, self.now)

    def _settle(self) -> None:
        for name, machines in self.queues.items():
            queue = machines.queue
            for _ in range(machines.wanted()):
                new = Machine(next(self._order), self.now, queue.cpus, queue.memory_mib)
                self._after(queue.startup_s, partial(self._available, name, new))
            machines.curve.at(self.now, len(machines.running) + machines.starting)
        self.waiting.at(self.now, sum(machines.waiting for machines in self.queues.values()) + len(self._held))
