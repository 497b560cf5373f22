"""Where schemas/ and templates/ lie: inside the package in a wheel, beside it in a checkout."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def folder(kind: str) -> Path:
    """The folder `schemas` or `templates`."""
    packaged = _HERE / kind
    return packaged if packaged.is_dir() else _HERE.parent / kind
