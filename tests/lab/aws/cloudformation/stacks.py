"""Stacks: what they hold, and how they get from one template to the next, or back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.utilities.utils import get_partition

from tests.lab.aws import population
from tests.lab.aws.cloudformation.changes import Change, changed_paths, changes, recreation
from tests.lab.aws.cloudformation.functions import Known
from tests.lab.aws.cloudformation.held import ChangeSet, Held, now
from tests.lab.aws.cloudformation.journal import Journal, StoppedError
from tests.lab.aws.cloudformation.kinds import Properties, RefusedError
from tests.lab.aws.cloudformation.templates import Template

GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED")
NAMED = (
    "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {} and update the "
    "stack again."
)


@dataclass(slots=True, kw_only=True)
class Stack(Journal):
    region: str
    template: Template
    tags: dict[str, str]
    capabilities: list[str]
    protected: bool = False
    # what a failing creation leads to: ROLLBACK, DELETE or DO_NOTHING
    on_failure: str = "ROLLBACK"
    retain_except_on_create: bool = False
    resources: dict[str, Held] = field(default_factory=dict)
    outputs: list[dict[str, Any]] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    created_at: datetime = field(default_factory=now)
    updated_at: datetime | None = None
    deleted_at: datetime | None = None

    def changes(self, new: Template) -> list[Change]:
        return changes(self.template, new, self.resources, self.known(new))

    def would_change(self, new: Template, tags: dict[str, str]) -> bool:
        known = self.known(new)
        order = new.order(known)
        return (
            tags != self.tags
            or bool(self.changes(new))
            or any(name not in self.resources for name in order)
            or new.outputs(known) != self.outputs
        )

    # From one template to the next.

    def create(self) -> None:
        self.begin("CREATE_IN_PROGRESS")
        known, undo = self.known(self.template), list[Callable[[], object]]()
        try:
            for name in self.template.order(known):
                known.resources[name] = self._bring(name, self.template, known, undo)
            self.outputs = self.template.outputs(known)
        except StoppedError as stopped:
            reason = f"The following resource(s) failed to create: [{stopped.held.name}]. "
            if self.on_failure == "DO_NOTHING":
                return self.report("CREATE_FAILED", reason)
            if self.on_failure == "DELETE":
                return self.delete(reason=reason)
            self.report("ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")
            failed = self._delete_all(self.template, creating=True)
            return self.report("ROLLBACK_FAILED" if failed else "ROLLBACK_COMPLETE")
        return self.report("CREATE_COMPLETE")

    def update(self, new: Template, tags: dict[str, str], capabilities: list[str]) -> None:
        self.updated_at = now()
        self.begin("UPDATE_IN_PROGRESS")
        old, before = self.template, dict(self.resources)
        known, undo = self.known(new), list[Callable[[], object]]()
        order = new.order(known)
        try:
            for name in order:
                known.resources[name] = self._bring(name, new, known, undo)
            outputs = new.outputs(known)
        except StoppedError as stopped:
            reason = f"The following resource(s) failed to update: [{stopped.held.name}]. "
            self.report("UPDATE_ROLLBACK_IN_PROGRESS", reason)
            for step in reversed(undo):
                step()
            self.resources = before
            for held in before.values():
                if not held.status.endswith("_COMPLETE"):
                    self.note(held, "UPDATE_COMPLETE")
            return self.report("UPDATE_ROLLBACK_COMPLETE")
        self.template, self.tags, self.capabilities, self.outputs = new, tags, capabilities, outputs
        self.report("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        for name in reversed(old.order(self.known(old))):
            was = before.get(name)
            if was and name not in order:
                self._delete(was, old.retains(name))
                del self.resources[name]
            elif was and was is not self.resources[name]:
                self._delete(was, new.retains(name, "UpdateReplacePolicy"))
        return self.report("UPDATE_COMPLETE")

    def delete(self, retain: Iterable[str] = (), reason: str = "User Initiated") -> None:
        self.begin("DELETE_IN_PROGRESS", reason)
        if failed := self._delete_all(self.template, retain=retain):
            return self.report(
                "DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
            )
        self.deleted_at = now()
        return self.report("DELETE_COMPLETE")

    # One resource.

    def _bring(self, name: str, new: Template, known: Known, undo: list[Callable[[], object]]) -> Held:
        """To where the template wants it: made, replaced, changed or as it is."""
        kind, held = str(new.resources[name]["Type"]), self.resources.get(name)
        if held is None:
            return self._make(Held(name, kind, self.region, "", {}), new, known, undo)
        wanted = self._resolved(held, new, known, "UPDATE_FAILED")
        paths = changed_paths(held.properties, wanted)
        if not paths:
            return held
        needs = {recreation(held.kind, path) for path in paths}
        # a compute environment is replaced unless it says otherwise
        if "Always" in needs or ("Conditionally" in needs and _true(wanted.get("ReplaceComputeEnvironment", True))):
            own = wanted.get(held.kind.named_by)
            self.note(
                held,
                "UPDATE_IN_PROGRESS",
                "Requested update requires the creation of a new physical resource; hence creating one.",
            )
            if own is not None and own == held.properties.get(held.kind.named_by):
                raise self.stopped(held, "UPDATE_FAILED", RefusedError(NAMED.format(own)), plain=True)
            fresh = Held(name, kind, self.region, "", {})
            return self._make(fresh, new, known, undo, "UPDATE")
        return self._change(held, wanted, undo)

    def _make(
        self, held: Held, new: Template, known: Known, undo: list[Callable[[], object]], verb: str = "CREATE"
    ) -> Held:
        if verb == "CREATE":
            self.note(held, "CREATE_IN_PROGRESS")
        self.resources[held.name] = held
        held.properties = self._resolved(held, new, known, f"{verb}_FAILED")
        named = held.properties.get(held.kind.named_by) or self._name(held)
        try:
            _heed_refusals(held, "create")
            held.made = held.kind.create(self.region, str(named), held.properties)
        except Exception as error:
            raise self.stopped(held, f"{verb}_FAILED", error) from error
        undo.append(lambda: self._delete(held, new.retains(held.name), creating=True))
        self.note(held, f"{verb}_COMPLETE")
        return held

    def _name(self, held: Held) -> str:
        ending = uuid.uuid4().hex[:12]
        if held.type == "AWS::S3::Bucket":  # small letters, and at most 63
            return f"{self.name[: 49 - len(held.name)]}-{held.name}-{ending}".lower()
        return f"{self.name}-{held.name}-{ending.upper()}"

    def _change(self, held: Held, wanted: Properties, undo: list[Callable[[], object]]) -> Held:
        before = held.properties
        self.note(held, "UPDATE_IN_PROGRESS")

        def back() -> None:
            held.kind.undo(self.region, held.made, before, wanted)
            held.properties = before
            self.note(held, "UPDATE_COMPLETE")

        try:
            _heed_refusals(held, "update")
            held.kind.update(self.region, held.made, before, wanted)
        except Exception as error:
            with suppress(Exception):  # what it has got to of it
                held.kind.undo(self.region, held.made, before, wanted)
            raise self.stopped(held, "UPDATE_FAILED", error) from error
        held.properties = wanted
        undo.append(back)
        self.note(held, "UPDATE_COMPLETE")
        return held

    def _resolved(self, held: Held, new: Template, known: Known, failed: str) -> Properties:
        try:
            return new.properties(held.name, known)
        except Exception as error:
            raise self.stopped(held, failed, error) from error

    def _delete_all(self, template: Template, *, retain: Iterable[str] = (), creating: bool = False) -> list[str]:
        """In reverse order of dependency; what a resource needs that could not be deleted stays as well."""
        failed: list[str] = []
        needed: set[str] = set()
        for name in reversed(template.order(self.known(template))):
            held = self.resources.get(name)
            if held is None or held.status in GONE:
                continue
            policy = "Retain" if name in retain else template.retains(name)
            if name in needed:
                needed |= template.needs(name)
            elif not self._delete(held, policy, creating=creating):
                failed.append(name)
                needed |= template.needs(name)
        return failed

    def _delete(self, held: Held, policy: str, *, creating: bool = False) -> bool:
        kept = policy == "Retain" and not (creating and self.retain_except_on_create)
        kept = kept or (policy == "RetainExceptOnCreate" and not creating)
        if kept and held.made:
            self.note(held, "DELETE_SKIPPED")
            return True
        self.note(held, "DELETE_IN_PROGRESS")
        try:
            if held.made:
                _heed_refusals(held, "delete")
                held.kind.delete(self.region, held.made, held.properties)
        except Exception as error:  # noqa: BLE001 - whatever moto raises, the stack reports it
            self.stopped(held, "DELETE_FAILED", error)
            return False
        self.note(held, "DELETE_COMPLETE")
        return True

    def known(self, template: Template) -> Known:
        held = {name: each for name, each in self.resources.items() if each.made and each.status not in GONE}
        return template.known(self.id, self.name, self.region, held)


def _heed_refusals(held: Held, action: str) -> None:
    world = population.world()
    for refusal in world.scenario.stack_refusals:
        if (held.name, action) == (refusal.resource, refusal.action):
            world.refused[held.name, action] += 1
            if world.refused[held.name, action] <= refusal.times:
                raise RefusedError(refusal.reason)


def stack_id(name: str, region: str, what: str = "stack") -> str:
    return f"arn:{get_partition(region)}:cloudformation:{region}:{DEFAULT_ACCOUNT_ID}:{what}/{name}/{uuid.uuid4()}"


def _true(value: Any) -> bool:
    return str(value).lower() == "true"
