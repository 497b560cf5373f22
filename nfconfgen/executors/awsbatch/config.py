"""The outputs that only an AWS Batch site has: settings of the scope `aws`, job definitions, references to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nfconfgen import jsontext
from nfconfgen.executors.awsbatch import definitions
from nfconfgen.executors.awsbatch.facts import fargate
from nfconfgen.executors.awsbatch.settings import bucket_of, settings_of
from nfconfgen.plan.model import Plan, SitePlan, TaskPlan
from nfconfgen.render import groovy, process
from nfconfgen.render.process import Container, Directives, Setting

if TYPE_CHECKING:
    from nfconfgen.pipeline.model import Scope


def title(site: SitePlan) -> str:
    return f"AWS Batch in {settings_of(site.site).region}"


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


ENDS_UNSCHEDULABLE_SINCE = (25, 4)
"""The first Nextflow version with aws.batch.terminateUnschedulableJobs."""


def waits(site: SitePlan) -> bool:
    """Whether Nextflow waits for a job that Batch reports as unschedulable, instead of ending it.

    Batch reports MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT for a job that no machine of its queue holds, but also,
    for a moment, for any job while an environment starts from zero. Nextflow can end such a job at the first poll
    (https://github.com/nextflow-io/nextflow/issues/7479), which costs an attempt. So by default it waits if every
    attempt is proved to fit. An estimate is no proof, and without a default the pipeline sets numbers that are not
    known.
    """
    if settings_of(site.site).unschedulable:
        return settings_of(site.site).unschedulable == "wait"
    attempts = [attempt for task_plan in site.task_plans for attempt in task_plan.attempts]
    known = all(attempt.shape is not None and attempt.shape.source != "estimated" for attempt in attempts)
    return known and site.default is not None and bool(site.default.attempts)


def config_values(site: SitePlan) -> dict[str, object]:
    return {"fargate": _fargate(site), "ends_unschedulable": not waits(site)}


def launch_values(site: SitePlan, plan: Plan) -> dict[str, object]:
    region, bucket = settings_of(site.site).region, bucket_of(site.site)
    return {"region": region, "bucket": bucket, "definitions": _registered(site, plan)}


def _registered(site: SitePlan, plan: Plan) -> list[dict[str, str]]:
    """What a script needs to check whether each definition is registered."""
    return [
        {
            "region": settings_of(site.site).region,
            "name": made["jobDefinitionName"],
            "hash": made["parameters"][definitions.HASH_PARAMETER],
            "image": image,
        }
        for image, made in definitions.of_images(site, plan).items()
    ]


def files(sites: Sequence[SitePlan], plan: Plan) -> dict[str, str]:
    """launch/job-definitions/NAME.json for each image, and the script that registers each once per region."""
    found = {
        f"launch/job-definitions/{made['jobDefinitionName']}.json": jsontext.dumps(made)
        for site in sites
        for made in definitions.of_images(site, plan).values()
    }
    made = {(one["region"], one["name"]): one for site in sites for one in _registered(site, plan)}
    if made:
        # brings Jinja along, which a check of a pipeline does not need
        from nfconfgen.render.environment import render

        text = render("register-job-definitions.sh.j2", source=plan.profile.source, made=list(made.values()))
        found["launch/register-job-definitions.sh"] = text
    return found


_PATHS: tuple[Scope, ...] = (
    ("region",),
    ("client", "storageEncryption"),
    *(("batch", key) for key in ("cliPath", "jobRole", "executionRole", "logsGroup", "platformType")),
    ("batch", "terminateUnschedulableJobs"),
    ("batch", "shareIdentifier"),
)
"""The options of `aws` that a site may set. If it does not set one, the pipeline's value has no use either."""


def paths(site: SitePlan) -> Iterator[Scope]:
    """The options outside of `process` that the config of a site sets or decides."""
    yield from (("aws", *path) for path in _PATHS)
    if settings_of(site.site).staging == "fusion":
        yield from (("wave", "enabled"), ("fusion", "enabled"))
