"""What each class of tasks needs on one site: shared and site values merged, default < label < process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from nfconfgen.findings import Finding, Place
from nfconfgen.profile import units
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.model import Accelerator, Kind, Located, TaskClass

T = TypeVar("T")

_NOTHING: Mapping[Any, Any] = {}
_GROUPS: dict[Kind, str] = {"label": "labels", "process": "processes"}


@dataclass(frozen=True, slots=True)
class TaskReader:
    """Reads the task classes of one document; what it cannot read becomes a finding (once a place)."""

    document: Document
    findings: list[Finding]
    read: dict[tuple[object, ...], TaskClass] = field(default_factory=dict)

    def classes(self, site: str, named: Mapping[tuple[Kind, str], bool]) -> tuple[TaskClass, ...]:
        """The task classes of this site: every one that any site has (`named`), so that all sites have the same."""
        if not self._get(("tasks",)) and not self._get(("sites", site, "tasks")):
            return ()
        return tuple(
            self._task_class(site, kind, name, additive=additive) for (kind, name), additive in named.items()
        )

    def names(self) -> dict[tuple[Kind, str], bool]:
        """The default if there is one, then all labels, then all processes, in the order they are first named; and
        whether each is additive: no site says a size for it, as all sites must set the same keys."""
        homes = [("tasks",), *(("sites", site, "tasks") for site in self.document.data["sites"])]
        found: dict[tuple[Kind, str], bool] = {}
        if any(self._get((*home, "default")) for home in homes):
            found["default", ""] = False
        for kind, group in _GROUPS.items():
            for home in homes:
                for name, said in self._get((*home, group)).items():
                    found[kind, name] = (
                        found.get((kind, name), True) and not {"cpus", "memory", "label"} & said.keys()
                    )
        return found

    def _task_class(self, site: str, kind: Kind, name: str, *, additive: bool) -> TaskClass:
        layers = list(self._layers(site, kind, name))
        own = [layer for layer in layers if layer[-1] == (name or "default")]
        named = own[-1] if own else ("sites", site)
        # sites that say nothing of their own share what is said for all
        known = (kind, name, named, *layers)
        if known not in self.read:
            place = self.document.key_place(named)
            self.read[known] = self._read(kind, name, place, layers, additive=additive)
        return self.read[known]

    def _read(self, kind: Kind, name: str, place: Place, layers: list[Path], *, additive: bool) -> TaskClass:
        cpus = self._said(layers, "cpus", int)
        return TaskClass(
            kind=kind,
            name=name,
            place=place,
            cpus=cpus or Located(1, place),
            sets_cpus=cpus is not None,
            memory_mib=self._said(layers, "memory", units.memory_mib),
            time_s=self._said(layers, "time", units.time_s),
            disk_mib=self._said(layers, "disk", units.memory_mib),
            container=self._said(layers, "container", str),
            accelerator=self._said(layers, "accelerator", _accelerator),
            additive=additive,
        )

    def _layers(self, site: str, kind: Kind, name: str) -> Iterator[Path]:
        """Where values of this class may stand, weakest first."""
        yield from self._existing(site, "default")
        if kind == "process":
            for path in list(self._existing(site, "processes", name)):
                label = self._get(path).get("label")
                if label is not None:
                    yield from self._existing(site, "labels", label)
        if kind != "default":
            yield from self._existing(site, _GROUPS[kind], name)

    def _existing(self, site: str, *inside: str) -> Iterator[Path]:
        for home in (("tasks",), ("sites", site, "tasks")):
            path = (*home, *inside)
            if self._get(path):
                yield path

    def _get(self, path: Path) -> Mapping[str, Any]:
        node: Mapping[Any, Any] = self.document.data
        for step in path:
            node = node.get(step, _NOTHING)
        return node

    def _said(self, layers: list[Path], key: str, read: Callable[[Any], T]) -> Located[T] | None:
        for layer in reversed(layers):
            values = self._get(layer)
            if key in values:
                place = self.document.place((*layer, key))
                try:
                    return Located(read(values[key]), place)
                except ValueError:
                    self.findings.append(units.too_small(read, place, key, values[key]))
        return None


def _accelerator(said: int | dict[str, Any]) -> Accelerator:
    return Accelerator(int(said["count"]), said.get("type", "")) if isinstance(said, dict) else Accelerator(int(said))
