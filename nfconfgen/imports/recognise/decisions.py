"""A closure of conditions on a task as rules of a profile: what holds for the first conditions that a task meets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nfconfgen.expressions.amounts import Duration, Memory, UnknownError
from nfconfgen.imports.recognise.meaning import Code, inner, memory_of, split, static, time_of
from nfconfgen.pipeline.tokens import Token

_NEGATED = {"<=": ">", "<": ">=", ">": "<=", ">=": "<"}
_TURNED = {"<=": ">=", "<": ">", ">": "<", ">=": "<="}
_BELOW = {"<=": "", "<": "under", ">": "over", ">=": "from"}
_FLOORED = {
    **{("memory", f"to{name}"): Memory(1 << bits) for name, bits in (("Mega", 20), ("Giga", 30))},
    **{("memory", name): Memory(1 << bits) for name, bits in (("mega", 20), ("giga", 30))},
    ("time", "toSeconds"): Duration(1000),
    ("time", "toMinutes"): Duration(60_000),
    ("time", "toHours"): Duration(3_600_000),
    ("time", "toDays"): Duration(86_400_000),
}
"""What is cut to a whole number before it is compared, and of what."""
_MOST = 24


@dataclass(frozen=True, slots=True)
class Bound:
    what: str
    operator: str
    value: object


@dataclass(frozen=True, slots=True)
class Decision:
    """The expression that holds for a task that meets all bounds, and none of the decisions before."""

    bounds: tuple[Bound, ...]
    code: Code


def decisions(code: Code) -> list[Decision]:
    """Those of a closure, the last without bounds. UnknownError if a condition is about something else."""
    found = [*_decisions(inner(code))]
    if len(found) > _MOST:
        raise UnknownError("it has too many conditions")
    return found


def _decisions(code: Code) -> Iterator[Decision]:
    code = inner(code)
    if code and code[0].text == "return":
        yield from _decisions(code[1:])
        return
    found = parts(code)
    if found is None:
        yield Decision((), code)
        return
    condition, yes, no = found
    within = list(_decisions(yes))
    for bounds in _either(condition):
        yield from (Decision((*bounds, *each.bounds), each.code) for each in within)
    yield from _decisions(no)


def parts(code: Code) -> tuple[Code, Code, Code] | None:
    """Condition, and what holds then and otherwise, of `c ? a : b` and of `if (c) a else b`."""
    if code and code[0].text == "if":
        return _of_if(code)
    question = _outside(code, "?", 0)
    if question is None:
        return None
    colon = _colon(code, question)
    return inner(code[:question]), inner(code[question + 1 : colon]), inner(code[colon + 1 :])


def _of_if(code: Code) -> tuple[Code, Code, Code]:
    end = _end_of_bracket(code, 1)
    rest = [token for token in code[end + 1 :] if token.kind != "newline"]
    if rest and rest[0].text == "{":
        stop = _end_of_bracket(rest, 0)
        then, rest = rest[1:stop], rest[stop + 1 :]
    else:
        at = next((place for place, token in enumerate(rest) if token.text == "else"), len(rest))
        then, rest = rest[:at], rest[at:]
    if rest and rest[0].text == ";":
        rest = rest[1:]
    if not rest:
        raise UnknownError("an if has no else")
    otherwise = rest[1:] if rest[0].text == "else" else rest
    return inner(code[1 : end + 1]), inner(then), inner(otherwise)


def _end_of_bracket(code: Sequence[Token], begin: int) -> int:
    depth = 0
    for place in range(begin, len(code)):
        if code[place].kind == "sign":
            depth += (code[place].text in "([{") - (code[place].text in ")]}")
            if depth == 0:
                return place
    raise UnknownError("a bracket is not closed")


def _outside(code: Code, sign: str, begin: int) -> int | None:
    """The place of the first such sign outside brackets."""
    depth = 0
    for place in range(begin, len(code)):
        token = code[place]
        if token.kind == "sign":
            depth += (token.text in "([{") - (token.text in ")]}")
            if depth == 0 and token.text == sign:
                return place
    return None


def _colon(code: Code, question: int) -> int:
    """The colon that belongs to this question mark."""
    depth, open_ = 0, 0
    for place in range(question + 1, len(code)):
        token = code[place]
        if token.kind != "sign":
            continue
        depth += (token.text in "([{") - (token.text in ")]}")
        if depth == 0 and token.text == "?":
            open_ += 1
        elif depth == 0 and token.text == ":":
            if open_ == 0:
                return place
            open_ -= 1
    raise UnknownError("a condition has no ':'")


# conditions


def _either(code: Code) -> Iterator[tuple[Bound, ...]]:
    """Each way to meet a condition."""
    code = inner(code)
    for part in split(code, "||"):
        yield from _together([_each(both) for both in split(part, "&&")])


def _together(every: Sequence[Sequence[tuple[Bound, ...]]]) -> Iterator[tuple[Bound, ...]]:
    if not every:
        yield ()
        return
    first, *others = every
    for bounds in first:
        for more in _together(others):
            yield (*bounds, *more)


def _each(code: Code) -> list[tuple[Bound, ...]]:
    """The ways to meet one part of a condition."""
    code = inner(code)
    if len(split(code, "||")) > 1 or len(split(code, "&&")) > 1:
        return list(_either(code))
    if code and code[0].text == "!":
        return _negated(code[1:])
    return [_atom(code)]


def _negated(code: Code) -> list[tuple[Bound, ...]]:
    bounds = _atom(inner(code))
    return [(Bound(bound.what, _NEGATED[bound.operator], bound.value),) for bound in bounds]


def _atom(code: Code) -> tuple[Bound, ...]:
    for sign in ("<=", ">=", "<", ">", "=="):
        sides = split(code, sign)
        if len(sides) == 2:
            return _compared(sides[0], sign, sides[1])
    what, cut = _what(code)
    if what == "accelerator" and cut is None:
        return (Bound("accelerator", ">", 0),)
    if cut is None:
        return ()  # a guard for a value that is not set: a bound on it does not hold then
    raise UnknownError("a condition is no comparison")


def _compared(left: Code, sign: str, right: Code) -> tuple[Bound, ...]:
    try:
        what, cut = _what(left)
        value = static(right)
    except UnknownError:
        what, cut = _what(right)
        value, sign = static(left), _TURNED.get(sign, sign)
    if sign == "==":
        if what == "attempt" and value == 1:
            return _bound(what, cut, "<=", value)
        return tuple(bound for each in ("<=", ">=") for bound in _bound(what, cut, each, value))
    return _bound(what, cut, sign, value)


def _bound(what: str, cut: object, sign: str, value: object) -> tuple[Bound, ...]:
    if cut is not None:
        if not isinstance(value, int) or not isinstance(cut, Memory | Duration):
            raise UnknownError("a condition compares with a fraction")
        # toGiga() > 8 is 9 GB and more, toGiga() <= 8 is less than 9 GB
        more = sign in (">", "<=")
        amount = type(cut)(cut.size * (value + more))
        return (Bound(what, ">=" if sign in (">", ">=") else "<", amount),)
    return (Bound(what, sign, value),)


def _what(code: Code) -> tuple[str, object]:
    """The property of a task, and what it is cut to."""
    code = inner(split(code, "?:")[0])
    words = [token.text for token in code if token.text not in ("(", ")") and token.kind != "newline"]
    words = [("." if word == "?." else word) for word in words]
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


def when(bounds: Sequence[Bound]) -> dict[str, object]:
    """The bounds as `when` of a profile. UnknownError if there are two of a kind."""
    found: dict[str, object] = {}
    for bound in bounds:
        if bound.what == "accelerator":
            value: object = _of_gpus(bound)
            key = ""
        else:
            key, value = _BELOW[bound.operator], _plain(bound)
        home = found
        if key:
            below = found.setdefault(key, {})
            assert isinstance(below, dict)
            home = below
        if home.get(bound.what, value) != value:
            raise UnknownError(f"two conditions on task.{bound.what} are of one kind")
        home[bound.what] = value
    return found


def _of_gpus(bound: Bound) -> bool:
    if (bound.operator, bound.value) in ((">", 0), (">=", 1)):
        return True
    if (bound.operator, bound.value) in (("<=", 0), ("<", 1)):
        return False
    raise UnknownError("a condition is about a number of GPUs")


def _plain(bound: Bound) -> object:
    if bound.what == "memory" and isinstance(bound.value, Memory):
        return memory_of(bound.value)
    if bound.what == "time" and isinstance(bound.value, Duration):
        return time_of(bound.value)
    if bound.what in ("cpus", "attempt") and isinstance(bound.value, int):
        return bound.value
    raise UnknownError(f"a condition compares task.{bound.what} with another kind of value")
