"""Templates: what they hold, in which order, and what it comes to with the parameters and resources of a stack."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import yaml
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.utilities.utils import get_partition

from tests.lab.aws.cloudformation.functions import NO_VALUE, Known, Resource, references
from tests.lab.aws.cloudformation.kinds import InvalidError, Properties

PSEUDO = "AWS::"
NAMES = ("RoleName", "ManagedPolicyName", "InstanceProfileName", "PolicyName")
OF_CHINA = "aws-cn"


@dataclass(frozen=True, slots=True)
class Template:
    """`given` are all its parameters, as text."""

    body: str
    content: dict[str, Any]
    given: Mapping[str, str]

    @property
    def resources(self) -> dict[str, Any]:
        found: dict[str, Any] = self.content["Resources"]
        return found

    def known(self, stack_id: str, name: str, region: str, resources: Mapping[str, Resource]) -> Known:
        partition = get_partition(region)
        values = {
            "AWS::AccountId": DEFAULT_ACCOUNT_ID,
            NO_VALUE: None,
            "AWS::Partition": partition,
            "AWS::Region": region,
            "AWS::StackId": stack_id,
            "AWS::StackName": name,
            "AWS::URLSuffix": "amazonaws.com.cn" if partition == OF_CHINA else "amazonaws.com",
            **{key: self._value(key, text) for key, text in self.given.items()},
        }
        return Known(values, resources, self.content)

    def _value(self, name: str, text: str) -> Any:
        kind = str(self.content["Parameters"][name].get("Type", "String"))
        if "List" in kind:
            return [part.strip() for part in text.split(",")]
        return json.loads(text) if kind == "Number" else text

    def order(self, known: Known) -> list[str]:
        """The resources whose condition holds, each after those that it refers to."""
        held = [name for name, resource in self.resources.items() if _holds(resource, known)]
        done: list[str] = []

        def visit(name: str, on_the_way: tuple[str, ...]) -> None:
            if name in on_the_way:
                raise InvalidError(f"Circular dependency between resources: [{', '.join(on_the_way)}]")
            if name in held and name not in done:
                for other in sorted(self.needs(name), key=held.index):
                    visit(other, (*on_the_way, name))
                done.append(name)

        for name in held:
            visit(name, ())
        return done

    def needs(self, name: str) -> set[str]:
        """Resources that this one refers to."""
        return {owner for owner, _ in references(self.resources[name])} & self.resources.keys()

    def properties(self, name: str, known: Known) -> Properties:
        """Of this resource, as JSON would write them."""
        found = known.resolved(self.resources[name].get("Properties") or {})
        return cast("Properties", json.loads(json.dumps(found, default=str)))

    def outputs(self, known: Known) -> list[dict[str, Any]]:
        found = []
        for key, output in (self.content.get("Outputs") or {}).items():
            if _holds(output, known):
                text = str(known.resolved(output["Value"]))
                shown = {"OutputKey": key, "OutputValue": text, "Description": output.get("Description")}
                found.append({k: v for k, v in shown.items() if v is not None})
        return found

    def retains(self, name: str, policy: str = "DeletionPolicy") -> str:
        return str(self.resources.get(name, {}).get(policy, "Delete"))

    def capabilities(self) -> list[str]:
        """What has to be acknowledged, in the weakest form that will do."""
        of_iam = [r for r in self.resources.values() if str(r["Type"]).startswith("AWS::IAM::")]
        named = any(name in (r.get("Properties") or {}) for r in of_iam for name in NAMES)
        return ["CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"] if of_iam else []


def read(body: str, asked: Iterable[Mapping[str, Any]], before: Mapping[str, str]) -> Template:
    """The template with the parameters `asked` for; UsePreviousValue takes one of those of `before`."""
    content = parsed(body)
    slots = content.get("Parameters") or {}
    given = {key: str(slot["Default"]) for key, slot in slots.items() if "Default" in slot}
    for parameter in asked:
        name = parameter["ParameterKey"]
        previous = str(parameter.get("UsePreviousValue", "")).lower() == "true"
        if previous and name not in before:
            raise InvalidError(f"Invalid template parameter: no previous value of {name}")
        given[name] = before[name] if previous else str(parameter.get("ParameterValue", ""))
    if unknown := sorted(given.keys() - slots.keys()):
        raise InvalidError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    if missing := [name for name in slots if name not in given]:
        raise InvalidError(f"Parameters: [{', '.join(missing)}] must have values")
    for name, text in given.items():
        allowed = slots[name].get("AllowedValues")
        if allowed and text not in map(str, allowed):
            raise InvalidError(f"Parameter '{name}' must be one of AllowedValues")
    template = Template(body, content, given)
    _refuse_unresolved(template)
    return template


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms of functions; anchors are refused as CloudFormation does it."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("YAML aliases are not allowed in CloudFormation templates")
        return super().compose_node(parent, index)


def _short(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(cast("yaml.MappingNode", node), deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


yaml.add_multi_constructor("!", _short, _Loader)


def parsed(body: str) -> dict[str, Any]:
    """A template, of which nothing is known but that it has resources."""
    try:
        content = yaml.load(body, _Loader)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise InvalidError(f"Template format error: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("Resources"), dict):
        raise InvalidError("Template format error: At least one Resources member must be defined.")
    return content


def _refuse_unresolved(template: Template) -> None:
    known = template.resources.keys() | template.given.keys()
    for block in ("Resources", "Outputs"):
        names = {owner for owner, _ in references(template.content.get(block))}
        if unknown := sorted(name for name in names - known if not name.startswith(PSEUDO)):
            raise InvalidError(
                f"Template format error: Unresolved resource dependencies [{', '.join(unknown)}] in the {block} "
                "block of the template"
            )


def _holds(definition: Mapping[str, Any], known: Known) -> bool:
    condition = definition.get("Condition")
    return not condition or known.holds(condition)
