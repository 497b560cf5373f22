"""The one way in which texts of others are shown: names in a lock, in AWS or Slurm, of files; what programs say.

On its way to a terminal, a page, a log of CI or a comment, such a text must stay on its line, look like what it is,
and give no orders: no escape sequence of a terminal, nothing that turns the direction of writing, no command to the
log. Every command imports this, so patterns are compiled where they are needed.
"""

from __future__ import annotations

import re

# blanks of some width; all other blanks end a line
_BLANKS = frozenset("\u00a0\u1680\u202f\u205f\u3000").union(map(chr, range(0x2000, 0x200B)))
# printable to Python, but of no width, or empty
_UNSEEN = "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
# GitHub and Azure take `##[command]` anywhere in a line
_COMMAND = r"##(?=\w*\[)"


def visible(text: str) -> str:
    """A text as one line, with what cannot be seen written out, as in `\\n`, `\\x1b` and `\\u202e`."""
    if text.isascii() and text.isprintable() and "##" not in text:  # as nearly all are
        return text
    shown = "".join(character if seen(character) else _written_out(character) for character in text)
    return re.sub(_COMMAND, r"#\\x23", shown)


def line(text: str) -> str:
    """A whole line of output. At its beginning GitHub takes `::` for a command, whatever blanks come before."""
    shown = visible(text)
    return shown.replace("::", r"\x3a:", 1) if shown.lstrip().startswith("::") else shown


def comment(text: object) -> str:
    """A text for a one-line comment of Groovy or shell. To Groovy even there a backslash may begin a line break."""
    return visible(str(text)).replace("\\", "?")


def json_text(text: str) -> str:
    """JSON, with what cannot be seen as an escape of JSON: it says the same."""
    if text.replace("\n", "").isprintable() and "##" not in text and not re.search(_UNSEEN, text):
        return text
    shown = "".join(c if c == "\n" or seen(c) else _json_escape(c) for c in text)
    return re.sub(_COMMAND, r"#\\u0023", shown)


def seen(character: str) -> bool:
    """Whether a reader sees this character, and it does nothing else."""
    return (character.isprintable() and not re.match(_UNSEEN, character)) or character in _BLANKS


def _written_out(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
