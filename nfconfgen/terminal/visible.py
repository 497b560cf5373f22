"""Escapes texts of other origin: names in a lock, in AWS or Slurm, of files; output of programs.

In a terminal, a page, a CI log or a comment, such a text must stay on its line, look like what it is, and have no
effect: no escape sequence, no change of the writing direction, no command to the log. Every command imports this
module, so patterns are compiled where they are needed.
"""

from __future__ import annotations

import re

# blanks of some width; all other blanks end a line
_BLANKS = frozenset("\u00a0\u1680\u202f\u205f\u3000").union(map(chr, range(0x2000, 0x200B)))
# printable for Python, but without width or empty
_UNSEEN = "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
# GitHub and Azure interpret `##[command]` anywhere in a line
_COMMAND = r"##(?=\w*\[)"


def visible(text: str) -> str:
    """A text as one line, with invisible characters escaped, as in `\\n`, `\\x1b` and `\\u202e`."""
    if text.isascii() and text.isprintable() and "##" not in text:  # as nearly all are
        return text
    shown = "".join(character if seen(character) else _written_out(character) for character in text)
    return re.sub(_COMMAND, r"#\\x23", shown)


def line(text: str) -> str:
    """A whole line of output. GitHub takes `::` at its beginning for a command, even after blanks."""
    shown = visible(text)
    return shown.replace("::", r"\x3a:", 1) if shown.lstrip().startswith("::") else shown


def comment(text: object) -> str:
    """A text for a one-line comment of Groovy or shell. In Groovy, a backslash may begin a line break even there."""
    return visible(str(text)).replace("\\", "?")


def json_text(text: str) -> str:
    """The same JSON with invisible characters as escapes."""
    if text.replace("\n", "").isprintable() and "##" not in text and not re.search(_UNSEEN, text):
        return text
    shown = "".join(c if c == "\n" or seen(c) else _json_escape(c) for c in text)
    return re.sub(_COMMAND, r"#\\u0023", shown)


def seen(character: str) -> bool:
    """Whether this character is visible and has no other effect."""
    return (character.isprintable() and not re.match(_UNSEEN, character)) or character in _BLANKS


def _written_out(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
