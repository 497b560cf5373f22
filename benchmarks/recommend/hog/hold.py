"""Holds memory, as much and as long as a task of this process and number does: the same on every run."""

import math
import random
import sys
import time
from collections.abc import Callable, Mapping

LAWS: Mapping[str, Callable[[random.Random], tuple[float, float]]] = {
    # narrow: what it sorts with is set
    "SORT": lambda made: (made.gauss(900, 12), made.uniform(2, 4)),
    # two humps: some samples go against the larger index
    "ALIGN": lambda made: (made.gauss(2200 if made.random() < 0.2 else 800, 40), made.uniform(3, 6)),
    # long tail
    "ASSEMBLE": lambda made: (min(4500, 600 * math.exp(made.gauss(0, 0.6))), made.uniform(3, 6)),
    # grows with the input, and so does the time
    "CALL": lambda made: (lambda size: (300 + 500 * size, 2 + 3 * size))(math.exp(made.gauss(-0.3, 0.6))),
    # small, but for a few
    "REPORT": lambda made: (made.gauss(60, 3) * (made.uniform(2, 4) if made.random() < 0.02 else 1), 2.0),
}


def main(process: str, number: str) -> None:
    mib, seconds = LAWS[process](random.Random(f"{process} {number}"))  # noqa: S311
    held = bytearray(int(max(1.0, mib)) << 20)
    held[::4096] = b"1" * len(held[::4096])
    time.sleep(seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
