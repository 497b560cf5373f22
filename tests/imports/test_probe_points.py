"""Probes stand on both sides of what a config compares with."""

from __future__ import annotations

from nfconfgen.imports.probe_points import MOST, Most, probes

GIB, HOUR = 1 << 30, 3_600_000


def test_both_sides_of_every_bound() -> None:
    asked = probes(["{ task.memory >= 240.GB || task.time > '2d' ? 'a' : task.cpus < 12 ? 'b' : 'c' }"])
    assert {240 * GIB - (1 << 20), 240 * GIB, 240 * GIB + (1 << 20)} <= {probe.memory_bytes for probe in asked}
    assert {48 * HOUR, 48 * HOUR + 60_000} <= {probe.time_ms for probe in asked}
    assert {11, 12, 13} <= {probe.cpus for probe in asked}
    assert any(probe.memory_bytes == 240 * GIB and probe.time_ms == 48 * HOUR for probe in asked)


def test_numbers_without_a_unit_are_read_by_what_they_are_compared_with() -> None:
    asked = probes(["{ task.memory.toGiga() > 750 ? 'a' : task.time.toHours() < 5 ? 'b' : 'c' }"])
    assert 750 * GIB + (1 << 20) in {probe.memory_bytes for probe in asked}
    assert 5 * HOUR in {probe.time_ms for probe in asked}


def test_the_memory_of_each_cpu() -> None:
    asked = probes(["{ task.memory.toMega() / task.cpus > 4096 ? 'a' : 'b' }"])
    around = {(probe.cpus, probe.memory_bytes) for probe in asked}
    assert {(count, count * 4 * GIB + more) for count in (1, 3) for more in (0, 1 << 20)} <= around


def test_exit_codes_of_ranges_on_every_attempt() -> None:
    asked = probes(["{ task.exitStatus in ((130..145) + 104) ? 'retry' : 'finish' }"])
    for attempt in (1, 2, 3, 4):
        codes = {probe.exit_code for probe in asked if probe.attempt == attempt}
        assert {103, 104, 129, 130, 145, 146, 2147483647} <= codes


def test_none_is_beyond_the_limits() -> None:
    asked = probes(["{ task.memory > 500.GB ? 'a' : 'b' }"], Most(memory_bytes=400 * GIB, time_ms=HOUR, cpus=1))
    assert asked
    assert all(probe.memory_bytes is not None and probe.memory_bytes <= 400 * GIB for probe in asked)


def test_there_are_a_few_hundred_at_most() -> None:
    many = " ".join(f"{number}.GB {number}.h {number} exitStatus" for number in range(1, 120))
    assert len(probes([many])) <= MOST
    assert len(set(probes([many]))) == len(probes([many]))
