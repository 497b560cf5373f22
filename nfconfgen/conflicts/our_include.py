"""Findings on the include of the generated config: whether it exists and takes effect, and whether names clash."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.conflicts import conflict_findings
from nfconfgen.findings import Finding, Place
from nfconfgen.pipeline.model import Config, Include, Sources
from nfconfgen.processes.generated import Written
from nfconfgen.processes.include_line import include_of, includes
from nfconfgen.processes.precedence import within_site
from nfconfgen.profile.model import Profile, Site
from nfconfgen.wording import listed


def missing(sources: Sources, profile: Profile, line: str) -> Iterator[Finding]:
    """Findings on includes of ours that are missing or have no effect."""
    lines = sources.config.includes
    wrong = [one for one in lines if one.ours and not any(includes(one, site.name) for site in profile.sites)]
    for one in wrong:
        where = f"is in {'.'.join(one.scope)} {{ }}" if one.scope else "is outside profiles { }"
        message = f"the include of {one.ours} {where}, where it defines no profile"
        advice = f"write as the last line of nextflow.config, outside blocks: {line}"
        yield Finding(one.place, "include-place", message, advice)
    left = [site.name for site in profile.sites if include_of(sources.config, site.name) is None]
    if not left or wrong:
        return
    unclear = [one.place for one in lines if one.unclear]
    message = (
        f"nextflow.config includes no generated config: only runs with -c, as in launch/, have -profile {left[0]}"
    )
    if unclear:
        message += f" (the file included at {unclear[0]} is not known)"
    yield Finding(Place(sources.main), "include-missing", message, f"make this its last line: {line}", "warning")


def later(config: Config, site: Site, written: Written, line: Include) -> Iterator[Finding]:
    """Findings on settings after our include that override ours, outside selectors and the process scope."""
    ours = {path for path in written.paths if path[0] != "process"}
    for setting in config.settings:
        path = within_site(setting.path, site.name)
        if setting.number > line.number and path in ours:
            yield conflict_findings.too_early(line.place, ".".join(path), setting.place)


def same_name(config: Config, site: Site, written: Written) -> Iterator[Finding]:
    """A finding on a profile of the pipeline with the name of this site or variant: Nextflow merges it with ours."""
    name = site.name.rpartition(",")[2]
    place = config.scopes.get(("profiles", name))
    inside = [setting for setting in config.settings if setting.path[:2] == ("profiles", name)]
    if not inside:
        return
    place = place or inside[0].place
    ours = {
        *written.paths,
        *(("process", block.selector, key) for block in written.blocks for key in block.keys if block.selector),
    }
    stays = [setting for setting in inside if setting.path[2:] not in ours]
    both = f"the pipeline has its own profile {name}, at {place}, and Nextflow merges the two"
    if not stays:
        message = f"{both}: it sets nothing that the generated one does not set"
        yield Finding(site.place, "profile-name", message, "it can be deleted", "note")
        return
    named = listed((f"{'.'.join(s.path[2:])} at {s.place}" for s in stays), 6)
    advice = f"delete the pipeline's, or give {name} another name"
    yield Finding(site.place, "profile-name", f"{both}: the pipeline's values remain for {named}", advice, "warning")
