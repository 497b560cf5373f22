"""The generated files of a plan, by their paths below the output folder."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from posixpath import normpath

from nfconfgen import jsontext
from nfconfgen.executors.interface import Executor
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.profile.model import Param
from nfconfgen.profile.references import Text, at_launch, concat
from nfconfgen.render import process, sizes
from nfconfgen.render.environment import render, verbatim
from nfconfgen.render.routing_notes import routing_notes
from nfconfgen.render.site_config import SiteConfig, changes, complete, site_config

LIBRARY = "nfconfgen.sh"
_KEPT = ("trace", "report")
"""The reports that launch scripts let Nextflow write, unless the profile sets them."""


def outputs(plan: Plan, earlier: Collection[str] = ()) -> dict[str, str]:
    """The text of each file by its path, in the order of the paths. `earlier`: the sites that the plan lacks, but
    whose config of an earlier build is still there."""
    made = {"conf/profiles.config": _profiles(plan, earlier), f"launch/{LIBRARY}": verbatim(LIBRARY)}
    configs = {site.site.name: site_config(site, plan) for site in plan.sites}
    for site in plan.sites:
        if site.site.is_variant:
            continue
        name = site.site.name
        values = site.site.executor.launch_values(site, plan)
        variants = [other for other in plan.sites if other.site.is_variant and other.site.base == name]
        made[f"conf/{name}.config"] = _config(site, configs[name], plan, variants)
        for variant, config in _of_variants(site, variants, configs):
            made[f"conf/{variant.site.name.replace(',', '-')}.config"] = _config(variant, config, plan)
        made.update(_params_files(site))
        made[f"launch/run-{name}.sh"] = _script("run", site, plan, values)
        made[f"launch/warmup-{name}.sh"] = _script("warmup", site, plan, values)
    for executor in dict.fromkeys(site.site.executor for site in plan.sites):
        if executor.has_library:
            made[f"launch/{_library(executor)}"] = verbatim(f"{executor.name}.library.sh")
        made.update(executor.files([site for site in plan.sites if site.site.executor is executor], plan))
    return dict(sorted(made.items()))


def _library(executor: Executor) -> str:
    """The file with the functions of its scripts, which includes those of all scripts."""
    return f"nfconfgen-{executor.name}.sh" if executor.has_library else LIBRARY


def _of_variants(
    site: SitePlan, variants: Sequence[SitePlan], configs: Mapping[str, SiteConfig]
) -> Iterator[tuple[SitePlan, SiteConfig]]:
    """The config of each variant of a site."""
    found = [(variant, changes(configs[variant.site.name], configs[site.site.name])) for variant in variants]
    if site.site.variant is not None:
        # the environment has chosen one already when a run names another
        others = [config for _, config in found]
        found = [(variant, complete(config, configs[variant.site.name], others)) for variant, config in found]
    return iter(found)


def _profiles(plan: Plan, earlier: Collection[str]) -> str:
    there = {*earlier, *(site.site.name for site in plan.sites)}
    names = [site.name for site in plan.profile.sites if site.name in there and not site.is_variant]
    return render(
        "profiles.config.j2",
        source=plan.profile.source,
        include_path=normpath(f"{plan.profile.output}/conf/profiles.config"),
        sites=names,
        site_files={name: f"{name}.config" for name in names},
    )


def _config(site: SitePlan, config: SiteConfig, plan: Plan, variants: Sequence[SitePlan] = ()) -> str:
    executor = site.site.executor
    return render(
        "site.config.j2",
        source=plan.profile.source,
        site=site.site,
        title=executor.title(site),
        config=config,
        scope=config.scope,
        variants=[variant.site.name.partition(",")[2] for variant in variants],
        chosen=concat(f"{site.site.name}-", site.site.variant, ".config") if site.site.variant else "",
        routing_notes=routing_notes(site),
        retry_note=process.retry_note(site.site.retry) if config.scope.retries or not site.site.is_variant else "",
        limits_note=sizes.limits_note(site),
        params_width=max(map(len, config.params), default=0),
    )


def _script(kind: str, site: SitePlan, plan: Plan, values: Mapping[str, object]) -> str:
    profile, launch = plan.profile, site.site.launch
    given = launch.warmup if kind == "warmup" else launch.params
    variants = (other.site for other in plan.sites if other.site.base == site.site.name)
    # Nextflow takes that of the config then
    own_work_dirs = any(variant.work_dir != site.site.work_dir for variant in variants)
    return render(
        f"{site.site.executor.name}.launch.sh.j2",
        source=profile.source,
        kind=kind,
        script=f"{kind}-{site.site.name}.sh",
        site=site.site,
        work_dir="" if own_work_dirs else at_launch(site.site.work_dir, site.site.params),
        variables=["|".join(names) for names in site.site.needed],
        pipeline=profile.pipeline,
        nextflow=profile.pipeline.nextflow_text,
        params=given,
        late_params=[
            concat(f"--{name}=", at_launch(value, site.site.params))
            for name, value in given.items()
            if isinstance(value, Text)
        ],
        params_file=_params_file(kind, site),
        results=launch.results,
        library=_library(site.site.executor),
        warmup=bool(launch.own_warmup),
        warmup_file=_params_file("warmup", site),
        output_dir=launch.warmup_output_dir if kind == "warmup" else launch.output_dir,
        reports=[name for name in _KEPT if name not in {report.name for report in site.site.run.reports}],
        uploads=[each for each in profile.uploads if each.warmup == (kind == "warmup")]
        if site.site.executor.uploads
        else (),
        uploads_elsewhere=bool(profile.uploads),
        **values,
    )


def _params_files(site: SitePlan) -> dict[str, str]:
    launch = site.site.launch
    given = {_params_file("run", site): launch.params, _params_file("warmup", site): launch.warmup}
    return {f"launch/{name}": jsontext.params(_in_file(params)) for name, params in given.items() if name}


def _in_file(params: Mapping[str, Param]) -> dict[str, Param]:
    """The params of a file; those that the environment decides are on the command line."""
    return {name: value for name, value in params.items() if not isinstance(value, Text)}


def _params_file(kind: str, site: SitePlan) -> str:
    """The file with the params of this script; the warm-up has its own if its params differ from those of a run."""
    launch, name = site.site.launch, site.site.name
    run, warmup = _in_file(launch.params), _in_file(launch.warmup)
    if kind == "warmup" and jsontext.params(warmup) != jsontext.params(run):
        return f"params-{name}-warmup.json"
    return f"params-{name}.json" if run else ""
