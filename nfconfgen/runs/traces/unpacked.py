"""The content of a file as it is, or of what gzip packed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from nfconfgen.runs.traces.trouble import Trouble

_MAGIC = b"\x1f\x8b"
_PACKED = 1 << 14
"""Bytes to unpack at a time: where they are damaged, nothing of them is known."""
_LARGEST = 1 << 20
_GZIP = 31
"""For zlib: the window of 32 KiB, in the format of gzip."""


def unpacked(chunks: Iterator[bytes], trouble: Trouble) -> Iterator[bytes]:
    """The same chunks, or those of the packed file. What is damaged or cut ends there, and is reported."""
    first = next(chunks, b"")
    if not first.startswith(_MAGIC):
        yield first
        yield from chunks
        return
    gathered, size = list[bytes](), 0
    for piece in _pieces(_parts(first, chunks), trouble):
        gathered.append(piece)
        size += len(piece)
        if size >= _LARGEST:
            yield b"".join(gathered)
            gathered, size = [], 0
    yield b"".join(gathered)


def _pieces(parts: Iterator[bytes], trouble: Trouble) -> Iterator[bytes]:
    """The content of packed parts, as far as they are sound."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        for packed in parts:
            left = packed
            while left:
                # several files may have been packed one after the other
                if unpacker.eof:
                    unpacker = zlib.decompressobj(_GZIP)
                yield unpacker.decompress(left, _LARGEST)
                left = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    except zlib.error:
        trouble.note(0, "trace-rows", "the packed file is damaged, what follows is left out", "pack it again")
        return
    if not unpacker.eof:
        trouble.note(0, "trace-rows", "the packed file is cut, what follows is missing", "copy it again")


def _parts(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    chunk: bytes | None = first
    while chunk:
        yield from (chunk[at : at + _PACKED] for at in range(0, len(chunk), _PACKED))
        chunk = next(rest, None)
