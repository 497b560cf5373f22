"""Reads memory, time and exit codes of a profile, and formats amounts for messages.

A memory is read as by Nextflow's MemoryUnit: binary units (1 GB = 1024 MB), one unit letter, an optional B.
`16 GiB` is therefore refused, as Nextflow does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from nfconfgen.findings import Finding, Place
from nfconfgen.profile.credentials import shown
from nfconfgen.wording import counted

if TYPE_CHECKING:  # printing a size must not load YAML
    from nfconfgen.profile.document.yaml12 import Document, Path

_MEMORY = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s?([KMGTP])B?", re.ASCII)
_LOOSE_MEMORY = re.compile(r"(\d+(?:\.\d+)?)[.\s]*([kmgtp]?)i?[bo]?(?:ytes?)?", re.ASCII | re.IGNORECASE)
_DECIMALS = 6
_KIB_IN = {"K": 1, "M": 1024, "G": 1024**2, "T": 1024**3, "P": 1024**4}

_CLOCK = re.compile(r"(?:(\d{1,4})-)?(\d{1,5}):([0-5]\d):([0-5]\d)", re.ASCII)
_PART = r"(\d{1,9}(?:\.\d{1,6})?)\s*(d|days?|h|hours?|m|min|mins|minutes?|s|sec|secs|seconds?)(?![a-z])\s*"
_DURATION = re.compile(f"(?:{_PART})+", re.ASCII)
_LOOSE_TIME = re.compile(
    r"(\d+(?:\.\d+)?)[.\s]*(d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)", re.ASCII | re.IGNORECASE
)
# Groovy around a literal; a profile needs no `* task.attempt`, since `retry: memory` sets how requests grow
_AROUND = re.compile(r"\{\s*(.*?)(?:\s*\*\s*task\.attempt)?\s*\}|(['\"])(.*)\2|(.*)", re.ASCII | re.DOTALL)
_SECONDS_IN = {"d": 86400, "h": 3600, "m": 60, "s": 1}

EXIT_CODES = range(256)


class PartMib(int):
    """A memory that is no whole MiB, rounded down; `written` is it as in the profile. Nextflow caps tasks at all of
    it, so what such a task is compared with must not be rounded."""

    written = ""


def bound_mib(text: str) -> int:
    """A memory that tasks are compared with, as by `memory_mib`. ValueError if it is not a size."""
    mib = PartMib(memory_mib(text))
    match = _MEMORY.fullmatch(text)
    assert match is not None
    if Decimal(match[1]) * _KIB_IN[match[2]] == mib * 1024:
        return int(mib)
    mib.written = text
    return mib


def memory_mib(text: str) -> int:
    """Whole MiB of `8 GB`, `15400 MB`, `15.4 GB` (rounded down, as Nextflow does). ValueError if it is not a size."""
    match = _MEMORY.fullmatch(text)
    if match is None:
        raise ValueError(text)
    mib = int(Decimal(match[1]) * _KIB_IN[match[2]]) // 1024
    if mib < 1:
        raise ValueError(text)
    return mib


def memory_advice(text: str) -> str:
    """How to write a size that `memory_mib` refuses; empty if its meaning is unclear."""
    match = _LOOSE_MEMORY.fullmatch(_bare(text))
    if match is None:
        return ""
    if match[2]:
        return f"write {match[1]} {match[2].upper()}B (units are binary: 1 GB = 1024 MB)"
    return f"add the unit, as in {match[1]} MB or {match[1]} GB"


def _bare(text: str) -> str:
    around = _AROUND.fullmatch(text.strip()) if len(text) < 80 else None
    return next((part for part in around.group(1, 3, 4) if part), "") if around else text


def memory_text(mib: int) -> str:
    """A size for messages: `8 GB` if that is exact, else `15400 MB`."""
    return f"{mib // 1024} GB" if mib % 1024 == 0 else f"{mib} MB"


def part_text(size: int) -> str:
    """So many bytes that are no whole MiB as a profile has them: `1.3 TB`; empty for others."""
    if size % 1024**2:
        for unit, kib in reversed(_KIB_IN.items()):
            amount = round(Decimal(size) / (kib * 1024), _DECIMALS)
            if amount >= 1 and abs(amount * kib * 1024 - size) < 1:
                return f"{amount.normalize():f} {unit}B"
    return ""


def time_s(text: str) -> int:
    """Whole seconds of `1h`, `1d 12h`, `90 min`, `24:00:00`, `2-00:00:00`. ValueError if it is not a time.

    `01:30` is refused: Slurm reads it as minutes and seconds, most people as hours and minutes.
    """
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        days, hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        total = Decimal(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
    elif _DURATION.fullmatch(text):
        parts = re.findall(_PART, text, re.ASCII)
        total = sum((Decimal(count) * _SECONDS_IN[unit[0]] for count, unit in parts), Decimal(0))
    else:
        raise ValueError(text)
    if total < 1:
        raise ValueError(text)
    return int(total)


def time_advice(text: str) -> str:
    """How to write a time that `time_s` refuses; empty if its meaning is unclear."""
    if text.count(":") == 1 and text.replace(":", "").isdigit():
        return f"write {text}:00 for hours and minutes, 00:{text} for minutes and seconds"
    match = _LOOSE_TIME.fullmatch(_bare(text))
    return f"write {match[1]}{match[2][0].lower()}" if match else ""


def time_text(seconds: int) -> str:
    """A time for messages: `1h`, `1d 12h`, `90s`."""
    parts = []
    for unit, size in _SECONDS_IN.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"


def size(read: Callable[[str], int], path: Path, document: Document, findings: list[Finding]) -> int | None:
    """The memory or time at this path; None if it is missing or cannot be read."""
    written = document.data_at(path)
    try:
        return None if written is None else read(written)
    except ValueError:
        findings.append(too_small(read, document.place(path), str(path[-1]), written))
        return None


def too_small(read: Callable[[Any], object], place: Place, key: str, value: object) -> Finding:
    """The finding about a memory below 1 MB, or a time below one second."""
    rule, least = ("time-unit", "one second") if read is time_s else ("memory-unit", "1 MB")
    return Finding(place, rule, f"'{key}' must be at least {least}, not {shown(value)}")


def exit_codes(item: int | str) -> tuple[int, int]:
    """`104` and `130-145` as an inclusive range. ValueError outside 0 to 255 or back to front."""
    first, dash, last = str(item).partition("-")
    low, high = int(first), int(last if dash else first)
    if low not in EXIT_CODES or high not in EXIT_CODES or low > high:
        raise ValueError(item)
    return low, high


def exit_code_texts(ranges: Iterable[tuple[int, int]] | None) -> list[str]:
    """Each range as in a profile: `104`, `130-145`; None: no range."""
    return [str(low) if low == high else f"{low}-{high}" for low, high in ranges or ()]


def cpus_text(count: int) -> str:
    return counted(count, "cpu")


def gpus_text(count: int | None, kind: str = "") -> str:
    """`2 GPUs`, `1 T4 GPU`; None: the number is unknown."""
    return "an unknown number of GPUs" if count is None else counted(count, f"{kind} GPU".lstrip())
