"""`nfconfgen probe`: measures what instances register, where nobody has seen one yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from nfconfgen.commands.facts import remember
from nfconfgen.commands.options import Probe
from nfconfgen.commands.shared import utc_now
from nfconfgen.errors import FINDINGS, OK, UsageError
from nfconfgen.executors.awsbatch.client import Aws
from nfconfgen.executors.awsbatch.facts.region import RegionFacts
from nfconfgen.executors.awsbatch.probe import undo_log
from nfconfgen.executors.awsbatch.probe.restore import foreign, left
from nfconfgen.executors.awsbatch.probe.run import Prober
from nfconfgen.executors.awsbatch.probe.targets import Target, cost_text, stands_on, targets
from nfconfgen.executors.awsbatch.probe.undo import undo
from nfconfgen.facts import lock as locks
from nfconfgen.facts.gather import Gathered, gather
from nfconfgen.facts.lock import Lock
from nfconfgen.facts.query import Asking
from nfconfgen.findings import Finding, has_errors
from nfconfgen.plan.plan import plan
from nfconfgen.profile.load import load
from nfconfgen.profile.model import Batch, Profile
from nfconfgen.report import reporter
from nfconfgen.terminal.console import Console
from nfconfgen.wording import plural


def run(options: Probe, console: Console) -> int:
    """Exit code 0: everything asked for is measured; 1: findings, or something was not reached."""
    prober = Prober(undo_log.beside(options.profile), _regions(), console.say, options.timeout_s, options.poll_s)
    if options.restore:
        return _restore(prober, options, console)
    loaded = load(options.profile)
    if loaded.profile is None or has_errors(loaded.findings):
        reporter.tell(loaded.findings, "text", console)
        return FINDINGS
    profile = _on_batch(loaded.profile)
    if not profile.sites:
        console.say("no site runs on AWS Batch: there is nothing to measure")
        return OK
    lock = locks.read(locks.path_beside(options.profile)) or Lock()
    console.say("asking AWS what its queues offer …")
    gathered = _gathered(profile, lock)
    # a queue that cannot be used is told, and the others are measured all the same
    _tell(gathered.findings, console)
    wanted = _targets(profile, gathered, options)
    missed: dict[Target, str] = {}
    if wanted:
        _agree([cost_text(wanted, max(int(options.timeout_s // 60), 1))], "Start?", options, console)
        with prober.instances(wanted, scale=options.scale) as unreached:
            missed = dict(unreached)
            gathered = _gathered(profile, replace(lock, facts=gathered.known))
    else:
        console.say("every instance type that the plan stands on is measured")
    remember(options.profile, lock, gathered, console)
    missed |= _unseen(wanted, gathered, missed)
    for line in _still_estimated(gathered):
        console.say(line)
    for target, why in missed.items():
        console.result(f"{target.queue}: {target.instance_type} is not measured: {why}")
    return FINDINGS if missed or has_errors(gathered.findings) else OK


def _restore(prober: Prober, options: Probe, console: Console) -> int:
    entries = undo_log.read(prober.path)
    if entries is None:
        console.say("no probe is left to be undone")
        return OK
    loaded = load(options.profile)
    if loaded.profile is None:
        reporter.tell(loaded.findings, "text", console)
        return FINDINGS
    why = foreign(entries, loaded.profile, prober.aws)
    if why:
        raise undo_log.refused(prober.path, why)
    to_undo = list(left(entries, prober.aws))
    if to_undo:
        _agree(["to be undone:", *(f"  {line}" for line in to_undo)], "Undo?", options, console)
    undo(prober.path, entries, prober.aws, prober.say, prober.pause)
    return OK


def _regions() -> Callable[[str], Aws]:
    return cache(lambda region: Aws(region))


def _on_batch(profile: Profile) -> Profile:
    """The profile without its other sites: nobody else is asked."""
    return replace(profile, sites=tuple(site for site in profile.sites if isinstance(site.settings, Batch)))


def _gathered(profile: Profile, lock: Lock) -> Gathered:
    """The facts of the sites on AWS Batch; what the lock knows of others stays."""
    found = gather(profile, lock, Asking(utc_now()))
    return replace(found, known={**lock.facts, **found.known})


def _tell(findings: Sequence[Finding], console: Console) -> None:
    if findings:
        reporter.tell(findings, "text", console)


def _targets(profile: Profile, gathered: Gathered, options: Probe) -> list[Target]:
    found: dict[tuple[str, str, str], Target] = {}
    for site in plan(profile, gathered.facts).sites:
        settings = site.site.settings
        if not isinstance(settings, Batch):
            continue
        known = gathered.known.get("awsbatch", {}).get(settings.region)
        if not isinstance(known, RegionFacts):
            continue
        for queue, types in stands_on(site).items():
            if options.queues and queue not in options.queues:
                continue
            for target in targets(known, settings.region, queue, types, again=options.again):
                found.setdefault((target.region, target.queue, target.instance_type), target)
    unknown = set(options.queues) - {queue.value for site in profile.sites for queue in site.queues}
    if unknown:
        raise UsageError(f"the profile names no queue {', '.join(sorted(unknown))}")
    return list(found.values())


def _agree(lines: Sequence[str], question: str, options: Probe, console: Console) -> None:
    """Says what will be done, and asks. UsageError where nobody agrees."""
    if options.yes:
        console.say(*lines)
    elif not console.agreed(lines, question):
        raise UsageError("nothing was done")


def _still_estimated(gathered: Gathered) -> list[str]:
    """What no probe has seen, by queue: types that no request of the plan stands on."""
    return [
        f"{queue}: {', '.join(names)} {plural(len(names), 'is', 'are')} still estimated"
        for known in gathered.known.get("awsbatch", {}).values()
        if isinstance(known, RegionFacts)
        for queue in known.queues
        if (names := [shape.name for shape in known.pool(queue).shapes if shape.source == "estimated"])
    ]


def _unseen(wanted: Sequence[Target], gathered: Gathered, missed: dict[Target, str]) -> dict[Target, str]:
    """Targets that were reached by name, and are still not measured: another type came up."""
    unseen: dict[Target, str] = {}
    for target in wanted:
        known = gathered.known["awsbatch"][target.region]
        assert isinstance(known, RegionFacts)
        sources = {
            shape.source
            for env in known.queues.get(target.queue, ())
            for shape in known.shapes(env)
            if shape.name == target.instance_type
        }
        if "measured" not in sources and target not in missed:
            unseen[target] = "Batch has started another type"
    return unseen
