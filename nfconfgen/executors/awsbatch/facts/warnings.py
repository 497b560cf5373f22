"""Warnings about the facts of a region: queues that start nothing, guesses, measurements that are lost."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.executors.awsbatch.facts.instance_types import BUNDLES
from nfconfgen.executors.awsbatch.facts.region import Environment, RegionFacts
from nfconfgen.facts.model import Problem


def problems(known: RegionFacts, facts: RegionFacts) -> list[Problem]:
    """All problems of the queues; `known` are the facts in the lock."""
    found = list(_empty(facts))
    for queue, names in facts.queues.items():
        for name in names:
            environment = facts.environments[name]
            found += _guess(queue, name, environment)
            found += _new_image(queue, name, environment, known.environments.get(name, environment))
    return found


def _new_image(queue: str, name: str, now: Environment, before: Environment) -> Iterator[Problem]:
    """A warning if the environment starts from another AMI than the one its instances were measured with."""
    if now.image == before.image:
        return
    lost = [t for t, offer in before.offers.items() if offer.ami and t in now.offers and not now.offers[t].ami]
    if lost:
        message = f"{queue}: compute environment {name} now starts from another AMI ({now.image})"
        advice = f"the measured memory of {', '.join(lost)} no longer counts; measure again: nfconfgen probe"
        yield Problem(queue, "new-image", message, advice, "warning")


def _empty(facts: RegionFacts) -> Iterator[Problem]:
    """An error for each queue that cannot start any instance."""
    for queue, names in facts.queues.items():
        if not facts.pool(queue).shapes:
            asked = sorted({name for env in names for name in facts.environments[env].asked})
            message = f"{queue} cannot start any instance: of {', '.join(asked)} none exists or fits its maxvCpus"
            yield Problem(queue, "queue-empty", message, "fix the compute environment")


def _guess(queue: str, name: str, environment: Environment) -> Iterator[Problem]:
    """A warning if Batch chooses the instance types of the environment and none of them is measured."""
    bundles = [bundle for bundle in environment.asked if bundle in BUNDLES]
    if bundles and all(offer.source == "estimated" for offer in environment.offers.values()):
        families = ", ".join(BUNDLES[bundles[0]])
        message = f"{queue}: Batch chooses the instance types of '{bundles[0]}' in {name}; {families} are assumed"
        advice = "name instance types or families in the compute environment"
        yield Problem(queue, "bundle", message, advice, "warning")
