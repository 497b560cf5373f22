"""The `container` section of a site: the engine that runs the images, for executors that let a site choose it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nfconfgen.findings import Finding
from nfconfgen.profile import units
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.references import Value

_EVERYWHERE = frozenset({"engine", "options", "env", "registry"})
_PULLED = frozenset({"cache_dir", "pull_timeout"})
_SIF = _EVERYWHERE | _PULLED | {"library_dir", "auto_mounts"}
ENGINE_KEYS = {
    "singularity": _SIF,
    "apptainer": _SIF,
    "docker": _EVERYWHERE,
    "podman": _EVERYWHERE,
    "charliecloud": _EVERYWHERE | _PULLED,
}
"""The keys of a profile that Nextflow 25.04 supports for each engine. It silently ignores any other."""

_CONDA = frozenset({"engine", "cache_dir", "options", "pull_timeout"})


@dataclass(frozen=True, slots=True)
class Containers:
    """The engine that runs the images and its settings; without `engine` none of them is set."""

    engine: str = ""
    cache_dir: Value = ""
    library_dir: Value = ""
    options: Value = ""
    pull_timeout_s: int | None = None
    env: tuple[str, ...] = ()
    auto_mounts: bool | None = None
    registry: Value = ""


def read(path: Path, document: Document, findings: list[Finding]) -> Containers:
    """The section at this path; if it is missing, it names no engine."""
    data = document.data_at(path) or {}
    return Containers(
        pull_timeout_s=units.size(units.time_s, (*path, "pull_timeout"), document, findings),
        env=tuple(data.get("env", ())),
        **{key: value for key, value in data.items() if key not in ("pull_timeout", "env")},
    )


def check(path: Path, document: Document) -> Iterator[Finding]:
    """Keys of the section at this path that Nextflow does not support for its engine."""
    container = document.data_at(path) or {}
    engine = str(container.get("engine", ""))
    known = _CONDA if engine == "conda" else ENGINE_KEYS.get(engine)
    for key in container:
        if known is not None and key not in known:
            others = ", ".join(other for other, keys in ENGINE_KEYS.items() if key in keys)
            message, advice = f"Nextflow has no '{key}' for {engine}", f"remove it; {others} have it"
            yield Finding(document.key_place((*path, key)), "engine", message, advice)
