"""Conditions on what a task asks for as bounds of a profile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nfconfgen.expressions.amounts import Duration, Memory, UnknownError
from nfconfgen.imports.recognise.meaning import static
from nfconfgen.imports.recognise.pieces import Code, choice, inner, split
from nfconfgen.pipeline.tokens import Token

_NEGATED = {"<=": ">", "<": ">=", ">": "<=", ">=": "<", "set": "unset", "unset": "set"}
_TURNED = {"<=": ">=", "<": ">", ">": "<", ">=": "<="}
_FLOORED = {
    **{("memory", f"to{name}"): Memory(1 << bits) for name, bits in (("Mega", 20), ("Giga", 30))},
    **{("memory", name): Memory(1 << bits) for name, bits in (("mega", 20), ("giga", 30))},
    ("time", "toSeconds"): Duration(1000),
    ("time", "toMinutes"): Duration(60_000),
    ("time", "toHours"): Duration(3_600_000),
    ("time", "toDays"): Duration(86_400_000),
}
"""What is cut to a whole number before it is compared, and of what."""
_MOST = 64


@dataclass(frozen=True, slots=True)
class Bound:
    """A comparison of what a task asks for. The operators `set` and `unset` have no value."""

    what: str
    operator: str
    value: object = None

    @property
    def size(self) -> int:
        """The value as a number, for bounds on the same thing."""
        if isinstance(self.value, Memory | Duration):
            return self.value.size
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return self.value
        raise UnknownError(f"a condition compares task.{self.what} with another kind of value")

    @property
    def upper(self) -> bool:
        return self.operator in ("<", "<=")

    @property
    def _end(self) -> int:
        """The last (first) value that meets it, as sizes are whole numbers."""
        return self.size + {"<": -1, ">": 1}.get(self.operator, 0)

    def implies(self, other: Bound) -> bool:
        """Whether every task that meets this one meets the other."""
        if self.what != other.what:
            return False
        if self.operator == "unset" or other.operator in ("set", "unset"):
            return self.operator == other.operator or (other.operator == "set" and self.operator != "unset")
        if self.operator == "set" or self.upper != other.upper:
            return False
        return self._end <= other._end if self.upper else self._end >= other._end

    def excludes(self, other: Bound) -> bool:
        """Whether no task meets both."""
        if self.what != other.what:
            return False
        if "unset" in (self.operator, other.operator):
            return self.operator != other.operator
        if "set" in (self.operator, other.operator) or not self.upper or other.upper:
            return False
        return self._end < other._end


Bounds = tuple[Bound, ...]


class ByDefaultError(UnknownError):
    """A comparison that a task meets whose size is not set; `otherwise` are the bounds of those that do not."""

    def __init__(self, what: str, otherwise: Bounds) -> None:
        super().__init__(f"a condition holds where task.{what} is not set")
        self.otherwise = otherwise


def both(one: Bounds, other: Bounds) -> Bounds | None:
    """The bounds that are met where these are, none twice; None: no task meets them all."""
    found: list[Bound] = []
    for bound in (*one, *other):
        if any(known.excludes(bound) or bound.excludes(known) for known in found):
            return None
        if not any(known.implies(bound) for known in found):
            found = [*(known for known in found if not bound.implies(known)), bound]
    return tuple(found)


def within(met: Bounds, others: Iterable[Bounds]) -> Iterator[Bounds]:
    """Each of the others together with what is met already, but those that no task meets then."""
    return (together for one in others if (together := both(met, one)) is not None)


def covers(one: Bounds, other: Bounds) -> bool:
    """Whether every task that meets the others meets this one's bounds."""
    return all(any(bound.implies(needed) for bound in other) for needed in one)


def ways(code: Code) -> Iterator[Bounds]:
    """Each way to meet a condition. UnknownError if it is about something else than the size of a task."""
    code = inner(code)
    either = split(code, "||")
    if len(either) > 1:
        for part in either:
            yield from ways(part)
        return
    every = split(code, "&&")
    if len(every) > 1:
        yield from _together([list(ways(part)) for part in every])
    elif code and code[0].text == "!":
        yield from _negated(code[1:])
    else:
        yield _atom(code)


def _together(every: Sequence[Sequence[Bounds]]) -> Iterator[Bounds]:
    found: list[Bounds] = [()]
    for each in every:
        found = [met for before in found for met in within(before, each)]
        if len(found) > _MOST:
            raise UnknownError("it has too many conditions")
    yield from found


