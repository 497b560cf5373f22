"""Options of a pipeline that the generated job definitions do not contain, and images without such a definition.

Nextflow adds nothing to a generated definition; those that it makes have the options and mounts of the pipeline.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from nfconfgen.conflicts.meetings import Met
from nfconfgen.executors.awsbatch.settings import BatchSettings, settings_of
from nfconfgen.findings import Finding
from nfconfgen.pipeline.model import Config, Sources
from nfconfgen.processes.precedence import Value, within_site
from nfconfgen.profile.credentials import shown
from nfconfgen.profile.model import Site
from nfconfgen.wording import listed, plural

_KEYS = {
    "volumes": "",
    "jobRole": "job_role",
    "executionRole": "execution_role",
    "logsGroup": "logs_group",
    "cliPath": "cli_path",
}
"""Options of `aws.batch` that Nextflow puts into its definitions, and the keys of a site that put them into ours."""
_DEFINITION = "job-definition://"
_WAY_OUT = "job_definitions: nextflow lets Nextflow make them"


def findings(site: Site, sources: Sources, met: Met) -> Iterator[Finding]:
    """The findings of a site whose definitions are generated."""
    settings = settings_of(site)
    yield from _taken_as_they_are(met)
    if settings.job_definitions != "generated" or not any(task.container for task in site.tasks):
        return
    for value, tasks in met.unheeded.items():
        message = f"{value.key} has no effect on {listed(tasks)}, whose job definition is generated"
        yield Finding(value.place, "definition", message, _WAY_OUT, "warning")
    images = {value: tasks for value, tasks in met.foreign.items() if not _is_definition(value)}
    foreign = {name: None for tasks in images.values() for name in tasks}
    if not sources.tasks or any(task.qualified not in foreign for task in sources.tasks):
        yield from _settings(settings, sources.config, site.name)
    if foreign:
        yield _foreign(images, foreign, site)


def _is_definition(value: Value) -> bool:
    return (value.literal or "").startswith(_DEFINITION)


def _taken_as_they_are(met: Met) -> Iterator[Finding]:
    """Nextflow submits to a definition that the pipeline names without a look at it, and with containerOverrides,
    which only a definition of one container takes
    (https://docs.aws.amazon.com/batch/latest/userguide/multi-container-jobs.html)."""
    for value, tasks in filter(lambda item: _is_definition(item[0]), met.foreign.items()):
        name = shown((value.literal or "").removeprefix(_DEFINITION))
        message = (
            f"{listed(tasks)} {plural(len(tasks), 'uses', 'use')} the job definition {name}, which is not checked"
        )
        advice = "it must have containerProperties: Nextflow cannot run ecsProperties, eksProperties or several nodes"
        yield Finding(value.place, "definition", message, advice, "warning")


def _settings(settings: BatchSettings, config: Config, site: str) -> Iterator[Finding]:
    for setting in config.settings:
        path = within_site(setting.path, site) or ()
        if path[:2] != ("aws", "batch") or len(path) != 3 or path[2] not in _KEYS:
            continue
        key = _KEYS[path[2]]
        if not (key and getattr(settings, key)):  # else the value of the profile counts for all tasks
            effect = "mounts nothing" if path[2] == "cliPath" else "has no effect"
            message = f"{'.'.join(path)} {effect} where the job definition is generated"
            advice = f"set {key} in the profile; or {_WAY_OUT}" if key else _WAY_OUT
            yield Finding(setting.place, "definition", message, advice, "warning")


def _foreign(images: Collection[Value], tasks: dict[str, None], site: Site) -> Finding:
    places = listed((f"{value.key} at {value.place}" for value in sorted(images, key=lambda v: v.place)), 6)
    message = (
        f"Nextflow makes the job definition of {listed(tasks)}, whose image is the pipeline's ({places}), "
        "with the roles, the AWS CLI and the log group of this site"
    )
    advice = "the run needs batch:RegisterJobDefinition and iam:PassRole"
    return Finding(site.place, "definition", message, advice, "note")
