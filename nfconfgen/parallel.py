"""Several questions at a time, given up at once when one fails or the user interrupts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(ask: Callable[[T], R], items: Sequence[T], at_once: int) -> list[R]:
    """`ask` of each item, several at a time, the answers in order."""
    if at_once < 2 or len(items) < 2:
        return [ask(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor  # brings logging along, and is seldom needed

    pool = ThreadPoolExecutor(max_workers=min(at_once, len(items)))
    try:
        answers = list(pool.map(ask, items))
    except BaseException:
        # waiting for the others would keep Ctrl-C waiting for a network that does not answer
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()  # no thread is left when a build forks the process that moves its files
    return answers
