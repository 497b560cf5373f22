"""Which tasks were counted already, in at most 32 MB."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

_LEAST_BITS, _MOST_BITS = 12, 24


class SeenTasks:
    """A table of two bytes for each task: some bits of its identity choose the slot, 16 others are kept there.

    Of two million tasks that are different, about two are taken for another one.
    """

    def __init__(self, expected: int = 0) -> None:
        """For so many tasks, and at least some thousand; those beyond three quarters of the slots are not kept."""
        bits = min(_MOST_BITS, max(_LEAST_BITS, (2 * expected).bit_length()))
        self._slots = array("H", bytes(2 << bits))
        self.count = 0

    @property
    def full(self) -> bool:
        """From now on, no more tasks are remembered."""
        return self.count >= len(self._slots) * 3 // 4

    def unseen(self, identities: Iterable[int | None]) -> list[bool]:
        """Whether each of these tasks is new; from then on, it is not. One without identity always is."""
        slots, last, found = self._slots, len(self._slots) - 1, list[bool]()
        note, left = found.append, len(slots) * 7 // 8 - self.count
        for identity in identities:
            if identity is None:
                note(True)
                continue
            at, mark = identity & last, (identity >> 40) & 0xFFFF or 1
            while (there := slots[at]) != mark:
                if not there:
                    if left > 0:
                        slots[at] = mark
                        left -= 1
                    note(True)
                    break
                at = (at + 1) & last
            else:
                note(False)
        self.count = len(slots) * 7 // 8 - left
        return found
