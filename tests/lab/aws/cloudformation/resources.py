"""Buckets, log groups, security groups and launch templates of a stack."""

from __future__ import annotations

from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.utils import convert_tag_spec, parse_user_data
from moto.logs.models import logs_backends
from moto.s3.models import PublicAccessBlock, s3_backends
from moto.utilities.utils import get_partition

from tests.lab.aws.cloudformation.kinds import Kind, Properties, RefusedError, tags, text
from tests.lab.aws.scenario import VPC


class Bucket(Kind):
    named_by = "BucketName"
    create_only = ("BucketName",)

    def create(self, region: str, name: str, wanted: Properties) -> str:
        backend = s3_backends[DEFAULT_ACCOUNT_ID][get_partition(region)]
        if name in s3_backends.bucket_accounts:
            raise RefusedError(f"{name} already exists", "AlreadyExists")
        backend.create_bucket(name, region)
        self.update(region, name, {}, wanted)
        return name

    def update(self, region: str, made: str, old: Properties, new: Properties) -> None:
        backend = s3_backends[DEFAULT_ACCOUNT_ID][get_partition(region)]
        bucket: Any = backend.get_bucket(made)
        default = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        (first, *_) = new.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", default)
        key = {"BucketKeyEnabled": first["BucketKeyEnabled"]} if "BucketKeyEnabled" in first else {}
        rule = {"ApplyServerSideEncryptionByDefault": first["ServerSideEncryptionByDefault"], **key}
        bucket.encryption = {"Rule": rule}
        block = new.get("PublicAccessBlockConfiguration")
        names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        bucket.public_access_block = PublicAccessBlock(*(block.get(n, False) for n in names)) if block else None
        owner = new.get("OwnershipControls", {}).get("Rules")
        bucket.ownership_rule = owner[0]["ObjectOwnership"] if owner else None
        bucket.set_lifecycle([_rule(r) for r in new.get("LifecycleConfiguration", {}).get("Rules", ())])
        bucket.versioning_status = new.get("VersioningConfiguration", {}).get("Status")
        backend.put_bucket_tagging(made, tags(new))

    def delete(self, region: str, made: str, old: Properties) -> None:
        backend = s3_backends[DEFAULT_ACCOUNT_ID][get_partition(region)]
        if made in backend.buckets and backend.delete_bucket(made) is None:
            raise RefusedError("The bucket you tried to delete is not empty (Service: S3, Status Code: 409)")

    def attribute(self, region: str, made: str, name: str) -> str | None:
        bucket = s3_backends[DEFAULT_ACCOUNT_ID][get_partition(region)].get_bucket(made)
        known = {
            "Arn": bucket.arn,
            "DomainName": bucket.domain_name,
            "RegionalDomainName": bucket.regional_domain_name,
        }
        return known.get(name)


def _rule(rule: Properties) -> Properties:
    """A lifecycle rule as S3 takes it."""
    kept = ("Status", "AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration")
    expires = {"Expiration": {"Days": rule["ExpirationInDays"]}} if "ExpirationInDays" in rule else {}
    return {"ID": rule.get("Id"), "Prefix": rule.get("Prefix", ""), **expires} | {
        key: rule[key] for key in kept if key in rule
    }


class BucketPolicy(Kind):
    create_only = ("Bucket",)

    def create(self, region: str, name: str, wanted: Properties) -> str:
        self.update(region, name, {}, wanted)
        return name

    def update(self, region: str, made: str, old: Properties, new: Properties) -> None:
        policy = text(new["PolicyDocument"]).encode()
        s3_backends[DEFAULT_ACCOUNT_ID][get_partition(region)].put_bucket_policy(new["Bucket"], policy)

    def delete(self, region: str, made: str, old: Properties) -> None:
        s3_backends[DEFAULT_ACCOUNT_ID][get_partition(region)].get_bucket(old["Bucket"]).policy = None


