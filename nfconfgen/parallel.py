"""Runs several queries at a time, and stops at once if one fails or the user interrupts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(ask: Callable[[T], R], items: Sequence[T], at_once: int) -> list[R]:
    """The result of `ask` for each item, in order; `at_once` run at a time."""
    if at_once < 2 or len(items) < 2:
        return [ask(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor  # imports logging, and is rarely needed

    pool = ThreadPoolExecutor(max_workers=min(at_once, len(items)))
    try:
        answers = list(pool.map(ask, items))
    except BaseException:
        # Ctrl-C must not wait for a network that does not answer
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()  # no thread may be left when a build forks the process that moves its files
    return answers
