"""What has to be told of the facts about a region: queues that start nothing, guesses, measurements that are lost."""

from __future__ import annotations

from nfconfgen.executors.awsbatch.facts.instance_types import BUNDLES
from nfconfgen.executors.awsbatch.facts.region import RegionFacts
from nfconfgen.facts.model import Problem


def told(known: RegionFacts, facts: RegionFacts) -> list[Problem]:
    """Everything, with `known` what the lock has remembered."""
    return _empty(facts) + _guesses(facts) + _new_images(known, facts)


def _new_images(known: RegionFacts, facts: RegionFacts) -> list[Problem]:
    """A warning for each environment that starts from another AMI than when its instances were measured."""
    problems = []
    for queue, names in facts.queues.items():
        for name in names:
            now, before = facts.environments[name], known.environments.get(name)
            if before is None or now.image == before.image:
                continue
            lost = [
                t for t, offer in before.offers.items() if offer.ami and t in now.offers and not now.offers[t].ami
            ]
            if lost:
                message = f"{queue}: compute environment {name} starts from another AMI now ({now.image})"
                advice = f"what {', '.join(lost)} registered before no longer counts; measure again: nfconfgen probe"
                problems.append(Problem(queue, "new-image", message, advice, "warning"))
    return problems


def _empty(facts: RegionFacts) -> list[Problem]:
    """An error for each queue that can start no instance at all."""
    problems = []
    for queue, names in facts.queues.items():
        if not facts.pool(queue).shapes:
            asked = sorted({name for env in names for name in facts.environments[env].asked})
            message = f"{queue} can start no instance: of {', '.join(asked)} none exists or fits its maximum of vCPUs"
            problems.append(Problem(queue, "queue-empty", message, "mend the compute environment"))
    return problems


def _guesses(facts: RegionFacts) -> list[Problem]:
    """A warning for each environment whose instance types are Batch's own choice, as long as none was measured."""
    problems = []
    for queue, names in facts.queues.items():
        for name in names:
            environment = facts.environments[name]
            bundles = [bundle for bundle in environment.asked if bundle in BUNDLES]
            if bundles and all(offer.source == "estimated" for offer in environment.offers.values()):
                families = ", ".join(BUNDLES[bundles[0]])
                message = f"{queue}: what '{bundles[0]}' of {name} starts is up to Batch (taken for {families})"
                advice = "name instance types or families in the compute environment"
                problems.append(Problem(queue, "bundle", message, advice, "warning"))
    return problems
