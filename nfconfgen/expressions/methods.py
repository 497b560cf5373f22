"""The methods and properties of values that directives use, all without an effect."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from nfconfgen.expressions import amounts
from nfconfgen.expressions.amounts import Duration, Memory, UnknownError

if TYPE_CHECKING:
    from nfconfgen.expressions.operators import Code, Names


class Named:
    """A value with properties."""

    def named(self, name: str) -> object:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Function:
    """A function of two arguments that a config defines."""

    result: Callable[[object, object], object]


MATH = object()
"""The class Math."""
UNITS = object()
"""The classes MemoryUnit and Duration."""


def member(target: Code, name: str, arguments: Sequence[Code] | None, *, safe: bool) -> Code:
    """`target.name`, or `target.name(…)` with arguments; `safe`: null of null."""

    def result(names: Names) -> object:
        value = target(names)
        if value is None:
            if safe:
                return None
            raise UnknownError(f"it reads {name} of a value that is not set")
        if arguments is None:
            return _property(value, name)
        return _method(value, name, [code(names) for code in arguments])

    return result


def at(target: object, index: object) -> object:
    """`target[index]`; a negative index counts from the end, and there is null beyond it."""
    if isinstance(target, list):
        place = int(amounts.number(index))
        return target[place] if -len(target) <= place < len(target) else None
    if isinstance(target, dict) and isinstance(index, str):
        return target.get(index)
    raise UnknownError("it looks into something that is no list")


def _property(value: object, name: str) -> object:
    if isinstance(value, Named):
        return value.named(name)
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return _with_unit(value, name)
    if value is UNITS:
        return UNITS
    if isinstance(value, Memory) and name in ("kilo", "mega", "giga", "bytes"):
        return value.size // {"bytes": 1, "kilo": 1024, "mega": 1024**2, "giga": 1024**3}[name]
    raise UnknownError(f"'{name}' of a value is not understood")


def _with_unit(value: int | Decimal, unit: str) -> object:
    """`8.GB`, `4.h`; a fraction of a unit is rounded down."""
    if unit in amounts.TIME_UNITS:
        return Duration(int(value * amounts.TIME_UNITS[unit]))
    if unit.upper() in amounts.MEMORY_UNITS:
        return Memory(int(value * amounts.MEMORY_UNITS[unit.upper()]))
    raise UnknownError(f"the unit '{unit}' is not understood")


def _method(value: object, name: str, arguments: Sequence[object]) -> object:
    if value is MATH:
        return _math(name, arguments)
    if value is UNITS and name == "of" and len(arguments) == 1:
        return _of(arguments[0])
    found = _METHODS.get((_kind(value), name, len(arguments)))
    if found is None:
        raise UnknownError(f"'{name}()' of a value is not understood")
    return found(value, *arguments)


def _kind(value: object) -> str:
    kinds = {list: "list", str: "text", Memory: "memory", Duration: "time", int: "number", Decimal: "number"}
    return kinds.get(type(value), "")


def _of(text: object) -> object:
    try:
        return amounts.memory(text)
    except UnknownError:
        return amounts.duration(text)


def _least(one: list[object]) -> object:
    return _best(one, sign=1)


def _most(one: list[object]) -> object:
    return _best(one, sign=-1)


def _best(one: Sequence[object], *, sign: int) -> object:
    """The smallest (largest, if the sign is negative) of values of one kind."""
    sizes = [item for item in one if isinstance(item, amounts.Amount)]
    if sizes:
        if len(sizes) != len(one) or len({type(item) for item in sizes}) > 1:
            raise UnknownError("it compares different kinds of values")
        return min(sizes, key=lambda item: sign * item.size)
    if not one:
        return None
    return min(map(amounts.number, one), key=lambda item: sign * item)


def _whole(of: object, by: object) -> int:
    return int(amounts.number(amounts.divided(of, by)))


def _dedented(text: str) -> str:
    """Without the indentation that all lines share. UnknownError where Groovy and newer Javas differ about it."""
    *before, last = text.split("\n")
    lines = [line for line in (*before, last) if line.strip()]
    shared = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    if any(line != line.rstrip() for line in lines) or (not last.strip() and len(last) < shared):
        raise UnknownError("what stripIndent() does depends on the version of Java")
    return "\n".join(line[shared:] if line.strip() else "" for line in (*before, last))


def _cut(of: Duration, unit: str) -> int:
    return of.size // amounts.TIME_UNITS[unit]


_METHODS: dict[tuple[str, str, int], Callable[..., object]] = {
    ("memory", "toBytes", 0): lambda one: one.size,
    ("memory", "toKilo", 0): lambda one: one.size // 1024,
    ("memory", "toMega", 0): lambda one: one.size // 1024**2,
    ("memory", "toGiga", 0): lambda one: one.size // 1024**3,
    ("time", "toMillis", 0): lambda one: _cut(one, "ms"),
    ("time", "toSeconds", 0): lambda one: _cut(one, "s"),
    ("time", "toMinutes", 0): lambda one: _cut(one, "m"),
    ("time", "toHours", 0): lambda one: _cut(one, "h"),
    ("time", "toDays", 0): lambda one: _cut(one, "d"),
    ("number", "intdiv", 1): _whole,
    ("number", "toInteger", 0): int,
    ("number", "toLong", 0): int,
    ("list", "min", 0): _least,
    ("list", "max", 0): _most,
    ("list", "size", 0): len,
    ("list", "take", 1): lambda one, count: one[: max(int(amounts.number(count)), 0)],
    ("list", "first", 0): lambda one: at(one, 0),
    ("list", "last", 0): lambda one: at(one, -1),
    ("list", "contains", 1): lambda one, item: item in one,
    ("list", "join", 1): lambda one, between: amounts.bounded(shown(between).join(map(shown, one))),
    ("text", "stripIndent", 0): _dedented,
    ("text", "toLowerCase", 0): str.lower,
    ("text", "toUpperCase", 0): str.upper,
    ("text", "trim", 0): str.strip,
    ("text", "toInteger", 0): amounts.count,
    ("text", "contains", 1): lambda one, part: amounts.text(part) in one,
    ("text", "startsWith", 1): lambda one, part: one.startswith(amounts.text(part)),
    ("text", "endsWith", 1): lambda one, part: one.endswith(amounts.text(part)),
}


def _math(name: str, arguments: Sequence[object]) -> object:
    if name in ("min", "max") and len(arguments) == 2:
        return _best(list(map(amounts.number, arguments)), sign=1 if name == "min" else -1)
    if name == "pow" and len(arguments) == 2:
        result = amounts.power(*arguments)
        return Decimal(result) if isinstance(result, (int, Decimal)) else result
    single: dict[str, Callable[[int | Decimal], object]] = {"ceil": math.ceil, "floor": math.floor, "abs": abs}
    if name in single and len(arguments) == 1:
        return single[name](amounts.number(arguments[0]))
    raise UnknownError(f"'Math.{name}()' is not understood")


def function(names: Names, name: str, arguments: Sequence[object]) -> object:
    """A call without a target: of a function that the config defines."""
    defined = names(name)
    if not isinstance(defined, Function) or len(arguments) != 2:
        raise UnknownError(f"'{name}()' is not understood")
    return defined.result(*arguments)


def cast(code: Code, kind: str) -> Code:
    """`… as int`."""
    casts: dict[str, Callable[[object], object]] = {
        **dict.fromkeys(("int", "Integer", "long", "Long"), amounts.count),
        "MemoryUnit": amounts.memory,
        "Duration": amounts.duration,
        "String": lambda value: shown(value),
    }

    def result(names: Names) -> object:
        if kind not in casts:
            raise UnknownError(f"'as {kind}' is not understood")
        return casts[kind](code(names))

    return result


def shown(value: object) -> str:
    """The value within a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int):
        return str(value)
    raise UnknownError("the text of a value is not known")
