"""Service Quotas knows what the scenario has: moto knows no quota on vCPUs."""

from __future__ import annotations

import json
from typing import Any

from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.responses import ServiceQuotasResponse

from tests.lab.aws import population


def install() -> None:
    served: Any = ServiceQuotasResponse
    served.get_service_quota = lambda response: _quota(response, of_account=True)
    served.get_aws_default_service_quota = lambda response: _quota(response, of_account=False)


def _quota(response: ServiceQuotasResponse, *, of_account: bool) -> str:
    asked = json.loads(response.body)
    scenario = population.world().scenario
    for quota in scenario.quotas if response.region == scenario.region else ():
        if (quota.service, quota.code) == (asked["ServiceCode"], asked["QuotaCode"]):
            if of_account and not quota.applied:
                break
            known = {"ServiceCode": quota.service, "QuotaCode": quota.code}
            return json.dumps({"Quota": {**known, "QuotaName": quota.name, "Value": quota.value}})
    raise NoSuchResource
