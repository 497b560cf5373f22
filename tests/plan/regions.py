"""Queues of AWS Batch made by hand: instance types as EC2's data sheets have them, none measured."""

from __future__ import annotations

from collections.abc import Sequence

from nfconfgen.executors.awsbatch.facts.region import Environment, InstanceType, Offer, RegionFacts
from nfconfgen.facts.gather import pools_of
from nfconfgen.plan.model import Plan
from nfconfgen.plan.plan import plan
from tests.core import load_text

SHEETS = {
    "m5.xlarge": InstanceType(4, 16384, "nitro", {}, "x86_64"),
    "m5.12xlarge": InstanceType(48, 196608, "nitro", {}, "x86_64"),
    "r5.xlarge": InstanceType(4, 32768, "nitro", {}, "x86_64"),
    "g4dn.xlarge": InstanceType(4, 16384, "nitro", {"T4": 1}, "x86_64"),
    "g4dn.8xlarge": InstanceType(32, 131072, "nitro", {"T4": 1}, "x86_64"),
    "g4dn.12xlarge": InstanceType(48, 196608, "nitro", {"T4": 4}, "x86_64"),
    "g5.xlarge": InstanceType(4, 16384, "nitro", {"A10G": 1}, "x86_64"),
    "x1.odd": InstanceType(8, 8192, "nitro", {"V100": 1}, "x86_64"),
    "m6g.xlarge": InstanceType(4, 16384, "nitro", {}, "arm64"),
    "old.xlarge": InstanceType(4, 16384, "nitro"),
}


def region(*queues: Sequence[str], kind: str = "EC2") -> RegionFacts:
    """Queues q1, q2 …, each of these instance types."""
    names = [f"q{number}" for number in range(1, len(queues) + 1)]
    environments = {
        name: Environment(kind, 256, "default", tuple(types), {each: Offer("estimated") for each in types})
        for name, types in zip(names, queues, strict=True)
    }
    return RegionFacts({name: (name,) for name in names}, environments, SHEETS, fair_share=())


def text(facts: RegionFacts, tasks: str = "", fit: str = "request", attempts: int = 3) -> str:
    """A profile of one site on all its queues; `tasks` are the keys of the default, in one line."""
    return (
        f"nfconfgen: 1\npipeline: {{name: p}}\nretry: {{attempts: {attempts}, exit_codes: [137], memory: attempt}}\n"
        f"{f'tasks: {{default: {{{tasks}}}}}' if tasks else ''}\n"
        f"sites:\n  s: {{executor: awsbatch, region: eu-central-1, queues: [{', '.join(facts.queues)}], "
        f"fit: {fit}, work_dir: s3://bucket/work}}\n"
    )


def planned(facts: RegionFacts, tasks: str = "", fit: str = "request", attempts: int = 3) -> Plan:
    return plan_of(text(facts, tasks, fit, attempts), facts)


def plan_of(profile: str, facts: RegionFacts) -> Plan:
    loaded = load_text(profile, "p.yml")
    assert loaded.profile is not None, loaded.findings
    made = [pools_of(site, facts) for site in loaded.profile.sites]
    return plan(loaded.profile, {key: pools for each in made for key, pools in each.items()})
