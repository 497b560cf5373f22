"""EC2 answers as AWS gives them: at most 100 instance types by name, or pages of at most 100; the images and
launch templates of the scenario.
"""

from __future__ import annotations

from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError, InvalidNextToken, InvalidParameterCombination
from moto.ec2.responses.amis import AmisResponse
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.launch_templates import LaunchTemplates

from tests.lab.aws import population
from tests.lab.aws.paging import LIMIT, BadTokenError, page
from tests.lab.aws.scenario import Image

AMAZON = "591542846629"  # the account the ECS-optimised images belong to
CREATED = "%Y-%m-%dT%H:%M:%S.%fZ"
RESOLVED = "resolve:ssm:"
IMAGE_FILTERS = {"name": "Name", "image-id": "ImageId", "architecture": "Architecture", "owner-id": "OwnerId"}
_moto_describe_versions = LaunchTemplates.describe_launch_template_versions
_moto_describe_templates = LaunchTemplates.describe_launch_templates


def install() -> None:
    served: Any = InstanceResponse
    served.describe_instance_types = _describe_instance_types
    images: Any = AmisResponse
    images.describe_images = _describe_images
    templates: Any = LaunchTemplates
    templates.describe_launch_templates = _describe_launch_templates
    templates.describe_launch_template_versions = _describe_launch_template_versions


def _describe_images(response: AmisResponse) -> ActionResult:
    scenario = population.world().scenario
    held = scenario.images if scenario.region == response.region else ()
    images = {image.ami: _image(image, scenario.region) for image in held}
    asked = response._get_param("ImageIds") or []
    if malformed := [ami for ami in asked if not ami.startswith("ami-")]:
        raise EC2ClientError("InvalidAMIID.Malformed", f'Invalid id: "{malformed[0]}" (expecting "ami-...")')
    if unknown := [ami for ami in asked if ami not in images]:
        raise EC2ClientError(
            "InvalidAMIID.NotFound", f"The image id{'s'[: len(unknown) > 1]} '[{', '.join(unknown)}]' do not exist"
        )
    found = [images[ami] for ami in asked or images]
    for name, values in response._filters_from_querystring().items():
        if (member := IMAGE_FILTERS.get(name)) is None:
            raise EC2ClientError("InvalidParameterValue", f"The filter '{name}' is invalid")
        found = [image for image in found if any(fnmatchcase(str(image[member]), value) for value in values)]
    if owners := response._get_param("Owners") or []:
        own = {"amazon": AMAZON, "self": DEFAULT_ACCOUNT_ID}
        found = [image for image in found if image["OwnerId"] in {own.get(owner, owner) for owner in owners}]
    return ActionResult({"Images": found})


def _image(image: Image, region: str) -> dict[str, Any]:
    ours = image.owner is None
    described = {
        "ImageId": image.ami,
        "Name": image.name,
        "Description": image.description,
        "ImageLocation": f"{image.owner or DEFAULT_ACCOUNT_ID}/{image.name}",
        "OwnerId": DEFAULT_ACCOUNT_ID if ours else AMAZON,
        "ImageOwnerAlias": image.owner,
        "CreationDate": datetime.strptime(image.creation_date, CREATED),  # moto writes it out
        "DeprecationTime": image.deprecation_time,
        "Architecture": image.architecture,
        "RootDeviceName": image.root_device,
        "RootDeviceType": "ebs",
        "BlockDeviceMappings": [population.block_device(device) for device in image.block_devices],
        "State": "available",
        "ImageType": "machine",
        "VirtualizationType": "hvm",
        "Hypervisor": "xen",
        "PlatformDetails": "Linux/UNIX",
        "Public": not ours,
    }
    return {key: value for key, value in described.items() if value not in (None, "")}


def _describe_launch_templates(response: LaunchTemplates) -> ActionResult:
    asked = response._get_param("LaunchTemplateIds") or []
    if unknown := [i for i in asked if i not in response.ec2_backend.launch_templates]:
        # moto passes over them
        raise EC2ClientError(
            "InvalidLaunchTemplateId.NotFound",
            f"The specified launch template, with template ID {unknown[0]}, does not exist.",
        )
    return _moto_describe_templates(response)


def _describe_launch_template_versions(response: LaunchTemplates) -> ActionResult:
    """moto takes no notice of ResolveAlias."""
    answer = _moto_describe_versions(response)
    if str(response._get_param("ResolveAlias")).lower() == "true":
        result: Any = answer.result
        result["LaunchTemplateVersions"] = [
            version | {"LaunchTemplateData": _resolved(version["LaunchTemplateData"])}
            for version in result["LaunchTemplateVersions"]
        ]
    return answer


def _resolved(data: dict[str, Any]) -> dict[str, Any]:
    if not str(data.get("ImageId", "")).startswith(RESOLVED):
        return data
    name = data["ImageId"].removeprefix(RESOLVED)
    values = {parameter.name: parameter.value for parameter in population.world().scenario.parameters}
    if name not in values:
        raise EC2ClientError("InvalidParameterValue", f"The parameter {name} does not exist")
    return data | {"ImageId": values[name]}


def _describe_instance_types(response: InstanceResponse) -> ActionResult:
    names = response._get_param("InstanceTypes") or []
    size = response._get_param("MaxResults")
    _refuse(names, size)
    types = response.ec2_backend.describe_instance_types(names, response._filters_from_querystring())
    if names:
        return ActionResult({"InstanceTypes": types})
    token = response._get_param("NextToken")
    try:
        # All 1,400 types at once would take moto some ten seconds to write out.
        found, following = page(types, size or LIMIT, token)
    except BadTokenError:
        raise InvalidNextToken(token) from None
    return ActionResult({"InstanceTypes": found, "NextToken": following})


def _refuse(names: list[str], size: int | None) -> None:
    if names and size is not None:
        raise InvalidParameterCombination("The parameter instanceTypes cannot be used with the parameter maxResults")
    if len(names) > LIMIT:
        raise EC2ClientError("InvalidParameterValue", f"At most {LIMIT} instance types can be named")
    if size is not None and not 5 <= size <= LIMIT:
        raise EC2ClientError(
            "InvalidParameterValue", f"Value ({size}) for parameter maxResults is invalid. Expecting 5 to 100"
        )
