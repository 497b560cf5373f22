"""`nfconfgen provision` on AWS Batch: compares, deploys and deletes the stack of a site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nfconfgen.errors import FINDINGS, OK, UsageError
from nfconfgen.executors.awsbatch.client import Aws, AwsError
from nfconfgen.executors.awsbatch.settings import BatchSettings, bucket_of, settings_of
from nfconfgen.executors.awsbatch.stack import stack_calls as calls
from nfconfgen.executors.awsbatch.stack import stack_changes as changes
from nfconfgen.executors.awsbatch.stack.declared import LARGEST_VOLUME_GIB
from nfconfgen.executors.awsbatch.stack.parsed import Template, parse
from nfconfgen.executors.awsbatch.stack.stack_calls import Deployed, Watch
from nfconfgen.executors.awsbatch.stack.template import LARGEST_BYTES
from nfconfgen.executors.examination import Provision
from nfconfgen.profile.model import Site
from nfconfgen.terminal.console import Console

_WELL = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE")


@dataclass(frozen=True, slots=True)
class _Stack:
    """The stack of a site: as it is on AWS, and as the profile declares it."""

    site: Site
    aws: Aws
    text: str
    wanted: Template
    before: Deployed | None

    @property
    def settings(self) -> BatchSettings:
        return settings_of(self.site)

    @property
    def name(self) -> str:
        return self.settings.stack.name

    @property
    def queues(self) -> list[str]:
        return [each.queue for each in self.settings.declared]


def provision(site: Site, text: str, options: Provision, console: Console) -> int:
    """Exit code 0: the stack matches the template (or, for destroy, gone); 1: it differs, or the operation
    failed."""
    aws = Aws(settings_of(site).region)
    watch = Watch(aws, console.info, options.timeout_s, options.poll_s)
    stack = _Stack(site, aws, text, parse(text), _settled(watch, settings_of(site).stack.name))
    if options.action == "destroy":
        return _destroy(stack, watch, options, console)
    _refuse_large(stack)
    _refuse_others(stack)
    # what was asked for when it could not be made is of no account
    kept = stack.before if stack.before is None or stack.before.status not in calls.NEVER_MADE else None
    given = calls.parameters(aws, stack.settings.stack, stack.wanted, kept, bucket_of(site))
    return (
        _diff(stack, given, console) if options.action == "diff" else _deploy(stack, given, watch, options, console)
    )


def _settled(watch: Watch, name: str) -> Deployed | None:
    """The stack, once no operation is under way."""
    found = calls.deployed(watch.aws, name)
    if found is None or not found.status.endswith("_IN_PROGRESS") or found.status in calls.NEVER_MADE:
        return found
    watch.info(f"stack {name} is {found.status}: waiting for it")
    watch.skip(found.id)
    watch.wait(found.id)
    return calls.deployed(watch.aws, name)


def _refuse_large(stack: _Stack) -> None:
    """UsageError for what AWS takes in no request, or takes although no instance could start."""
    if len(stack.text.encode()) > LARGEST_BYTES:
        raise UsageError(f"the template has more than {LARGEST_BYTES} bytes: declare fewer queues in one stack")
    for name, resource in stack.wanted.resources.items():
        for disk in resource.properties.get("LaunchTemplateData", {}).get("BlockDeviceMappings", ()):
            if disk["Ebs"]["VolumeSize"] > LARGEST_VOLUME_GIB:
                message = (
                    f"{name} has a disk of {disk['Ebs']['VolumeSize']} GiB, EBS has at most {LARGEST_VOLUME_GIB}"
                )
                raise UsageError(f"{message}: let fewer tasks share an instance (fit: instance), or set volume")


def _refuse_others(stack: _Stack) -> None:
    """AwsError if the stack or a queue of it is there already, and not ours."""
    before = stack.before
    # before its first change set is executed a stack has no template
    known = before is not None and before.status != "REVIEW_IN_PROGRESS"
    if before is not None and known and not (before.template and before.template.ours):
        advice = "set stack: {name: …} to another name"
        raise AwsError(f"{stack.aws.region} has a stack {stack.name} that nfconfgen did not make", advice)
    taken = calls.elsewhere(stack.aws, stack.queues, before)
    if taken:
        advice = "name it without its declaration, or declare a queue of another name"
        raise AwsError(f"{stack.aws.region} has a queue {', '.join(taken)} that is not in stack {stack.name}", advice)


def _found(stack: _Stack, given: dict[str, str]) -> list[changes.Change]:
    before = stack.before
    if before is None or before.status in calls.NEVER_MADE or before.template is None:
        return changes.changes(Template(), stack.wanted, {})
    moved = {
        name: (before.parameters[name], value)
        for name, value in given.items()
        if name in before.parameters and before.parameters[name] != value
    }
    return changes.changes(before.template, stack.wanted, moved)


def _shown(stack: _Stack, found: Sequence[changes.Change]) -> list[str]:
    return [f"stack {stack.name} in {stack.aws.region}:", *changes.lines(list(found))]


def _diff(stack: _Stack, given: dict[str, str], console: Console) -> int:
    found = _found(stack, given)
    if not found:
        console.info(f"stack {stack.name} in {stack.aws.region} matches the profile")
        return OK
    console.result(*_shown(stack, found))
    console.info("to make it so: nfconfgen provision --deploy")
    return FINDINGS


def _deploy(stack: _Stack, given: dict[str, str], watch: Watch, options: Provision, console: Console) -> int:
    found = _found(stack, given)
    before = stack.before
    if not found and before is not None and before.status in _WELL:
        console.info(f"stack {stack.name} in {stack.aws.region} matches the profile: nothing to do")
        return OK
    if before is not None and before.status == "UPDATE_ROLLBACK_FAILED":
        command = f"aws cloudformation continue-update-rollback --region {stack.aws.region} --stack-name {stack.name}"
        raise AwsError(f"AWS could not undo the last update of stack {stack.name}", f"see its events, then {command}")
    console.confirm(_shown(stack, found), "Deploy?", yes=options.yes)
    if before is not None and before.status in calls.NEVER_MADE:
        console.info(f"stack {stack.name} is {before.status}: what is left of it is removed first")
        status, failed = calls.delete(watch, before.id)
        if status != "DELETE_COMPLETE":
            return _ended(stack, status, failed, console)
        before = None
    if before is None:
        made = calls.create(stack.aws, stack.name, stack.text, given)
    else:
        made = before.id
        watch.skip(made)
        if not calls.update(stack.aws, stack.name, stack.text, given):
            console.info(f"stack {stack.name}: AWS finds nothing to update")
            return OK
    return _ended(stack, *watch.wait(made), console)


def _ended(stack: _Stack, status: str, failed: Sequence[str], console: Console) -> int:
    if status in _WELL:
        console.info(f"stack {stack.name}: {status.lower().replace('_', ' ')}")
        return OK
    console.error(f"stack {stack.name} ended as {status}" + (f": {failed[0]}" if failed else ""))
    console.info(*(f"  {why}" for why in failed[1:]))
    return FINDINGS


def _destroy(stack: _Stack, watch: Watch, options: Provision, console: Console) -> int:
    before = stack.before
    if before is None:
        console.info(f"{stack.aws.region} has no stack {stack.name}")
        return OK
    if before.template is None or not before.template.ours:
        raise AwsError(f"nfconfgen did not make stack {stack.name}", "delete it where it was made")
    found = changes.changes(before.template, Template(), {})
    running = calls.jobs(stack.aws, stack.queues)
    ended = [f"  {count} jobs in {queue} are ended" for queue, count in running.items()]
    console.confirm([*_shown(stack, found), *ended], "Destroy?", yes=options.yes)
    return _ended(stack, *calls.delete(watch, before.id), console)
