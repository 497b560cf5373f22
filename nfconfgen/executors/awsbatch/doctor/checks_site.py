"""What jobs need besides a queue: the AWS CLI, roles, the bucket of the work directory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from nfconfgen.executors.awsbatch.doctor.model import Bucket, Machine
from nfconfgen.executors.awsbatch.doctor.subjects import OnSite, by_versions, depending
from nfconfgen.executors.awsbatch.settings import bucket_of
from nfconfgen.executors.examination import Checks, Fault
from nfconfgen.wording import listed

_TASKS = "ecs-tasks.amazonaws.com"


def cli_missing(on: OnSite) -> Iterator[Fault]:
    """Nextflow mounts the CLI of the host into the container, and the AMIs of Amazon have none."""
    path = on.settings.cli_path
    if on.settings.staging != "cli" or not path:
        return
    for environment in on.environments:
        looked = [by_versions(machine, lambda each: _without_cli(each, path)) for machine in environment.readable]
        # the machines that always lack it come first
        without = sorted(((amis, always) for amis, always in looked if amis), key=lambda found: not found[1])
        if environment.on_instances and without:
            (ami, *_), always = without[0]
            message = f"{environment.name} starts from {ami}, which has no AWS CLI at {path}: no file is staged"
            advice = "install it in a custom AMI or in user data of a launch template, or use staging: fusion"
            depends, level = depending(always)
            yield Fault(on.place("cli_path"), f"{message}{depends}", advice, level)


def _without_cli(machine: Machine, path: str) -> Iterator[str]:
    """The AMI, if it has no CLI and user data does not install it."""
    if machine.ami and not (machine.image and machine.image.ecs_optimized):
        return  # a custom AMI, whose content is not known
    # a script may compose the path, as in $HOME/miniconda, so the name of the folder is enough
    installs = (PurePosixPath(path).parent.parent.name, "awscli", "aws-cli")
    if not any(word in machine.user_data for word in installs):
        yield machine.ami or "Batch's own AMI"


def fusion_token(on: OnSite) -> Iterator[Fault]:
    if on.settings.staging == "fusion" and not on.live.fusion_token:
        message = "TOWER_ACCESS_TOKEN is not set here, and a run with Fusion fails without it"
        advice = "create a token at https://cloud.seqera.io/tokens, and export it where the run is started"
        yield Fault(on.place("staging"), message, advice, "warning")


def _role(key: str) -> Callable[[OnSite], Iterator[Fault]]:
    """A check of the role that the profile sets under this key."""
    return lambda on: (
        Fault(on.place(key), message, advice) for message, advice in _role_faults(getattr(on.settings, key), on)
    )


def _role_faults(arn: str, on: OnSite) -> Iterator[tuple[str, str]]:
    if not arn or arn not in on.live.roles:
        return
    role, name = on.live.roles[arn], arn.rsplit("/", 1)[-1]
    if role is None:
        yield f"IAM has no role {name}: no job starts", "create it, or name another one"
    elif role.arn != arn:
        yield f"there is no {arn}, but {role.arn}", "name that; a job can assume only a role of its own account"
    elif role.trusted and not {_TASKS, "*"} & set(role.trusted):
        trusted = ", ".join(role.trusted)
        yield f"no task may assume the role {name}: it trusts {trusted}", f"add {_TASKS} to its trust policy"


def instance_role(on: OnSite) -> Iterator[Fault]:
    """Each missing instance profile once, at the first queue of an environment that names it."""
    for role in dict.fromkeys(env.role for env in on.environments if env.on_instances and env.role_missing):
        names = [env.name for env in on.environments if env.role == role]
        message = f"IAM has no instance profile {role.rsplit('/', 1)[-1]}, so no instance can join {listed(names)}"
        first = next(q for q in on.site.named if any(env.name == names[0] for env in on.live.behind(q.value)))
        yield Fault(first.place, message, "create it, with the policy AmazonEC2ContainerServiceforEC2Role")


def bucket(on: OnSite) -> Iterator[Fault]:
    found = _bucket(on)
    if found and found.denied:
        # a warning: the run may use other credentials
        advice = "allow s3:ListBucket on it for you and the job role, or name a bucket of yours"
        yield Fault(on.place("work_dir"), f"bucket {found.name} {found.trouble}", advice, "warning")
    elif found and found.trouble:
        advice = "create the bucket, or set another one in work_dir"
        yield Fault(on.place("work_dir"), f"bucket {found.name} {found.trouble}", advice)


def bucket_region(on: OnSite) -> Iterator[Fault]:
    found = _bucket(on)
    if found and found.region and found.region != on.settings.region:
        message = f"bucket {found.name} is in {found.region}, the queues are in {on.settings.region}"
        advice = "AWS charges for every file between regions: use a bucket in the same region"
        yield Fault(on.place("work_dir"), message, advice, "warning")


def bucket_encryption(on: OnSite) -> Iterator[Fault]:
    found, wanted = _bucket(on), on.settings.storage_encryption
    if found and found.encryption and wanted and found.encryption != wanted:
        by_default = "does not encrypt" if found.encryption == "none" else f"encrypts by {found.encryption}"
        message = f"bucket {found.name} {by_default} by default, storage_encryption is {wanted}"
        advice = "set both to the same value: other tools write there as the bucket is set"
        yield Fault(on.place("storage_encryption"), message, advice, "warning")


def _bucket(on: OnSite) -> Bucket | None:
    return on.live.buckets.get(bucket_of(on.site))


ON_SITES: Checks[OnSite] = {
    "cli-missing": cli_missing,
    "fusion-token": fusion_token,
    "job-role": _role("job_role"),
    "execution-role": _role("execution_role"),
    "instance-role": instance_role,
    "bucket": bucket,
    "bucket-region": bucket_region,
    "bucket-encryption": bucket_encryption,
}
