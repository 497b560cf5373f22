"""Pages and limits of list-like answers; moto knows neither."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

LIMIT = 100
T = TypeVar("T")


class BadTokenError(ValueError):
    def __init__(self) -> None:
        super().__init__("Invalid token")


def page(items: Sequence[T], size: int, token: str | None) -> tuple[list[T], str | None]:
    """One page of `items` and the token of the next one."""
    start = _offset(token) if token else 0
    rest = start + size
    return list(items[start:rest]), _token(rest) if rest < len(items) else None


# Tokens look opaque, so that no client comes to depend on what is in them.
def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"offset={offset}".encode()).decode()


def _offset(token: str) -> int:
    try:
        key, _, value = base64.urlsafe_b64decode(token).decode().partition("=")
    except (binascii.Error, UnicodeDecodeError):
        raise BadTokenError from None
    if key != "offset" or not value.isdigit():
        raise BadTokenError
    return int(value)
