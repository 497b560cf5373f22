"""What a process asks for on one attempt: the setting that wins for each directive, evaluated and capped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from nfconfgen.expressions import amounts, methods
from nfconfgen.expressions.amounts import Amount, Duration, Memory, UnknownError
from nfconfgen.expressions.expression import compiled
from nfconfgen.pipeline.model import Task
from nfconfgen.processes.model import Asked, Asks
from nfconfgen.processes.params import Params
from nfconfgen.processes.precedence import Blocks, Held, Value, winner

T = TypeVar("T")

READ: Mapping[str, Callable[[object], object]] = {
    "cpus": amounts.count,
    "memory": amounts.memory,
    "time": amounts.duration,
    "accelerator": amounts.accelerator,
    "queue": amounts.text,
    "clusterOptions": amounts.texts,
    "maxRetries": amounts.count,
    "errorStrategy": amounts.text,
    "executor": amounts.text,
}
"""The directives of a task, and how Nextflow reads their values."""
_ONCE = "it is known only when the task runs"


class AskingTask(methods.Named):
    """One attempt of a process, which expressions see as `task`. A directive is evaluated when it is first read.
    `after` is the exit code of the attempt before."""

    def __init__(
        self, task: Task, number: int, settings: Mapping[str, Value | None], params: Params, after: int
    ) -> None:
        self.task = task
        self.number = number
        self.after = after
        self.settings = settings
        self.params = params
        self._asked: dict[str, Asked[object]] = {}
        self._within: set[str] = set()
        self.personal = False
        """Whether a value depends on the name or the labels of the process."""

    def named(self, name: str) -> object:
        """A property of `task`."""
        if name == "attempt":
            return self.number
        if name == "exitStatus" and "errorStrategy" not in self._within:
            # of the attempt before
            return None if self.number == 1 else self.after
        if name in ("process", "label"):
            self.personal = True
            return self.task.qualified if name == "process" else list(self.task.process.labels)
        if name in READ:
            asked = self.asked(name)
            if asked.unknown:
                raise UnknownError(asked.unknown)
            if name == "accelerator":
                return asked.value and dict(zip(("request", "type"), asked.value, strict=True))  # type: ignore[call-overload]
            return 1 if name == "cpus" and asked.value is None else asked.value
        raise UnknownError(f"task.{name}: {_ONCE}")

    def __call__(self, name: str) -> object:
        """The value of a name in an expression."""
        known = {"task": self, "params": self.params, "Math": methods.MATH}
        if name in known:
            return known[name]
        if name in ("nextflow", "MemoryUnit", "Duration"):
            return methods.UNITS
        function = self.params.function(name)
        if function is not None:
            return function
        raise UnknownError(f"{name}: {_ONCE}")

    def asked(self, name: str) -> Asked[object]:
        """The value of a directive, capped at the resource limits."""
        if name not in self._asked:
            self._asked[name] = self._evaluated(name)
        return self._asked[name]

    def _evaluated(self, name: str) -> Asked[object]:
        by = self.settings.get(name)
        if self.task.process.dynamic:
            self.personal = True
            return Asked(by=by, unknown="its label is known only at run time")
        if by is None:
            return Asked()
        if not by.code:
            return Asked(by=by, unknown="a condition decides")
        if name in self._within:
            return Asked(by=by, unknown=f"task.{name} depends on itself")
        self._within.add(name)
        try:
            value = READ[name](compiled(by.code)(self))
            most = self._limit(name) if value is not None else None
        except UnknownError as error:
            return Asked(by=by, unknown=str(error))
        finally:
            self._within.discard(name)
        if most is not None and _over(value, most):
            return Asked(most, by, cut_by=self.settings.get("resourceLimits"))
        return Asked(value, by)

    def _limit(self, name: str) -> object:
        """The most of this directive that `resourceLimits` allow; None: any amount."""
        if name not in ("cpus", "memory", "time"):
            return None
        value = self.settings.get("resourceLimits")
        while value is not None:
            if not value.code:
                raise UnknownError("resourceLimits: a condition decides")
            limits = compiled(value.code)(self)
            if not isinstance(limits, dict):
                raise UnknownError("resourceLimits is no map")
            if name in limits:
                return READ[name](limits[name])
            value = value.beneath
        return None


def _over(value: object, most: object) -> bool:
    if isinstance(value, Amount) and isinstance(most, Amount):
        return value.size > most.size
    return isinstance(value, int) and isinstance(most, int) and value > most


DIRECTIVES = (*READ, "resourceLimits")


def settings_of(task: Task, blocks: Blocks, holding: Held) -> dict[str, Value | None]:
    """The settings that win for a process."""
    found = {name: winner(blocks, holding, name, task) for name in DIRECTIVES}
    retries, generic = found["maxRetries"], blocks.get("", {}).get("maxRetries")
    # Nextflow takes its default in a selector for not set
    if retries is not None and generic is not None and [token.text for token in retries.code] == ["1"]:
        found["maxRetries"] = generic
    return found


def asks(task: AskingTask, executor: str) -> Asks:
    """What the attempt submits to this executor. Nextflow rounds memory down to MiB and time to seconds."""
    own, queue = _as(task.asked("executor"), str), _as(task.asked("queue"), str)
    if not own.unknown and own.value not in (None, executor):
        queue = Asked(by=own.by, unknown=f"it runs with executor {own.value}")
    return Asks(
        _as(task.asked("cpus"), _count),
        _as(task.asked("memory"), _mib),
        _as(task.asked("time"), _seconds),
        _as(task.asked("accelerator"), _gpus),
        queue,
        _as(task.asked("clusterOptions"), str),
        own,
    )


def _as(asked: Asked[object], convert: Callable[[object], T]) -> Asked[T]:
    value = None if asked.value is None else convert(asked.value)
    return Asked(value, asked.by, asked.unknown, asked.cut_by)


def _count(value: object) -> int:
    assert isinstance(value, int)
    return value


def _mib(value: object) -> int:
    assert isinstance(value, Memory)
    return value.size // 1024**2


def _seconds(value: object) -> int:
    assert isinstance(value, Duration)
    return value.size // 1000


def _gpus(value: object) -> tuple[int, str]:
    assert isinstance(value, tuple)
    return value


MOST_ATTEMPTS = 10
"""Attempts that are planned at most; later ones ask for no more."""


def attempts(task: AskingTask) -> int:
    """The number of attempts of a task that always fails. Without errorStrategy a task has one."""
    strategy = task.asked("errorStrategy")
    if not strategy.unknown and strategy.value != "retry":
        return 1
    retries = task.asked("maxRetries")
    # Nextflow reads 0 as 1
    return min(int(retries.value or 1) if isinstance(retries.value, int) else 1, MOST_ATTEMPTS - 1) + 1
