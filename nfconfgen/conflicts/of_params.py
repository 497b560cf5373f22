"""Findings on params: unknown ones, values of another type than the pipeline declares, and old caps of nf-core."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from nfconfgen.expressions import amounts
from nfconfgen.expressions.amounts import UnknownError
from nfconfgen.findings import Finding, Level, Place
from nfconfgen.pipeline.model import Sources
from nfconfgen.processes.model import SiteProcesses
from nfconfgen.profile.credentials import shown
from nfconfgen.profile.model import Param, Profile, Site
from nfconfgen.profile.units import memory_text, time_text
from nfconfgen.suggest import near

_KINDS: Mapping[str, tuple[type, ...]] = {
    "Integer": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
    "String": (str, int, float),
    "Path": (str,),
    "List": (list,),
    "Set": (list,),
    "Bag": (list,),
    "Map": (dict,),
    "Duration": (str,),
    "MemoryUnit": (str,),
}
"""Types of Nextflow (25.10), and the values in a profile that it takes for them. Other types are not checked."""


def of_profile(profile: Profile, sources: Sources) -> Iterator[Finding]:
    """A finding for each param that no config, script or schema of the pipeline uses, or of the wrong type."""
    if sources.params or sources.complete:
        names: dict[Place, str] = {name.place: name.value for site in profile.sites for name in site.param_names}
        undeclared = {place for site in profile.sites for place in _undeclared(site, sources)}
        for place, name in names.items():
            if name in sources.params:
                continue
            message = f"the pipeline has no param '{name}', according to {sources.by}"
            if place in undeclared:
                message += ": Nextflow stops at a param that its typed params block does not declare"
            level: Level = "error" if place in undeclared and sources.complete else "warning"
            yield Finding(place, "param-unknown", message, near(name, sources.params), level)
    for site in profile.sites:
        yield from _of_types(site, sources.typed)


def _undeclared(site: Site, sources: Sources) -> Iterator[Place]:
    """Params of the launch, which a typed block has to declare; those of a config declare themselves."""
    if sources.typed:
        given = {*site.launch.params, *site.launch.warmup} - {*site.params, *sources.typed}
        yield from (name.place for name in site.param_names if name.value in given)


def _of_types(site: Site, typed: Mapping[str, str]) -> Iterator[Finding]:
    for params in (site.params, site.launch.params, site.launch.warmup):
        for name, value in params.items():
            kind = typed.get(name, "")
            if not _fits(value, kind):
                place = next(one.place for one in reversed(site.param_names) if one.value == name)
                given = str(value).lower() if isinstance(value, bool) else shown(value)
                message = f"param '{name}' is {given}, but the pipeline declares it as {kind}: Nextflow stops there"
                yield Finding(place, "param-type", message, f"give a value of type {kind}")


def _fits(value: Param, kind: str) -> bool:
    """Whether Nextflow takes the value for a type; of generic types the outer one counts."""
    types = _KINDS.get(kind.partition("<")[0].removesuffix("?"))
    if types is None or value is None:
        return True
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))


def of_old_caps(found: SiteProcesses) -> Iterator[Finding]:
    """A warning about params of nf-core's check_max that cap below what the site offers."""
    params, limits = found.sides.params, found.site.limits
    if params.function("check_max") is None:
        return
    try:
        memory, time, cpus = (params.named(f"max_{what}") for what in ("memory", "time", "cpus"))
        size, duration, count = amounts.memory(memory), amounts.duration(time), amounts.count(cpus)
    except UnknownError:
        return  # the processes that depend on it are named
    least: list[tuple[str, int | None, int | None, Callable[[int], str]]] = [
        ("max_memory", size.size // 1024**2 if size else None, limits.memory_mib, memory_text),
        ("max_time", duration.size // 1000 if duration else None, limits.time_s, time_text),
        ("max_cpus", count, limits.cpus, str),
    ]
    below = [(name, text(own), text(most)) for name, own, most, text in least if own and most and own < most]
    if below:
        caps = ", ".join(f"params.{name} at {own} ({most} here)" for name, own, most in below)
        advice = f"set {', '.join(name for name, *_ in below)} under params of the site"
        message = f"the pipeline's check_max caps tasks below what the site offers: {caps}"
        yield Finding(found.site.site.place, "max-params", message, advice, "warning")
