"""The seal of a lock: a hash over every byte of the rest of it. Only a build sets it.

What changes the lock otherwise (a hand, a merge, `facts --refresh`) leaves the seal, which then no longer fits: the
outputs have not been made from what the lock now says.
"""

from __future__ import annotations

from hashlib import sha256

# indented like this only at the top level
_EMPTY = b'\n  "seal": ""'


def seal_of(text: str) -> str:
    """The seal for the text of a lock in which it is still empty."""
    return sha256(text.encode()).hexdigest()


def fits(content: bytes, seal: str) -> bool:
    """Whether these bytes are what was sealed."""
    said = b'%s%s"' % (_EMPTY[:-1], seal.encode())
    return content.count(said) == 1 and sha256(content.replace(said, _EMPTY)).hexdigest() == seal
