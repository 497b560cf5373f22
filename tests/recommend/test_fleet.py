"""The simulated run, against cases that can be computed by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest

from nfconfgen.recommend import fleet as fleets
from nfconfgen.recommend.fleet import Fleet, fleet, samples_of
from nfconfgen.recommend.simulation.curve import MOST, Curve
from nfconfgen.recommend.simulation.queue_machines import Machine, Machines, Queue, Share, Task
from nfconfgen.recommend.simulation.workload import Ask, Work
from nfconfgen.runs.observed import Bin
from tests.recommend.observations import observed

QUEUE = Queue("main", "c5.xlarge", cpus=4, memory_mib=8000, most=1, price=0.5, startup_s=180, idle_s=300)
BIG = Queue("big", "c5.4xlarge", cpus=16, memory_mib=32000, most=9, price=2.0, startup_s=180, idle_s=300)


def at_most(most: int) -> Queue:
    return Queue("main", "c5.xlarge", 4, 8000, most, 0.5)


def tasks(
    count: int,
    seconds: float = 100,
    cpus: int = 2,
    memory_mib: int = 1000,
    peak: float = 500,
    later: Sequence[Ask] = (),
    process: str = "A",
    samples: int = 0,
    once: bool = False,
    stage: int = 0,
) -> Work:
    """A process with so many tasks in as many samples."""
    bins = (Bin(seconds, count, seconds * count),), (Bin(peak, count, seconds * count),)
    return Work(process, count, samples or count, *bins, (Ask("main", cpus, memory_mib), *later), once, stage)


def test_tasks_share_one_machine_in_rounds() -> None:
    run = fleet([tasks(6)], [QUEUE], 6)
    assert run.end_s == 180 + 3 * 100
    assert run.machine_h == pytest.approx((180 + 300 + 300) / 3600)
    assert run.cost == pytest.approx(0.5 * 780 / 3600)
    assert (run.tasks, run.failed, run.lost) == (6, 0, 0)


def test_a_queue_starts_as_many_machines_as_its_tasks_fill() -> None:
    run = fleet([tasks(6)], [at_most(99)], 6)
    assert run.end_s == 280
    assert run.queues[0].peak == 3
    assert run.machine_h == pytest.approx(3 * 580 / 3600)
    assert run.queues[0].running == ((0.0, 3), (580.0, 0))
    assert run.waiting == ((0.0, 6), (180.0, 0))


def test_no_more_machines_run_than_a_queue_may_have() -> None:
    run = fleet([tasks(6)], [at_most(2)], 6)
    assert run.end_s == 380
    assert run.queues[0].peak == 2
    # the last two tasks fill one of the machines
    assert run.machine_h == pytest.approx((580 + 680) / 3600)


def test_memory_limits_how_many_tasks_share_a_machine() -> None:
    assert fleet([tasks(4, memory_mib=5000, cpus=1)], [QUEUE], 4).end_s == 180 + 4 * 100


def test_a_queue_of_whole_machines_has_one_task_on_each() -> None:
    whole = Queue("main", "c5.xlarge", 4, 8000, 9, whole=True)
    assert fleet([tasks(6)], [whole], 6).queues[0].peak == 6


def test_machines_that_are_always_on_count_while_they_are_used() -> None:
    nodes = Queue("main", "node", 4, 8000, 2, startup_s=0, idle_s=0)
    run = fleet([tasks(6)], [nodes], 6)
    assert run.end_s == 200
    assert run.machine_h == pytest.approx((200 + 100) / 3600)
    assert run.cost is None


def test_a_failed_attempt_loses_its_time_and_goes_to_the_next_queue() -> None:
    run = fleet([tasks(1, peak=1500, later=[Ask("big", 2, 2000)], samples=1)], [QUEUE, BIG], 1)
    assert run.end_s == 2 * (180 + 100)
    assert (run.tasks, run.failed, run.lost) == (1, 1, 0)
    assert run.reserved_gib_h == pytest.approx((1000 + 2000) * 100 / 1024 / 3600)
    assert [use.peak for use in run.queues] == [1, 1]
    assert run.cost == pytest.approx((0.5 + 2.0) * 580 / 3600)


def test_a_task_whose_last_attempt_fails_is_lost_and_the_run_goes_on() -> None:
    run = fleet([tasks(1, peak=1500, samples=1), tasks(1, process="B", samples=1, stage=1)], [QUEUE], 1)
    assert (run.tasks, run.failed, run.lost) == (2, 1, 1)
    assert run.end_s == 180 + 100 + 100


def test_without_any_peak_no_task_fails() -> None:
    blind = Work("A", 1, 1, (Bin(10.0, 1, 10.0),), (), (Ask("main", 1, 1),))
    assert fleet([blind], [QUEUE], 1).failed == 0


def test_processes_of_a_sample_run_at_once_or_in_stages() -> None:
    works = [tasks(1, process="A"), tasks(1, process="B")]
    assert fleet(works, [QUEUE], 1).end_s == 180 + 100
    works = [tasks(1, process="A"), tasks(1, process="B", stage=1)]
    assert fleet(works, [QUEUE], 1).end_s == 180 + 200


def test_a_process_with_more_tasks_than_samples_runs_them_at_the_same_time() -> None:
    works = [tasks(4, process="A", samples=2, cpus=1), tasks(2, process="B", samples=2, cpus=1, stage=1)]
    assert fleet(works, [QUEUE], 2).end_s == 180 + 200


def test_a_stage_begins_once_all_of_the_one_before_has_ended() -> None:
    works = [tasks(1, 100), tasks(1, 50, process="B"), tasks(1, 10, process="C", stage=1)]
    run = fleet(works, [QUEUE], 1)
    assert (run.end_s, run.stages) == (180 + 100 + 10, 2)


def test_what_runs_once_begins_with_the_run_or_ends_it() -> None:
    index, summary = (tasks(1, once=True, samples=4, cpus=1, stage=stage) for stage in (0, 1))
    run = fleet([index, tasks(4, process="A", cpus=1), summary], [QUEUE], 400)
    assert run.tasks == 402
    # 401 tasks in rounds of 4, then the last one
    assert run.end_s == 180 + 101 * 100 + 100


def test_more_samples_are_more_tasks() -> None:
    assert fleet([tasks(3, samples=4)], [QUEUE], 400).tasks == 300


def test_no_more_tasks_are_submitted_than_nextflow_submits_at_a_time() -> None:
    run = fleet([tasks(6)], [at_most(9)], 6, submitted=2)
    assert run.end_s == 180 + 3 * 100
    assert run.queues[0].peak == 1


def test_a_machine_starts_the_oldest_task_that_fits() -> None:
    sizes = (("A", 4, 100), ("B", 3, 100), ("C", 2, 1000))
    works = [tasks(1, seconds, cpus, process=name) for name, cpus, seconds in sizes]
    run = fleet(works, [QUEUE], 1)
    assert run.waiting[-1][0] == pytest.approx(180 + 100 + 100, abs=8)
    assert run.end_s == 180 + 100 + 100 + 1000


def test_a_task_starts_on_the_machine_that_it_fills_best() -> None:
    on: list[int] = []
    machines = Machines(at_most(2), lambda machine, share, new: on.append(machine.number))
    for number in (1, 2):
        machines.available(Machine(number, 0.0, 4, 8000))
    for order, share in enumerate([(3, 1000), (1, 1000)]):
        machines.add(share, Task(order, 0, 0, 0, 0))
    assert on[0] == on[1]


@pytest.mark.parametrize(
    "ask", [Ask("main", 5, 100), Ask("main", 1, 8001), Ask("other", 1, 100)], ids=["cpus", "memory", "queue"]
)
def test_a_request_that_no_machine_holds_is_refused(ask: Ask) -> None:
    with pytest.raises(ValueError, match=ask.queue):
        fleet([Work("A", 1, 1, (Bin(1.0, 1, 1.0),), (), (ask,))], [QUEUE], 1)


def test_samples_are_guessed_by_the_most_frequent_number_of_tasks() -> None:
    assert samples_of(observed(count=count) for count in (1, 1, 1, 15, 15, 30, 1672)) == 15
    assert samples_of(observed(count=count) for count in (15, 15, 30, 30)) == 30
    assert samples_of([observed(count=1)]) == 1


def test_a_single_task_of_many_samples_runs_once() -> None:
    one = fleets.work(observed(count=1), [Ask("main", 1, 100)], 15)
    many = fleets.work(observed(count=15), [Ask("main", 1, 100)], 15)
    assert one is not None
    assert many is not None
    assert (one.total(1222), many.total(1222)) == (1, 1222)


def random_works(source: random.Random) -> list[Work]:
    found = []
    for number in range(source.randint(1, 8)):
        count = source.randint(1, 30)
        times = tuple(Bin(float(value), 3, 1.0) for value in sorted(source.sample(range(1, 900), 5)))
        peaks = tuple(Bin(float(value), 2, 1.0) for value in sorted(source.sample(range(1, 9000), 5)))
        first = Ask("main", source.randint(1, 4), source.randint(1, 8000))
        asks = (first, Ask("big", first.cpus, source.randint(1, 32000)), Ask("big", source.randint(1, 16), 32000))
        stage = source.randint(0, 3)
        found.append(Work(f"P{number}", count, 10, times, peaks, asks, count == 1, stage))
    return found


class Checked(Machines):
    """Machines of a queue that are never overfull, nor leave a task waiting that fits."""

    def check(self) -> None:
        for machine in self.running.values():
            assert 0 <= machine.cpus <= self.queue.cpus
            assert 0 <= machine.memory_mib <= self.queue.memory_mib
            for share in self._lines:
                assert share[0] > machine.cpus or share[1] > machine.memory_mib
        assert len(self.running) + self.starting <= self.queue.most

    def add(self, share: Share, new: Task) -> None:
        Machines.add(self, share, new)
        self.check()

    def ended(self, machine: Machine, share: Share) -> None:
        Machines.ended(self, machine, share)
        self.check()

    def available(self, machine: Machine) -> None:
        Machines.available(self, machine)
        self.check()


@pytest.mark.parametrize("seed", range(20))
def test_every_task_ends_once_on_machines_that_are_never_overfull(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nfconfgen.recommend.simulation.engine.Machines", Checked)
    source = random.Random(seed)
    works, samples = random_works(source), source.randint(1, 40)
    queues = [at_most(source.randint(1, 5)), BIG]
    submitted = source.choice([None, 1, 7])
    run = fleet(works, queues, samples, submitted, seed)
    assert run.tasks == sum(each.total(samples) for each in works)
    drawn = [each.drawn(each.total(samples), seed) for each in works]
    work_s = sum(
        time * ask.cpus / (4 if ask.queue == "main" else 16)
        for each, (times, peaks) in zip(works, drawn, strict=True)
        for time, peak in zip(times, peaks, strict=True)
        for number, ask in enumerate(each.asks)
        if all(peak > before.memory_mib for before in each.asks[:number])
    )
    assert run.machine_h * 3600 >= work_s
    for use in run.queues:
        assert use.peak == max(value for _, value in use.running) <= use.queue.most
        assert len(use.running) <= MOST + 1
        assert area(use.running) >= use.machine_h * 3600 * (1 - 1e-9)
    assert run == fleet(works, queues, samples, submitted, seed)


def test_a_large_run_is_simulated_in_bounded_curves() -> None:
    works = [tasks(100, seconds=60 + 7 * number, process=f"P{number}") for number in range(20)]
    run = fleet(works, [at_most(200)], 1222)
    assert run.tasks == 1222 * 20
    assert len(run.waiting) <= MOST + 1


def test_requests_alone_make_the_difference_of_two_runs() -> None:
    def of(memory_mib: int) -> Fleet:
        peaks = tuple(Bin(float(value), 1, 1.0) for value in range(100, 1100, 100))
        times = tuple(Bin(float(value), 1, 1.0) for value in range(10, 110, 10))
        asks = (Ask("main", 1, memory_mib), Ask("main", 1, 2000))
        return fleet([Work("A", 10, 10, times, peaks, asks)], [QUEUE], 500)

    more = of(1000)
    assert more.failed == 0
    less = of(500)
    assert 200 < less.failed < 300
    assert more.reserved_gib_h == pytest.approx(2 * of(2000).reserved_gib_h / 4)


def test_a_curve_keeps_the_largest_value_of_each_interval() -> None:
    curve = Curve()
    for second in range(100_000):
        curve.at(float(second), 1000 if second == 70_000 else second % 7)
    points = curve.points(100_000.0)
    assert curve.peak == 1000
    assert len(points) <= MOST + 1
    assert max(value for _, value in points) == 1000
    assert points[-1] == (100_000.0, 0)


def test_a_curve_takes_the_last_of_several_values_at_a_time() -> None:
    curve = Curve()
    for time_s, value in ((0.0, 9), (0.0, 2), (5.0, 7), (5.0, 0), (8.0, 1)):
        curve.at(time_s, value)
    assert curve.points(10.0) == ((0.0, 2), (5.0, 0), (8.0, 1), (10.0, 0))
    assert curve.peak == 2


def area(points: Sequence[tuple[float, int]]) -> float:
    return sum(value * (after - time_s) for (time_s, value), (after, _) in pairwise(points))
