"""What a request asks for: the stack, the change set, the template. Refused if there is no such thing."""

from __future__ import annotations

from urllib.parse import urlsplit

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import BaseResponse
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from tests.lab.aws import population
from tests.lab.aws.cloudformation.held import KINDS, ChangeSet
from tests.lab.aws.cloudformation.kinds import InvalidError, StackError
from tests.lab.aws.cloudformation.stacks import Stack, stack_id
from tests.lab.aws.cloudformation.templates import Template, read


def template_of(response: BaseResponse, stack: Stack | None) -> Template:
    """The template with its parameters, refused if it is not acknowledged or not understood."""
    previous = response._get_bool_param("UsePreviousTemplate", False)
    template = read(
        body_of(response, stack if previous else None),
        response._get_param("Parameters") or [],
        stack.template.given if stack else {},
    )
    kinds = {str(resource.get("Type")) for resource in template.resources.values()}
    if unknown := sorted(kinds - KINDS.keys()):
        raise InvalidError(
            f"Template format error: Unrecognized resource types: [{', '.join(unknown)}] (by the double)"
        )
    given = set(response._get_param("Capabilities") or [])
    for needed in template.capabilities():
        if given.isdisjoint({needed, "CAPABILITY_NAMED_IAM"}):
            raise StackError("InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]")
    return template


def body_of(response: BaseResponse, stack: Stack | None) -> str:
    """Of the template that is sent along or named, or of the stack."""
    body, url = response._get_param("TemplateBody"), response._get_param("TemplateURL")
    if bool(stack) + bool(body) + bool(url) != 1:
        raise InvalidError("Either Template URL or Template Body must be specified.")
    return stack.template.body if stack else str(body) if body else _stored(url, response)


def new_stack(response: BaseResponse, name: str, template: Template) -> Stack:
    stack = Stack(
        id=stack_id(name, response.region),
        name=name,
        region=response.region,
        template=template,
        tags=tags_of(response, None),
        capabilities=response._get_param("Capabilities") or [],
    )
    stack.protected = bool(response._get_bool_param("EnableTerminationProtection", False))
    stack.retain_except_on_create = bool(response._get_bool_param("RetainExceptOnCreate", False))
    template.order(stack.known(template))  # no circles
    population.world().stacks[stack.id] = stack
    return stack


def tags_of(response: BaseResponse, stack: Stack | None) -> dict[str, str]:
    given = response._get_param("Tags")
    if given is None and stack is not None:
        return stack.tags
    return {tag["Key"]: tag["Value"] for tag in given or ()}


def stacks_of(response: BaseResponse) -> list[Stack]:
    return [stack for stack in population.world().stacks.values() if stack.region == response.region][::-1]


def find(response: BaseResponse, name: str) -> Stack | None:
    """By name or id, and not deleted."""
    return next((s for s in stacks_of(response) if name in (s.name, s.id) and not s.is_gone), None)


def stack_of(response: BaseResponse, name: str | None = None) -> Stack:
    """A deleted one by its id only."""
    name = name or response._get_param("StackName")
    if stack := find(response, name) or population.world().stacks.get(name):
        return stack
    raise InvalidError(f"Stack with id {name} does not exist")


def updatable(response: BaseResponse) -> Stack:
    name = response._get_param("StackName")
    if (stack := find(response, name)) is None:
        raise InvalidError(f"Stack [{name}] does not exist")
    if not stack.shown.endswith("_COMPLETE") or stack.shown == "ROLLBACK_COMPLETE":
        raise InvalidError(f"Stack:{stack.id} is in {stack.shown} state and can not be updated.")
    return stack


def change_set_of(response: BaseResponse) -> tuple[Stack, ChangeSet]:
    name, of = response._get_param("ChangeSetName"), response._get_param("StackName")
    for stack in stacks_of(response):
        for found in stack.change_sets.values():
            if found.id == name or (found.name == name and of in (stack.name, stack.id)):
                return stack, found
    raise StackError("ChangeSetNotFoundException", f"ChangeSet [{name}] does not exist")


def _stored(url: str, response: BaseResponse) -> str:
    """A template in a bucket, named by the host or by the path."""
    parts = urlsplit(url)
    host, path = parts.hostname or "", parts.path.lstrip("/")
    bucket, key = (host.partition(".")[0], path) if ".s3." in host else path.split("/", 1)
    held = s3_backends[DEFAULT_ACCOUNT_ID][get_partition(response.region)].get_object(bucket, key)
    if held is None:
        raise InvalidError("S3 error: The specified key does not exist.")
    return held.value.decode()
