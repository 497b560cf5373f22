"""Parses values in the output of Slurm's commands: numbers, times, lists and records. Pure.

Problems are added to `doubts`, which the user sees; they never raise an exception.
"""

from __future__ import annotations

import re

from nfconfgen.facts.decode import LARGEST

NO_LIMIT = {"", "UNLIMITED", "INFINITE", "NONE", "N/A", "(null)", "-1"}
UNITS_MIB = {"K": 1 / 1024, "M": 1, "": 1, "G": 1024, "T": 1024**2, "P": 1024**3}
_SIZE = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,6})?)([KMGTP]?)")
_GRES_NOTE = re.compile(r"\([^)]*\)")
_TYPED = re.compile(" (?:Reason|Comment|Extra)=")
_COUNT = re.compile(r"[0-9]{1,18}")
_GRES_COUNT = re.compile(r"([0-9]{1,18})([KMGTP]?)", re.IGNORECASE)
_GRES_UNITS = {unit: 1024**power for power, unit in enumerate(("", "K", "M", "G", "T", "P"))}
_DURATION = re.compile(r"(?:([0-9]{1,9})-)?([0-9]{1,9}(?::[0-9]{1,9}){0,2})")


def time_s(text: str) -> int | None:
    """`1-00:00:00`, `04:00:00`, `30:00`, `60` (minutes); None for no limit. ValueError for anything else."""
    if text.strip() in NO_LIMIT:
        return None
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"not a time: {text[:40]!r}")
    days = int(found[1] or 0)
    parts = [int(part) for part in found[2].split(":")]
    if found[1]:
        hours, minutes, seconds = [*parts, 0, 0][:3]
    else:
        # without days: minutes, minutes:seconds, or hours:minutes:seconds
        hours, minutes, seconds = (0, *parts, 0)[:3] if len(parts) < 3 else parts
    return days * 86400 + hours * 3600 + minutes * 60 + seconds


def tres(text: str) -> dict[str, int]:
    """`cpu=24,mem=100G,gres/gpu=2`; memory in MiB. ValueError if a number cannot be read."""
    found = {}
    for part in filter(None, text.strip().split(",")):
        name, _, amount = part.partition("=")
        found[name.strip().lower()] = _memory_mib(amount) if name.strip().lower() == "mem" else count_of(amount)
    return found


def count_of(text: str) -> int:
    """The number; only digits are accepted, as int() accepts more than Slurm prints, and fails at thousands of
    digits."""
    if not _COUNT.fullmatch(text) or int(text) > LARGEST:
        raise ValueError(f"not a number: {text[:40]!r}")
    return int(text)


def _memory_mib(text: str) -> int:
    found = _SIZE.fullmatch(text.upper())
    memory_mib = int(float(found[1]) * UNITS_MIB[found[2]]) if found is not None else LARGEST + 1
    if memory_mib > LARGEST:
        raise ValueError(f"not a size: {text[:40]!r}")
    return memory_mib


def record_of(line: str) -> dict[str, str]:
    """The keys of a line of `scontrol -o`, the first of each, up to its first blank. The text of administrators is at
    the end of the line, and not read."""
    words = _TYPED.split(line, maxsplit=1)[0].split()
    # in reverse, so that the first of each key is kept
    return dict([word.split("=", 1) for word in reversed(words) if "=" in word])


def config_of(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals:
            found.setdefault(key.strip(), value.strip())
    return {key: "" if value == "(null)" else value for key, value in found.items()}


def names_of(text: str) -> tuple[str, ...]:
    """A list of names. A partition or feature may have any name, `all` and `NONE` as well."""
    return () if text == "(null)" else tuple(sorted(filter(None, text.split(","))))


def allowed_of(text: str) -> tuple[str, ...] | None:
    """The names in an Allow list; None for ALL of them."""
    return None if text == "ALL" else names_of(text)


def mib_of(text: str, doubts: list[str]) -> int | None:
    if text.strip() in NO_LIMIT:
        return None
    try:
        # sinfo prints the minimum of different nodes as 64000+
        return count_of(text.strip().rstrip("+"))
    except ValueError:
        doubts.append(f"{text[:40]!r} is not a number")
        return None


def time_of(text: str, doubts: list[str]) -> int | None:
    try:
        return time_s(text)
    except ValueError as error:
        doubts.append(str(error)[:80])
        return None


def states_of(text: str) -> set[str]:
    return {state.rstrip("*~#!%$@^-") for state in text.upper().split("+")}


def gres_of(text: str) -> dict[str, int]:
    """`gpu:a100:2(S:0-1),tmp:100G` → gpu:a100 → 2."""
    found: dict[str, int] = {}
    for part in _GRES_NOTE.sub("", text).replace(":no_consume", "").split(","):
        name, _, count = part.rpartition(":")
        amount = _GRES_COUNT.fullmatch(count)
        if name and amount is not None:
            found[name] = min(found.get(name, 0) + int(amount[1]) * _GRES_UNITS[amount[2].upper()], LARGEST)
        elif part and part not in NO_LIMIT and ":" not in part:
            found[part] = found.get(part, 0) + 1
    return dict(sorted(found.items()))
