"""A CloudFormation template as values, to compare two of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

MARK = ": made by nfconfgen"
"""Ends the description of every template that nfconfgen writes."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_LOADER):  # type: ignore[misc]
    """Reads the short forms of functions, as `!Ref X`, as {Ref: X}, {Fn::GetAtt: X.Y} and so on."""


def _function(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _function)


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource; `attributes` are those besides its type and properties, as DeletionPolicy."""

    kind: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Template:
    """A template; `parameters` by their names."""

    description: str = ""
    resources: Mapping[str, Resource] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ours(self) -> bool:
        return self.description.endswith(MARK)


def parse(text: str) -> Template:
    """ValueError if the text is no template."""
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of SafeLoader
        return Template(
            str(data.get("Description", "")),
            {str(name): _resource(item) for name, item in data["Resources"].items()},
            data.get("Parameters") or {},
            data.get("Outputs") or {},
        )
    except (yaml.YAMLError, RecursionError, AttributeError, KeyError, TypeError) as error:
        raise ValueError("it is not a template") from error


def _resource(item: Mapping[str, Any]) -> Resource:
    own = ("Type", "Properties")
    rest = {name: value for name, value in item.items() if name not in own}
    return Resource(str(item["Type"]), item.get("Properties") or {}, rest)
