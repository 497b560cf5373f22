"""Instance types behind the names a compute environment may hold: a type, a family, or one of Batch's bundles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nfconfgen.executors.awsbatch.client import BATCH_SIZE, Aws, batched
from nfconfgen.executors.awsbatch.facts.region import InstanceType, RegionFacts

ARCHITECTURES = ("x86_64", "arm64")
"""What containers are built for."""

# What Batch chose from in November 2026. It changes, so types that are seen running count besides, and a build
# says that this is a guess: https://docs.aws.amazon.com/batch/latest/userguide/instance-type-compute-table.html
BUNDLES: Mapping[str, tuple[str, ...]] = {
    "optimal": ("m6i", "c6i", "r6i", "c7i"),
    "default_x86_64": ("m6i", "c6i", "r6i", "c7i"),
    "default_arm64": ("m6g", "c6g", "r6g", "c7g"),
}


def instance_types(asked: Iterable[str], families: Mapping[str, Sequence[str]]) -> set[str]:
    """The types these names stand for."""
    names: set[str] = set()
    for name in asked:
        for member in BUNDLES.get(name, (name,)):
            names.update([member] if "." in member else families.get(member, ()))
    return names


def data_sheets(
    aws: Aws, asked: Iterable[Sequence[str]], known: RegionFacts
) -> tuple[dict[str, InstanceType], dict[str, list[str]]]:
    """The data sheets of all types these names stand for, and the types of each family among them.

    Asks EC2 only for what is not known, or not whole; what it does not know either (no such type in this region) is
    missing. A family's bare-metal types are left out: Batch starts them only where they are named.
    """
    sheets = dict(known.instance_types)
    members = _members(asked)
    families = {member for member in members if "." not in member}
    unlisted = sorted(families - _members(environment.asked for environment in known.environments.values()))
    # of a lock of before they were kept
    without_gpus = {name for name, sheet in sheets.items() if sheet.gpus is None}
    wanted = [*sorted(members - families - set(sheets) | without_gpus), *(f"{family}.*" for family in unlisted)]

    def ask(some: Sequence[str]) -> list[Any]:
        names = [{"Name": "instance-type", "Values": list(some)}]
        page = {"PageSize": BATCH_SIZE}
        return aws.pages("ec2", "describe_instance_types", "InstanceTypes", Filters=names, PaginationConfig=page)

    for sheet in (sheet for answer in aws.side_by_side(ask, batched(wanted)) for sheet in answer):
        sheets[str(sheet["InstanceType"])] = _sheet(sheet)
    return sheets, {family: _of_family(family, sheets) for family in families}


def _sheet(said: Mapping[str, Any]) -> InstanceType:
    cpus, memory_mib = said["VCpuInfo"]["DefaultVCpus"], said["MemoryInfo"]["SizeInMiB"]
    architectures = said.get("ProcessorInfo", {}).get("SupportedArchitectures", [])
    return InstanceType(
        int(cpus),
        int(memory_mib),
        str(said.get("Hypervisor", "")),
        # Batch reserves physical GPUs, and those of NVIDIA only: g4ad (AMD), dl1 (Gaudi) and the parts of a GPU in a
        # g6f (Count 0) are none
        {
            str(gpu["Name"]): int(gpu["Count"])
            for gpu in said.get("GpuInfo", {}).get("Gpus", [])
            if str(gpu.get("Manufacturer", "")).upper() == "NVIDIA" and gpu.get("Count")
        },
        # those of old types run i386, too; no image is built for that
        str(next((name for name in architectures if name in ARCHITECTURES), "")),
    )


def _members(asked: Iterable[Sequence[str]]) -> set[str]:
    """The names with each bundle replaced by the families in it."""
    return {member for names in asked for name in names for member in BUNDLES.get(name, (name,))}


def _of_family(family: str, sheets: Mapping[str, InstanceType]) -> list[str]:
    return sorted(name for name in sheets if name.startswith(f"{family}.") and ".metal" not in name)
