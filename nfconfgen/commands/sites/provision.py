"""`nfconfgen provision`: makes what a profile declares and AWS does not have, from the file that a build writes."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from nfconfgen.assess import Ask, assess
from nfconfgen.commands import build
from nfconfgen.errors import FINDINGS, OK, UsageError
from nfconfgen.executors.examination import Provision
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.render.outputs import outputs
from nfconfgen.report.reporter import Reporting, report
from nfconfgen.terminal.console import Console


@dataclass(frozen=True, slots=True)
class Options:
    """`what` None: only the files are written. `sites` empty: all that declare something."""

    profile: Path
    what: Provision | None = None
    sites: tuple[str, ...] = ()


def run(options: Options, console: Console) -> int:
    """Exit code 0: everything matches the profile; 1: findings, differences, or an operation that failed."""
    built = build.Build(options.profile, Reporting())
    # the plan is shown where it is the result: of the files alone, or after a change of what there is
    code = build.run([built], console if options.what is None else replace(console, quiet=True))
    if code != OK:
        return code
    assessment = assess(options.profile, Ask())
    if assessment.sound_plan is None:
        report(assessment.findings, "text", console)
        return FINDINGS
    declared = _declared(assessment.sound_plan, options, console)
    if options.what is None:
        for site, path, _ in declared:
            command = f"nfconfgen provision {shlex.quote(str(options.profile))}"
            console.info(
                f"{path} describes what {site.site.name} declares: compare with {command} --diff, make it with"
            )
            console.info(f"  {command} --deploy")
        return OK
    codes = [code]
    for site, _, text in declared:
        provision = site.site.executor.provision
        assert provision is not None, "the executor has declarations"
        codes.append(provision(site.site, text, options.what, console))
    if options.what.action != "diff" and declared:
        # the queues, their machines and roles are facts now, or none any more
        codes.append(build.run([built], console))
    return max(codes)


def _declared(plan: Plan, options: Options, console: Console) -> list[tuple[SitePlan, str, str]]:
    """The sites that declare something, with path and text of the file that describes it."""
    files = outputs(plan)
    found = []
    for site in plan.sites:
        path = site.site.executor.declarations(site.site, plan.profile)
        if path:
            found.append((site, str(options.profile.parent / plan.profile.output / path), files[path]))
    unknown = set(options.sites) - {site.site.name for site, _, _ in found}
    if unknown:
        raise UsageError(f"no site {', '.join(sorted(unknown))} declares anything")
    if not found:
        console.info(
            f"{options.profile} declares nothing, as in queues: [{{queue: NAME, instance_type: c5.2xlarge, …}}]"
        )
    return [each for each in found if not options.sites or each[0].site.name in options.sites]