class LogGroup(Kind):
    named_by = "LogGroupName"
    create_only = ("LogGroupName",)

    def create(self, region: str, name: str, wanted: Properties) -> str:
        logs_backends[DEFAULT_ACCOUNT_ID][region].create_log_group(name, tags(wanted))
        self.update(region, name, {}, wanted)
        return name

    def update(self, region: str, made: str, old: Properties, new: Properties) -> None:
        days: Any = new.get("RetentionInDays")
        logs_backends[DEFAULT_ACCOUNT_ID][region].groups[made].set_retention_policy(days)

    def delete(self, region: str, made: str, old: Properties) -> None:
        logs_backends[DEFAULT_ACCOUNT_ID][region].groups.pop(made, None)

    def attribute(self, region: str, made: str, name: str) -> str | None:
        arn = f"arn:{get_partition(region)}:logs:{region}:{DEFAULT_ACCOUNT_ID}:log-group:{made}:*"
        return arn if name == "Arn" else None


class SecurityGroup(Kind):
    named_by = "GroupName"
    create_only = ("GroupName", "GroupDescription", "VpcId")

    def create(self, region: str, name: str, wanted: Properties) -> str:
        backend = ec2_backends[DEFAULT_ACCOUNT_ID][region]
        made = str(backend.create_security_group(name, wanted["GroupDescription"], wanted.get("VpcId", VPC)).id)
        self.update(region, made, {}, wanted)
        return made

    def update(self, region: str, made: str, old: Properties, new: Properties) -> None:
        group: Any = ec2_backends[DEFAULT_ACCOUNT_ID][region].get_security_group_from_id(made)
        # AWS lets everything out if nothing is said
        out = new.get("SecurityGroupEgress") or [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]
        group.egress_rules = [_permission(group, rule) for rule in out]
        group.ingress_rules = [_permission(group, rule) for rule in new.get("SecurityGroupIngress", ())]

    def delete(self, region: str, made: str, old: Properties) -> None:
        ec2_backends[DEFAULT_ACCOUNT_ID][region].delete_security_group(group_id=made)

    def attribute(self, region: str, made: str, name: str) -> str | None:
        return made if name in ("GroupId", "Id") else None


def _permission(group: Any, rule: Properties) -> SecurityGroupRule:
    ports = (rule.get("FromPort"), rule.get("ToPort"))
    return SecurityGroupRule(
        group.ec2_backend, rule["IpProtocol"], group.id, *ports, {"CidrIp": rule.get("CidrIp", "0.0.0.0/0")}
    )


class LaunchTemplate(Kind):
    named_by = "LaunchTemplateName"
    create_only = ("LaunchTemplateName", "TagSpecifications")

    def create(self, region: str, name: str, wanted: Properties) -> str:
        given = convert_tag_spec(wanted.get("TagSpecifications", []))
        backend = ec2_backends[DEFAULT_ACCOUNT_ID][region]
        made = backend.create_launch_template(name, wanted.get("VersionDescription", ""), _data(wanted), given)
        return str(made.id)

    def update(self, region: str, made: str, old: Properties, new: Properties) -> None:
        template = ec2_backends[DEFAULT_ACCOUNT_ID][region].launch_templates[made]
        template.create_version(_data(new), new.get("VersionDescription", ""))

    def undo(self, region: str, made: str, old: Properties, new: Properties) -> None:
        ec2_backends[DEFAULT_ACCOUNT_ID][region].launch_templates[made].versions.pop()

    def delete(self, region: str, made: str, old: Properties) -> None:
        backend = ec2_backends[DEFAULT_ACCOUNT_ID][region]
        if made in backend.launch_templates:
            backend.delete_launch_template("", made)

    def attribute(self, region: str, made: str, name: str) -> str | None:
        template = ec2_backends[DEFAULT_ACCOUNT_ID][region].launch_templates[made]
        known = {
            "LaunchTemplateId": made,
            "DefaultVersionNumber": str(template.default_version_number),
            "LatestVersionNumber": str(template.latest_version_number),
        }
        return known.get(name)


def _data(wanted: Properties) -> Properties:
    data: Properties = wanted["LaunchTemplateData"]
    return data | ({"UserData": parse_user_data(data["UserData"])} if "UserData" in data else {})
