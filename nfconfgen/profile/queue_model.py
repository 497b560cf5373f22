"""What a profile says of queues, and values with their positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from nfconfgen.findings import Place
from nfconfgen.profile.references import Text, Value

T = TypeVar("T")

QueueOperator = Literal["<=", "<", ">", ">="]
QueueValue = Literal["cpus", "memory", "memory_per_cpu", "time", "gpus", "attempt"]

Options = tuple[tuple[str, "Value | tuple[Value, ...]"], ...]
"""Options of its job that a rule or a task sets besides those of its site, by key, in the order of the keys."""


def overriding(options: Options, others: Options) -> Options:
    """The options, and those of the others that they do not set."""
    return tuple(sorted({**dict(others), **dict(options)}.items()))


@dataclass(frozen=True, slots=True)
class Located(Generic[T]):
    """A value and its position in the profile. If the value is read when Nextflow starts, `text` is what is written,
    and `value` what it comes to by default."""

    value: T
    place: Place
    text: Text | None = None

    @property
    def unknown(self) -> bool:
        """Whether nothing says what the value comes to; it is then what is written."""
        return self.text is not None and self.value == str(self.text)


@dataclass(frozen=True, slots=True)
class QueueBound:
    """A condition on what a task asks for: cpus, MiB (of all CPUs or each), seconds, GPUs, or the number of the
    attempt."""

    what: QueueValue
    operator: QueueOperator
    value: int

    @property
    def by_memory(self) -> bool:
        """Whether it holds for no task without a memory."""
        return self.what in ("memory", "memory_per_cpu")


@dataclass(frozen=True, slots=True)
class QueueRule:
    """The queue and the options of all tasks that meet all bounds; without bounds: of every other task. Several
    queues at once are joined by commas; without any it only sets options, and the rules after it choose the queue."""

    queue: Located[str] | None
    when: tuple[QueueBound, ...] = ()
    options: Options = ()
