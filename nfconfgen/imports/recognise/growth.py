"""Closures on the attempt as `retry` of a profile: how requests grow, and which failures are worth another try.

They are asked attempt by attempt, so their spelling does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nfconfgen.expressions import amounts
from nfconfgen.expressions.amounts import Duration, Memory, UnknownError
from nfconfgen.imports.recognise.meaning import asked, plain, static
from nfconfgen.imports.recognise.pieces import Code
from nfconfgen.pipeline.model import Scope, Setting

LOST = 2147483647
"""Nextflow's exit code of a task that left none."""
ATTEMPTS = 4
"""Those that a closure is asked about if its config allows no more."""
MOST_ATTEMPTS = 10
"""Those that a profile may have."""
_KILLED, _OTHER_FAILURES = 137, (1, 104, 140, LOST)
_CODES = (*range(256), LOST)


@dataclass(frozen=True, slots=True)
class Grown:
    """The first value, how it grows (None: not at all), and where it stops."""

    first: object
    growth: str | dict[str, object] | None = None
    most: object = None


def attempts(settings: Mapping[Scope, Setting]) -> int:
    """Those that a closure of this config is asked about: all that maxRetries allows anywhere."""
    found = ATTEMPTS
    for path, setting in settings.items():
        if path[-1] == "maxRetries":
            try:
                found = max(found, (amounts.count(static(setting.code)) or 0) + 1)
            except UnknownError:
                continue
    return min(found, MOST_ATTEMPTS)


def grown(
    code: Code,
    params: object,
    functions: Mapping[str, Code],
    read: Callable[[object], object],
    tries: int = ATTEMPTS,
) -> Grown:
    """The value of a size by attempts, of which there are `tries`; `read` is how Nextflow reads it. UnknownError if
    it grows in another way, or depends on something else."""

    def of(attempt: int, after: int) -> object:
        task = {"attempt": attempt, "exitStatus": None if attempt == 1 else after}
        return read(asked(code, task, params, functions))

    every = range(1, tries + 1)
    values = [of(attempt, _KILLED) for attempt in every]
    if any([of(attempt, after) for attempt in every] != values for after in _OTHER_FAILURES):
        raise UnknownError("it depends on the failure before")
    first = values[0]
    sizes = [_size(value) for value in values]
    if len(set(sizes)) == 1:
        return Grown(first)
    make: Callable[[int], object] = type(first) if isinstance(first, Memory | Duration) else int
    if sizes == [sizes[0] * attempt for attempt in every]:
        return Grown(first, "attempt")
    if sizes == [sizes[0] * 2 ** (attempt - 1) for attempt in every]:
        return Grown(first, "double")
    step = sizes[1] - sizes[0]
    if sizes == [sizes[0] + step * (attempt - 1) for attempt in every] and step > 0:
        return Grown(first, {"add": plain(make(step))})
    if step > 0 and len(set(sizes[1:])) == 1:
        return Grown(first, {"add": plain(make(step))}, values[-1])
    raise UnknownError("it grows in a way that retry does not have")


def _size(value: object) -> int:
    if isinstance(value, Memory | Duration):
        return value.size
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise UnknownError("it is no size")


def strategy(code: Code | None, retries: int | None, params: object) -> dict[str, object]:
    """The keys of `retry` for errorStrategy and maxRetries. UnknownError if no keys say the same."""
    if retries is not None and retries >= MOST_ATTEMPTS:
        raise UnknownError(f"a profile has at most {MOST_ATTEMPTS} attempts")
    found: dict[str, object] = {} if retries is None else {"attempts": retries + 1}
    if code is None:
        return found
    # maxRetries is 1 by default; what it allows is the last attempt that errorStrategy is asked about
    last = (retries or 1) + 1
    asked_of = [_answers(code, attempt, params) for attempt in range(1, max(last, 4) + 2)]
    first, final = asked_of[0], asked_of[-1]
    worth = {one for one, answer in first.items() if answer == "retry"}
    ends = {answer for answer in first.values() if answer != "retry"}
    if len(ends) > 1:
        raise UnknownError("it ends failures in several ways")
    found |= _codes(worth)
    if ends - {"terminate"}:
        found["otherwise"] = next(iter(ends))
    after = {final[one] for one in worth}
    if after - {"retry"}:
        found |= _last(asked_of, worth, after)
    elif any(answers != first for answers in asked_of):
        raise UnknownError("it changes with the attempt")
    return found


def _last(answers: Sequence[Mapping[int, str]], worth: set[int], after: set[str]) -> dict[str, object]:
    """The attempts before failures that are worth one end otherwise, and how they do."""
    tries = next(number for number, one in enumerate(answers, 1) if any(one[code] != "retry" for code in worth))
    expected = [
        {code: (answer if code not in worth or number < tries else next(iter(after))) for code, answer in one.items()}
        for number, one in enumerate([answers[0]] * len(answers), 1)
    ]
    if len(after) > 1 or expected != list(map(dict, answers)):
        raise UnknownError("it changes with the attempt")
    return {"attempts": tries, "last": next(iter(after))}


def _answers(code: Code, attempt: int, params: object) -> dict[int, str]:
    found = {}
    for one in _CODES:
        answer = asked(code, {"attempt": attempt, "exitStatus": one}, params, {})
        if not isinstance(answer, str) or answer.lower() not in ("retry", "finish", "terminate", "ignore"):
            raise UnknownError("it is no strategy")
        found[one] = answer.lower()
    return found


def _codes(worth: set[int]) -> dict[str, object]:
    """`exit_codes` and `lost`."""
    codes = sorted(worth - {LOST})
    found: dict[str, object] = {}
    missing = sorted(set(range(256)) - worth)
    if not missing:
        found["exit_codes"] = "any"
    elif len(missing) < 20 and codes:
        found["exit_codes"] = {"any": {"except": _spans(missing)}}
    elif codes:
        found["exit_codes"] = _spans(codes)
    if LOST in worth:
        found["lost"] = True
    return found


def _spans(codes: Sequence[int]) -> list[object]:
    """`[104, '130-145']`."""
    spans: list[list[int]] = []
    for code in codes:
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return [low if low == high else f"{low}-{high}" for low, high in spans]
