"""A closure of conditions on a task as rules of a profile: what holds for the first conditions that a task meets.

Its statements are followed on every path, as far as these choose one value: `def`, `if`, `return`, and a list of
which items are added before it is joined.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from nfconfgen.expressions.amounts import UnknownError
from nfconfgen.expressions.parser import DEEP
from nfconfgen.imports.recognise import pieces
from nfconfgen.imports.recognise.conditions import Bounds, ByDefaultError, covers, ways, within
from nfconfgen.imports.recognise.pieces import Code, choice, inner, spelled, split, unquoted
from nfconfgen.pipeline.tokens import Token

_MOST = 24
_MOST_PATHS = 2000
_MOST_IFS = 16
_MOST_TOKENS = 5000


@dataclass(frozen=True, slots=True)
class Decision:
    """The expression that holds for a task that meets all bounds, and none of the decisions before."""

    bounds: Bounds
    code: Code


@dataclass(frozen=True, slots=True)
class _Local:
    """The names that a closure defines: expressions, and the items of lists."""

    codes: Mapping[str, Code] = field(default_factory=dict)
    lists: Mapping[str, tuple[Code, ...]] = field(default_factory=dict)

    def in_place(self, code: Code) -> Code:
        """The code with its definitions in place of the names."""
        found: list[Token] = []
        for place, token in enumerate(code):
            known = token.kind == "word" and (place == 0 or code[place - 1].text not in (".", "?."))
            found += self.codes.get(token.text, (token,)) if known else (token,)
            if len(found) > _MOST_TOKENS:
                raise UnknownError("it is too long")
        return tuple(found)


def decisions(code: Code) -> list[Decision]:
    """Those of a closure, the last without bounds. UnknownError if a condition is about something else."""
    try:
        return _decisions(inner(code))
    except RecursionError:
        raise UnknownError(DEEP) from None


def _decisions(code: Code) -> list[Decision]:
    if len(code) > _MOST_TOKENS or sum(token.text == "if" for token in code) > _MOST_IFS:
        raise UnknownError("it has too many conditions")
    found: list[Decision] = []
    for number, each in enumerate(_paths(code, (), _Local())):
        if number > _MOST_PATHS:
            raise UnknownError("it has too many conditions")
        if not any(covers(before.bounds, each.bounds) for before in found):
            found.append(each)
    found = [each for number, each in enumerate(found) if not _falls_through(number, found)]
    if len(found) > _MOST:
        raise UnknownError("it has too many conditions")
    return found


def _falls_through(number: int, found: list[Decision]) -> bool:
    """Whether tasks without a value get what the last decision says, as no bound between holds for them."""
    unset = [bound.what for bound in found[number].bounds if bound.operator == "unset"]
    return (
        len(unset) == len(found[number].bounds) == 1
        and spelled(inner(found[number].code)) == spelled(inner(found[-1].code))
        and all(any(bound.what == unset[0] for bound in each.bounds) for each in found[number + 1 : -1])
    )


def _paths(code: Code, met: Bounds, local: _Local) -> Iterator[Decision]:
    """The decisions of these statements, for a task that meets the bounds."""
    code = pieces.lines(code)
    if not code:
        raise UnknownError("it may end without a value")
    if code[0].text == "if":
        condition, then, otherwise, rest = pieces.conditional(code)
        meets, then, otherwise = _sides(local.in_place(condition), then, otherwise)
        for together in within(met, meets):
            yield from _paths((*then, _LINE, *rest), together, local)
        yield from _paths((*otherwise, _LINE, *rest), met, local)
        return
    first, rest = pieces.statement(code)
    if first[0].text == "return":
        yield from _chosen(local.in_place(first[1:]), met, local)
    elif not pieces.lines(rest):
        yield from _chosen(local.in_place(first), met, local)
    else:
        yield from _paths(rest, met, _after(first, local))


def _sides(condition: Code, yes: Code, no: Code) -> tuple[list[Bounds], Code, Code]:
    """The ways to meet a condition, what holds then, and what holds otherwise. One that holds for what is not set, as
    no bound does, is turned."""
    try:
        return list(ways(condition)), yes, no
    except ByDefaultError as error:
        if any(token.text in ("&&", "||", "!") for token in condition):
            raise
        return [error.otherwise], no, yes


_LINE = Token("newline", "\n", 0, 0)


def _after(code: Code, local: _Local) -> _Local:
    """What is known after `def x = …`, `x = …` or `x.add(…)`."""
    words = spelled(code)
    if words[0] == "def":
        code, words = code[1:], words[1:]
    if len(words) > 2 and words[1] == "=":
        value = local.in_place(inner(code[2:]))
        if value and value[0].text == "[" and value[-1].text == "]":
            return replace(local, lists={**local.lists, words[0]: _items(value)})
        return replace(local, codes={**local.codes, words[0]: _bracketed(value)})
    if words[0] not in local.lists or (words[1:4] != [".", "add", "("] and words[1:3] != ["<", "<"]):
        raise UnknownError("it does more than to choose")
    item = inner(code[3:])
    return replace(local, lists={**local.lists, words[0]: (*local.lists[words[0]], local.in_place(item))})


def _items(listed: Code) -> tuple[Code, ...]:
    return tuple(item for item in split(listed[1:-1], ",") if item)


def _bracketed(code: Code) -> Code:
    return (Token("sign", "(", 0, 0), *code, Token("sign", ")", 0, 0))


def _chosen(code: Code, met: Bounds, local: _Local) -> Iterator[Decision]:
    """The decisions of an expression."""
    code = unquoted(inner(code))
    found = choice(code)
    if found is None:
        yield Decision(met, _joined(code, local))
        return
    meets, yes, no = _sides(*found)
    for together in within(met, meets):
        yield from _chosen(yes, together, local)
    yield from _chosen(no, met, local)


def _joined(code: Code, local: _Local) -> Code:
    """The text that a list is joined to; other code as it is."""
    words = spelled(code)
    if not words or words[0] not in local.lists:
        return code
    if words[1:4] != [".", "join", "("] or len(words) != 6 or code[4].kind != "text":
        raise UnknownError("a list is not joined to a text")
    items = local.lists[words[0]]
    if not all(len(item) == 1 and item[0].kind == "text" and item[0].fixed for item in items):
        raise UnknownError("an item of a list is no text")
    return (Token("text", words[4].join(item[0].text for item in items), 0, 0),)
