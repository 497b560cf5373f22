"""CloudFormation over the wire. Whatever is asked for is done when it is answered: a client never has to wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from moto.core.responses import ActionResult, BaseResponse, EmptyResult

from tests.lab.aws import population
from tests.lab.aws.cloudformation import rows
from tests.lab.aws.cloudformation.asked import (
    body_of,
    change_set_of,
    find,
    new_stack,
    stack_of,
    stacks_of,
    tags_of,
    template_of,
    updatable,
)
from tests.lab.aws.cloudformation.held import ChangeSet
from tests.lab.aws.cloudformation.journal import REVIEW
from tests.lab.aws.cloudformation.kinds import InvalidError, StackError
from tests.lab.aws.cloudformation.stacks import stack_id
from tests.lab.aws.cloudformation.templates import Template, parsed

UNCHANGED = "No updates are to be performed."
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
NOTHING = Template("", {"Resources": {}}, {})


def _alone(operation: Callable[[CloudFormation], ActionResult]) -> Callable[[CloudFormation], ActionResult]:
    @wraps(operation)
    def served(response: CloudFormation) -> ActionResult:
        with population.lock:
            return operation(response)

    return served


class CloudFormation(BaseResponse):
    """One method for each operation, as moto looks for them."""

    def __init__(self) -> None:
        super().__init__(service_name="cloudformation")
        self.automated_parameter_parsing = True

    # Stacks.

    @_alone
    def create_stack(self) -> ActionResult:
        name = self._get_param("StackName")
        if find(self, name):
            raise StackError("AlreadyExistsException", f"Stack [{name}] already exists")
        template = template_of(self, None)
        stack = new_stack(self, name, template)
        if self._get_bool_param("DisableRollback", False):
            stack.on_failure = "DO_NOTHING"
        stack.on_failure = self._get_param("OnFailure") or stack.on_failure
        stack.create()
        return ActionResult({"StackId": stack.id})

    @_alone
    def update_stack(self) -> ActionResult:
        stack = updatable(self)
        template, tags = template_of(self, stack), tags_of(self, stack)
        if not stack.would_change(template, tags):
            raise InvalidError(UNCHANGED)
        stack.update(template, tags, self._get_param("Capabilities") or [])
        return ActionResult({"StackId": stack.id})

    @_alone
    def delete_stack(self) -> ActionResult:
        if stack := find(self, self._get_param("StackName")):
            if stack.protected:
                raise InvalidError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
            retain = self._get_param("RetainResources") or []
            if retain and stack.shown != "DELETE_FAILED":
                raise InvalidError("RetainResources needs a stack in the state DELETE_FAILED")
            stack.delete(retain)
        return EmptyResult()

    @_alone
    def describe_stacks(self) -> ActionResult:
        name = self._get_param("StackName")
        stacks = [stack_of(self, name)] if name else [s for s in stacks_of(self) if not s.is_gone]
        described = [rows.stack_row(stack) for stack in stacks]
        for stack in stacks:
            stack.looked_at()
        return ActionResult({"Stacks": described})

    @_alone
    def list_stacks(self) -> ActionResult:
        wanted = self._get_param("StackStatusFilter") or []
        stacks = [stack for stack in stacks_of(self) if not wanted or stack.shown in wanted]
        return ActionResult({"StackSummaries": [rows.stack_row(stack) for stack in stacks]})

    @_alone
    def describe_stack_events(self) -> ActionResult:
        return ActionResult({"StackEvents": self._events()})

    @_alone
    def describe_stack_resource(self) -> ActionResult:
        (found,) = self._resources()
        return ActionResult({"StackResourceDetail": found})

    @_alone
    def describe_stack_resources(self) -> ActionResult:
        return ActionResult({"StackResources": self._resources()})

    @_alone
    def list_stack_resources(self) -> ActionResult:
        return ActionResult({"StackResourceSummaries": self._resources()})

    @_alone
    def get_template(self) -> ActionResult:
        stack = stack_of(self)
        return ActionResult({"TemplateBody": stack.template.body, "StagesAvailable": ["Original", "Processed"]})

    # Change sets.

    @_alone
    def get_template_summary(self) -> ActionResult:
        stack = stack_of(self) if self._get_param("StackName") else None
        return ActionResult(rows.template_row(parsed(body_of(self, stack))))

    @_alone
    def validate_template(self) -> ActionResult:
        return ActionResult(rows.template_row(parsed(body_of(self, None))))

    @_alone
    def create_change_set(self) -> ActionResult:
        name, set_name = self._get_param("StackName"), self._get_param("ChangeSetName")
        kind = self._get_param("ChangeSetType") or "UPDATE"
        stack = find(self, name)
        if kind == "CREATE":
            if stack and stack.shown != REVIEW:
                raise InvalidError(
                    f"Stack [{name}] already exists and cannot be created again with the changeSet [{set_name}]."
                )
            template = template_of(self, None)
            if stack is None:
                stack = new_stack(self, name, NOTHING)
                stack.review()
        else:
            stack = updatable(self)
            template = template_of(self, stack)
        if set_name in stack.change_sets:
            raise StackError("AlreadyExistsException", f"ChangeSet {set_name} already exists")
        tags = tags_of(self, stack)
        made = ChangeSet(
            stack_id(set_name, stack.region, "changeSet"),
            set_name,
            kind,
            template,
            tags,
            self._get_param("Capabilities") or [],
            self._get_param("Description"),
        )
        made.on_failure = self._get_param("OnStackFailure")
        made.changes = stack.changes(template)
        if kind == "UPDATE" and not stack.would_change(template, tags):
            made.status, made.execution, made.reason = "FAILED", "UNAVAILABLE", NO_CHANGES
        stack.change_sets[set_name] = made
        return ActionResult({"Id": made.id, "StackId": stack.id})

    @_alone
    def describe_change_set(self) -> ActionResult:
        stack, found = change_set_of(self)
        values = self._get_bool_param("IncludePropertyValues", False)
        return ActionResult({
            **rows.change_set_row(stack, found),
            **rows.described(found, with_values=bool(values)),
        })  # fmt: skip

    @_alone
    def execute_change_set(self) -> ActionResult:
        stack, found = change_set_of(self)
        if found.execution != "AVAILABLE":
            raise StackError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{found.id}] cannot be executed in its current status of [{found.status}]",
            )
        found.execution = "EXECUTE_COMPLETE"
        # the others were made for what it was before
        stack.change_sets = {found.name: found}
        stack.on_failure = found.on_failure or stack.on_failure
        if found.type == "CREATE":
            stack.template, stack.tags, stack.capabilities = found.template, found.tags, found.capabilities
            stack.create()
        else:
            stack.update(found.template, found.tags, found.capabilities)
        return EmptyResult()

    @_alone
    def delete_change_set(self) -> ActionResult:
        stack, found = change_set_of(self)
        del stack.change_sets[found.name]
        return EmptyResult()

    @_alone
    def list_change_sets(self) -> ActionResult:
        stack = stack_of(self)
        return ActionResult({"Summaries": [rows.change_set_row(stack, each) for each in stack.change_sets.values()]})

    def _events(self) -> list[dict[str, Any]]:
        """The newest first; the last one of what is being done does not show yet."""
        stack = stack_of(self)
        events = stack.events[:-1] if stack.polls else stack.events
        stack.looked_at()
        return events[::-1]

    def _resources(self) -> list[Mapping[str, Any]]:
        return list(rows.resources(stack_of(self), self._get_param("LogicalResourceId")))
