"""Whether the pipeline's config includes what is generated, where it takes effect, and what else bears its names."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.conflicts import conflict_findings
from nfconfgen.conflicts.generated import Written
from nfconfgen.findings import Finding, Place
from nfconfgen.pipeline.model import Config, Include, Setting, Sources
from nfconfgen.profile.model import Profile, Site
from nfconfgen.wording import listed

ALL = "profiles.config"


def of_site(config: Config, site: str) -> Include | None:
    """The include that brings in our config of this site; the last one, as what is read later wins."""
    found = [line for line in config.includes if _brings(line, site)]
    return found[-1] if found else None


def _brings(line: Include, site: str) -> bool:
    if line.ours == ALL:
        return line.scope == ()
    return line.ours == f"{site}.config" and line.scope == ("profiles", site)


def missing(sources: Sources, profile: Profile, line: str) -> Iterator[Finding]:
    """Includes of ours that are not there, or stand where they do nothing."""
    lines = sources.config.includes
    for wrong in (one for one in lines if one.ours and not any(_brings(one, s.name) for s in profile.sites)):
        where = f"stands in {'.'.join(wrong.scope)} {{ }}" if wrong.scope else "is no profile by itself"
        message = f"the include of {wrong.ours} {where}, where it makes no profile"
        yield Finding(
            wrong.place, "include-place", message, f"the last line of nextflow.config, outside blocks: {line}"
        )
    left = [site.name for site in profile.sites if of_site(sources.config, site.name) is None]
    if not left or any(one.ours for one in lines if not any(_brings(one, s.name) for s in profile.sites)):
        return
    unclear = [one.place for one in lines if one.unclear]
    message = (
        f"includes no generated config: -profile {left[0]} is known only to runs with -c, as launch/ starts them"
    )
    if unclear:
        message += f" (what {unclear[0]} includes is not known)"
    yield Finding(Place(sources.main), "include-missing", message, f"make this its last line: {line}", "warning")


def later(config: Config, site: Site, written: Written, line: Include) -> Iterator[Finding]:
    """What stands behind our include and sets again what our config sets, outside selectors and the process scope."""
    ours = {path for path in written.paths if path[0] != "process"}
    for setting in config.settings:
        path = _of_site(setting, site)
        if setting.number > line.number and path in ours:
            yield conflict_findings.too_early(line.place, ".".join(path), setting.place)


def _of_site(setting: Setting, site: Site) -> tuple[str, ...]:
    return setting.path[2:] if setting.path[:2] == ("profiles", site.name) else setting.path


def same_name(config: Config, site: Site, written: Written) -> Iterator[Finding]:
    """A profile of the pipeline that is called like a site: Nextflow puts the two together."""
    place = config.scopes.get(("profiles", site.name))
    inside = [setting for setting in config.settings if setting.path[:2] == ("profiles", site.name)]
    if not inside:
        return
    place = place or inside[0].place
    ours = {
        *written.paths,
        *(("process", block.selector, key) for block in written.blocks for key in block.keys if block.selector),
    }
    stays = [setting for setting in inside if setting.path[2:] not in ours]
    both = f"the pipeline has a profile {site.name} of its own, at {place}, and Nextflow puts the two together"
    if not stays:
        message = f"{both}: it says nothing that the profile does not say"
        yield Finding(site.place, "profile-name", message, "it may go", "note")
        return
    named = listed((f"{'.'.join(s.path[2:])} at {s.place}" for s in stays), 6)
    advice = "delete the pipeline's, or give the site another name"
    yield Finding(site.place, "profile-name", f"{both}: of the pipeline's stays {named}", advice, "warning")
