"""The request of each task class on one site: shared and site values merged, default < label < process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from nfconfgen.findings import Finding, Place
from nfconfgen.profile import queue_rules, retries, units
from nfconfgen.profile.document.task_paths import task_homes
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.model import Accelerator, Kind, Limits, TaskClass
from nfconfgen.profile.queue_model import Located
from nfconfgen.profile.retry_settings import Retry

T = TypeVar("T")

_NOTHING: Mapping[Any, Any] = {}
GROUPS: Mapping[Kind, str] = {"label": "labels", "process": "processes"}
"""The keys of `tasks` that hold the classes of a kind."""
OF_SCHEDULER = ("account", "qos", "constraint", "cluster_options")
OPTIONS = (*OF_SCHEDULER, "container_options")
"""The options of its job that a task class, or a rule, may set."""
DIRECTIVES: Mapping[str, str] = {
    **{key: key for key in ("cpus", "memory", "time", "disk", "accelerator", "container", "queue")},
    "containerOptions": "container_options",
    "clusterOptions": "cluster_options",
    "resourceLimits": "limits",
    "errorStrategy": "retry",
    "maxRetries": "retry",
}
"""The directives of Nextflow that a task class has keys for."""
OF_SITE = ("executor", "label")
"""Directives that a task class cannot set: the plan would not know of them."""
APART = ("queue", *OPTIONS, "retry", "limits")
"""Its keys with which a class sees another site than the others."""


@dataclass(frozen=True, slots=True)
class TaskReader:
    """Reads the task classes of one document. A value that cannot be read becomes a finding."""

    document: Document
    findings: list[Finding]
    read: dict[tuple[object, ...], TaskClass] = field(default_factory=dict)

    def classes(self, site: str, named: Mapping[tuple[Kind, str], bool]) -> tuple[TaskClass, ...]:
        """The task classes of this site: all that any site names (`named`), so that all sites have the same."""
        if not self._get(("tasks",)) and not self._get(("sites", site, "tasks")):
            return ()
        return tuple(
            self._task_class(site, kind, name, additive=additive) for (kind, name), additive in named.items()
        )

    def names(self) -> dict[tuple[Kind, str], bool]:
        """The default if it is set, then all labels, then all processes, in the order of first mention; and whether
        each is additive: no site sets a size for it, as all sites must set the same keys."""
        homes = task_homes(self.document)
        found: dict[tuple[Kind, str], bool] = {}
        if any(self._get((*home, "default")) for home in homes):
            found["default", ""] = False
        for kind, group in GROUPS.items():
            for home in homes:
                for name, values in self._get((*home, group)).items():
                    sized = {"cpus", "memory", "label"} & values.keys()
                    found[kind, name] = found.get((kind, name), True) and not sized
        return found

    def _task_class(self, site: str, kind: Kind, name: str, *, additive: bool) -> TaskClass:
        layers = list(self._layers(site, kind, name))
        own = [layer for layer in layers if layer[-1] == (name or "default")]
        named = own[-1] if own else ("sites", site)
        # sites without their own values share the class
        known = (kind, name, named, *layers)
        if known not in self.read:
            place = self.document.key_place(named)
            self.read[known] = self._read(kind, name, place, layers, additive=additive)
        return self.read[known]

    def _read(self, kind: Kind, name: str, place: Place, layers: list[Path], *, additive: bool) -> TaskClass:
        cpus, memory_mib = self._value(layers, "cpus", int), self._value(layers, "memory", units.memory_mib)
        own = layers if kind == "default" else [layer for layer in layers if layer[-2] != "tasks"]
        return TaskClass(
            kind=kind,
            name=name,
            place=place,
            cpus=cpus or Located(1, place),
            sets_cpus=cpus is not None,
            memory_mib=memory_mib,
            time_s=self._value(layers, "time", units.time_s),
            disk_mib=self._value(layers, "disk", units.memory_mib),
            container=self._value(layers, "container", str),
            accelerator=self._value(layers, "accelerator", _accelerator),
            additive=additive or memory_mib is None,
            sets=frozenset(key for layer in own for key in _keys(self._get(layer))),
            nextflow=tuple(self._nextflow(own)),
            **self._apart(layers, own),
        )

    def _nextflow(self, own: list[Path]) -> Iterator[tuple[str, Located[object]]]:
        """Other directives that a class sets itself, or by its label; a later value counts more."""
        paths = {name: (*layer, "nextflow", name) for layer in own for name in self._get(layer).get("nextflow", ())}
        for name, path in paths.items():
            yield name, Located(self.document.data_at(path), self.document.key_place(path))

    def _apart(self, layers: list[Path], own: list[Path]) -> dict[str, Any]:
        """The queue, options, retry settings and limits of a class that sets any of these itself, or by its label."""
        if not any(key in self._get(layer) for layer in own for key in APART):
            return {}
        merged = {key: value for layer in layers for key, value in self._get(layer).items() if key in APART}
        queue = next((layer for layer in reversed(layers) if "queue" in self._get(layer)), None)
        return {
            "queue": queue_rules.at_once((*queue, "queue"), self.document) if queue is not None else None,
            "options": queue_rules.options({key: merged[key] for key in OPTIONS if key in merged}),
            "retry": self._retry(layers) if "retry" in merged else None,
            "limits": self._limits(layers) if "limits" in merged else None,
        }

    def _limits(self, layers: list[Path]) -> Located[Limits]:
        paths: list[Path] = [(*layer, "limits") for layer in layers if "limits" in self._get(layer)]
        return Located(self.limits(paths), self.document.key_place(paths[-1]))

    def limits(self, paths: list[Path]) -> Limits:
        """The limits at these paths, the last of which counts most."""
        cpus, memory_mib = self._value(paths, "cpus", int), self._value(paths, "memory", units.bound_mib)
        time_s = self._value(paths, "time", units.time_s)
        return Limits(*(found.value if found is not None else None for found in (cpus, memory_mib, time_s)))

    def _retry(self, layers: list[Path]) -> Retry:
        found = [layer for layer in layers if "retry" in self._get(layer)]
        return retries.read(str(found[0][1]), self.document, [(*layer, "retry") for layer in found])

    def _layers(self, site: str, kind: Kind, name: str) -> Iterator[Path]:
        """The paths that set values of this class, the weakest first."""
        yield from self._existing(site, "default")
        if kind == "process":
            for path in list(self._existing(site, "processes", name)):
                label = self._get(path).get("label")
                if label is not None:
                    yield from self._existing(site, "labels", label)
        if kind != "default":
            yield from self._existing(site, GROUPS[kind], name)

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

    def _value(self, layers: list[Path], key: str, read: Callable[[Any], T]) -> Located[T] | None:
        for layer in reversed(layers):
            values = self._get(layer)
            if key in values:
                place = self.document.place((*layer, key))
                try:
                    return Located(read(values[key]), place)
                except ValueError:
                    self.findings.append(units.too_small(read, place, key, values[key]))
        return None


def _keys(values: Mapping[str, Any]) -> Iterator[str]:
    """The keys that a class sets; those of its retry settings as `retry.attempts`."""
    for key, value in values.items():
        yield key
        if key == "retry":
            yield from (f"retry.{inner}" for inner in value)


def _accelerator(value: int | dict[str, Any]) -> Accelerator:
    count, kind = (value["count"], value.get("type", "")) if isinstance(value, dict) else (value, "")
    return Accelerator(int(count), kind)
