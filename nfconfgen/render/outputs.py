"""Every file of a plan, by its path below the output folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from posixpath import normpath
from typing import Any

from nfconfgen import jsontext
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.render import process, routing
from nfconfgen.render.environment import render, verbatim
from nfconfgen.render.executors import RENDERERS
from nfconfgen.render.scope import scope


def outputs(plan: Plan) -> dict[str, str]:
    """Path → text, in the order of the paths."""
    made = {"conf/profiles.config": _profiles(plan), "launch/nfconfgen.sh": verbatim("nfconfgen.sh")}
    launches = {}
    for site in plan.sites:
        name = site.site.name
        launches[name] = RENDERERS[site.site.executor].launch_values(site, plan)
        made[f"conf/{name}.config"] = _config(site, plan)
        made.update(_params_files(site))
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
        scope=scope(site, plan),
        routing_note=routing.routing_note(site),
        retry_note=process.retry_note(site.site.retry),
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
        nextflow=profile.pipeline.nextflow_text,
        params=launch.warmup if kind == "warmup" else launch.params,
        params_file=_params_file(kind, site),
        results=launch.results,
        uploads=[upload for upload in profile.uploads if site.site.executor == "awsbatch" and kind == "run"],
        uploads_elsewhere=bool(profile.uploads),
        **values,
    )


def _params_files(site: SitePlan) -> dict[str, str]:
    launch = site.site.launch
    given = {_params_file("run", site): launch.params, _params_file("warmup", site): launch.warmup}
    return {f"launch/{name}": jsontext.params(params) for name, params in given.items() if name}


def _params_file(kind: str, site: SitePlan) -> str:
    """The file with the params of this script; the warm-up has one of its own where it is given others than a run."""
    launch, name = site.site.launch, site.site.name
    if kind == "warmup" and jsontext.params(launch.warmup) != jsontext.params(launch.params):
        return f"params-{name}-warmup.json"
    return f"params-{name}.json" if launch.params else ""


def _register(plan: Plan, launches: Iterable[Mapping[str, Any]]) -> str:
    """Registers each definition once in a region, however many sites share it."""
    found = [made for values in launches for made in values.get("definitions", ())]
    made = list({(one["region"], one["name"]): one for one in found}.values())
    return render("register-job-definitions.sh.j2", source=plan.profile.source, made=made) if made else ""
