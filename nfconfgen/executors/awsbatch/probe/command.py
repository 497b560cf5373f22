"""`nfconfgen probe` on AWS Batch: measures what instances register with ECS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from nfconfgen.errors import FINDINGS, OK, UsageError
from nfconfgen.executors.awsbatch.client import Aws
from nfconfgen.executors.awsbatch.facts.region import RegionFacts
from nfconfgen.executors.awsbatch.probe import undo_log
from nfconfgen.executors.awsbatch.probe.run import Prober
from nfconfgen.executors.awsbatch.probe.targets import Target, cost_text, depends_on, targets
from nfconfgen.executors.awsbatch.probe.undo import foreign, left, undo
from nfconfgen.executors.awsbatch.settings import settings_of
from nfconfgen.executors.examination import Core, Measure
from nfconfgen.facts.gather import Gathered
from nfconfgen.facts.lock import Lock
from nfconfgen.findings import has_errors
from nfconfgen.profile.model import Profile
from nfconfgen.wording import plural


def measure(profile: Profile, lock: Lock, options: Measure, core: Core) -> int:
    """Exit code 0: every target is measured; 1: there are findings, or a target is not measured."""
    prober, console = _prober(options, core), core.console
    console.info("asking AWS what its queues offer …")
    gathered = core.gather(profile, lock)
    # a queue that cannot be used is a finding, but the others are measured
    core.show(gathered.findings)
    wanted = _targets(profile, gathered, options, core)
    missed: dict[Target, str] = {}
    if wanted:
        console.confirm([cost_text(wanted, max(int(options.timeout_s // 60), 1))], "Start?", yes=options.yes)
        with prober.instances(wanted, scale=options.scale) as unreached:
            missed = dict(unreached)
            gathered = core.gather(profile, replace(lock, facts=gathered.known))
    else:
        console.info("every instance type that the plan depends on is measured")
    core.remember(options.path, lock, gathered)
    missed |= _unseen(wanted, gathered, missed)
    for line in _still_estimated(gathered):
        console.info(line)
    for target, why in missed.items():
        console.result(f"{target.queue}: {target.instance_type} is not measured: {why}")
    return FINDINGS if missed or has_errors(gathered.findings) else OK


def restore(profile: Callable[[], Profile | None], options: Measure, core: Core) -> int:
    """Exit code 0: no change of a probe is left; 1: the profile cannot be read."""
    prober = _prober(options, core)
    entries = undo_log.read(prober.path)
    if entries is None:
        core.console.info("there is no probe to undo")
        return OK
    loaded = profile()
    if loaded is None:
        return FINDINGS
    why = foreign(entries, loaded, prober.aws)
    if why:
        raise undo_log.refused(prober.path, why)
    to_undo = list(left(entries, prober.aws))
    if to_undo:
        core.console.confirm(["this will be undone:", *(f"  {line}" for line in to_undo)], "Undo?", yes=options.yes)
    undo(prober.path, entries, prober.aws, prober.info, prober.pause)
    return OK


def _prober(options: Measure, core: Core) -> Prober:
    regions = cache(lambda region: Aws(region))
    return Prober(undo_log.journal_of(options.path), regions, core.console.info, options.timeout_s, options.poll_s)


def _targets(profile: Profile, gathered: Gathered, options: Measure, core: Core) -> list[Target]:
    found: dict[tuple[str, str, str], Target] = {}
    for site in core.plan(profile, gathered.facts).sites:
        known = gathered.of(site.site)
        if not isinstance(known, RegionFacts):
            continue
        region, share = settings_of(site.site).region, settings_of(site.site).share_identifier
        for queue, types in depends_on(site).items():
            if options.queues and queue not in options.queues:
                continue
            for target in targets(known, region, queue, types, again=options.again):
                key = (target.region, target.queue, target.instance_type)
                found.setdefault(key, replace(target, share_identifier=share))
    unknown = set(options.queues) - {queue.value for site in profile.sites for queue in site.named}
    if unknown:
        raise UsageError(f"the profile has no queue {', '.join(sorted(unknown))}")
    return list(found.values())


def _regions(gathered: Gathered) -> Iterator[tuple[str, RegionFacts]]:
    for scopes in gathered.known.values():
        for region, known in scopes.items():
            if isinstance(known, RegionFacts):
                yield region, known


def _still_estimated(gathered: Gathered) -> list[str]:
    """Messages about the types of each queue that are not measured, as no request of the plan depends on them."""
    return [
        f"{queue}: {', '.join(names)} {plural(len(names), 'is', 'are')} still estimated"
        for _, known in _regions(gathered)
        for queue in known.queues
        if (names := [shape.name for shape in known.pool(queue).shapes if shape.source == "estimated"])
    ]


def _unseen(wanted: Sequence[Target], gathered: Gathered, missed: dict[Target, str]) -> dict[Target, str]:
    """The targets that are still not measured although an instance registered: it was of another type."""
    regions = dict(_regions(gathered))
    unseen: dict[Target, str] = {}
    for target in wanted:
        known = regions[target.region]
        sources = {
            shape.source
            for env in known.queues.get(target.queue, ())
            for shape in known.shapes(env)
            if shape.name == target.instance_type
        }
        if "measured" not in sources and target not in missed:
            unseen[target] = "Batch has started another type"
    return unseen
