"""The statements of a closure: `def x = …`, `if (…) { … } else { … }`, `return …`, and a last expression."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nfconfgen.expressions import amounts

if TYPE_CHECKING:
    from nfconfgen.expressions.operators import Code, Names
    from nfconfgen.expressions.parser import Parser

Locals = dict[str, object]
Step = Callable[["Names", Locals], "tuple[bool, object]"]
"""A statement: whether the closure ends here, and the value so far."""


def block(parser: Parser) -> Code:
    """The result of a closure, after its opening brace."""
    steps = _steps(parser)

    def result(names: Names) -> object:
        own: Locals = {}
        return _run(steps, lambda name: own[name] if name in own else names(name), own)[1]

    return result


def _run(steps: Sequence[Step], names: Names, own: Locals) -> tuple[bool, object]:
    value: object = None
    for step in steps:
        ends, value = step(names, own)
        if ends:
            return True, value
    return False, value


def _steps(parser: Parser) -> list[Step]:
    """The statements up to the closing brace, which is taken."""
    found: list[Step] = []
    while True:
        while parser.take("\n") or parser.take(";"):
            pass
        if parser.take("}"):
            return found
        if found and parser.code[parser.at - 1].text not in ("\n", ";", "}"):
            parser.expect("}")  # two expressions in one line, or the end of the text
        found.append(_step(parser))


def _step(parser: Parser) -> Step:
    if parser.take("return"):
        code = parser.value()
        return lambda names, own: (True, code(names))
    if parser.take("def"):
        return _definition(parser)
    if parser.take("if"):
        return _condition(parser)
    code = parser.value()
    return lambda names, own: (False, code(names))


def _definition(parser: Parser) -> Step:
    name = parser.word()
    parser.expect("=")
    code = parser.value()

    def step(names: Names, own: Locals) -> tuple[bool, object]:
        own[name] = code(names)
        return False, own[name]

    return step


def _condition(parser: Parser) -> Step:
    parser.expect("(")
    condition = parser.value()
    parser.expect(")")
    yes, no = _branch(parser), list[Step]()
    if parser.continues("else"):
        parser.at += 1
        no = _branch(parser)
    return lambda names, own: _run(yes if amounts.truth(condition(names)) else no, names, own)


def _branch(parser: Parser) -> list[Step]:
    parser.newlines()
    return _steps(parser) if parser.take("{") else [_step(parser)]
