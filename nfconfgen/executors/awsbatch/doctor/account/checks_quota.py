"""Whether the account's quotas on vCPUs let an environment grow to its maximum."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.executors.awsbatch.doctor.account.quota_codes import FARGATE_CODES, Quota, code_of
from nfconfgen.executors.awsbatch.doctor.model import Environment
from nfconfgen.executors.awsbatch.doctor.subjects import OnEnvironment
from nfconfgen.executors.examination import Checks, Fault


def quota(on: OnEnvironment) -> Iterator[Fault]:
    """Quotas are of the whole account, so other environments may use them up, too. An environment of which one quota
    is not known may grow by that one."""
    env = on.environment
    smallest = _smallest(env)
    if env.fault[0] or not smallest or not set(smallest) <= set(env.quotas):
        return
    known = [env.quotas[code] for code in smallest]
    short = [each for each in known if each.vcpus < smallest[each.code][0]]
    total = sum(each.vcpus for each in known)
    if len(short) == len(known):
        least, name = smallest[short[0].code]
        message = f"{_named(short[0])} is less than one {name} of {env.name} ({least} vCPUs): none starts"
        yield Fault(on.place, message, _request(short[0], env.max_vcpus))
    elif env.max_vcpus > total:
        message = f"maxvCpus {env.max_vcpus} of {env.name} is more than {' and '.join(map(_named, known))}"
        yield Fault(on.place, message, f"{_request(known[0], env.max_vcpus)}; or lower maxvCpus", "warning")


def _smallest(env: Environment) -> dict[str, tuple[int, str]]:
    """By code of its quota, the vCPUs and the name of the smallest machine; the code is empty if it is not known."""
    if env.kind in FARGATE_CODES:
        return {FARGATE_CODES[env.kind]: (1, "task")}
    found: dict[str, tuple[int, str]] = {}
    for name, sheet in (env.sheets or {}).items() if env.on_instances else ():
        code = code_of(name, spot=env.kind == "SPOT")
        found[code] = min(found.get(code, (sheet.cpus, name)), (sheet.cpus, name))
    return found


def _named(quota: Quota) -> str:
    return f"the quota of {quota.vcpus} vCPUs for “{quota.name}” ({quota.code})"


def _request(quota: Quota, wanted: int) -> str:
    asked = f"--service-code {quota.service} --quota-code {quota.code} --desired-value {wanted}"
    return f"aws service-quotas request-service-quota-increase {asked}"


ON_QUOTAS: Checks[OnEnvironment] = {"quota": quota}
