"""The facts of a region as the lock keeps them: what is written is read back, and nothing else is accepted."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from nfconfgen.errors import LockError
from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.core import parse_lock
from tests.executors.slurm.test_cluster import _spots
from tests.fast.test_noticed import copied

LOCK: dict[str, Any] = json.loads((ROOT / "profiles/salmon.lock.json").read_text("utf-8"))
REGION = LOCK["facts"]["awsbatch"]["eu-central-1"]
COMMANDS = (
    ("build", "--offline", "--dry-run"),
    ("validate",),
    ("facts", "--offline"),
    ("explain",),
    ("diff",),
)


def text_with(at: tuple[Any, ...], token: str) -> str:
    """The lock with this in the place of one of the region's values."""
    data: Any = deepcopy(LOCK)
    node = data["facts"]["awsbatch"]["eu-central-1"]
    for key in at[:-1]:
        node = node[key]
    node[at[-1]] = "@@"
    return json.dumps(data).replace('"@@"', token)


ODD = ["-1", "1.5", "true", '"16"', "null", "[]", "{}", "[1]", "NaN", "Infinity", "-Infinity", "1e999", "9" * 30,
       "9" * 5000, '"a\\u0000"', '"\\ud800"', "[" * 3000 + "]" * 3000, '{"a": 1, "a": 2}']  # fmt: skip


@pytest.mark.parametrize("token", ODD, ids=lambda token: token[:12])
def test_another_value_anywhere_is_refused_or_read_as_such(token: str) -> None:
    refused = 0
    for at in list(_spots(REGION))[1:]:
        try:
            lock = parse_lock(text_with(at, token), "x.lock.json")
            assert parse_lock(lock.to_text(), "x.lock.json") == lock
        except LockError:
            refused += 1
    assert refused > 15


@pytest.mark.parametrize(
    ("at", "token"),
    [
        (("compute_environments", "salmonExcess", "max_vcpus"), "Infinity"),
        (("compute_environments", "salmonExcess", "max_vcpus"), '"16"'),
        (("compute_environments", "salmonExcess", "max_vcpus"), "true"),
        (("compute_environments", "salmonExcess", "image"), '"a\\u0000b"'),
        (("instance_types", "c5.2xlarge", "cpus"), "-1"),
        (("measured", "c5.2xlarge", "ami-0a1b2c3d4e5f60718", "memory_mib"), "9" * 5000),
        (("measured", "c5.2xlarge", "ami-0a1b2c3d4e5f60718", "memory_mib"), "1" + "0" * 20),
        (("measured", "c5.2xlarge", "ami-0a1b2c3d4e5f60718", "time"), '"9999-99-99T00:00:00Z"'),
        (("job_queues", "salmonExcess"), '["gone"]'),
        (("job_queues", "salmonExcess"), '["a\\nb"]'),
        (("job_queues", "salmonExcess"), '"salmonExcess"'),
        (("compute_environments", "salmonExcess", "shapes", "c5.4xlarge", "source"), '"guessed"'),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_every_command_refuses_it_by_its_key(tmp_path: Path, at: tuple[str, ...], token: str) -> None:
    profile = copied(tmp_path, "salmon")
    lock = profile.with_name("salmon.lock.json")
    lock.write_text(text_with(at, token))
    for command, *options in COMMANDS:
        ended = nfconfgen(command, profile, *options)
        assert (ended.code, ended.out) == (2, ""), command
        assert len(ended.err.splitlines()) == 1
        assert str(lock) in ended.err
        assert len(token) > 1000 or f".{'.'.join(at)}" in ended.err, ended.err
        assert "git" in ended.err
    ended = nfconfgen("check", profile)
    assert ended.code == 1
    assert [line.split(": error:")[0] for line in ended.out.splitlines()] == [str(lock)]


@pytest.mark.parametrize("part", ["job_queues", "compute_environments", "instance_types", "measured"])
def test_a_part_that_is_missing_or_unknown(part: str) -> None:
    data = deepcopy(LOCK)
    region = data["facts"]["awsbatch"]["eu-central-1"]
    region[f"{part}2"] = region.pop(part)
    with pytest.raises(LockError, match=part):
        parse_lock(json.dumps(data), "x.lock.json")


@pytest.mark.parametrize("key", ["instance_types", "shapes", "kind"])
def test_a_key_of_an_environment_goes_by_no_other_name(key: str) -> None:
    data = deepcopy(LOCK)
    environment = data["facts"]["awsbatch"]["eu-central-1"]["compute_environments"]["salmonExcess"]
    known = environment.pop(key)
    with pytest.raises(LockError, match=f"salmonExcess.{key} is missing"):
        parse_lock(json.dumps(data), "x.lock.json")
    for other in ("asked", "offers", "x"):
        environment[other] = known
        with pytest.raises(LockError, match=f"salmonExcess.{other} is unknown"):
            parse_lock(json.dumps(data), "x.lock.json")
        del environment[other]


@pytest.mark.parametrize("gone", [("measured", "c5.4xlarge"), ("compute_environments", "salmonExcess")])
def test_orphans_of_a_hand_merge(gone: tuple[str, str]) -> None:
    data = deepcopy(LOCK)
    region = data["facts"]["awsbatch"]["eu-central-1"]
    del region[gone[0]][gone[1]]
    with pytest.raises(LockError, match="salmonExcess"):
        parse_lock(json.dumps(data), "x.lock.json")
    # also if no queue leads there: it would be written again
    del region["job_queues"]["salmonExcess"]
    if gone[0] == "measured":
        with pytest.raises(LockError, match="salmonExcess"):
            parse_lock(json.dumps(data), "x.lock.json")


@pytest.mark.parametrize("key", ["outputs", "output", "profile", "nfconfgen", "seal", "nfconfgen_lock"])
@pytest.mark.parametrize(
    "token", ["1.5", "true", "[]", "NaN", '"a\\u0000b"', '"\\ud800"', '{"a": 1}', '{"a\\u0000": ""}']
)
def test_what_a_build_has_written_is_typed_too(key: str, token: str) -> None:
    data = {**LOCK, key: "@@"}
    with pytest.raises(LockError, match=key):
        parse_lock(json.dumps(data).replace('"@@"', token), "x.lock.json")


def test_a_key_that_stands_twice_is_refused() -> None:
    """Which of both counts is another thing to every reader, and a hand merge leaves such."""
    text = json.dumps(LOCK).replace('"salmonExcess"', '"salmonWorkload"')
    with pytest.raises(LockError, match="salmonWorkload"):
        parse_lock(text, "x.lock.json")


def test_conflict_marks_are_named_by_their_line() -> None:
    text = json.dumps(LOCK, indent=2).replace("\n", "\n<<<<<<< HEAD\n", 5)
    with pytest.raises(LockError, match=r"x.lock.json:2: .*conflict"):
        parse_lock(text, "x.lock.json")
