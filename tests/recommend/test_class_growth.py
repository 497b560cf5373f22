"""Growth of single classes: where they get one, where not, and what is then expected."""

from __future__ import annotations

import random

import pytest

from nfconfgen.profile.document.edit import edited
from nfconfgen.profile.retry_settings import Added
from nfconfgen.recommend.class_growth import MORE_FAILURES, Growths
from nfconfgen.recommend.profile_edits import edits, together, worthwhile
from nfconfgen.recommend.proposal import Proposal, proposals
from nfconfgen.recommend.retry_growth import Growing, growing
from nfconfgen.recommend.sizing import attempts_by, choice
from nfconfgen.runs.observed import Observed
from tests.recommend.observations import observed
from tests.recommend.profiles import data_of, loaded

PROFILE = """\
nfconfgen: 1
pipeline: {name: p}
tasks:
  default: {cpus: 1, memory: 4 GB}
  labels: {low: {memory: 2 GB}}
retry: {attempts: 3, exit_codes: [137], memory: double}
sites:
  here: {executor: slurm, queues: [q]}
"""
ALIGN = ("sites", "here", "tasks", "processes", "WF:ALIGN", "retry", "memory")
# most tasks are small, and a large one is eleven times as large: doubling gets there with the fifth attempt
HUMPS = [1000.0] * 90 + [11_000.0] * 10


def humps(process: str = "WF:ALIGN") -> Observed:
    return observed(process, HUMPS, asked_mib=32_000)


def made(text: str, *seen: Observed) -> tuple[Growing, list[Proposal], str]:
    """The growth, the proposals with it, and the profile with both; any share of second tries."""
    data, profile = data_of(text), loaded(text)
    of = Growths(data, profile).of(each.process for each in seen)
    found = proposals(seen, 1.0, lambda process: attempts_by(of[process]))
    written = worthwhile(found).written
    growth = growing(data, profile, found, written)
    after = edited(text, {**together(edits(data, written)), **growth.edits})
    return growth, [growth.applied(each) for each in found], after


def request(found: Proposal) -> int:
    assert found.memory is not None
    return found.memory.mib


def failures(found: Proposal) -> float:
    assert found.memory is not None
    return found.memory.expected.failures


def test_a_second_try_asks_for_what_the_large_tasks_need() -> None:
    growth, (found,), after = made(PROFILE, humps())
    (align,) = [task for task in loaded(after).sites[0].tasks if task.name == "WF:ALIGN"]
    assert align.memory_mib is not None
    assert align.memory_mib.value == request(found) < 2000
    assert align.retry is not None
    assert isinstance(align.retry.memory, Added)
    assert request(found) + align.retry.memory.amount == pytest.approx(11_000, rel=0.02)
    # one of them fails once, not four times; the retries of the site stay
    assert failures(found) == pytest.approx(0.11, abs=0.02)
    assert {path for path in growth.edits if "retry" in path} == {ALIGN}
    assert align.retry.attempts == 3


def test_what_is_written_is_not_proposed_again() -> None:
    _, (first,), after = made(PROFILE, humps())
    growth, (second,), again = made(after, humps())
    assert (growth.edits, again) == ({}, after)
    assert (request(second), failures(second)) == (request(first), failures(first))


def test_a_class_that_does_not_grow_gets_a_growth() -> None:
    text = PROFILE.replace("queues: [q]", "queues: [q], tasks: {processes: {'WF:ALIGN': {retry: {memory: same}}}}")
    growth, _, _ = made(text, humps())
    assert list(growth.edits) == [ALIGN]


def test_two_attempts_are_enough_with_the_right_step() -> None:
    growth, (found,), _ = made(PROFILE.replace("attempts: 3", "attempts: 2"), humps())
    step = growth.steps[0].mib
    assert list(growth.edits) == [ALIGN]
    assert request(found) + step >= 11_000
    assert "last attempt" in growth.reasons[-1]


def test_a_label_gets_it_as_a_label() -> None:
    growth, _, _ = made(PROFILE, humps("withLabel:low"))
    assert list(growth.edits) == [("sites", "here", "tasks", "labels", "low", "retry", "memory")]


def test_each_site_that_tries_again_gets_it() -> None:
    text = PROFILE + "  there: {executor: slurm, queues: [r]}\n  once: {executor: slurm, retry: {attempts: 1}}\n"
    growth, _, _ = made(text, humps())
    assert [path[1] for path in growth.edits] == ["here", "there"]


def test_a_whole_machine_grows_as_before() -> None:
    """A little more may be the same machine again."""
    text = PROFILE.replace(
        "{executor: slurm, queues: [q]}",
        "{executor: awsbatch, region: eu-central-1, queues: [q], work_dir: s3://b/w, fit: instance}",
    )
    growth, _, _ = made(text, humps())
    assert growth.steps == ()
    assert growth.edits == {("retry", "attempts"): 5}


@pytest.mark.parametrize("peaks", [[1000.0] * 100, [1000.0 + 9 * at for at in range(100)]], ids=["equal", "spread"])
def test_doubling_does_for_most(peaks: list[float]) -> None:
    growth, _, _ = made(PROFILE, observed("WF:ALIGN", peaks))
    assert growth.edits == {}


def test_few_tasks_are_no_evidence_of_a_step() -> None:
    growth, _, _ = made(PROFILE, observed("WF:ALIGN", [1000.0] * 5 + [1900.0] * 2))
    assert growth.edits == {}


@pytest.mark.parametrize("seed", range(40))
def test_a_step_reserves_less_and_adds_no_failures(seed: int) -> None:
    draw = random.Random(seed)
    large = draw.choice([2, 3, 5, 20])
    peaks = [float(round(draw.lognormvariate(7, 0.3) * (large if draw.random() < 0.1 else 1))) for _ in range(60)]
    growth, (found,), _ = made(PROFILE, observed("WF:ALIGN", peaks, asked_mib=300_000))
    for step in growth.steps:
        assert found.memory is not None
        before = choice(found.memory.needs, found.memory.mib)
        assert step.expected == found.memory.expected
        assert found.memory.mib + 2 * step.mib >= max(peaks)
        if step.in_time:
            assert found.memory.expected.reserved < before.reserved
            assert found.memory.expected.failures <= (1 + MORE_FAILURES) * before.failures
