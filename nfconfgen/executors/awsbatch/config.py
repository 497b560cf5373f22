"""The outputs that only an AWS Batch site has: settings of the scope `aws`, job definitions, references to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nfconfgen import jsontext
from nfconfgen.executors.awsbatch import definitions
from nfconfgen.executors.awsbatch.facts import fargate
from nfconfgen.executors.awsbatch.settings import bucket_of, settings_of
from nfconfgen.executors.awsbatch.stack import template
from nfconfgen.plan.model import Plan, SitePlan, TaskPlan
from nfconfgen.profile.references import Value, at_launch
from nfconfgen.render import engines, groovy, process
from nfconfgen.render.process import Container, Directives
from nfconfgen.render.section import Section, Setting

if TYPE_CHECKING:
    from nfconfgen.pipeline.model import Scope


def title(site: SitePlan) -> str:
    region = settings_of(site.site).region
    return f"AWS Batch in {region}" if region else "AWS Batch"


def containers(site: SitePlan, plan: Plan) -> Container:
    """A reference to our job definition of the image, or the image itself if Nextflow makes the definition."""
    names = definitions.names(site, plan)
    if not names:
        return lambda image: (image, "")
    return lambda image: (f"job-definition://{names[image]}", f"{image}, in launch/job-definitions/")


def directives(site: SitePlan) -> Directives:
    """The request, `accelerator` if the site has GPUs, and `disk` on Fargate: on instances Nextflow ignores it."""
    accelerated, on_fargate = process.accelerated(site), _fargate(site)

    def extended(task_plan: TaskPlan, request: list[Setting]) -> list[Setting]:
        settings = list(request)
        disk, accelerator = task_plan.task.disk_mib, task_plan.task.accelerator
        own_disk = not task_plan.task.additive or "disk" in task_plan.task.sets
        if on_fargate and disk is not None and own_disk:
            settings.append(("disk", groovy.memory(fargate.disk_mib(disk.value))))
        if accelerated and process.own_accelerator(task_plan):
            settings.append(("accelerator", process.accelerator(accelerator)))
        return settings

    return extended


def _fargate(site: SitePlan) -> bool:
    return any(pool.fixed_sizes for pool in site.every_pool)


REGISTERS = "launch/register-job-definitions.sh"
LIBRARY = "nfconfgen-awsbatch.sh"
_ENDS = "batch.terminateUnschedulableJobs"
ENDS_UNSCHEDULABLE_SINCE = (25, 4)
"""The first Nextflow version with aws.batch.terminateUnschedulableJobs."""


def waits(site: SitePlan) -> bool:
    """Whether Nextflow waits for a job that Batch reports as unschedulable, instead of ending it.

    Batch reports MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT for a job that no machine of its queue holds, but also,
    for a moment, for any job while an environment starts from zero, and Nextflow can end such a job at the first poll
    (https://github.com/nextflow-io/nextflow/issues/7479).
    """
    return settings_of(site.site).unschedulable != "fail"


_ENDS_NOTE = (
    "a job that no instance can hold fails, instead of waiting in RUNNABLE indefinitely (Nextflow 25.04 and newer)"
)


def sections(site: SitePlan) -> list[Section]:
    """The scope `aws`, and with Fusion those of its services."""
    chosen = settings_of(site.site)
    settings = [
        *engines.if_set("region", chosen.written("region")),
        *engines.if_set("client.storageEncryption", chosen.storage_encryption),
        *engines.if_set("client.storageKmsKeyId", chosen.kms_key),
        *engines.if_set("batch.cliPath", chosen.written("cli_path")),
        *engines.if_set("batch.jobRole", chosen.job_role),
        *engines.if_set("batch.executionRole", chosen.execution_role),
        *engines.if_set("batch.platformType", "fargate" if _fargate(site) else None),
        *engines.if_set("batch.logsGroup", chosen.logs_group),
        *engines.if_set("batch.volumes", chosen.volumes or None),
        *engines.if_set("batch.maxSpotAttempts", chosen.spot_attempts),
        *engines.if_set("batch.shareIdentifier", chosen.share_identifier),
        *engines.if_set(_ENDS, True if not waits(site) else None),
    ]
    enabled = (("enabled", groovy.quote(True)),)
    services = ("wave", "fusion") if chosen.staging == "fusion" else ()
    return [
        *([Section("aws", tuple(settings), notes={_ENDS: _ENDS_NOTE})] if settings else []),
        *(Section(service, enabled) for service in services),
    ]


def everywhere(site: SitePlan) -> list[Setting]:
    labels = settings_of(site.site).resource_labels
    return [("resourceLabels", groovy.directive(dict(labels)))] if labels else []


def launch_values(site: SitePlan, plan: Plan) -> dict[str, object]:
    settings, params = settings_of(site.site), site.site.params
    key = at_launch(settings.kms_key, params)
    return {
        "region": at_launch(settings.written("region"), params),
        "bucket": bucket_of(site.site),
        "queues": list(dict.fromkeys(pool.name for pool in site.every_pool if pool.name not in _unknown(site))),
        "definitions": _registered(site, plan),
        "put_options": _encrypted(settings.storage_encryption, key, ("--server-side-encryption", "--ssekms-key-id")),
        "sync_options": _encrypted(settings.storage_encryption, key, ("--sse", "--sse-kms-key-id")),
        "plugins": ["nf-amazon", *(("nf-wave", "nf-tower") if settings.staging == "fusion" else ())],
        "machines": _machines(site),
        "head": _head(site, plan),
    }


def _head(site: SitePlan, plan: Plan) -> dict[str, object] | None:
    """What a script needs to run Nextflow itself as a job; None if the profile has no such job."""
    head, definition = settings_of(site.site).head, definitions.of_head(site, plan)
    if head is None or definition is None:
        return None
    return {
        "queue": head.queue,
        "definition": definition["jobDefinitionName"],
        "time_s": head.time_s,
        "heap": f"-Xmx{head.heap_mib}m",
    }


def _unknown(site: SitePlan) -> frozenset[str]:
    """The queues whose names are known only when Nextflow starts."""
    return frozenset(name for seen in site.site.seen for name in seen.unknown_queues)


def _encrypted(encryption: str, key: Value, options: tuple[str, str]) -> list[Value]:
    """The options of the AWS CLI for files that are encrypted in this way."""
    if not encryption:
        return []
    return [options[0], encryption, *([options[1], key] if key else [])]


def _machines(site: SitePlan) -> list[tuple[str, str, str, str, str]]:
    """What the plan counts on, for each type of each queue: the most that a task requests of it, what it registers
    in MiB, and how that is known."""
    asked: dict[tuple[str, str], int] = {}
    for attempt in (attempt for found in site.task_plans for attempt in found.attempts):
        if attempt.shape is not None:
            key = (attempt.request.queue, attempt.shape.name)
            asked[key] = max(asked.get(key, 0), attempt.request.memory_mib)
    shapes = {
        (pool.name, shape.name): shape for pool in site.every_pool for shape in pool.shapes if not pool.fixed_sizes
    }
    return [
        (queue, name, str(asked[queue, name]), str(shape.memory_mib), shape.source)
        for (queue, name), shape in shapes.items()
        if (queue, name) in asked
    ]


def _registered(site: SitePlan, plan: Plan) -> list[dict[str, str]]:
    """What a script needs to check whether each definition is registered."""
    return [
        {
            "region": settings_of(site.site).region,
            "name": made["jobDefinitionName"],
            "hash": made["parameters"][definitions.HASH_PARAMETER],
            "image": made["containerProperties"]["image"],
        }
        for made in definitions.all_of(site, plan)
    ]


def files(sites: Sequence[SitePlan], plan: Plan) -> dict[str, str]:
    """launch/job-definitions/NAME.json for each image, and the script that registers each once per region."""
    found = {
        f"launch/job-definitions/{made['jobDefinitionName']}.json": jsontext.dumps(made)
        for site in sites
        for made in definitions.all_of(site, plan)
    }
    made = {(one["region"], one["name"]): one for site in sites for one in _registered(site, plan)}
    if made:
        # brings Jinja along, which a check of a pipeline does not need
        from nfconfgen.render.environment import render

        values = {"made": list(made.values()), "prefix": definitions.prefix(plan.profile.pipeline.name)}
        text = render("register-job-definitions.sh.j2", source=plan.profile.source, library=LIBRARY, **values)
        found[REGISTERS] = text
    return found | template.files(sites, plan)


DECIDED: tuple[Scope, ...] = (
    ("aws", "client", "storageEncryption"),
    *(("aws", "batch", key) for key in ("cliPath", "jobRole", "executionRole", "logsGroup", "platformType")),
    ("aws", "batch", "terminateUnschedulableJobs"),
    ("aws", "batch", "shareIdentifier"),
)
"""The options of `aws` that a site may set. If it does not set one, the pipeline's value has no use either."""
