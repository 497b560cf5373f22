"""The code of a value in pieces: what stands within brackets, between signs, and in the branches of a condition."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nfconfgen.expressions.amounts import UnknownError
from nfconfgen.pipeline.tokens import Token, tokens

Code = tuple[Token, ...]

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_GOES_ON = frozenset(
    ["?", ":", ".", "?.", "?:", "&&", "||", "+", "-", "*", "/", "<", ">", "<=", ">=", "==", "!=", "in", ","]
)
"""Signs between two parts of one expression, at the end of a line or at the beginning of the next."""
_ONE_EXPRESSION = re.compile(r"""\$\{((?:[^{}'"]|'[^']*'|"[^"]*")*)\}""", re.DOTALL)


def inner(code: Sequence[Token]) -> Code:
    """Without the brackets around the whole of it, and without line breaks at its ends."""
    code, pairs = tuple(code), {"(": ")", "{": "}"}
    while True:
        while code and code[0].kind == "newline":
            code = code[1:]
        while code and code[-1].kind == "newline":
            code = code[:-1]
        if len(code) < 2 or pairs.get(code[0].text) != code[-1].text or closing(code) < len(code) - 1:
            return code
        code = code[1:-1]


def spelled(code: Sequence[Token]) -> list[str]:
    """The texts of its tokens."""
    return [token.text for token in code]


def _depth(token: Token) -> int:
    if token.kind != "sign":
        return 0
    return (token.text in _OPENING) - (token.text in _CLOSING)


def closing(code: Sequence[Token], begin: int = 0) -> int:
    """The place of the bracket that closes the one at `begin`; -1 if none does."""
    depth = 0
    for place in range(begin, len(code)):
        change = _depth(code[place])
        depth += change
        if change and depth == 0:
            return place
    return -1


def split(code: Sequence[Token], sign: str) -> list[Code]:
    """The parts between the signs that stand outside brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in code:
        depth += _depth(token)
        if depth == 0 and token.kind == "sign" and token.text == sign:
            parts.append([])
        else:
            parts[-1].append(token)
    return [inner(part) for part in parts]


def unquoted(code: Code) -> Code:
    """The expression of a text that holds nothing else, as in `"${x}"`."""
    if len(code) == 1 and code[0].kind == "text" and not code[0].fixed:
        whole = _ONE_EXPRESSION.fullmatch(code[0].text)
        return inner(tokens(whole[1])) if whole else code
    return code


def choice(code: Code) -> tuple[Code, Code, Code] | None:
    """Condition, and what holds then and otherwise, of `c ? a : b`."""
    question = _outside(code, "?")
    if question is None:
        return None
    colon = _colon(code, question)
    return inner(code[:question]), inner(code[question + 1 : colon]), inner(code[colon + 1 :])


def _outside(code: Code, sign: str) -> int | None:
    """The place of the first such sign outside brackets."""
    depth = 0
    for place, token in enumerate(code):
        depth += _depth(token)
        if depth == 0 and token.kind == "sign" and token.text == sign:
            return place
    return None


def _colon(code: Code, question: int) -> int:
    """The colon that belongs to this question mark."""
    depth, open_ = 0, 0
    for place in range(question + 1, len(code)):
        token = code[place]
        depth += _depth(token)
        if depth or token.kind != "sign":
            continue
        if token.text == ":" and open_ == 0:
            return place
        open_ += (token.text == "?") - (token.text == ":")
    raise UnknownError("a condition has no ':'")


# statements


def lines(code: Code) -> Code:
    """Without what separates statements at the beginning."""
    begin = 0
    while begin < len(code) and (code[begin].kind == "newline" or code[begin].text == ";"):
        begin += 1
    return code[begin:]


def statement(code: Code) -> tuple[Code, Code]:
    """The first statement that is no `if`, and what follows it."""
    depth = 0
    for place, token in enumerate(code):
        depth += _depth(token)
        if depth == 0 and token.kind == "sign" and token.text == ";":
            return inner(code[:place]), code[place + 1 :]
        if (
            depth == 0
            and place
            and (token.text == "else" or (token.kind == "newline" and not _continues(code, place)))
        ):
            return inner(code[:place]), code[place:]
    return inner(code), ()


def _continues(code: Code, newline: int) -> bool:
    """Whether the expression goes on after this end of a line."""
    after = next((token for token in code[newline:] if token.kind != "newline"), None)
    return code[newline - 1].text in _GOES_ON or (after is not None and after.text in _GOES_ON)


def conditional(code: Code) -> tuple[Code, Code, Code, Code]:
    """Condition, both branches, and what follows, of `if (c) a else b`; without an else, its branch is empty."""
    if len(code) < 2 or (end := closing(code, 1)) < 0:
        raise UnknownError("a bracket is not closed")
    then, rest = _branch(code[end + 1 :])
    after = lines(rest)
    if after and after[0].text == "else":
        otherwise, rest = _branch(after[1:])
    else:
        otherwise = ()
    return inner(code[1 : end + 1]), then, otherwise, rest


def parts(code: Code) -> tuple[Code, Code, Code] | None:
    """Condition, and what holds then and otherwise, of a value that one decides; None: no condition does."""
    if code and code[0].text == "if":
        condition, then, otherwise, rest = conditional(code)
        return condition, inner(then), inner(otherwise or lines(rest))
    return choice(code)


def _branch(code: Code) -> tuple[Code, Code]:
    code = lines(code)
    if code and code[0].text == "{":
        end = closing(code)
        if end < 0:
            raise UnknownError("a bracket is not closed")
        return code[1:end], code[end + 1 :]
    if code and code[0].text == "if":
        whole = len(code) - len(conditional(code)[3])
        return code[:whole], code[whole:]
    return statement(code)
