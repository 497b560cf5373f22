"""What functions of a template come to: Ref, Fn::GetAtt, Fn::Sub, Fn::If and the like."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from tests.lab.aws.cloudformation.kinds import InvalidError

IN_TEXT = re.compile(r"\$\{(!?)([\w:.]+)\}")
NO_VALUE = "AWS::NoValue"


class Resource(Protocol):
    """What a template may refer to, besides values."""

    @property
    def made(self) -> str: ...

    def attribute(self, name: str) -> str: ...


class Known:
    """All that a function may refer to by name."""

    def __init__(
        self, values: Mapping[str, Any], resources: Mapping[str, Resource], content: Mapping[str, Any]
    ) -> None:
        self._values = dict(values)
        self.resources = dict(resources)
        self._mappings = content.get("Mappings") or {}
        self._conditions = content.get("Conditions") or {}

    def resolved(self, value: Any) -> Any:
        """The value with no function left in it."""
        if isinstance(value, list):
            return [item for item in map(self.resolved, value) if item is not None]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref":
                return self._ref(argument)
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](self, argument)
            if name.startswith("Fn::"):
                raise InvalidError(f"Template error: the double does not know {name}")
        items = ((key, self.resolved(item)) for key, item in value.items())
        return {key: item for key, item in items if item is not None}

    def holds(self, condition: Any) -> bool:
        """A condition by its name, or as it is written."""
        if isinstance(condition, str):
            if condition not in self._conditions:
                raise InvalidError(f"Template format error: Unresolved condition dependency {condition}")
            return self.holds(self._conditions[condition])
        ((name, argument),) = condition.items()
        if name == "Condition":
            return self.holds(argument)
        if name == "Fn::Equals":
            one, other = map(self.resolved, argument)
            return str(one) == str(other)
        if name == "Fn::Not":
            return not self.holds(argument[0])
        return (all if name == "Fn::And" else any)(map(self.holds, argument))

    def _ref(self, name: str) -> Any:
        return self.resources[name].made if name in self.resources else self._value(name)

    def _value(self, name: str) -> Any:
        if name not in self._values:
            raise InvalidError(f"Template error: {name} is not there")
        return self._values[name]

    def _attribute(self, argument: Any) -> str:
        name, _, attribute = (argument if isinstance(argument, str) else ".".join(argument)).partition(".")
        if name not in self.resources:
            raise InvalidError(f"Template error: instance of Fn::GetAtt references undefined resource {name}")
        return self.resources[name].attribute(attribute)

    def _text(self, argument: Any) -> str:
        text, own = (argument[0], argument[1]) if isinstance(argument, list) else (argument, {})

        def put(found: re.Match[str]) -> str:
            literal, name = found.groups()
            if literal:
                return f"${{{name}}}"
            if name in own:
                return str(self.resolved(own[name]))
            return str(self._attribute(name) if "." in name else self._ref(name))

        return IN_TEXT.sub(put, text)

    def _if(self, argument: Any) -> Any:
        return self.resolved(argument[1] if self.holds(argument[0]) else argument[2])

    def _join(self, argument: Any) -> str:
        return str(argument[0]).join(map(str, self.resolved(argument[1])))

    def _select(self, argument: Any) -> Any:
        return self.resolved(argument[1])[int(self.resolved(argument[0]))]

    def _split(self, argument: Any) -> list[str]:
        return str(self.resolved(argument[1])).split(argument[0])

    def _find_in_map(self, argument: Any) -> Any:
        name, first, second = map(self.resolved, argument)
        return self._mappings[name][first][second]

    def _base64(self, argument: Any) -> str:
        return base64.b64encode(str(self.resolved(argument)).encode()).decode()

    def _json(self, argument: Any) -> str:
        return json.dumps(self.resolved(argument))


_FUNCTIONS: dict[str, Callable[[Known, Any], Any]] = {
    "Fn::GetAtt": Known._attribute,
    "Fn::Sub": Known._text,
    "Fn::If": Known._if,
    "Fn::Join": Known._join,
    "Fn::Select": Known._select,
    "Fn::Split": Known._split,
    "Fn::FindInMap": Known._find_in_map,
    "Fn::Base64": Known._base64,
    "Fn::ToJsonString": Known._json,
}


def references(value: Any) -> Iterator[tuple[str, str | None]]:
    """What it refers to: names, with the attribute if it is one that is wanted."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        if key == "Ref":
            yield str(item), None
        elif key == "Fn::GetAtt":
            name, _, attribute = (item if isinstance(item, str) else ".".join(item)).partition(".")
            yield name, attribute
        elif key == "Fn::Sub":
            text, own = (item[0], item[1]) if isinstance(item, list) else (item, {})
            yield from references(list(own.values()))
            for literal, found in IN_TEXT.findall(text):
                name, _, attribute = found.partition(".")
                if not literal and name not in own:
                    yield name, attribute or None
        elif key == "DependsOn":
            yield from ((name, None) for name in ([item] if isinstance(item, str) else item))
        else:
            yield from references(item)
