"""What each class of tasks needs on one site: shared and site values merged, default < label < process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from nfconfgen.findings import Finding
from nfconfgen.profile import units
from nfconfgen.profile.model import Accelerator, Kind, Said, TaskClass
from nfconfgen.profile.sizes import too_small
from nfconfgen.profile.yaml12 import Document, Path

T = TypeVar("T")

_GROUPS: dict[Kind, str] = {"label": "labels", "process": "processes"}


@dataclass(frozen=True, slots=True)
class TaskReader:
    """Reads the task classes of one document; what it cannot read becomes a finding (once a place)."""

    document: Document
    findings: list[Finding]

    def classes(self, site: str) -> tuple[TaskClass, ...]:
        """The task classes of this site: every one that any site has, so that all sites have the same."""
        if not self._get(("tasks",)) and not self._get(("sites", site, "tasks")):
            return ()
        return tuple(self._task_class(site, kind, name) for kind, name in self.names())

    def names(self) -> list[tuple[Kind, str]]:
        """The default if there is one, then all labels, then all processes, in the order they are first named."""
        found: dict[tuple[Kind, str], None] = {}
        if any(self._get((*home, "default")) for home in self._homes()):
            found["default", ""] = None
        for kind, group in _GROUPS.items():
            for home in self._homes():
                found.update(dict.fromkeys((kind, name) for name in self._get((*home, group))))
        return list(found)

    def _homes(self) -> list[Path]:
        return [("tasks",), *(("sites", site, "tasks") for site in self.document.data["sites"])]

    def _additive(self, kind: Kind, name: str) -> bool:
        """Whether no site says a size for it: all sites must set the same keys."""
        if kind == "default":
            return False
        said = {key for home in self._homes() for key in self._get((*home, _GROUPS[kind], name))}
        return not said & {"cpus", "memory", "label"}

    def _task_class(self, site: str, kind: Kind, name: str) -> TaskClass:
        layers = list(self._layers(site, kind, name))
        own = [layer for layer in layers if layer[-1] == (name or "default")]
        place = self.document.key_place(own[-1] if own else ("sites", site))
        return TaskClass(
            kind=kind,
            name=name,
            place=place,
            cpus=self._said(layers, "cpus", int) or Said(1, place),
            memory_mib=self._said(layers, "memory", units.memory_mib),
            time_s=self._said(layers, "time", units.time_s),
            disk_mib=self._said(layers, "disk", units.memory_mib),
            container=self._said(layers, "container", str),
            accelerator=self._said(layers, "accelerator", _accelerator),
            additive=self._additive(kind, name),
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

    def _get(self, path: Path) -> dict[str, Any]:
        node: Any = self.document.data
        for step in path:
            node = node.get(step, {})
        return dict(node)

    def _said(self, layers: list[Path], key: str, read: Callable[[Any], T]) -> Said[T] | None:
        for layer in reversed(layers):
            values = self._get(layer)
            if key in values:
                place = self.document.place((*layer, key))
                try:
                    return Said(read(values[key]), place)
                except ValueError:
                    self.findings.append(too_small(read, place, key, values[key]))
        return None


def _accelerator(said: int | dict[str, Any]) -> Accelerator:
    return Accelerator(int(said["count"]), said.get("type", "")) if isinstance(said, dict) else Accelerator(int(said))
