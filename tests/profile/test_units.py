"""Sizes, times and exit codes as a profile writes them."""

from __future__ import annotations

import pytest

from nfconfgen.profile import units
from nfconfgen.render.groovy import memory_bound


@pytest.mark.parametrize(
    ("text", "mib"),
    [
        ("8 GB", 8192),
        ("8GB", 8192),
        ("8G", 8192),
        ("15400 MB", 15400),
        ("15.4 GB", 15769),  # as Nextflow's MemoryUnit floors it
        ("1 TB", 1048576),
        ("2048 KB", 2),
        ("0.5 GB", 512),
    ],
)
def test_memory(text: str, mib: int) -> None:
    assert units.memory_mib(text) == mib


@pytest.mark.parametrize(
    "text", ["8", "8 GiB", "8 gb", "GB", "-1 GB", "1e3 MB", "8  GB", "0 GB", "1 KB", "8 GB ", "٨ GB"]
)
def test_no_memory(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        units.memory_mib(text)


@pytest.mark.parametrize(
    ("text", "advice"), [("16 GiB", "16 GB"), ("16gb", "16 GB"), ("8000", "8000 MB or 8000 GB"), ("much", "")]
)
def test_memory_advice(text: str, advice: str) -> None:
    assert advice in units.memory_advice(text)


@pytest.mark.parametrize(
    ("text", "memory"),
    [
        ("8.GB", "8 GB"),
        ("7.5.GB", "7.5 GB"),
        ("800.MB", "800 MB"),
        ("4 Go", "4 GB"),
        ("'8 GB'", "8 GB"),
        ("{ 8.GB * task.attempt }", "8 GB"),
        ("{8.GB*task.attempt}", "8 GB"),
        ("8 gigabytes", ""),
        ("{ task.cpus * 8.GB }", ""),
    ],
)
def test_memory_of_other_languages(text: str, memory: str) -> None:
    advice = units.memory_advice(text)
    assert advice.startswith(f"write {memory} (") if memory else advice == ""
    assert not memory or units.memory_mib(memory)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("4.h", "4h"),
        ("1.5.h", "1.5h"),
        ("90.min", "90m"),
        ("2.days", "2d"),
        ("30.d", "30d"),
        ("4H", "4h"),
        ("4 Hrs", "4h"),
        ("'4h'", "4h"),
        ("{ 4.h * task.attempt }", "4h"),
        ("01:30", ""),
        ("4", ""),
        ("h", ""),
        ("soon", ""),
    ],
)
def test_time_of_other_languages(text: str, time: str) -> None:
    advice = units.time_advice(text)
    assert advice == f"write {time}" if time else not advice.startswith("write 4")
    assert not time or units.time_s(time)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1h", 3600),
        ("90m", 5400),
        ("90 min", 5400),
        ("1d 12h", 129600),
        ("1d12h", 129600),
        ("1.5h", 5400),
        ("24:00:00", 86400),
        ("100:00:00", 360000),
        ("2-00:00:00", 172800),
        ("2 days", 172800),
        ("1 hour 30 minutes", 5400),
        ("45 seconds", 45),
    ],
)
def test_time(text: str, seconds: int) -> None:
    assert units.time_s(text) == seconds


@pytest.mark.parametrize("text", ["", "60", "01:30", "1x", "h", "1h 30", "0h", "24:60:00", "1 hms", "-1h"])
def test_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        units.time_s(text)


@pytest.mark.parametrize(("seconds", "text"), [(3600, "1h"), (129600, "1d 12h"), (90, "1m 30s"), (259200, "3d")])
def test_time_text(seconds: int, text: str) -> None:
    assert units.time_text(seconds) == text
    assert units.time_s(text) == seconds


@pytest.mark.parametrize(("item", "span"), [(104, (104, 104)), ("130-145", (130, 145)), ("7", (7, 7))])
def test_exit_codes(item: int | str, span: tuple[int, int]) -> None:
    assert units.exit_codes(item) == span


@pytest.mark.parametrize("item", [-1, 256, "145-130", "1-256", "a", "1-"])
def test_no_exit_codes(item: int | str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        units.exit_codes(item)


@pytest.mark.parametrize(
    ("text", "mib", "written"),
    [("1.3 TB", 1363148, "1.3.TB"), ("750.3GB", 768307, "750.3.GB"), ("10.7G", 10956, "10.7.GB")],
)
def test_a_memory_to_compare_with_keeps_what_is_no_whole_mib(text: str, mib: int, written: str) -> None:
    found = units.bound_mib(text)
    assert (found, memory_bound(found), memory_bound(min(mib + 1, found))) == (mib, written, written)


@pytest.mark.parametrize("text", ["750.5 GB", "1 TB", "3 MB", "2048 KB"])
def test_a_whole_memory_is_compared_as_it_is_asked_for(text: str) -> None:
    mib = units.memory_mib(text)
    assert memory_bound(units.bound_mib(text)) == f"{mib}.MB"


@pytest.mark.parametrize(("size", "text"), [(1429365116109, "1.3 TB"), (805628490547, "750.3 GB"), (1 << 20, "")])
def test_bytes_as_a_profile_has_them(size: int, text: str) -> None:
    assert units.part_text(size) == text
