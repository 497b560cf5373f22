"""The params of a run as far as configs set them, and the functions that configs define."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nfconfgen.expressions import amounts, methods
from nfconfgen.expressions.amounts import Amount, UnknownError
from nfconfgen.expressions.expression import compiled
from nfconfgen.pipeline.model import Config
from nfconfgen.pipeline.tokens import Token
from nfconfgen.processes.precedence import within_site

_WORDS = """
def obj type try if else return catch all Exception e as int compareTo params max_memory max_time max_cpus
nextflow util MemoryUnit Duration Math min println
"""
CHECK_MAX = frozenset(_WORDS.split())
"""The words of nf-core's function check_max, which caps at params.max_cpus, max_memory and max_time."""


class Params(methods.Named):
    """The value of each param by its path; `given` are those of profile and launch, which win."""

    def __init__(self, config: Config, site: str, given: Mapping[str, object]) -> None:
        self._codes: dict[tuple[str, ...], tuple[Token, ...]] = {}
        self._given = given
        self._config = config
        self._reading: set[tuple[str, ...]] = set()
        for setting in sorted(config.settings, key=lambda setting: setting.number):
            path = within_site(setting.path, site)
            if path is not None and len(path) > 1 and path[0] == "params":
                self._codes[path[1:]] = () if setting.sometimes else setting.code

    def named(self, name: str) -> object:
        """`params.name`."""
        if name in self._given:
            return self._given[name]
        return self.at((name,))

    def at(self, path: tuple[str, ...]) -> object:
        if path not in self._codes:
            if any(other[: len(path)] == path for other in self._codes):
                return _Group(self, path)
            raise UnknownError(f"params.{'.'.join(path)}: no config sets it")
        if not self._codes[path] or path in self._reading:
            raise UnknownError(f"params.{'.'.join(path)}: a condition decides")
        self._reading.add(path)
        try:
            return compiled(self._codes[path])(self)
        finally:
            self._reading.discard(path)

    def __call__(self, name: str) -> object:
        """The value of a name in the value of a param."""
        if name == "params":
            return self
        raise UnknownError(f"{name}: it is known only when Nextflow starts")

    def function(self, name: str) -> methods.Function | None:
        """A function that a config defines; None: there is none."""
        code = self._config.functions.get(name)
        if code is None:
            return None
        words = {token.text for token in code if token.kind == "word"}
        if name == "check_max" and words <= CHECK_MAX:
            return methods.Function(self._check_max)

        def unknown(one: object, two: object) -> object:
            raise UnknownError(f"{name}() of the config is not evaluated")

        return methods.Function(unknown)

    def _check_max(self, amount: object, kind: object) -> object:
        """The amount, or the param's if that is less."""
        read: dict[object, Callable[[object], object]] = {
            "memory": amounts.memory,
            "time": amounts.duration,
            "cpus": amounts.count,
        }
        if kind not in read:
            return None
        most = read[kind](self.named(f"max_{kind}"))
        if isinstance(amount, Amount) and isinstance(most, Amount):
            return min(amount, most, key=lambda one: one.size)
        return min(amounts.number(amount), amounts.number(most))


class _Group(methods.Named):
    """`params.group`, which has params below it."""

    def __init__(self, params: Params, path: tuple[str, ...]) -> None:
        self._params = params
        self._path = path

    def named(self, name: str) -> object:
        return self._params.at((*self._path, name))
