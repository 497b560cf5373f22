"""What proposals change in a profile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nfconfgen.recommend.profile_edits import Edits, as_asked, edits, together, worthwhile
from nfconfgen.recommend.proposal import Proposal, proposals
from nfconfgen.recommend.retry_growth import Growing, growing
from nfconfgen.runs.observed import Observed
from tests.recommend.observations import observed
from tests.recommend.profiles import data_of, loaded

PROFILE = """\
nfconfgen: 1
pipeline: {name: p}
tasks:
  default: {cpus: 1, memory: 4 GB}
  processes: {TRIM: {memory: 2 GB}}
sites:
  here: {executor: slurm, queues: [q], tasks: {processes: {TRIM: {memory: 3 GB, cpus: 2}}}}
"""


def found(*seen: Observed) -> list[Proposal]:
    return proposals(seen, 0.05)


def paths(of: Edits) -> set[str]:
    return {" ".join(map(str, path)) for path in of}


def changed(text: str, *seen: Observed) -> Edits:
    return together(edits(data_of(text), found(*seen)))


def grows(text: str, *seen: Observed) -> Growing:
    proposed = found(*seen)
    return growing(data_of(text), loaded(text), proposed, worthwhile(proposed).written)


def test_a_process_is_named_in_full() -> None:
    """A selector that the pipeline has, too, would replace its block."""
    assert paths(changed(PROFILE, observed("WF:SUB:ALIGN", [1000.0] * 20))) >= {
        "tasks processes WF:SUB:ALIGN memory",
    }


def test_a_class_that_is_there_is_changed_at_each_site_that_sets_it() -> None:
    made = changed(PROFILE, observed("WF:TRIM", [1000.0] * 20))
    assert paths(made) >= {"tasks processes TRIM memory", "sites here tasks processes TRIM memory"}
    assert len(set(map(str, (value for path, value in made.items() if path[-1] == "memory")))) == 1


def test_what_only_a_site_sets_is_not_hidden() -> None:
    text = PROFILE.replace("  processes: {TRIM: {memory: 2 GB}}\n", "")
    made = changed(text, observed("WF:TRIM", [1000.0] * 20))
    assert paths(made) >= {"tasks processes TRIM memory", "sites here tasks processes TRIM memory"}


def test_a_short_name_of_two_processes_is_not_changed() -> None:
    made = changed(PROFILE, observed("A:TRIM", [1000.0] * 20), observed("B:TRIM", [3000.0] * 20))
    assert "tasks processes TRIM memory" not in paths(made)


def test_what_saves_nothing_stays() -> None:
    large, small = observed("LARGE", [30_000.0] * 50, asked_mib=64_000), observed("SMALL", [90.0], asked_mib=150)
    chosen = worthwhile(found(large, small))
    assert [each.process for each in chosen.written] == ["LARGE"]
    assert [each.process for each in chosen.negligible] == ["SMALL"]


def test_too_little_is_always_written() -> None:
    failed = replace(
        observed("SMALL", [90.0], asked_mib=100),
        failures={"memory": 1, "time": 0, "lost": 0, "other": 0},
        unresolved_memory=(1, 400.0),
    )
    assert len(worthwhile(found(observed("LARGE", [30_000.0] * 50), failed)).written) == 2


def test_what_was_asked_for_can_be_set_again() -> None:
    made: dict[Any, object] = dict(as_asked(data_of(PROFILE), found(observed("ALIGN", [1000.0] * 20))))
    assert made["tasks", "processes", "ALIGN", "memory"] == "8 GB"
    assert made["tasks", "processes", "ALIGN", "cpus"] == 2


def test_a_profile_without_retries_gets_them() -> None:
    spread = [float(1000 + 40 * at) for at in range(60)]
    made = grows(PROFILE, observed("ALIGN", spread, asked_mib=64_000))
    assert made.edits["retry", "memory"] == "double"
    assert ("retry", "exit_codes") in made.edits


def test_the_growth_of_a_profile_holds() -> None:
    text = PROFILE.replace("tasks:\n", "retry: {attempts: 3, exit_codes: [137], memory: attempt}\ntasks:\n", 1)
    assert grows(text, observed("ALIGN", [1000.0] * 40)).edits == {}


def test_a_second_try_that_asks_for_the_same_is_useless() -> None:
    text = PROFILE.replace("tasks:\n", "retry: {attempts: 2, exit_codes: [137]}\ntasks:\n", 1)
    assert grows(text, observed("ALIGN", [1000.0] * 40)).edits == {("retry", "memory"): "double"}


def test_time_grows_where_it_was_too_short_and_memory_only_where_that_helps() -> None:
    text = PROFILE.replace("tasks:\n", "retry: {attempts: 3, exit_codes: any, memory: double}\ntasks:\n", 1)
    failed = replace(
        observed("ALIGN", [1000.0] * 40),
        failures={"memory": 3, "time": 1, "lost": 0, "other": 2},
        exit_codes={137: 3, 140: 1, 1: 2},
    )
    made = grows(text, failed).edits
    assert made == {("retry", "time"): "double", ("retry", "grow_on"): [137, 140]}
    only = replace(failed, failures={"memory": 3, "time": 0, "lost": 0, "other": 0}, exit_codes={137: 3})
    assert grows(text, only).edits == {}


def test_why_tries_failed_is_told() -> None:
    failed = replace(
        observed("ALIGN", [1000.0] * 40),
        failures={"memory": 3, "time": 0, "lost": 1, "other": 2},
        exit_codes={137: 3, 1: 2},
    )
    text = "\n".join(grows(PROFILE, failed).reasons)
    assert "3 tries killed at the memory" in text
    assert "2 tries failed by themselves" in text
    assert "137 (3), 1 (2)" in text


def test_what_kills_a_task_is_tried_again() -> None:
    text = PROFILE.replace("tasks:\n", "retry: {attempts: 3, exit_codes: [1], memory: double}\ntasks:\n", 1)
    assert grows(text, observed("ALIGN", [1000.0] * 40)).edits["retry", "exit_codes"] == [104, "130-145", 175]


def test_a_site_that_sets_its_own_retry_gets_the_same() -> None:
    text = PROFILE.replace("queues: [q]", "queues: [q], retry: {attempts: 2, exit_codes: [137], memory: same}")
    assert grows(text, observed("ALIGN", [1000.0] * 40)).edits == {
        ("retry", "memory"): "double",
        ("sites", "here", "retry", "memory"): "double",
    }


def test_a_default_that_sets_its_own_retry_gets_the_same() -> None:
    text = PROFILE.replace("tasks: {proc", "tasks: {default: {retry: {attempts: 2, exit_codes: [137]}}, proc")
    assert grows(text, observed("ALIGN", [1000.0] * 40)).edits == {("retry", "memory"): "double"}
    text = text.replace("exit_codes: [137]}", "exit_codes: [137], memory: same}")
    assert grows(text, observed("ALIGN", [1000.0] * 40)).edits == {
        ("retry", "memory"): "double",
        ("sites", "here", "tasks", "default", "retry", "memory"): "double",
    }


def test_a_site_that_tries_once_keeps_that_and_is_told() -> None:
    text = PROFILE.replace("queues: [q]", "queues: [q], retry: {attempts: 1, memory: double}")
    made = grows(text, observed("ALIGN", [1000.0] * 40))
    assert made.edits == {}
    assert "here: " in made.reasons[-1]


@pytest.mark.parametrize("name", ["!tag", "A|B", "A.*", 'A"B', "A" * 301, "1st"])
def test_a_name_that_would_be_a_pattern_is_not_written(name: str) -> None:
    chosen = worthwhile(found(observed(name, [1000.0] * 20), observed("WF:FINE_2", [1000.0] * 20)))
    assert [each.process for each in chosen.written] == ["WF:FINE_2"]
    assert [each.process for each in chosen.unnamed] == [name]
