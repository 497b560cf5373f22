"""The facts of a cluster as the lock keeps them: what is written is read back, and nothing else is believed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nfconfgen.errors import LockError
from nfconfgen.executors.slurm.facts.accounting import Association, Ceilings, Reservation
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts, NodeGroup, Partition
from nfconfgen.profile.document.schema import schema
from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.core import parse_lock
from tests.fast.test_noticed import copied

FULL = ClusterFacts(
    cluster="lab",
    time="2026-11-20T10:00:00Z",
    version="22.05.8",
    part_limits=True,
    memory_counts=False,
    enforce=("limits", "qos"),
    default_account="lab",
    default_memory_per_node_mib=2000,
    default_memory_per_cpu_mib=1000,
    partitions={
        "short": Partition("UP", 32, 2, 3600, 8, 64000, None, 100, 10, ("lab",), (), ("normal",), (), "part"),
        "shut": Partition("DOWN", allowed=False, reserved=True, exclusive=True, accounts=(), denied_qos=("big",)),
        "rare": Partition(
            *("UP", 1, 1),
            max_memory_per_cpu_mib=2000,
            denied_accounts=("guests",),
            default=True,
            default_time_s=60,
            hidden=True,
            min_nodes=2,
            max_nodes=3,
            elsewhere=True,
            billing="CPU=1.0",
            tier=2,
            preempted=True,
            empty=True,
        ),
    },
    nodes={"c[1-2]": NodeGroup(16, 64000, ("short",), ("avx2",), {"gpu:a100": 2}, False, 2, "c1", "c2")},
    qos={
        "normal": Ceilings(60, {"cpu": 1}, {"mem": 2}, {"gres/gpu": 0}, {"node": 4}, {"cpu": 5}, ("DenyOnLimit",)),
        "rare": Ceilings(
            per_account={"cpu": 1},
            job_minutes={"cpu": 2},
            running={"cpu": 3},
            spent=("cpu",),
            counts={"maxjobspu": 6},
        ),
    },
    associations=(
        Association("lab", False, "short", ("normal",), "normal", Ceilings(wall_s=5), "root"),
        Association("other"),
    ),
    every_part_limits=True,
    whole_nodes=True,
    largest_billing=True,
    job_submit=("lua",),
    reservations={"course": Reservation("c1", ("ann",), ("lab",), active=False)},
    user="ann",
    not_read=("reservations",),
    by_hand=True,
)


def lock_of(facts: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((ROOT / "profiles/salmon.lock.json").read_text())
    data["facts"]["slurm"] = {"slurm": facts}
    return data


@pytest.mark.parametrize(
    "facts",
    [
        FULL,
        ClusterFacts("", FULL.time),
        ClusterFacts("lab", FULL.time, qos={}, associations=()),
        ClusterFacts("lab", FULL.time, qos={"": Ceilings()}, associations=(Association(""),)),
    ],
)
def test_what_is_written_is_read_back(facts: ClusterFacts) -> None:
    assert ClusterFacts.from_json(json.loads(json.dumps(facts.to_json()))) == facts


def test_the_schema_of_the_lock_knows_all_of_it() -> None:
    jsonschema.Draft7Validator(schema("lock")).validate(json.loads(json.dumps(lock_of(FULL.to_json()))))


def _spots(part: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in items:
        yield from _spots(value, (*at, key))


def _with(facts: dict[str, Any], at: tuple[Any, ...], value: object) -> dict[str, Any]:
    found: dict[str, Any] = {"facts": deepcopy(facts)}
    node: Any = found
    path = ("facts", *at)
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    result: dict[str, Any] = found["facts"]
    return result


def _all_of(value: object) -> Iterator[Any]:
    yield value
    parts: Any = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
    if is_dataclass(value):
        parts = [getattr(value, field.name) for field in fields(value)]
    for part in parts:
        yield from _all_of(part)


@pytest.mark.parametrize("of", [Partition, NodeGroup, Ceilings, Association, Reservation, ClusterFacts])
def test_the_facts_above_have_every_field(of: Any) -> None:
    found = [value for value in _all_of(FULL) if type(value) is of]
    for field in fields(of):
        unset = field.default if field.default is not MISSING else None
        assert any(getattr(value, field.name) not in (unset, {}, Ceilings()) for value in found), field.name


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "x", None, [], {}, [1], {"a": []}, [["a"]], "1" * 5000])
def test_another_value_anywhere_is_read_as_such_or_refused(wrong: object) -> None:
    """What is believed is what would be written; the rest is a lock error, never a traceback."""
    facts = json.loads(json.dumps(FULL.to_json()))
    refused = 0
    for at in _spots(facts):
        text = json.dumps(lock_of(_with(facts, at, wrong)))
        try:
            lock = parse_lock(text, "x.lock.json")
        except LockError:
            refused += 1
        else:
            for known in lock.facts["slurm"].values():
                assert ClusterFacts.from_json(json.loads(json.dumps(known.to_json()))) == known
    assert refused > 20


@pytest.mark.parametrize("names", ["c[1-", "c[1-99999999]", "c]", "a,,b"])
def test_a_list_of_nodes_that_is_none_is_refused(names: str) -> None:
    facts = json.loads(json.dumps(FULL.to_json()))
    facts["nodes"] = {names: facts["nodes"]["c[1-2]"]}
    with pytest.raises(LockError):
        parse_lock(json.dumps(lock_of(facts)), "x.lock.json")


def test_a_damaged_lock_is_reported_by_every_command(tmp_path: Path) -> None:
    profile = copied(tmp_path, "salmon")
    lock = profile.with_name("salmon.lock.json")
    text, chance = lock.read_text(), random.Random(5)
    for _ in range(40):
        at = chance.randrange(len(text))
        lock.write_text(
            text[:at] + chance.choice(["", "{", '"', "9", "null", "}"]) + text[at + chance.randrange(3) :]
        )
        for command in (["build", "--offline", "--dry-run"], ["check"], ["facts", "--offline"], ["explain"]):
            ended = nfconfgen(command[0], profile, *command[1:])
            assert ended.code in (0, 1, 2), (command, ended, lock.read_text())
            assert "bug of nfconfgen" not in ended.err
