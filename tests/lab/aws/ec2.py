"""EC2 answers as AWS gives them: at most 100 instance types by name, or pages of at most 100."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError, InvalidNextToken, InvalidParameterCombination
from moto.ec2.responses.instances import InstanceResponse

from tests.lab.aws.paging import LIMIT, BadTokenError, page


def install() -> None:
    served: Any = InstanceResponse
    served.describe_instance_types = _describe_instance_types


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
