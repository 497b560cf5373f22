"""When two values of a setting are the same to Nextflow, whatever their spelling."""

from __future__ import annotations

import re
import shlex
from decimal import Decimal

from nfconfgen.imports.resolution import Memory, Time, Value

_SIZE = re.compile(r"(\d+(?:\.\d*)?)\s*([KMGTP]?)B?", re.IGNORECASE)
_PART = r"(\d+(?:\.\d*)?)\s*(days?|d|hours?|h|minutes?|mins?|min|m|seconds?|secs?|sec|s|millis|ms)(?![a-z])\s*"
_LENGTH = re.compile(f"(?:{_PART})+")
_RATE = re.compile(r"(\d+)\s*(?:/\s*(\d*))?\s*([a-z]+)")
_BYTES_IN = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40, "P": 1 << 50}
_MS_IN = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000}

_OPTIONS = (".clusterOptions", ".containerOptions", ".runOptions", ".engineOptions")
_LISTS = (".envWhitelist", ".module")
_SHORT = {"A": "account", "p": "partition", "q": "qos", "C": "constraint", "w": "nodelist", "x": "exclude"}
"""Options of sbatch that have a letter, too."""


def same(path: str, one: Value, other: Value) -> bool:
    """Whether they mean the same at this path; null, an empty text and an absent value do."""
    one, other = _plain(path, one), _plain(path, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same(f"{path}.{key}", one.get(key), other.get(key)) for key in one.keys() | other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same("", *pair) for pair in zip(one, other, strict=True))
    if text(one) == text(other):
        return True
    return not _meanings(path, one).isdisjoint(_meanings(path, other))


def capped(path: str, value: Value, limits: Value) -> Value:
    """What a task is given: a request of cpus, memory or time is cut to resourceLimits."""
    most = limits.get(path.rpartition(".")[2]) if path.startswith("process.") and isinstance(limits, dict) else None
    if most is None or value is None:
        return value
    pairs = _meanings("", value), _meanings("", most)
    beyond = [asked > at for unit, asked in pairs[0] for kind, at in pairs[1] if unit == kind]
    return most if beyond and all(beyond) else value


def text(value: Value) -> str:
    """As Nextflow would print it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(path: str, value: Value) -> Value:
    if value in (None, "", [], {}):
        return None
    whole = f".{path}"
    if whole.endswith(_OPTIONS):
        return options(" ".join(map(text, value)) if isinstance(value, list) else text(value))
    if whole.endswith(_LISTS):
        parts = value if isinstance(value, list) else re.split(r"[,:]" if "module" in path else ",", str(value))
        return [str(part).strip() for part in parts]
    return value.strip() if isinstance(value, str) else value


def options(written: str) -> str:
    """Options of a job or a container in one spelling: `--a b` as `--a=b`, one blank between two; the order of
    different options means nothing."""
    try:
        words = shlex.split(written, posix=False)
    except ValueError:
        return written.strip()
    found: list[str] = []
    for word in words:
        if not word.startswith("-") and found and re.fullmatch(r"--[\w-]+|-[A-Za-z]", found[-1]):
            found[-1] += f"={word}"
        else:
            found.append(word)
    return " ".join(sorted((_long(word) for word in found), key=lambda word: word.partition("=")[0]))


def _long(word: str) -> str:
    match = re.fullmatch(r"-([A-Za-z])=?(.+)", word)
    return f"--{_SHORT[match[1]]}={match[2]}" if match and match[1] in _SHORT else word


def _meanings(path: str, value: Value) -> set[tuple[str, Decimal]]:
    """All that a value may stand for, as amounts in one unit."""
    if isinstance(value, Memory):
        return {("bytes", Decimal(value.bytes))}
    if isinstance(value, Time):
        return {("ms", Decimal(value.ms))}
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return set()
    if path.endswith("submitRateLimit"):
        return _rate(str(value))
    if isinstance(value, int | float):
        return {("number", Decimal(str(value)))}
    found = set()
    if (size := _SIZE.fullmatch(value)) is not None:
        found.add(("bytes" if size[2] else "number", Decimal(size[1]) * _BYTES_IN[size[2].upper()]))
    if _LENGTH.fullmatch(value):
        found.add(("ms", sum((Decimal(count) * _ms(unit) for count, unit in re.findall(_PART, value)), Decimal(0))))
    return found


def amount(text: str) -> Memory | Time | None:
    """The memory or time that a text is read as."""
    found = dict(_meanings("", text))
    if "bytes" in found:
        return Memory(int(found["bytes"]))
    return Time(int(found["ms"])) if "ms" in found else None


def _ms(unit: str) -> int:
    return 1 if unit in ("ms", "millis") else _MS_IN[unit[0]]


def _rate(text: str) -> set[tuple[str, Decimal]]:
    """Jobs for each ms; `10 sec` is ten a second, as `10/1sec` is."""
    match = _RATE.fullmatch(text)
    if match is None or not re.fullmatch(_PART, f"1 {match[3]}"):
        return set()
    return {("rate", Decimal(match[1]) / (Decimal(match[2] or 1) * _ms(match[3])))}
