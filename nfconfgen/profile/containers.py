"""The `container` section of a site: what runs the images, for executors that leave it to the site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nfconfgen.findings import Finding
from nfconfgen.profile import units
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.units import size

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
"""What Nextflow 25.04 knows of each engine, in the words of a profile. It ignores the rest without a word."""


_CONDA = frozenset({"engine", "cache_dir", "options", "pull_timeout"})


@dataclass(frozen=True, slots=True)
class Containers:
    """What runs the images; no `engine`, nothing else."""

    engine: str = ""
    cache_dir: str = ""
    library_dir: str = ""
    options: str = ""
    pull_timeout_s: int | None = None
    env: tuple[str, ...] = ()
    auto_mounts: bool | None = None
    registry: str = ""


def read(path: Path, document: Document, findings: list[Finding]) -> Containers:
    """The section at this path; one that is not there names no engine."""
    data = document.data_at(path) or {}
    return Containers(
        engine=data.get("engine", ""),
        cache_dir=data.get("cache_dir", ""),
        library_dir=data.get("library_dir", ""),
        options=data.get("options", ""),
        pull_timeout_s=size(units.time_s, (*path, "pull_timeout"), document, findings),
        env=tuple(data.get("env", ())),
        auto_mounts=data.get("auto_mounts"),
        registry=data.get("registry", ""),
    )


def check(path: Path, document: Document) -> Iterator[Finding]:
    """Keys that the engine of the section at this path does not know."""
    container = document.data_at(path) or {}
    engine = str(container.get("engine", ""))
    known = _CONDA if engine == "conda" else ENGINE_KEYS.get(engine)
    for key in container:
        if known is not None and key not in known:
            having = [other for other, keys in ENGINE_KEYS.items() if key in keys]
            place = document.key_place((*path, key))
            advice = f"take it out; {', '.join(having)} have it"
            yield Finding(place, "engine", f"Nextflow knows no '{key}' of {engine}", advice)
