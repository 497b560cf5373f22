"""Roles, instance profiles and policies of a stack."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, iam_backends
from moto.utilities.utils import get_partition

from tests.lab.aws.cloudformation.kinds import Kind, Properties, RefusedError, text


class Role(Kind):
    named_by = "RoleName"
    create_only = ("RoleName", "Path")

    def create(self, region: str, name: str, wanted: Properties) -> str:
        trust, description = text(wanted["AssumeRolePolicyDocument"]), wanted.get("Description", "")
        most = str(wanted.get("MaxSessionDuration", 3600))
        bound = wanted.get("PermissionsBoundary")
        labels = wanted.get("Tags", [])
        _iam(region).create_role(name, trust, wanted.get("Path", "/"), bound, description, labels, most)
        try:
            self._let(region, name, wanted)
        except ServiceException:
            self.delete(region, name, wanted)
            raise
        return name

    def update(self, region: str, made: str, old: Properties, new: Properties) -> None:
        self._let_go(region, made, old)
        self._let(region, made, new)

    def delete(self, region: str, made: str, old: Properties) -> None:
        self._let_go(region, made, old)
        _iam(region).delete_role(made)

    def attribute(self, region: str, made: str, name: str) -> str | None:
        role = _iam(region).get_role(made)
        return {"Arn": role.arn, "RoleId": role.id}.get(name)

    def _let(self, region: str, made: str, wanted: Properties) -> None:
        backend = _iam(region)
        backend.update_assume_role_policy(made, text(wanted["AssumeRolePolicyDocument"]))
        for arn in wanted.get("ManagedPolicyArns", ()):
            if arn.rpartition("/")[2] in _of_aws() and ":iam::aws:" in arn and arn not in backend.managed_policies:
                name = arn.rpartition("/")[2]
                known = AWSManagedPolicy.from_data(name, DEFAULT_ACCOUNT_ID, region, _of_aws()[name])
                backend.managed_policies[known.arn] = known
            backend.attach_role_policy(arn, made)
        for policy in wanted.get("Policies", ()):
            backend.put_role_policy(made, policy["PolicyName"], text(policy["PolicyDocument"]))

    def _let_go(self, region: str, made: str, old: Properties) -> None:
        """What others have attached stays, and keeps the role from being deleted."""
        backend = _iam(region)
        role = backend.get_role(made)
        for arn in set(old.get("ManagedPolicyArns", ())) & set(role.managed_policies):
            backend.detach_role_policy(arn, made)
        for policy in old.get("Policies", ()):
            role.policies.pop(policy["PolicyName"], None)


class InstanceProfile(Kind):
    named_by = "InstanceProfileName"
    create_only = ("InstanceProfileName", "Path")

    def create(self, region: str, name: str, wanted: Properties) -> str:
        _iam(region).create_instance_profile(name, wanted.get("Path", "/"), wanted["Roles"])
        return name

    def update(self, region: str, made: str, old: Properties, new: Properties) -> None:
        backend = _iam(region)
        backend.get_instance_profile(made).roles = [backend.get_role(name) for name in new["Roles"]]

    def delete(self, region: str, made: str, old: Properties) -> None:
        _iam(region).delete_instance_profile(made, ignore_attached_roles=True)

    def attribute(self, region: str, made: str, name: str) -> str | None:
        return str(_iam(region).get_instance_profile(made).arn) if name == "Arn" else None


class ManagedPolicy(Kind):
    named_by = "ManagedPolicyName"
    create_only = ("ManagedPolicyName", "Path", "Description")

    def create(self, region: str, name: str, wanted: Properties) -> str:
        document, path = text(wanted["PolicyDocument"]), wanted.get("Path", "/")
        made = _iam(region).create_policy(wanted.get("Description", ""), path, document, name, []).arn
        self._attach(region, made, {}, wanted)
        return str(made)

    def update(self, region: str, made: str, old: Properties, new: Properties) -> None:
        versions = _iam(region).get_policy(made).versions
        if len(versions) > 4:  # CloudFormation makes room for the sixth
            versions.pop(0)
        _iam(region).create_policy_version(made, text(new["PolicyDocument"]), True)
        self._attach(region, made, old, new)

    def delete(self, region: str, made: str, old: Properties) -> None:
        self._attach(region, made, old, {})
        if _iam(region).get_policy(made).attachment_count:
            raise RefusedError("Cannot delete a policy attached to entities.", "ResourceConflict")
        _iam(region).delete_policy(made)

    def attribute(self, region: str, made: str, name: str) -> str | None:
        return made if name == "PolicyArn" else None

    def _attach(self, region: str, made: str, old: Properties, new: Properties) -> None:
        before, after = set(old.get("Roles", ())), set(new.get("Roles", ()))
        for role in before - after:
            _iam(region).detach_role_policy(made, role)
        for role in after - before:
            _iam(region).attach_role_policy(made, role)


def _iam(region: str) -> IAMBackend:
    return iam_backends[DEFAULT_ACCOUNT_ID][get_partition(region)]


@cache
def _of_aws() -> dict[str, Any]:
    """Managed policies of AWS by name; moto holds them all or none, and all take seconds."""
    return dict(json.loads(aws_managed_policies_data))