def _negated(code: Code) -> list[Bounds]:
    found = list(ways(code))
    if len(found) != 1:
        raise UnknownError("it negates several conditions")
    return [_opposite((bound,)) for bound in found[0]]


def _atom(code: Code) -> Bounds:
    for sign in ("<=", ">=", "<", ">", "==", "!="):
        sides = split(code, sign)
        if len(sides) == 2:
            return _compared(sides[0], sign, sides[1])
    what, cut = _what(code)
    if cut is not None:
        raise UnknownError("a condition is no comparison")
    return _is_set(what)


def _is_set(what: str) -> Bounds:
    return (Bound("accelerator", ">", 0),) if what == "accelerator" else (Bound(what, "set"),)


def _compared(left: Code, sign: str, right: Code) -> Bounds:
    try:
        what, cut = _what(left, sign)
        value = static(right)
    except UnknownError:
        left, sign, right = right, _TURNED.get(sign, sign), left
        what, cut = _what(left, sign)
        value = static(right)
    found = _of(what, cut, sign, value)
    default = split(left, "?:")[1:]
    if default and what not in ("cpus", "attempt") and static((*default[0], Token("sign", sign, 0, 0), *right)):
        raise ByDefaultError(what, _opposite(found))
    return found


def _opposite(found: Bounds) -> Bounds:
    if len(found) != 1:
        raise UnknownError("it negates several conditions")
    return (Bound(found[0].what, _NEGATED[found[0].operator], found[0].value),)


def _of(what: str, cut: object, sign: str, value: object) -> Bounds:
    if value is None and sign in ("==", "!=") and cut is None:
        found = _is_set(what)
        return found if sign == "!=" else tuple(Bound(one.what, _NEGATED[one.operator], one.value) for one in found)
    if sign == "!=":
        raise UnknownError(f"a condition is that task.{what} is not one value")
    if sign == "==":
        if what == "attempt" and value == 1:
            return _bound(what, cut, "<=", value)
        return tuple(bound for each in ("<=", ">=") for bound in _bound(what, cut, each, value))
    return _bound(what, cut, sign, value)


def _bound(what: str, cut: object, sign: str, value: object) -> Bounds:
    if what == "memory_per_cpu" and isinstance(cut, Memory):
        amount = Memory(cut.size * value) if isinstance(value, int) and cut.size > 1 else value
        return (Bound(what, sign, amount),)
    if cut is not None:
        if not isinstance(value, int) or not isinstance(cut, Memory | Duration):
            raise UnknownError("a condition compares with a fraction")
        # toGiga() > 8 is 9 GB and more, toGiga() <= 8 is less than 9 GB
        more = sign in (">", "<=")
        amount = type(cut)(cut.size * (value + more))
        return (Bound(what, ">=" if sign in (">", ">=") else "<", amount),)
    return (Bound(what, sign, value),)


def _what(code: Code, sign: str = "") -> tuple[str, object]:
    """The property of a task, and what it is cut to."""
    code = inner(split(code, "?:")[0])
    guarded = choice(code)
    if guarded is not None and sign in (">", ">=") and _what(guarded[0]) == ("memory", None):
        # no memory counts as 0, which is not over a bound
        if static(guarded[2]) != 0:
            raise UnknownError("a condition is about something other than the task's size")
        code = guarded[1]
    words = [token.text for token in code if token.text not in ("(", ")") and token.kind != "newline"]
    words = [("." if word == "?." else word) for word in words]
    shared = _per_cpu(words)
    if shared is not None:
        return "memory_per_cpu", shared
    names = words[2::2]
    if words[:2] != ["task", "."] or set(words[1::2]) != {"."} or not names:
        raise UnknownError("a condition is about something other than the task's size")
    what, *more = names
    if what not in ("memory", "time", "cpus", "attempt", "accelerator"):
        raise UnknownError(f"a condition is about task.{what}")
    if not more or (what == "accelerator" and more == ["request"]):
        return what, None
    if len(more) == 1 and (what, more[0]) in _FLOORED:
        return what, _FLOORED[what, more[0]]
    raise UnknownError(f"a condition is about task.{what}.{more[0]}")


def _per_cpu(words: Sequence[str]) -> object:
    """Of memory divided by CPUs: the amount that a number counts, 1 byte for a memory; None: it is something else."""
    text = "".join(words)
    for cut, size in (("", 1), (".toMega", 1 << 20), (".mega", 1 << 20)):
        if text in (f"task.memory{cut}/task.cpus", f"task.memory{cut}.divtask.cpus"):
            return Memory(size)
    return None
