"""Options of sbatch in one line as keys of a profile."""

from __future__ import annotations

import re
import shlex

from nfconfgen.executors.slurm import sbatch_options
from nfconfgen.expressions.amounts import UnknownError
from nfconfgen.imports.recognise.draft import Keys
from nfconfgen.imports.recognise.meaning import plain, written
from nfconfgen.profile.references import Text, Value, concat

_OPTIONS = {
    **dict.fromkeys(("--account", "-A"), "account"),
    **dict.fromkeys(("--qos", "-q"), "qos"),
    **dict.fromkeys(("--constraint", "-C"), "constraint"),
    "--reservation": "reservation",
}


def options(value: object) -> Keys:
    """Options of sbatch as keys; what has no key stays in `cluster_options`."""
    if value is None or value == "":
        return {}
    if isinstance(value, list):
        value = concat(*[piece for one in value for piece in (_value(one), " ")])
    words = _words(_value(value))
    keys: Keys = {}
    others: list[str] = []
    at = 0
    while at < len(words):
        name, sign, rest = _partition(words[at])
        follows = not sign and at + 1 < len(words) and not str(words[at + 1]).startswith("-")
        taken: Value = rest if sign else words[at + 1] if follows else ""
        if name in _OPTIONS and taken and _OPTIONS[name] not in keys:
            keys[_OPTIONS[name]] = plain(_unquoted(taken))
        elif name == "--exclusive" and not taken:
            keys["exclusive"] = True
        else:
            whole = (
                concat(words[at], "=" if follows and name.startswith("--") else " ", taken) if follows else words[at]
            )
            others.append(written(whole, by_shell=True))
            refused = next(sbatch_options.refused(others[-1]), None)
            if refused is not None:
                raise UnknownError(f"{refused[0]} is no option of a profile: {refused[1]}")
        at += 2 if follows else 1
    if others:
        keys["cluster_options"] = others
    return keys


def _value(value: object) -> Value:
    if isinstance(value, str | Text):
        return value
    raise UnknownError("it is no text")


def _words(value: Value) -> list[Value]:
    """The words of options with their quotes; references stay within theirs."""
    words: list[Value] = [""]
    quote = ""
    for part in value.parts if isinstance(value, Text) else (value,):
        if not isinstance(part, str):
            words[-1] = concat(words[-1], Text((part,)))
            continue
        for piece in re.findall(r"""['"]|\s+|[^'"\s]+""", part):
            if piece.isspace() and not quote:
                words.append("")
                continue
            words[-1] = concat(words[-1], piece)
            if piece in ("'", '"') and quote in ("", piece):
                quote = "" if quote else piece
    if quote:
        raise UnknownError("a quote in it is not closed")
    return [word for word in words if word != ""]


def _unquoted(value: Value) -> Value:
    """The value of an option that has a key. UnknownError for quotes around a reference."""
    if isinstance(value, str):
        return "".join(shlex.split(value))
    if any(isinstance(part, str) and re.search("['\"]", part) for part in value.parts):
        raise UnknownError("its quotes are not understood")
    return value


def _partition(word: Value) -> tuple[str, bool, Value]:
    """Name and value of an option, if both are in one word."""
    head = word if isinstance(word, str) else word.parts[0]
    if not isinstance(head, str):
        return "", False, ""
    name, sign, rest = head.partition("=")
    if not name.startswith("--"):
        # -qhigh
        letters, rest = (head[:2], head[2:]) if head.startswith("-") else (head, "")
        more = word.parts[1:] if isinstance(word, Text) else ()
        value = concat(rest, *(one if isinstance(one, str) else Text((one,)) for one in more))
        return letters, bool(value), value
    more = word.parts[1:] if isinstance(word, Text) else ()
    return name, bool(sign), concat(rest, *(one if isinstance(one, str) else Text((one,)) for one in more))
