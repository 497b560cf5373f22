"""What jobs need besides a queue: the AWS CLI, roles, the bucket of the work directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from nfconfgen.executors.awsbatch.doctor.model import Bucket, Machine
from nfconfgen.executors.awsbatch.doctor.rules import Check, Fault
from nfconfgen.executors.awsbatch.doctor.subjects import OnSite
from nfconfgen.wording import listed

_TASKS = "ecs-tasks.amazonaws.com"


def cli_missing(on: OnSite) -> Iterator[Fault]:
    """Nextflow mounts the CLI of the host into the container; Amazon's own AMIs have none."""
    path = on.settings.cli_path
    if on.settings.staging != "cli" or not path:
        return
    for environment in on.environments:
        without = [machine for machine in environment.machines if _lacks_cli(machine, path)]
        if environment.on_instances and without:
            ami = without[0].ami or "Batch's own AMI"
            message = f"{environment.name} starts from {ami}, which holds no AWS CLI at {path}: no file is staged"
            advice = "install it in a custom AMI or by user data of a launch template, or use staging: fusion"
            yield Fault(on.place("cli_path"), message, advice)


def _lacks_cli(machine: Machine, path: str) -> bool:
    if machine.ami and not (machine.image and machine.image.ecs_optimized):
        return False  # somebody's own AMI, which nobody can look into
    user_data = machine.template.user_data if machine.template else ""
    # a script may put the folder together, as in $HOME/miniconda: its name is enough to go by
    installs = (PurePosixPath(path).parent.parent.name, "awscli", "aws-cli")
    return not any(word in user_data for word in installs)


def fusion_token(on: OnSite) -> Iterator[Fault]:
    if on.settings.staging == "fusion" and not on.live.fusion_token:
        message = "TOWER_ACCESS_TOKEN is not set here, and without it a run with Fusion fails"
        advice = "make a token at https://cloud.seqera.io/tokens, and export it where the run is started"
        yield Fault(on.place("staging"), message, advice, "warning")


def _role(key: str) -> Check[OnSite]:
    """A role that the profile names under this key: job_role, execution_role."""

    def look(on: OnSite) -> Iterator[Fault]:
        arn = str(getattr(on.settings, key))
        for message, advice in _role_faults(arn, on):
            yield Fault(on.place(key), message, advice)

    return Check(key.replace("_", "-"), look)


def _role_faults(arn: str, on: OnSite) -> Iterator[tuple[str, str]]:
    if not arn or arn not in on.live.roles:
        return
    role, name = on.live.roles[arn], arn.rsplit("/", 1)[-1]
    if role is None:
        yield f"IAM has no role {name}: no job starts", "make it, or name another one"
    elif role.arn != arn:
        yield f"there is no {arn}, but {role.arn}", "name that; a job takes on only a role of its own account"
    elif role.trusted and not {_TASKS, "*"} & set(role.trusted):
        trusted = ", ".join(role.trusted)
        yield f"no task may take on the role {name}: it trusts {trusted}", f"let its trust policy name {_TASKS}"


def instance_role(on: OnSite) -> Iterator[Fault]:
    """Each missing one once, at the first queue of an environment that names it."""
    for role in dict.fromkeys(env.role for env in on.environments if env.on_instances and env.role_missing):
        names = [env.name for env in on.environments if env.role == role]
        message = f"IAM has no instance profile {role.rsplit('/', 1)[-1]}, so no instance can join {listed(names)}"
        first = next(said for said in on.site.queues if names[0] in on.behind(said.value))
        yield Fault(first.place, message, "make it, with the policy AmazonEC2ContainerServiceforEC2Role")


def bucket(on: OnSite) -> Iterator[Fault]:
    found = _bucket(on)
    if found and found.denied:
        # others may be allowed to, so this alone stops nobody
        advice = "allow s3:ListBucket on it, to you and to the job role, or name a bucket of your own"
        yield Fault(on.place("work_dir"), f"bucket {found.name} {found.trouble}", advice, "warning")
    elif found and found.trouble:
        advice = "make the bucket, or name another under work_dir"
        yield Fault(on.place("work_dir"), f"bucket {found.name} {found.trouble}", advice)


def bucket_region(on: OnSite) -> Iterator[Fault]:
    found = _bucket(on)
    if found and found.region and found.region != on.settings.region:
        message = f"bucket {found.name} is in {found.region}, the queues are in {on.settings.region}"
        advice = "every file would be paid for on its way between regions: take a bucket of the same region"
        yield Fault(on.place("work_dir"), message, advice, "warning")


def bucket_encryption(on: OnSite) -> Iterator[Fault]:
    found, said = _bucket(on), on.settings.storage_encryption
    if found and found.encryption and said and found.encryption != said:
        by_default = "does not encrypt" if found.encryption == "none" else f"encrypts by {found.encryption}"
        message = f"bucket {found.name} {by_default} by default, storage_encryption says {said}"
        advice = "make both say the same: what other tools write there follows the bucket"
        yield Fault(on.place("storage_encryption"), message, advice, "warning")


def _bucket(on: OnSite) -> Bucket | None:
    return on.live.buckets.get(bucket_of(on.site.work_dir))


def bucket_of(url: str) -> str:
    """The bucket in `s3://bucket/key`; empty for what is no such URL."""
    return url.removeprefix("s3://").partition("/")[0] if url.startswith("s3://") else ""


ON_SITES = (
    Check("cli-missing", cli_missing),
    Check("fusion-token", fusion_token),
    _role("job_role"),
    _role("execution_role"),
    Check("instance-role", instance_role),
    Check("bucket", bucket),
    Check("bucket-region", bucket_region),
    Check("bucket-encryption", bucket_encryption),
)
