"""Requests from what tasks needed: how sure they are, what a run reserves with them, and how many fail."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from nfconfgen.profile.model import Limits
from nfconfgen.recommend.prediction import Gaps, common_tail, gaps, predicted
from nfconfgen.recommend.proposal import LEAST_MIB, LEAST_TIME_S, SHELL_MIB, SMALL_MIB, Proposal, proposals
from nfconfgen.recommend.sizing import choice
from nfconfgen.runs.observed import Bin, Observed, Request
from tests.recommend.observations import bins, observed


def proposed(one: Observed, chance: float = 0.05) -> Proposal:
    (found,) = proposals([one], chance)
    return found


def mib(one: Observed, chance: float = 0.05) -> int:
    found = proposed(one, chance).memory
    assert found is not None
    return found.mib


def drawn(seed: int, tasks: int, spread: float) -> list[float]:
    made = random.Random(seed)
    return [round(2000 * made.lognormvariate(0, spread)) + 1 for _ in range(tasks)]


@pytest.mark.parametrize("tasks", [1, 2, 9, 100])
def test_the_next_task_is_as_likely_the_largest_as_any(tasks: int) -> None:
    prediction = predicted(bins([float(1000 + at) for at in range(tasks)]), common_tail([]))
    more, _ = prediction.more_than(prediction.values[-1])
    assert more / prediction.tasks == pytest.approx(1 / (tasks + 1))
    assert prediction.more_than(1.0)[0] == prediction.tasks


def test_wide_gaps_make_a_wide_tail() -> None:
    narrow, wide = gaps(bins([1000.0, 1001.0, 1002.0])), gaps(bins([1000.0, 2000.0, 4000.0]))
    assert narrow.total < wide.total
    tail = common_tail([narrow, wide])
    assert tail.given(narrow).beyond(1.5) < tail.given(wide).beyond(1.5)
    assert tail.beyond(1.0) == 1.0
    assert gaps(bins([5.0])) == Gaps(0, 0.0)


def test_what_a_request_is_expected_to_reserve() -> None:
    """By hand: two tasks of 100 s (and 1 s to start), a third is assumed with the time of the larger one."""
    prediction = predicted(bins([1000.0, 3000.0]), common_tail([]))
    found = choice(prediction, 3000.0)
    first = 3000 * prediction.total_s / prediction.tasks
    assert found.reserved > first
    assert 1 / 3 <= found.failures < 2 / 3
    assert choice(prediction, 1000.0).failures > 1


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("chance", [0.01, 0.05, 0.2])
def test_a_run_keeps_to_the_chance_where_enough_was_seen(seed: int, chance: float) -> None:
    seen = [replace(observed(f"P{at}", drawn(seed * 10 + at, 400, 0.1 * (at + 1)))) for at in range(5)]
    found = proposals(seen, chance)
    failing = sum(each.memory.expected.failures * each.observed.tasks for each in found if each.memory)
    assert failing <= chance * 2000
    over = sum(_over(each) for each in found)
    assert over <= chance * 2000


def _over(each: Proposal) -> int:
    assert each.memory is not None
    return sum(one.count for one in each.observed.memory_bins if one.value > each.memory.mib)


def test_more_second_tries_never_reserve_more() -> None:
    seen = [observed(f"P{at}", drawn(at, 200, 0.3), asked_mib=64_000) for at in range(4)]
    reserved = [
        sum(each.memory.expected.reserved for each in proposals(seen, chance) if each.memory)
        for chance in (0.01, 0.05, 0.2, 1.0)
    ]
    assert reserved == sorted(reserved, reverse=True)


def test_equal_needs_are_asked_for_with_little_more() -> None:
    assert 5000 <= mib(observed("P", [5000.0] * 60)) <= 5150


def test_the_shell_around_a_task_has_room() -> None:
    """It is not in the peak, but counts where memory is limited."""
    assert mib(observed("P", [109.0] * 60)) >= 109 + SHELL_MIB
    # also where only one of many is that large
    assert mib(observed("P", [100.0] * 60 + [109.0] * 10), chance=0.01) >= 109 + SHELL_MIB
    held = proposed(observed("P", [float(peak) for peak in range(160, 200)], asked_mib=200)).memory
    assert held is not None
    assert held.mib == 200
    assert held.expected.failures < 0.05


def test_what_is_asked_for_may_be_best() -> None:
    """Two humps, and a request just above the lower one."""
    peaks = [2000.0] * 90 + [5800.0] * 10
    before = choice(predicted(bins([peak + SHELL_MIB for peak in peaks]), common_tail([])), 2050)
    for chance in (0.01, 0.05, 1.0):
        found = proposed(observed("P", peaks, asked_mib=2050), chance).memory
        assert found is not None
        assert found.expected.reserved <= before.reserved or found.expected.failures < before.failures


def test_with_few_tasks_there_is_room() -> None:
    """Nothing is known of how much they vary."""
    assert mib(observed("P", [5000.0], asked_mib=64_000)) >= 6000
    assert proposed(observed("P", [5000.0])).few


def test_what_was_enough_is_the_most() -> None:
    assert mib(observed("P", [5000.0], asked_mib=5200)) == 5200
    failed = replace(
        observed("P", [5000.0], asked_mib=5200), failures={"memory": 1, "time": 0, "lost": 0, "other": 0}
    )
    assert mib(failed) > 5200


def test_nothing_beyond_what_the_sites_hold() -> None:
    """As far as that holds what was seen."""
    one = observed("P", [5000.0], asked_mib=None)

    def asked(most: Limits) -> tuple[int, int | None]:
        (found,) = proposals([replace(one, asked=Request(2))], 0.05, most=most)
        assert found.memory is not None
        return found.memory.mib, found.time_s

    mib, time_s = asked(Limits())
    assert mib > 5300
    assert asked(Limits(memory_mib=5300)) == (5300, time_s)
    assert asked(Limits(memory_mib=4000, time_s=50)) == (mib, time_s)


def test_a_time_limit_is_one_that_queues_have() -> None:
    one = replace(observed("P", count=3, unknown=3), time_bins=bins([7000.0, 8000.0, 9000.0]), asked=Request(2))
    (free,) = proposals([one], 0.05)
    (bound,) = proposals([one], 0.05, most=Limits(time_s=4 * 3600))
    assert free.time_s is not None
    assert 18_000 <= free.time_s <= 4 * 9000 + 3600
    assert bound.time_s == 4 * 3600


def test_needs_between_those_that_were_seen_are_as_likely() -> None:
    prediction = predicted(bins([1000.0, 2000.0, 4000.0]), common_tail([]))
    more = [prediction.more_than(mib)[0] for mib in (1000.0, 1500.0, 2000.0, 3000.0, 4000.0)]
    assert more == [3, 2.5, 2, 1.5, 1]
    _, seconds = zip(*map(prediction.more_than, (2000.0, 3000.0, 4000.0)), strict=True)
    assert seconds[1] == pytest.approx((seconds[0] + seconds[2]) / 2)


def test_a_small_request_is_not_a_tiny_one_where_that_is_not_felt() -> None:
    tiny, large = observed("TINY", [20.0] * 20), observed("LARGE", [600_000.0] * 20, asked_mib=900_000)
    alone, among = (proposals(seen, 0.05)[0].memory for seen in ([tiny], [tiny, large]))
    assert alone is not None
    assert among is not None
    assert (alone.mib, among.mib) == (LEAST_MIB, SMALL_MIB)


def test_tasks_that_nothing_held_are_lower_bounds() -> None:
    plain = observed("P", [2000.0] * 40)
    failed = replace(
        plain,
        failures={"memory": 10, "time": 0, "lost": 0, "other": 0},
        unresolved_memory=(10, 8000.0),
        asked=Request(2, 8000, 3600),
    )
    assert mib(plain) < 2200
    assert mib(failed) >= 8000


def test_unknown_peaks_are_not_small() -> None:
    assert proposed(observed("P", count=20, unknown=20)).memory is None
    assert mib(observed("P", [3000.0] * 20, unknown=500)) >= 3000


@pytest.mark.parametrize("peaks", [[0.5], [3.0] * 50, [1.0, 2.0]])
def test_no_request_is_tiny(peaks: Sequence[float]) -> None:
    assert mib(observed("P", peaks)) >= LEAST_MIB


def test_times_of_nothing_are_no_reason_to_fail() -> None:
    """Realtimes below a second are 0 in some traces."""
    seen = replace(
        observed("P", [900.0, 1000.0, 1100.0] * 10),
        memory_bins=tuple(Bin(value, 10, 0.0) for value in (900.0, 1000.0, 1100.0)),
        time_bins=(Bin(0.0, 30, 30.0),),
    )
    found = proposed(seen)
    assert found.memory is not None
    assert found.memory.mib >= 1100
    assert found.time_s in (None, LEAST_TIME_S)


def test_cpus_are_those_that_are_used() -> None:
    def cpus(asked: int, used: Sequence[tuple[float, float]]) -> int | None:
        seen = replace(
            observed("P", [1000.0] * 20),
            asked=Request(asked, 8192, 3600),
            cpu_bins=tuple(Bin(value, 1, weight) for value, weight in used),
        )
        return proposed(seen).cpus

    assert cpus(8, [(1.9, 100.0)]) == 2
    assert cpus(8, [(1.9, 900.0), (7.5, 100.0)]) is None
    assert cpus(2, [(1.9, 100.0)]) is None
    assert cpus(1, [(3.6, 100.0)]) == 4


def test_the_time_is_that_of_no_task() -> None:
    long = replace(
        observed("P", [1000.0] * 30), time_bins=(Bin(40_000.0, 30, 30.0),), asked=Request(2, 8192, 864_000)
    )
    limit = proposed(long).time_s
    assert limit is not None
    assert 80_000 <= limit < 864_000
    assert proposed(replace(long, asked=Request(2, 8192, 90_000))).time_s is None
