"""The operators of expressions, as functions of the names in them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import NamedTuple

from nfconfgen.expressions import amounts
from nfconfgen.expressions.amounts import UnknownError

Names = Callable[[str], object]
"""The value of a name; UnknownError if it is not known."""
Code = Callable[[Names], object]
Binary = Callable[[object, object], object]


class Closure(NamedTuple):
    """A closure, which Nextflow calls when it resolves the directive."""

    body: Code


def _equal(left: object, right: object) -> bool:
    if isinstance(left, Closure) or isinstance(right, Closure):
        raise UnknownError("it compares closures")
    return left == right and isinstance(left, bool) is isinstance(right, bool)


def _range(left: object, right: object) -> list[object]:
    first, last = int(amounts.number(left)), int(amounts.number(right))
    if abs(last - first) > 1000:
        raise UnknownError("its range is too long")
    return list(range(first, last + 1)) if first <= last else list(range(first, last - 1, -1))


def _within(left: object, right: object) -> bool:
    if isinstance(right, int) and not isinstance(right, bool):
        return _equal(left, right)  # `x in (1)`: the brackets make no list
    if not isinstance(right, list):
        raise UnknownError("it looks into something that is no list")
    return left in right


LEVELS: tuple[dict[str, Binary], ...] = (
    {"==": _equal, "!=": lambda left, right: not _equal(left, right)},
    {
        "<": amounts.compared(operator.lt),  # type: ignore[arg-type]
        "<=": amounts.compared(operator.le),  # type: ignore[arg-type]
        ">": amounts.compared(operator.gt),  # type: ignore[arg-type]
        ">=": amounts.compared(operator.ge),  # type: ignore[arg-type]
        "in": _within,
        "as": lambda left, right: left,
    },
    {"..": _range},
    {"+": amounts.plus, "-": amounts.minus},
    {"*": amounts.times, "/": amounts.divided, "%": lambda a, b: amounts.number(a) % amounts.number(b)},
)
"""Binary operators from weak to strong."""


def applied(function: Binary, left: Code, right: Code) -> Code:
    return lambda names: function(left(names), right(names))


def either(left: Code, right: Code) -> Code:
    return lambda names: amounts.truth(left(names)) or amounts.truth(right(names))


def both(left: Code, right: Code) -> Code:
    return lambda names: amounts.truth(left(names)) and amounts.truth(right(names))


class Spread(NamedTuple):
    """`*list` within a list."""

    items: list[object]


def spread(code: Code) -> Code:
    def result(names: Names) -> object:
        value = code(names)
        if not isinstance(value, list):
            raise UnknownError("it spreads something that is no list")
        return Spread(value)

    return result


def listed(values: list[object]) -> list[object]:
    """The items of a list; those that are spread one by one."""
    return [item for value in values for item in (value.items if isinstance(value, Spread) else [value])]
