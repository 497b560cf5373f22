"""The instance types that a region offers a site, whether or not one of its queues has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nfconfgen.executors.awsbatch.client import BATCH_SIZE, Aws
from nfconfgen.executors.awsbatch.facts.instance_types import sheet
from nfconfgen.executors.awsbatch.facts.not_yet import lacks_image
from nfconfgen.executors.awsbatch.facts.region import Environment, InstanceType, Offer, Reading, RegionFacts
from nfconfgen.facts.model import Shape
from nfconfgen.profile.model import Site

# Types whose speed ends with their credits (T) are of no use to tasks that compute all the time, and Batch starts
# bare metal only if it is named.
_USABLE = {"bare-metal": "false", "burstable-performance-supported": "false", "supported-virtualization-type": "hvm"}
_OTHER_ACCELERATORS = ("FpgaInfo", "InferenceAcceleratorInfo", "MediaAcceleratorInfo", "NeuronInfo")


def offered(aws: Aws, site: Site, known: RegionFacts) -> list[Shape]:
    """The current types of the region of `aws`, and those of the families that the site has now, smallest first.

    They have the architecture of its machines (x86_64 if that is not known), and GPUs only if one of its tasks asks
    for some. `memory_mib` is what a queue of the site is known to offer, else the least that was measured of the type
    in this region, else the estimate; `machine_mib` is the nominal memory. None if it has only Fargate. AwsError if
    AWS does not answer.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html: it describes the types of
    the region that is asked; a zone of it may lack some of them.
    """
    pools = [pool for pool in known.pools(site) if not pool.fixed_sizes]
    own = [shape for pool in pools for shape in pool.shapes]
    if not pools:
        return []
    with_gpus = any(task.gpus is not None and task.gpus.count for task in site.tasks)
    sheets = _sheets(aws, own, with_gpus=with_gpus)
    shapes = _as_a_queue_would(sheets, [pool.name for pool in pools], known)
    # a type of several queues counts with the least
    shapes |= {each.name: each for each in sorted(own, key=lambda each: -each.memory_mib) if each.name in sheets}
    found = (replace(shape, machine_mib=sheets[name].memory_mib) for name, shape in shapes.items())
    return sorted(found, key=lambda shape: shape.size)


def _sheets(aws: Aws, own: Iterable[Shape], *, with_gpus: bool) -> dict[str, InstanceType]:
    """The data sheets of what is offered."""
    architectures = sorted({shape.architecture for shape in own if shape.architecture}) or ["x86_64"]
    families = sorted({f"{shape.name.partition('.')[0]}.*" for shape in own})

    def ask(which: Mapping[str, Sequence[str]]) -> list[Any]:
        usable = {name: [value] for name, value in _USABLE.items()}
        wanted = {**usable, "processor-info.supported-architecture": architectures, **which}
        filters = [{"Name": name, "Values": list(values)} for name, values in wanted.items()]
        page = {"PageSize": BATCH_SIZE}
        return aws.pages("ec2", "describe_instance_types", "InstanceTypes", Filters=filters, PaginationConfig=page)

    questions = [{"current-generation": ["true"]}, *([{"instance-type": families}] if families else [])]
    answers = [each for answer in aws.side_by_side(ask, questions) for each in answer]
    sheets = {str(each["InstanceType"]): sheet(each) for each in answers if _of_use(each, with_gpus=with_gpus)}
    return {name: each for name, each in sheets.items() if not lacks_image(name, sheets)}


def _of_use(reported: Mapping[str, Any], *, with_gpus: bool) -> bool:
    """Whether it has no accelerator besides GPUs that are asked for, and that Batch can reserve."""
    if any(reported.get(key) for key in _OTHER_ACCELERATORS):
        return False
    return not reported.get("GpuInfo") or (with_gpus and bool(sheet(reported).gpus))


def _as_a_queue_would(
    sheets: Mapping[str, InstanceType], queues: Sequence[str], known: RegionFacts
) -> dict[str, Shape]:
    """The shapes of these types as if an environment had them all that starts them as the site's environments do."""
    present = [known.environments[each] for queue in queues for each in known.queues.get(queue, ())]
    reserved_mib = max((environment.reserved_mib for environment in present), default=0)
    images = {environment.image for environment in present}
    images |= {offer.ami for environment in present for offer in environment.offers.values()}
    offers = {name: _offer(known.measured.get(name, {}), images) for name in sheets}
    facts = replace(
        known,
        instance_types=sheets,
        environments={"": Environment("EC2", 0, "", (), offers, reserved_mib=reserved_mib)},
    )
    return {shape.name: shape for shape in facts.shapes("")}


def _offer(readings: Mapping[str, Reading], images: Iterable[str]) -> Offer:
    """The least of what was measured with the AMIs of the site, or else with any."""
    used = [ami for ami in readings if ami in images] or list(readings)
    if not used:
        return Offer("estimated")
    return Offer("remembered", min(sorted(used), key=lambda ami: readings[ami].memory_mib))
