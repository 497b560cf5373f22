"""The job queues of an account that a first profile may name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nfconfgen.executors.awsbatch.client import Aws, AwsError
from nfconfgen.executors.awsbatch.facts.observe import observe
from nfconfgen.executors.awsbatch.facts.region import RegionFacts
from nfconfgen.executors.interface import Offers

if TYPE_CHECKING:
    from nfconfgen.facts.query import Query

_MOST = 20
"""The most queues whose machines are compared."""


def offers(region: str, query: Query) -> Offers:
    """The queues of this region, or of the one that the environment sets. AwsError if AWS does not answer."""
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        session = boto3.session.Session()
        region = region or os.environ.get("AWS_REGION", "") or session.region_name or ""
        known = session.get_credentials() is not None
    except BotoCoreError as error:
        return Offers(region, missing=f"AWS is not set up here ({error})")
    if not known:
        return Offers(region, missing="no AWS credentials were found")
    if not region:
        return Offers(missing="AWS credentials were found, but no region")
    aws = Aws(region, query.calls)
    described = aws.pages("batch", "describe_job_queues", "jobQueues")
    in_use = [queue for queue in described if (queue.get("state"), queue.get("status")) == ("ENABLED", "VALID")]
    # a queue with a scheduling policy needs a share identifier, which nobody can guess
    usable = sorted(str(queue["jobQueueName"]) for queue in in_use if not queue.get("schedulingPolicyArn"))
    ordered = _smallest_first(aws, usable, query.now)
    none = f"{region} has no job queue in use; a profile can declare them (docs/from-zero.md)"
    return Offers(region, ordered, missing="" if ordered else none)


def _smallest_first(aws: Aws, queues: Sequence[str], now: str) -> Sequence[str]:
    """As attempts climb from one to the next, without those that cannot run anything, or (Fargate) only with Fusion;
    in the order of their names if their machines cannot be seen."""
    if not 0 < len(queues) <= _MOST:
        return queues
    try:
        facts, _ = observe(aws, queues, RegionFacts(), now)
    except AwsError:
        return queues
    pools = [pool for pool in map(facts.pool, sorted(facts.queues)) if pool.shapes and not pool.fixed_sizes]
    return [pool.name for pool in sorted(pools, key=lambda pool: max(s.memory_mib for s in pool.shapes))]
