"""The CloudFormation template of a site that declares queues."""

from __future__ import annotations

from collections.abc import Sequence

from nfconfgen.executors.awsbatch import definitions
from nfconfgen.executors.awsbatch.settings import BatchSettings, settings_of
from nfconfgen.executors.awsbatch.stack.content import Content, content
from nfconfgen.executors.awsbatch.stack.rights import Right, iam_text
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.profile.model import Profile, Site

FOLDER = "aws"
LARGEST_BYTES = 51200
"""The largest template that CloudFormation takes in a request:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""


def files(sites: Sequence[SitePlan], plan: Plan) -> dict[str, str]:
    """The template of each site that declares queues, by its path: aws/stack.yml, or aws/stack-SITE.yml if the
    profile has several such sites."""
    declaring = [site for site in sites if declares(site.site) and _sized(site.site)]
    return {name: text(site, plan, name) for site in declaring for name in [path(site.site, plan.profile)]}


def declares(site: Site) -> bool:
    """Whether a site has a stack. The queues of a variant are those of its site."""
    return isinstance(site.settings, BatchSettings) and bool(site.settings.made) and not site.is_variant


def _sized(site: Site) -> bool:
    """Whether all instance types are known; a plan without any facts has none."""
    settings = settings_of(site)
    return all(name in settings.sheets for each in settings.made for name in each.types)


def path(site: Site, profile: Profile) -> str:
    """The path of the template of a site below the output folder."""
    alone = sum(map(declares, profile.sites)) == 1
    return f"{FOLDER}/stack.yml" if alone else f"{FOLDER}/stack-{site.name}.yml"


def text(site: SitePlan, plan: Plan, file: str) -> str:
    # brings Jinja along, which a check of a pipeline does not need
    from nfconfgen.render.environment import render

    made = content(site)
    tags = dict(made.stack.tags)
    named = {"Name": made.stack.name, **tags}
    return render(
        "stack.yml.j2",
        source=plan.profile.source,
        site=site.site.name,
        pipeline=plan.profile.pipeline.name,
        file=file,
        made=made,
        plain_parameters=_plain_parameters(made),
        tags=_listed(tags),
        volume_tags=_listed(named),
        instance_tags=named,
        queue_tags=tags,
        files=_files(made.rights),
        head_files=_files(made.head_rights),
        queues=[queue for queue in made.queues if queue.declared.queue != f"{made.stack.name}-head"],
        named_queues=sorted(
            {queue.value for queue in site.site.named} - {queue.declared.queue for queue in made.queues}
        ),
        prefix=definitions.prefix(plan.profile.pipeline.name),
        **_key(made.key),
    )


def _files(rights: Sequence[Right]) -> dict[str, list[str]]:
    """Buckets, and objects that may be read and written, as texts for a policy."""
    return {
        "buckets": sorted({iam_text(right.bucket) for right in rights}),
        "readable": [each for right in rights for each in _objects(right)],
        "writable": [each for right in rights if right.writes for each in _objects(right)],
    }


def _listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _objects(right: Right) -> list[str]:
    """`bucket/folder/*`, what is below a folder; a path that is read may also be that of a file."""
    whole = iam_text("/".join(filter(None, (right.bucket, right.prefix))))
    return [f"{whole}/*"] if right.writes or not right.prefix else [whole, f"{whole}/*"]


def _key(key: str) -> dict[str, str]:
    """The key of KMS as its ARN, id or alias."""
    found = dict.fromkeys(("key_arn", "key_id", "key_alias"), "")
    if key.startswith("arn:") and ":alias/" not in key:
        return {**found, "key_arn": key}
    if "alias/" in key:
        return {**found, "key_alias": key[key.index("alias/") :]}
    return {**found, "key_id": key}


def _plain_parameters(made: Content) -> str:
    vpc = "" if made.stack.security_groups else " VpcId=vpc-…"
    return f"{vpc} SubnetIds={','.join(made.stack.subnets) or 'subnet-…,subnet-…'}"
