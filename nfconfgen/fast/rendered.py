"""Which locks this nfconfgen has rendered and found right, on this machine.

That outputs are what the lock says, hashes show. That the lock says what this nfconfgen makes of profile and facts,
only rendering shows. It is done once for each lock and each nfconfgen (a build does it anyway), and remembered in the
user's cache folder: not in the lock, which would then change with every line of nfconfgen's code, and which anybody
may have written.
"""

from __future__ import annotations

import os
from hashlib import sha256

from nfconfgen import files
from nfconfgen.fast import cache
from nfconfgen.fast.fingerprint import generator

_LARGEST_RECORD = 128


def known(profile: str, lock: bytes) -> bool:
    """Whether `remember` was called for this profile with these bytes of its lock, by the same code."""
    try:
        return files.read(_path(profile), _LARGEST_RECORD, follow=False, own=True) == _record(lock).encode()
    except OSError:
        return False


def remember(profile: str, lock: bytes) -> None:
    """That rendering what this lock says gives the outputs that it names."""
    try:
        cache.write(_path(profile), _record(lock))
    except OSError:
        return  # no home, a full disk: the next check renders again


def _record(lock: bytes) -> str:
    return sha256(generator().encode() + lock).hexdigest()


def _path(profile: str) -> str:
    return cache.path(".rendered", os.path.abspath(profile))
