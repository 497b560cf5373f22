"""Systems Manager answers as AWS gives them: the recommended ECS AMIs as JSON, not as Python prints them."""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.ssm.responses import SimpleSystemManagerResponse

OPTIMISED = "/aws/service/ecs/optimized-ami/"
_moto_get_parameter = SimpleSystemManagerResponse.get_parameter


def install() -> None:
    served: Any = SimpleSystemManagerResponse
    served.get_parameter = _get_parameter


def _get_parameter(response: SimpleSystemManagerResponse) -> ActionResult:
    answer = _moto_get_parameter(response)
    result: Any = answer.result
    parameter = result["Parameter"]
    if parameter["Name"].startswith(OPTIMISED) and isinstance(parameter["Value"], dict):
        parameter["Value"] = json.dumps(parameter["Value"])
    return answer
