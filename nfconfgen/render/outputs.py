"""Every file of a plan, by its path below the output folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from posixpath import normpath
from types import ModuleType
from typing import Any

from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.render import awsbatch, process, routing, slurm
from nfconfgen.render.environment import render

RENDERERS: Mapping[str, ModuleType] = {"awsbatch": awsbatch, "slurm": slurm}
"""One module an executor, each with title, containers, directives, config_values, launch_values and files."""


def outputs(plan: Plan) -> dict[str, str]:
    """Path → text, in the order of the paths."""
    made = {"conf/profiles.config": _profiles(plan)}
    launches = {}
    for site in plan.sites:
        name = site.site.name
        launches[name] = RENDERERS[site.site.executor].launch_values(site, plan)
        made[f"conf/{name}.config"] = _config(site, plan)
        made[f"launch/run-{name}.sh"] = _script("run", site, plan, launches[name])
        made[f"launch/warmup-{name}.sh"] = _script("warmup", site, plan, launches[name])
        made.update(RENDERERS[site.site.executor].files(site, plan))
    register = _register(plan, launches.values())
    if register:
        made["launch/register-job-definitions.sh"] = register
    return dict(sorted(made.items()))


def _profiles(plan: Plan) -> str:
    names = [site.site.name for site in plan.sites]
    return render(
        "profiles.config.j2",
        source=plan.profile.source,
        include_path=normpath(f"{plan.profile.output}/conf/profiles.config"),
        sites=names,
        site_files={name: f"{name}.config" for name in names},
    )


def _config(site: SitePlan, plan: Plan) -> str:
    module = RENDERERS[site.site.executor]
    return render(
        f"{site.site.executor}.config.j2",
        source=plan.profile.source,
        site=site.site,
        title=module.title(site),
        has_default=any(ladder.task.kind == "default" for ladder in site.ladders),
        blocks=process.blocks(site, module.containers(site, plan), module.directives(site)),
        routing=routing.routing(site),
        routing_note=routing.routing_note(site),
        retries=process.retries(plan.profile.retry),
        retry_note=process.retry_note(plan.profile.retry),
        limits=process.resource_limits(site.limits),
        limits_note=process.limits_note(site),
        params_width=max(map(len, site.site.params), default=0),
        **module.config_values(site, plan),
    )


def _script(kind: str, site: SitePlan, plan: Plan, values: Mapping[str, Any]) -> str:
    profile, launch = plan.profile, site.site.launch
    return render(
        f"{site.site.executor}.launch.sh.j2",
        source=profile.source,
        kind=kind,
        script=f"{kind}-{site.site.name}.sh",
        site=site.site,
        pipeline=profile.pipeline,
        nextflow=_version(profile.pipeline.nextflow),
        params=launch.warmup if kind == "warmup" else launch.params,
        results=launch.results,
        output=f"{kind}-{site.site.name}",
        uploads=[upload for upload in profile.uploads if site.site.executor == "awsbatch" and kind == "run"],
        uploads_elsewhere=bool(profile.uploads),
        **values,
    )


def _version(parts: tuple[int, ...]) -> str:
    """As Nextflow writes its own: 24.04.2."""
    year, month, *patch = parts
    return ".".join([str(year), f"{month:02d}", *map(str, patch)])


def _register(plan: Plan, launches: Iterable[Mapping[str, Any]]) -> str:
    made = [
        {"name": name, "region": values["region"], "hash": digest}
        for values in launches
        for name, digest in values.get("definitions", {}).items()
    ]
    return render("register-job-definitions.sh.j2", source=plan.profile.source, made=made) if made else ""
