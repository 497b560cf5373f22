"""The options of `nextflow` and `groovy` that Nextflow itself does not know."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from nfconfgen.findings import Finding
from nfconfgen.profile.model import Site

_UNKNOWN = re.compile(r"^WARN: Unrecognized config (?:option|scope) '([^'\n]+)'", re.MULTILINE)
# Nextflow 25.04 also takes a key within the value of a directive, and of `executor.$NAME`, for an option
_NO_OPTION = re.compile(r"process\.[^.]+\.|.*\.\$")


def named(output: str) -> frozenset[str]:
    """The paths of options or scopes that an output of Nextflow warns of; the parser v1 never does."""
    return frozenset(_UNKNOWN.findall(output))


def findings(site: Site, unknown: Collection[str], version: str) -> Iterator[Finding]:
    """A warning at each option of the profile that is unknown, lies in an unknown scope or holds an unknown key."""
    for path, place in site.run.places.items():
        for name in sorted(unknown):
            inside = name.startswith(f"{path}.") and not _NO_OPTION.match(name)
            if inside or f"{path}.".startswith(f"{name}."):
                message = f"Nextflow {version} does not know {name}: it has no effect"
                advice = "correct its name, unless it is an option of a plugin, of which none is loaded here"
                yield Finding(place, "unknown-option", message, advice, "warning")
