"""The generated files of a plan, by their paths below the output folder."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from posixpath import normpath

from nfconfgen import jsontext
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.render import process, resource_limits, routing
from nfconfgen.render.environment import render, verbatim
from nfconfgen.render.scope import scope


def outputs(plan: Plan, earlier: Collection[str] = ()) -> dict[str, str]:
    """The text of each file by its path, in the order of the paths. `earlier`: the sites that the plan lacks, but
    whose config of an earlier build is still there."""
    made = {"conf/profiles.config": _profiles(plan, earlier), "launch/nfconfgen.sh": verbatim("nfconfgen.sh")}
    for site in plan.sites:
        name = site.site.name
        values = site.site.executor.launch_values(site, plan)
        made[f"conf/{name}.config"] = _config(site, plan)
        made.update(_params_files(site))
        made[f"launch/run-{name}.sh"] = _script("run", site, plan, values)
        made[f"launch/warmup-{name}.sh"] = _script("warmup", site, plan, values)
    for executor in dict.fromkeys(site.site.executor for site in plan.sites):
        made.update(executor.files([site for site in plan.sites if site.site.executor is executor], plan))
    return dict(sorted(made.items()))


def _profiles(plan: Plan, earlier: Collection[str]) -> str:
    there = {*earlier, *(site.site.name for site in plan.sites)}
    names = [site.name for site in plan.profile.sites if site.name in there]
    return render(
        "profiles.config.j2",
        source=plan.profile.source,
        include_path=normpath(f"{plan.profile.output}/conf/profiles.config"),
        sites=names,
        site_files={name: f"{name}.config" for name in names},
    )


def _config(site: SitePlan, plan: Plan) -> str:
    executor = site.site.executor
    return render(
        f"{executor.name}.config.j2",
        source=plan.profile.source,
        site=site.site,
        title=executor.title(site),
        scope=scope(site, plan),
        routing_note=routing.routing_note(site),
        retry_note=process.retry_note(site.site.retry),
        limits_note=resource_limits.limits_note(site),
        params_width=max(map(len, site.site.params), default=0),
        **executor.config_values(site),
    )


def _script(kind: str, site: SitePlan, plan: Plan, values: Mapping[str, object]) -> str:
    profile, launch = plan.profile, site.site.launch
    return render(
        f"{site.site.executor.name}.launch.sh.j2",
        source=profile.source,
        kind=kind,
        script=f"{kind}-{site.site.name}.sh",
        site=site.site,
        pipeline=profile.pipeline,
        nextflow=profile.pipeline.nextflow_text,
        params=launch.warmup if kind == "warmup" else launch.params,
        params_file=_params_file(kind, site),
        results=launch.results,
        uploads=profile.uploads if site.site.executor.uploads and kind == "run" else (),
        uploads_elsewhere=bool(profile.uploads),
        **values,
    )


def _params_files(site: SitePlan) -> dict[str, str]:
    launch = site.site.launch
    given = {_params_file("run", site): launch.params, _params_file("warmup", site): launch.warmup}
    return {f"launch/{name}": jsontext.params(params) for name, params in given.items() if name}


def _params_file(kind: str, site: SitePlan) -> str:
    """The file with the params of this script; the warm-up has its own if its params differ from those of a run."""
    launch, name = site.site.launch, site.site.name
    if kind == "warmup" and jsontext.params(launch.warmup) != jsontext.params(launch.params):
        return f"params-{name}-warmup.json"
    return f"params-{name}.json" if launch.params else ""
