"""The line of the pipeline's config that includes the generated config of a site."""

from __future__ import annotations

from nfconfgen.pipeline.model import Config, Include
from nfconfgen.render.groovy import quote

ALL = "profiles.config"


def line_for(path: str) -> str:
    """The line that a pipeline's nextflow.config needs for a generated file at this path."""
    return f"includeConfig {quote(path)}"


def include_of(config: Config, site: str) -> Include | None:
    """The include of our config of this site; the last one, as later settings win."""
    found = [line for line in config.includes if includes(line, site.partition(",")[0])]
    return found[-1] if found else None


def includes(line: Include, site: str) -> bool:
    if line.ours == ALL:
        return line.scope == ()
    return line.ours == f"{site}.config" and line.scope == ("profiles", site)
