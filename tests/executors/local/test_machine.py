"""What is read of a machine: its cores and memory, or what the control groups of this process allow of them."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path

import pytest

from nfconfgen.executors.local import machine
from nfconfgen.executors.local.machine import MachineFacts

NOW = "2026-11-22T10:30:00Z"
GIB = 1024**3


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of control groups, of which this process is in the outermost; a machine of 8 cores and 16 GiB."""
    monkeypatch.setattr(machine, "_CGROUP", str(tmp_path / "cgroup"))
    monkeypatch.setattr(machine, "_OWN", str(tmp_path / "own"))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 16 * GIB // 4096}.__getitem__)
    return tmp_path / "cgroup"


def write(groups: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (groups / name).parent.mkdir(parents=True, exist_ok=True)
        (groups / name).write_text(text, "utf-8")


def size() -> tuple[int, int]:
    found = machine.read(NOW)
    assert found.time == NOW
    return found.cpus, found.memory_mib


@pytest.mark.parametrize(
    ("files", "cpus", "memory_mib"),
    [
        ({}, 8, 16384),
        ({"memory.max": f"{2 * GIB}\n", "cpu.max": "150000 100000\n"}, 2, 2048),
        ({"memory.max": "max\n", "cpu.max": "max 100000\n"}, 8, 16384),
        ({"cpu.max": "50000 100000\n"}, 1, 16384),
        ({"cpu.max": "400000 100000\n"}, 4, 16384),
        ({"memory.max": f"{64 * GIB}\n", "cpu.max": "6400000 100000\n"}, 8, 16384),
    ],
    ids=["no files", "both", "max", "half a core", "whole cores", "more than the machine has"],
)
def test_version_2(groups: Path, files: dict[str, str], cpus: int, memory_mib: int) -> None:
    write(groups, files)
    assert size() == (cpus, memory_mib)


@pytest.mark.parametrize(
    ("limit", "quota", "expected"),
    [
        (f"{3 * GIB}\n", "250000\n", (3, 3072)),
        ("9223372036854771712\n", "-1\n", (8, 16384)),
    ],
    ids=["limited", "not limited"],
)
def test_version_1(groups: Path, limit: str, quota: str, expected: tuple[int, int]) -> None:
    write(
        groups,
        {
            "memory/memory.limit_in_bytes": limit,
            "cpu/cpu.cfs_quota_us": quota,
            "cpu/cpu.cfs_period_us": "100000\n",
        },
    )
    assert size() == expected


@pytest.mark.parametrize("text", ["", "\n", "garbage", "-1", "0", "1.5", "12 34 56", "٣", "\udc80\x00", "max max"])
def test_what_is_no_limit_limits_nothing(groups: Path, text: str) -> None:
    names = ("memory.max", "cpu.max", "memory/memory.limit_in_bytes", "cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")
    for name in names:
        (groups / name).parent.mkdir(parents=True, exist_ok=True)
        (groups / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert size() == (8, 16384)


@pytest.mark.parametrize("text", ["0 100000", "100000 0", "0 0"])
def test_a_quota_of_nothing_is_none(groups: Path, text: str) -> None:
    write(groups, {"cpu.max": text})
    assert size() == (8, 16384)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("0::/user.slice/job\n", (2, 1024)),
        ("0::/user.slice\n", (4, 4096)),
        ("0::/user.slice/gone/deeper\n", (4, 4096)),
        ("0::/\n", (8, 16384)),
        ("0::/../other\n", (8, 16384)),
        ("garbage\n::\n", (8, 16384)),
    ],
    ids=["innermost", "around it", "not visible here", "outermost", "outside", "garbage"],
)
def test_the_group_of_this_process_counts_and_those_around_it(
    groups: Path, own: str, expected: tuple[int, int]
) -> None:
    write(
        groups,
        {
            "../own": own,
            "user.slice/memory.max": f"{4 * GIB}",
            "user.slice/cpu.max": "400000 100000",
            "user.slice/job/memory.max": f"{GIB}",
            "user.slice/job/cpu.max": "200000 100000",
        },
    )
    assert size() == expected


def test_a_group_cannot_allow_more_than_the_one_around_it(groups: Path) -> None:
    write(
        groups, {"../own": "0::/outer/inner\n", "outer/memory.max": f"{GIB}", "outer/inner/memory.max": f"{2 * GIB}"}
    )
    assert size() == (8, 1024)


def test_version_1_has_a_path_for_each_controller(groups: Path) -> None:
    own = "5:cpu,cpuacct:/jobs/cores\n4:memory:/jobs/bytes\n1:name=systemd:/other\n0::/\n"
    files = {
        "../own": own,
        "memory/jobs/bytes/memory.limit_in_bytes": f"{2 * GIB}",
        "memory/jobs/cores/memory.limit_in_bytes": "4096",
        "cpu/jobs/cores/cpu.cfs_quota_us": "300000",
        "cpu/jobs/cores/cpu.cfs_period_us": "100000",
    }
    write(groups, files)
    assert size() == (3, 2048)


def test_without_affinity_all_processors_count(groups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert size() == (6, 16384)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert size() == (1, 16384)


def test_this_machine() -> None:
    found = machine.read(NOW)
    assert 1 <= found.cpus <= (os.cpu_count() or 1)
    assert 0 < found.memory_mib <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20


FACTS = MachineFacts(4, 15900, NOW)


def test_facts_come_back_from_json() -> None:
    assert MachineFacts.from_json(FACTS.to_json(), "facts") == FACTS
    assert FACTS.queues == {}
    assert FACTS.same_but_time(MachineFacts(4, 15900, "2025-01-01T00:00:00Z"))
    assert not FACTS.same_but_time(MachineFacts(4, 15901, NOW))


NO_NUMBERS: list[object] = [None, "4", 4.5, True, -1, 2**53, [4], {}]
NO_TIMES: list[object] = [None, 4, "", "today", "2026-11-22", "2026-13-22T10:30:00Z", [NOW]]
DAMAGED = [*product(["cpus", "memory_mib"], NO_NUMBERS), *product(["time"], NO_TIMES)]


@pytest.mark.parametrize(("key", "value"), DAMAGED)
def test_a_value_of_a_wrong_type_is_named(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^at\.{key} is not a "):
        MachineFacts.from_json(FACTS.to_json() | {key: value}, "at")


@pytest.mark.parametrize("key", ["cpus", "memory_mib", "time"])
def test_a_missing_key_is_named(key: str) -> None:
    data = FACTS.to_json()
    del data[key]
    with pytest.raises(ValueError, match=rf"^at\.{key} is missing$"):
        MachineFacts.from_json(data, "at")


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(ValueError, match=r"^at\.gpus is unknown$"):
        MachineFacts.from_json(FACTS.to_json() | {"gpus": 1}, "at")


@pytest.mark.parametrize("data", [None, [], "4", 4])
def test_what_is_no_object_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match=r"^at is not an object"):
        MachineFacts.from_json(data, "at")
