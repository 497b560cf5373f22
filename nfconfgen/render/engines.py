"""The config scopes of container engines."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.profile.containers import Containers
from nfconfgen.render import groovy
from nfconfgen.render.groovy import Code
from nfconfgen.render.process import Setting

_OTHERS = {
    "singularity": ("docker",),
    "apptainer": ("docker",),
    "docker": ("singularity", "apptainer"),
    **dict.fromkeys(("podman", "charliecloud", "conda"), ("docker", "singularity", "apptainer")),
}


def settings(chosen: Containers) -> list[Setting]:
    """The settings in the scope of the engine that a site names."""
    conda = chosen.engine == "conda"
    return [
        ("enabled", groovy.quote(True)),
        *if_set("autoMounts", chosen.auto_mounts),
        *if_set("cacheDir", chosen.cache_dir),
        *if_set("libraryDir", chosen.library_dir),
        *if_set("createOptions" if conda else "runOptions", chosen.options),
        *if_set("createTimeout" if conda else "pullTimeout", duration(chosen.pull_timeout_s)),
        *if_set("envWhitelist", ",".join(chosen.env)),
        *if_set("registry", chosen.registry),
    ]


def values(chosen: Containers) -> dict[str, object]:
    """The values of templates/_engine.j2."""
    return {"engine": chosen.engine, "engine_settings": settings(chosen), "disabled": others(chosen.engine)}


def others(engine: str) -> tuple[str, ...]:
    """The engines that a pipeline may have enabled, and that must be disabled for this one."""
    return _OTHERS.get(engine, ())


def paths(chosen: Containers) -> Iterator[tuple[str, str]]:
    """The config paths that are set for a site's engine, and for the engines that it excludes."""
    if chosen.engine:
        yield from ((chosen.engine, key) for key, _ in settings(chosen))
    yield from ((other, "enabled") for other in others(chosen.engine))


def if_set(key: str, value: object) -> list[Setting]:
    """The setting, or none if the profile does not set it."""
    return [] if value is None or value == "" else [(key, groovy.quote(value))]


def duration(seconds: int | None) -> Code | None:
    return groovy.duration(seconds) if seconds is not None else None
