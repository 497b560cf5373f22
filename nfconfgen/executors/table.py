"""The table of executors. Commands read it, and pass it to the readers of profiles and locks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from nfconfgen.executors.interface import Executor


def _awsbatch() -> Executor:
    from nfconfgen.executors.awsbatch.executor import AWSBATCH

    return AWSBATCH


def _slurm() -> Executor:
    from nfconfgen.executors.slurm.executor import SLURM

    return SLURM


def _local() -> Executor:
    from nfconfgen.executors.local.executor import LOCAL

    return LOCAL


class _Table(Mapping[str, Executor]):
    """Imports a home when its executor is needed, as most profiles have sites of one or two."""

    _HOMES: Mapping[str, Callable[[], Executor]] = {"awsbatch": _awsbatch, "slurm": _slurm, "local": _local}

    def __getitem__(self, name: str) -> Executor:
        return self._HOMES[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._HOMES)

    def __len__(self) -> int:
        return len(self._HOMES)


EXECUTORS: Mapping[str, Executor] = _Table()
