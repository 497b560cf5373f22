"""What an update of a stack would change, and what that does to what exists. Pure.

Effects are those of the resource schemas of CloudFormation, and for compute environments of
https://docs.aws.amazon.com/batch/latest/userguide/updating-compute-environments.html, with the strategies and
ReplaceComputeEnvironment: false of our templates.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nfconfgen.executors.awsbatch.stack.parsed import Resource, Template
from nfconfgen.wording import counted

How = Literal["add", "change", "replace", "remove"]

_ENVIRONMENT = "AWS::Batch::ComputeEnvironment"
_KINDS = {
    _ENVIRONMENT: "compute environment",
    "AWS::Batch::JobQueue": "job queue",
    "AWS::EC2::LaunchTemplate": "launch template",
    "AWS::EC2::SecurityGroup": "security group",
    "AWS::IAM::InstanceProfile": "instance profile",
    "AWS::IAM::Role": "role",
    "AWS::Logs::LogGroup": "log group",
    "AWS::S3::Bucket": "bucket",
}
_REPLACING = {
    _ENVIRONMENT: ("Type", "ComputeEnvironmentName", "Tags", "ComputeResources.SpotIamFleetRole"),
    "AWS::Batch::JobQueue": ("JobQueueName", "JobQueueType"),
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateName",),
    "AWS::EC2::SecurityGroup": ("GroupName", "GroupDescription", "VpcId"),
    "AWS::IAM::InstanceProfile": ("InstanceProfileName", "Path"),
    "AWS::IAM::Role": ("RoleName", "Path"),
    "AWS::Logs::LogGroup": ("LogGroupName",),
    "AWS::S3::Bucket": ("BucketName",),
}
"""Properties whose change makes a new resource in place of the old one."""
_SCALING = ("ComputeResources.MaxvCpus", "ComputeResources.MinvCpus", "State", "ServiceRole", "UpdatePolicy")
"""Properties of an environment whose change touches no instance."""
_NEW_INSTANCES = "instances are replaced; running tasks go on, at most as long as UpdatePolicy allows"
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Property:
    """A changed property, its values as text, and what the change does; empty: nothing but the change itself."""

    path: str
    before: str
    after: str
    effect: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one resource. `kept`: it outlives its removal."""

    how: How
    name: str
    kind: str
    properties: tuple[Property, ...] = ()
    kept: bool = False


def changes(before: Template, after: Template, parameters: Mapping[str, tuple[str, str]]) -> list[Change]:
    """The changes in the order of the new template, removals last. `parameters` are those that change, with the old
    and the new value."""
    found: dict[str, Change] = {}
    # what a resource takes over from others changes with them
    moved = {name: f"{old} -> {new}" for name, (old, new) in parameters.items()}
    while True:
        new = {name: _change(name, before, after, moved) for name in after.resources}
        found = {name: change for name, change in new.items() if change is not None}
        known = {**moved, **{ref: what for change in found.values() for ref, what in _moves(change)}}
        if known == moved:
            break
        moved = known
    gone = [name for name in before.resources if name not in after.resources]
    return [*found.values(), *(_removal(name, before.resources[name]) for name in gone)]


def _removal(name: str, resource: Resource) -> Change:
    return Change(
        "remove", name, _kind(resource), kept=str(resource.attributes.get("DeletionPolicy")).startswith("Retain")
    )


def _moves(change: Change) -> Iterator[tuple[str, str]]:
    """The references to a resource whose value changes with it, and what becomes of it."""
    if change.how == "replace":
        yield change.name, "replaced"
    elif change.how == "change" and change.kind == "launch template":
        yield f"{change.name}.LatestVersionNumber", "a new version"


def _change(name: str, before: Template, after: Template, moved: Mapping[str, str]) -> Change | None:
    new, old = after.resources[name], before.resources.get(name)
    if old is None or old.kind != new.kind:
        return Change("add" if old is None else "replace", name, _kind(new))
    was, now = _flat(old.properties), _flat(new.properties)
    found = []
    for path in {**was, **now}:
        before_text, after_text = _shown(was.get(path)), _shown(now.get(path))
        if was.get(path) == now.get(path):
            after_text = next((moved[ref] for ref in _referred(now[path]) if ref in moved), "")
        if after_text:
            found.append(Property(path, before_text, after_text, _effect(new.kind, path)))
    if old.attributes != new.attributes:
        found.append(Property("attributes", _shown(old.attributes), _shown(new.attributes)))
    if not found:
        return None
    replaced = any(each.effect == "replaced" for each in found)
    return Change("replace" if replaced else "change", name, _kind(new), tuple(found))


def _effect(kind: str, path: str) -> str:
    if any(_below(path, each) for each in _REPLACING.get(kind, ())):
        return "replaced"
    if kind != _ENVIRONMENT or path == "ReplaceComputeEnvironment":
        return ""
    return "no instance is touched" if any(_below(path, each) for each in _SCALING) else _NEW_INSTANCES


def _below(path: str, whole: str) -> bool:
    return path == whole or path.startswith((f"{whole}.", f"{whole}["))


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    """The properties by their paths; functions and lists of texts are values."""
    found: dict[str, Any] = {}
    if isinstance(value, list) and any(isinstance(part, Mapping) and not _is_function(part) for part in value):
        for at, part in enumerate(value):
            found |= _flat(part, f"{path}[{at}]")
        return found
    if not isinstance(value, Mapping) or _is_function(value):
        return {path: value}
    for key, part in value.items():
        found |= _flat(part, f"{path}.{key}" if path else str(key))
    return found


def _is_function(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and (next(iter(value)) == "Ref" or str(next(iter(value))).startswith("Fn::"))


def _referred(value: Any) -> Iterator[str]:
    """What Ref and GetAtt refer to in a value: a name, or NAME.ATTRIBUTE and the name."""
    if isinstance(value, list):
        for part in value:
            yield from _referred(part)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if key in ("Ref", "Fn::GetAtt"):
                text = part if isinstance(part, str) else ".".join(map(str, part))
                yield from dict.fromkeys((text, text.partition(".")[0]))
            else:
                yield from _referred(part)


def _shown(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, Mapping) and len(value) == 1 and isinstance(next(iter(value.values())), str):
        value = next(iter(value.values()))  # Ref, GetAtt, Sub
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _kind(resource: Resource) -> str:
    return _KINDS.get(resource.kind, resource.kind)


_SIGNS: Mapping[How, str] = {"add": "+", "change": "~", "replace": "-/+", "remove": "-"}


def lines(found: list[Change]) -> list[str]:
    """The changes as text, a line each, with their properties below."""
    shown = []
    for change in found:
        end = " (kept on AWS, no longer in the stack)" if change.kept else ""
        shown.append(f"  {_SIGNS[change.how]:>3} {change.kind} {change.name}{end}")
        for each in change.properties:
            effect = f" ({each.effect})" if each.effect else ""
            shown.append(f"        {each.path}: {each.before} -> {each.after}{effect}")
    return [*shown, summary(found)]


def summary(found: list[Change]) -> str:
    count = {how: sum(change.how == how for change in found) for how in _SIGNS}
    return (
        f"{counted(len(found), 'resource')}: {count['add']} to add, {count['change']} to change, "
        f"{count['replace']} to replace, {count['remove']} to remove"
    )
