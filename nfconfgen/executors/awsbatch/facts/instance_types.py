"""The instance types behind the names in a compute environment: a type, a family, or one of Batch's bundles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nfconfgen.executors.awsbatch.client import BATCH_SIZE, Aws, batched
from nfconfgen.executors.awsbatch.facts.region import InstanceType, RegionFacts

ARCHITECTURES = ("x86_64", "arm64")
"""The architectures that containers are built for."""

# The families Batch chose from in November 2026. They change, so types that run count too, and a build warns that
# this is a guess: https://docs.aws.amazon.com/batch/latest/userguide/instance-type-compute-table.html
BUNDLES: Mapping[str, tuple[str, ...]] = {
    "optimal": ("m6i", "c6i", "r6i", "c7i"),
    "default_x86_64": ("m6i", "c6i", "r6i", "c7i"),
    "default_arm64": ("m6g", "c6g", "r6g", "c7g"),
}


def instance_types(asked: Iterable[str], families: Mapping[str, Sequence[str]]) -> set[str]:
    """The instance types that these names stand for."""
    members = _members([asked])
    return {name for member in members for name in ([member] if "." in member else families.get(member, ()))}


def data_sheets(
    aws: Aws, asked: Iterable[Sequence[str]], known: RegionFacts
) -> tuple[dict[str, InstanceType], dict[str, list[str]]]:
    """The data sheets of all types these names stand for, and the types of each family among them.

    Only unknown or incomplete sheets are queried; a type that does not exist in this region has none. The bare-metal
    types of a family are left out: Batch starts them only if they are named.
    """
    sheets = dict(known.instance_types)
    members = _members(asked)
    families = {member for member in members if "." not in member}
    unlisted = sorted(families - _members(environment.asked for environment in known.environments.values()))
    # from a lock written before GPUs were recorded
    without_gpus = {name for name, each in sheets.items() if each.gpus is None}
    wanted = [*sorted(members - families - set(sheets) | without_gpus), *(f"{family}.*" for family in unlisted)]

    def ask(some: Sequence[str]) -> list[Any]:
        names = [{"Name": "instance-type", "Values": list(some)}]
        page = {"PageSize": BATCH_SIZE}
        return aws.pages("ec2", "describe_instance_types", "InstanceTypes", Filters=names, PaginationConfig=page)

    for each in (each for answer in aws.side_by_side(ask, batched(wanted)) for each in answer):
        sheets[str(each["InstanceType"])] = sheet(each)
    return sheets, {
        family: sorted(name for name in sheets if name.startswith(f"{family}.") and ".metal" not in name)
        for family in families
    }


def sheet(reported: Mapping[str, Any]) -> InstanceType:
    """The data sheet of a type as DescribeInstanceTypes reports it."""
    cpus, memory_mib = reported["VCpuInfo"]["DefaultVCpus"], reported["MemoryInfo"]["SizeInMiB"]
    architectures = reported.get("ProcessorInfo", {}).get("SupportedArchitectures", [])
    return InstanceType(
        int(cpus),
        int(memory_mib),
        str(reported.get("Hypervisor", "")),
        # Batch reserves whole GPUs of NVIDIA only: g4ad (AMD), dl1 (Gaudi) and the parts of a GPU in a g6f (Count 0)
        # do not count
        {
            str(gpu["Name"]): int(gpu["Count"])
            for gpu in reported.get("GpuInfo", {}).get("Gpus", [])
            if str(gpu.get("Manufacturer", "")).upper() == "NVIDIA" and gpu.get("Count")
        },
        # old types support i386 too, which no image is built for
        str(next((name for name in architectures if name in ARCHITECTURES), "")),
    )


def _members(asked: Iterable[Iterable[str]]) -> set[str]:
    """The names with each bundle replaced by the families in it."""
    return {member for names in asked for name in names for member in BUNDLES.get(name, (name,))}
