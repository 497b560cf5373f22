"""What an update would do to each resource of a stack, as change sets list it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.lab.aws.cloudformation.computing import RESOURCES
from tests.lab.aws.cloudformation.functions import Known, references
from tests.lab.aws.cloudformation.held import KINDS, Held
from tests.lab.aws.cloudformation.kinds import InvalidError, Kind, Properties, text
from tests.lab.aws.cloudformation.templates import Template

RECREATION = ("Never", "Conditionally", "Always")
REPLACEMENT = {"Never": "False", "Conditionally": "Conditional", "Always": "True"}


@dataclass(frozen=True, slots=True)
class Change:
    action: str
    name: str
    type: str
    made: str | None = None
    # for Modify alone
    details: tuple[dict[str, Any], ...] = ()

    @property
    def replacement(self) -> str:
        needs = [detail["Target"]["RequiresRecreation"] for detail in self.details]
        return REPLACEMENT[max(needs, key=RECREATION.index, default="Never")]

    def describe(self, *, with_values: bool) -> dict[str, Any]:
        shown = {
            "Action": self.action,
            "LogicalResourceId": self.name,
            "PhysicalResourceId": self.made,
            "ResourceType": self.type,
            "Replacement": self.replacement if self.action == "Modify" else None,
            "Scope": sorted({detail["Target"]["Attribute"] for detail in self.details}),
            "Details": [_detail(detail, with_values) for detail in self.details],
        }
        return {key: value for key, value in shown.items() if value is not None}


def _detail(detail: Mapping[str, Any], with_values: bool) -> dict[str, Any]:
    values = ("Path", "BeforeValue", "AfterValue")
    target = {key: value for key, value in detail["Target"].items() if with_values or key not in values}
    return {**detail, "Target": target}


@dataclass(frozen=True, slots=True)
class _ToCome:
    """Stands for a resource that does not exist yet."""

    made: str

    def attribute(self, name: str) -> str:
        return f"{self.made}.{name}"


def changes(old: Template, new: Template, held: Mapping[str, Held], known: Known) -> list[Change]:
    """`held` are the resources of now, which are `known` already."""
    _refuse_other_types(new, held)
    order = new.order(known)
    found: list[Change] = []
    for name in order:
        kind = str(new.resources[name]["Type"])
        if name not in held:
            known.resources[name] = _ToCome(f"{{{{{name}}}}}")
            found.append(Change("Add", name, kind))
            continue
        changed = {change.name: change for change in found if change.action == "Modify"}
        before, after = held[name].properties, new.properties(name, known)
        direct = list(_direct(KINDS[kind], old, new, name, before, after))
        told = {detail["Target"]["Path"] for detail in direct}
        caused = _caused(KINDS[kind], new.resources[name].get("Properties") or {}, changed)
        details = (*direct, *(detail for detail in caused if detail["Target"]["Path"] not in told))
        if details:
            found.append(Change("Modify", name, kind, held[name].made, details))
    gone = [name for name in held if name not in order]
    return found + [Change("Remove", name, held[name].type, held[name].made) for name in gone]


def _refuse_other_types(new: Template, held: Mapping[str, Held]) -> None:
    other = [name for name in new.resources if name in held and held[name].type != new.resources[name]["Type"]]
    if other:
        raise InvalidError(
            "Update of resource type is not permitted. The new template modifies resource type of the "
            f"following resources: [{', '.join(other)}]"
        )


def changed_paths(before: Properties, after: Properties) -> list[str]:
    old, new = _flat(before), _flat(after)
    return [path for path in {**old, **new} if old.get(path) != new.get(path)]


def _flat(properties: Properties) -> Properties:
    """Those of computeResources by names of their own: what a change of one means differs."""
    inner = properties.get(RESOURCES, {})
    rest = {key: value for key, value in properties.items() if key != RESOURCES}
    return rest | {f"{RESOURCES}.{key}": value for key, value in inner.items()}


def recreation(kind: Kind, path: str) -> str:
    return "Always" if path in kind.create_only else "Conditionally" if path in kind.conditional else "Never"


def _direct(
    kind: Kind, old: Template, new: Template, name: str, before: Properties, after: Properties
) -> Iterator[dict[str, Any]]:
    was, will = _flat(before), _flat(after)
    written = [_flat(t.resources.get(name, {}).get("Properties") or {}) for t in (old, new)]
    for path in changed_paths(before, after):
        detail = _change(kind, path, "Static")
        values = {"BeforeValue": was.get(path), "AfterValue": will.get(path)}
        detail["Target"] |= {key: text(value) for key, value in values.items() if value is not None}
        same = written[0].get(path) == written[1].get(path)
        parameters = [owner for owner, _ in references(written[1].get(path)) if owner in new.given]
        by_parameter = {"ChangeSource": "ParameterReference", "CausingEntity": parameters[0]} if parameters else {}
        yield detail | (by_parameter if same and by_parameter else {"ChangeSource": "DirectModification"})


def _caused(kind: Kind, written: Properties, changed: Mapping[str, Change]) -> Iterator[dict[str, Any]]:
    """By resources that it refers to: their attributes may change with them, their ids only if they are replaced."""
    for path, value in _flat(written).items():
        for owner, attribute in references(value):
            if owner in changed and attribute is not None:
                cause = {"ChangeSource": "ResourceAttribute", "CausingEntity": f"{owner}.{attribute}"}
                yield _change(kind, path, "Dynamic") | cause
            elif owner in changed and changed[owner].replacement != "False":
                yield _change(kind, path, "Dynamic") | {"ChangeSource": "ResourceReference", "CausingEntity": owner}


def _change(kind: Kind, path: str, evaluation: str) -> dict[str, Any]:
    target = {
        "Attribute": "Properties",
        "Name": path.partition(".")[0],
        "RequiresRecreation": recreation(kind, path),
        "Path": "/Properties/" + path.replace(".", "/"),
    }
    return {"Target": target, "Evaluation": evaluation}
