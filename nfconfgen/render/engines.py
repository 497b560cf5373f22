"""The config scopes of container engines."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.profile.containers import Containers
from nfconfgen.render import groovy
from nfconfgen.render.groovy import Code
from nfconfgen.render.section import Section, Setting

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


def sections(chosen: Containers) -> Iterator[Section]:
    """The scope of a site's engine, and those of the engines that a pipeline may have enabled besides."""
    if chosen.engine:
        yield Section(chosen.engine, tuple(settings(chosen)))
    for other in _OTHERS.get(chosen.engine, ()):
        yield Section(other, (("enabled", groovy.quote(False)),))


def if_set(key: str, value: object) -> list[Setting]:
    """The setting, or none if the profile does not set it."""
    return [] if value is None or value == "" or value in _UNSET else [(key, groovy.quote(value))]


_UNSET = (Code("null"), Code("''"))


def duration(seconds: int | None) -> Code | None:
    return groovy.duration(seconds) if seconds is not None else None
