"""The location of schemas/, templates/ and docs/: inside the package in a wheel, next to it in a checkout."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def folder(kind: str) -> Path:
    """The folder `schemas`, `templates` or `docs`; of docs, a wheel has what commands print."""
    packaged = _HERE / kind
    return packaged if packaged.is_dir() else _HERE.parent / kind
