"""Compiles an expression of a Nextflow config to a Python function of its names.

Knows the part of Groovy that directives are written in, and nothing with an effect outside: arithmetic, conditions,
lists, maps, the methods of expressions/methods.py. For anything else `compiled` returns a function that raises
UnknownError with the reason.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nfconfgen.expressions import methods
from nfconfgen.expressions.amounts import UnknownError, bounded
from nfconfgen.expressions.operators import Closure, Code, Names
from nfconfgen.expressions.parser import DEEP, Parser
from nfconfgen.expressions.token_reader import NotUnderstoodError
from nfconfgen.pipeline.tokens import Token, interpolated

MOST_TOKENS = 2000


@lru_cache(maxsize=4096)
def compiled(code: tuple[Token, ...]) -> Code:
    """The value of an expression; that of a closure is its result."""
    if len(code) > MOST_TOKENS:
        return _unknown("it is too long")
    parser = Parser(list(code), _text)
    try:
        return _called(parser.whole())
    except NotUnderstoodError as error:
        return _unknown(str(error))
    except RecursionError:
        return _unknown(DEEP)


def _called(code: Code) -> Code:
    def result(names: Names) -> object:
        try:
            value = code(names)
            return value.body(names) if isinstance(value, Closure) else value
        except RecursionError:
            raise UnknownError(DEEP) from None
        except ArithmeticError:
            raise UnknownError("its numbers are out of range") from None

    return result


def _unknown(why: str) -> Code:
    def result(names: Names) -> object:
        raise UnknownError(why)

    return result


def _text(text: str) -> Code:
    """A text in which code is evaluated."""
    parts = _parts(text)
    return lambda names: bounded("".join(methods.shown(code(names)) for code in parts))


_IN_TEXT = re.compile(r"\$\{([^{}'\"]*)\}|\$([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|([^$]+)", re.DOTALL)


def _parts(text: str) -> list[Code]:
    pieces = interpolated(text, _IN_TEXT)
    if pieces is None:
        raise NotUnderstoodError("the code in its text is not understood")
    return [_plain(piece) if isinstance(piece, str) else compiled(tuple(piece)) for piece in pieces]


def _plain(text: str) -> Code:
    return lambda names: text
