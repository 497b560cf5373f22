"""SHA-256: how nfconfgen knows files, and whether a lock is as a build left it.

The checksum of a lock (`seal`) is a hash over every byte of the rest of it, and only a build sets it. What changes
the lock otherwise (an edit, a merge, `facts --refresh`) leaves the checksum, which then no longer fits: outputs have
not been made from what the lock now says.
"""

from __future__ import annotations

from hashlib import sha256

# indented like this only at the top level
_EMPTY = b'\n  "seal": ""'


def digest(content: str | bytes) -> str:
    """The SHA-256 of these bytes, or of this text as UTF-8, in hexadecimal digits."""
    return sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def fits(content: bytes, checksum: str) -> bool:
    """Whether this checksum is the digest of these bytes of a lock, when it was still empty in them."""
    said = b'%s%s"' % (_EMPTY[:-1], checksum.encode())
    return content.count(said) == 1 and digest(content.replace(said, _EMPTY)) == checksum
