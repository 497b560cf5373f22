"""Which spellings are one setting, and which are two."""

from __future__ import annotations

from typing import Any

import pytest

from nfconfgen.imports.disparity import Difference, differences
from nfconfgen.imports.equality import same
from nfconfgen.imports.probe_points import Probe
from nfconfgen.imports.resolution import Answer, Closure, Memory, Resolved, Time


@pytest.mark.parametrize(
    ("path", "one", "other"),
    [
        ("process.memory", "750 GB", Memory(750 << 30)),
        ("process.memory", "1.5 TB", "1536 GB"),
        ("process.memory", "16.GB", "16 GB"),
        ("process.time", "12.h", "12h"),
        ("process.time", "20d 20h", Time(1_800_000_000)),
        ("executor.pollInterval", "1 min", "60s"),
        ("executor.submitRateLimit", "10 sec", "10/1sec"),
        ("executor.submitRateLimit", "60/1min", "1/1s"),
        ("process.clusterOptions", "--qos x --account=a", ["-A a", "-q x"]),
        ("process.clusterOptions", "--export ALL  --gres=gpu:1", "--gres gpu:1 --export=ALL"),
        ("singularity.envWhitelist", "A, B", ["A", "B"]),
        ("process.scratch", "true", True),
        ("process.cpus", 4, "4"),
        ("process.queue", None, ""),
        ("process.resourceLimits", {"memory": "8 GB", "cpus": 2}, {"cpus": 2, "memory": Memory(8 << 30)}),
    ],
)
def test_one_setting(path: str, one: Any, other: Any) -> None:
    assert same(path, one, other)
    assert same(path, other, one)


@pytest.mark.parametrize(
    ("path", "one", "other"),
    [
        ("process.memory", "8 GB", "9 GB"),
        ("process.memory", "8 GB", 8),
        ("process.queue", "a", "b"),
        ("process.queue", False, None),
        ("process.cpus", 1, True),
        ("executor.submitRateLimit", "10 sec", "10 min"),
        ("process.clusterOptions", "--qos=x", "--qos=x --gres=gpu:1"),
        ("process.clusterOptions", "--comment='a b'", "--comment='a c'"),
        ("process.resourceLimits", {"memory": "8 GB"}, {"memory": "8 GB", "cpus": 2}),
        ("process.beforeScript", "module load a b", "module load b a"),
    ],
)
def test_two_settings(path: str, one: Any, other: Any) -> None:
    assert not same(path, one, other)
    assert not same(path, other, one)


def test_what_changes_nothing_is_no_difference() -> None:
    site = Resolved(
        {
            "process.executor": "slurm",
            "process.queueSize": 5,
            "params.config_profile_url": "u",
            "params.max_memory": "8 GB",
        }
    )
    ours = Resolved(
        {
            "executor.name": "slurm",
            "docker.enabled": False,
            "process.resourceLimits": {"memory": Memory(8 << 30)},
        }
    )
    assert differences(site, ours) == []


def test_limits_that_say_more_than_the_params_do_are_one() -> None:
    site = Resolved({"params.max_memory": "8 GB"})
    ours = Resolved({"process.resourceLimits": {"memory": Memory(8 << 30), "cpus": 4}})
    assert [one.path for one in differences(site, ours)] == ["process.resourceLimits"]


def test_what_is_set_besides_is_a_difference() -> None:
    assert differences(Resolved(), Resolved({"process.cache": "lenient"})) == [
        Difference("process.cache", None, "lenient")
    ]


def test_a_closure_is_compared_by_its_answers() -> None:
    probes = (Probe(), Probe(attempt=2), Probe(attempt=3))
    site = asked(probes, "a", "b", "c")
    assert differences(site, asked(probes, "a", "b", "c")) == []
    (found,) = differences(site, asked(probes, "a", "a", "a"))
    assert (found.probe, found.count, found.wanted, found.found) == (probes[1], 2, "b", "a")
    constant = Resolved({"process.queue": "a"}, {}, probes)
    assert [one.count for one in differences(site, constant)] == [2]
    assert [one.count for one in differences(constant, site)] == [2]


def test_an_error_of_the_original_allows_anything_and_one_of_ours_nothing() -> None:
    probes = (Probe(),)
    failing = Resolved({}, {"process.queue": Closure("", (Answer(error="no"),))}, probes)
    working = asked(probes, "a")
    assert differences(failing, working) == []
    assert len(differences(working, failing)) == 1


def asked(probes: tuple[Probe, ...], *answers: str) -> Resolved:
    return Resolved({}, {"process.queue": Closure("", tuple(map(Answer, answers)))}, probes)
