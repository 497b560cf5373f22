"""The settings that only a site on this machine has."""

from __future__ import annotations

from dataclasses import dataclass, field

from nfconfgen.profile.containers import Containers
from nfconfgen.profile.model import Settings, Site


@dataclass(frozen=True, slots=True)
class LocalSettings(Settings):
    """`containers` without an engine: tasks run with what the machine has installed."""

    containers: Containers = field(default_factory=Containers)


def settings_of(site: Site) -> LocalSettings:
    """The settings of a site on this machine."""
    assert isinstance(site.settings, LocalSettings)
    return site.settings
