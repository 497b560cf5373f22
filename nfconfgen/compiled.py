"""Compiled templates, kept beside them as Python keeps its modules: in `__pycache__`, where that may be written.

Without, compiling takes a quarter of a check of which everything has changed (benchmarks/startup).
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import jinja2
from jinja2 import compiler
from jinja2.bccache import Bucket

_DIGEST = 32
_COMPILERS = (Path(compiler.__file__), Path(__file__).parent / "render" / "environment.py")
"""What a template is compiled by: Jinja, and our settings for it."""


class Compiled(jinja2.BytecodeCache):
    """What is cut short, altered or cannot be read counts as not there: then a template is compiled anew."""

    def __init__(self, templates: Path) -> None:
        self._folder = templates / "__pycache__"

    def get_source_checksum(self, source: str) -> str:
        stamps = [(stamp.st_mtime_ns, stamp.st_size) for stamp in (path.stat() for path in _COMPILERS)]
        return f"{super().get_source_checksum(source)} {stamps}"

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            content = self._path(bucket).read_bytes()
        except OSError:
            return
        if sha256(content[_DIGEST:]).digest() == content[:_DIGEST]:
            bucket.bytecode_from_string(content[_DIGEST:])

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        code = bucket.bytecode_to_string()
        path = self._path(bucket)
        part = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            self._folder.mkdir(exist_ok=True)
            part.write_bytes(sha256(code).digest() + code)
            part.replace(path)
        except OSError:
            # an installation that is not ours to write into, or a full disk: nothing is lost but time
            with suppress(OSError):
                part.unlink()

    def _path(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.{sys.implementation.cache_tag}"
