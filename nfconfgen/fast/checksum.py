"""SHA-256 of files, and whether a lock is as a build left it.

The checksum of a lock (`seal` in JSON) is a hash of all its other bytes, and only a build sets it. Any other change
(an edit, a merge, `facts --refresh`) keeps the checksum, which then no longer fits: the outputs were not generated
from the present content of the lock.
"""

from __future__ import annotations

from hashlib import sha256

# indented like this only at the top level
_EMPTY = b'\n  "seal": ""'


def digest(content: str | bytes) -> str:
    """The SHA-256 of these bytes, or of this text as UTF-8, in hexadecimal digits."""
    return sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def fits(content: bytes, checksum: str) -> bool:
    """Whether this checksum is the digest of a lock with these bytes and an empty checksum."""
    entry = b'%s%s"' % (_EMPTY[:-1], checksum.encode())
    return content.count(entry) == 1 and digest(content.replace(entry, _EMPTY)) == checksum
