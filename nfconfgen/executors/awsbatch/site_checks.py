"""Checks of a site on AWS Batch that a schema cannot express."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nfconfgen.executors.awsbatch import settings
from nfconfgen.executors.awsbatch.partitions import of_arn, partition_of
from nfconfgen.executors.awsbatch.stack import stack_checks
from nfconfgen.findings import Finding
from nfconfgen.profile import units
from nfconfgen.profile.checking import images
from nfconfgen.profile.credentials import shown
from nfconfgen.profile.document.task_paths import task_values
from nfconfgen.profile.document.yaml12 import Document, Path

_LEAST_TIME_S = 60
_LEAST_MEMORY_MIB = 4
_LONGEST_IMAGE = 255


def check(name: str, document: Document) -> Iterator[Finding]:
    """The findings about one site on AWS Batch, in a document that fits the schema."""
    site = document.data["sites"][name]
    path: Path = ("sites", name)
    if site.get("staging") == "fusion" and site.get("job_definitions") == "generated":
        message = "with staging: fusion, Wave needs the image itself, not a job definition"
        yield Finding(document.place((*path, "job_definitions")), "staging", message, "set job_definitions: nextflow")
    if site.get("staging") == "fusion" and "cli_path" in site:
        message = "cli_path has no effect with staging: fusion, which uses no AWS CLI"
        yield Finding(document.place((*path, "cli_path")), "staging", message, "remove cli_path")
    if site.get("staging") == "fusion" and "head" in site:
        message = "with staging: fusion Nextflow needs a token of Seqera Platform, which no head job gets"
        yield Finding(document.key_place((*path, "head")), "staging", message, "remove head, or use staging: cli")
    if site.get("job_definitions") == "generated" and not _images(document, name):
        message = "no task has a container to generate a job definition for"
        advice = "set a container under tasks, or remove job_definitions"
        yield Finding(document.place((*path, "job_definitions")), "container", message, advice)
    yield from stack_checks.check(name, document)
    yield from _roles(document, name)
    yield from _batch_tasks(document, name)


def _roles(document: Document, site: str) -> Iterator[Finding]:
    """A role exists in one partition only, and Batch refuses a job definition with one of another partition."""
    keys = document.data["sites"][site]
    region = keys.get("region", "")
    if not isinstance(region, str) or not region or "$" in region:
        return
    partition = partition_of(region)
    for key in ("job_role", "execution_role"):
        if key in keys and of_arn(keys[key]) != partition:
            message = f"{key} is in partition {of_arn(keys[key])} of AWS, but {region} is in {partition}"
            advice = f"name a role as arn:{partition}:iam::…:role/…"
            yield Finding(document.place(("sites", site, key)), "arn", message, advice)


def _images(document: Document, site: str) -> dict[Path, str]:
    return {path: document.data_at(path) for path in _of_site(document, site, "container")}


def _batch_tasks(document: Document, site: str) -> Iterator[Finding]:
    definitions = settings.job_definitions(document.data["sites"][site])
    for path, image in _images(document, site).items():
        place = document.place(path)
        if image.startswith("/") or "://" in image or image.endswith(images.FILES):
            message = f"AWS Batch cannot run {shown(image)} on {site}"
            yield Finding(place, "container", message, "name an image in a registry, as user/image:tag")
        elif images.fault(image):
            continue  # reported once for all sites
        elif len(image) > _LONGEST_IMAGE:
            message = f"AWS Batch accepts at most {_LONGEST_IMAGE} characters for an image"
            yield Finding(place, "container", message, f"this one has {len(image)}")
        elif definitions == "nextflow" and (why := images.fault_for_nextflow(image)):
            message = f"Nextflow cannot make a job definition of {shown(image)} for {site}: {why}"
            yield Finding(place, "container", message, "use the digest alone, as user/image@sha256:…")
    for path in _of_site(document, site, "time"):
        text = document.data_at(path)
        if _size(units.time_s, text, _LEAST_TIME_S) < _LEAST_TIME_S:
            message = f"the shortest time limit of AWS Batch is 60 s: {text} becomes 60 s on {site}"
            yield Finding(document.place(path), "time-limit", message, "", "warning")
    limits: list[Path] = [("sites", site, "limits"), *_of_site(document, site, "limits")]
    most = [(*path, "memory") for path in limits if document.data_at((*path, "memory")) is not None]
    for path in (*_of_site(document, site, "memory"), *most):
        text = document.data_at(path)
        if _size(units.memory_mib, text, _LEAST_MEMORY_MIB) < _LEAST_MEMORY_MIB:
            message = f"a job on AWS Batch has at least {_LEAST_MEMORY_MIB} MB: Nextflow would leave out {text}"
            advice = f"request at least {_LEAST_MEMORY_MIB} MB on {site}"
            yield Finding(document.place(path), "memory-fit", message, advice)


def _size(read: Callable[[str], int], text: str, otherwise: int) -> int:
    try:
        return read(text)
    except ValueError:  # reported where the task is read
        return otherwise


def _of_site(document: Document, site: str, key: str) -> Iterator[Path]:
    """The paths of each `key` of a task class that counts on this site."""
    return (path for path in task_values(document, key) if path[0] == "tasks" or path[1] == site)
