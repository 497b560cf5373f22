"""Service Quotas knows those of EC2 that the scenario has: moto knows none."""

from __future__ import annotations

import json
from typing import Any

from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.responses import ServiceQuotasResponse

from tests.lab.aws import population


def install() -> None:
    served: Any = ServiceQuotasResponse
    served.get_service_quota = _get_service_quota


def _get_service_quota(response: ServiceQuotasResponse) -> str:
    asked = json.loads(response.body)
    scenario = population.world().scenario
    held = scenario.quotas if (asked["ServiceCode"], response.region) == ("ec2", scenario.region) else ()
    for quota in held:
        if quota.code == asked["QuotaCode"]:
            known = {"ServiceCode": "ec2", "QuotaCode": quota.code, "QuotaName": quota.name, "Value": quota.value}
            return json.dumps({"Quota": known})
    raise NoSuchResource
