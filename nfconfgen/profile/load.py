"""profile.yml to `Profile`, or everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nfconfgen import files
from nfconfgen.executors.interface import Executor
from nfconfgen.findings import Finding
from nfconfgen.profile import checks, credentials, retries, units
from nfconfgen.profile.document import messages, schema, yaml12
from nfconfgen.profile.document.respell import respelt
from nfconfgen.profile.model import Launch, Limits, Located, Param, Pipeline, Profile, Site, TaskClass, Upload
from nfconfgen.profile.read import read_text
from nfconfgen.profile.tasks import TaskReader

Executors = Mapping[str, Executor]

DEFAULT_MAX_AGE_S = 180 * 86400
RESULTS = ("outdir", "outputDir", "outputdir", "output_dir", "publish_dir")
"""What pipelines call the param that says where results go, the most common first."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A profile, and all that was found wrong with it.

    With errors among the findings it is good for finding more of them, not for building: what could not be read
    was left out (`pruned`), so what is missing from it proves nothing. None where too little is left.
    """

    profile: Profile | None
    findings: tuple[Finding, ...]
    pruned: bool = False


def load(path: Path, executors: Executors) -> Loaded:
    """Reads and checks a profile file. UnreadableError where there is no text to check."""
    folder = os.path.abspath(path.parent)  # noqa: PTH100 - what is around a link
    loaded = load_text(read_text(path, within=files.repository(folder) or folder), str(path), executors)
    if loaded.profile is None:
        return loaded
    led = [_led_out(path, loaded.profile, part) for part in ("", "conf", "launch", "launch/job-definitions")]
    return replace(loaded, findings=_in_order([*loaded.findings, *filter(None, led[:1] if led[0] else led)]))


def _led_out(path: Path, profile: Profile, part: str) -> Finding | None:
    """That a link leads out of the profile's folder on the way to what a build writes."""
    output = path.parent / profile.output / part
    if files.inside(path.parent, output):
        return None
    message = f"{output} leads out of {path.parent} through a link"
    return Finding(profile.output_place, "path", message, "take the link away, or choose another folder")


def load_text(text: str, file: str, executors: Executors) -> Loaded:
    """The same for a text; `file` is how findings name it."""
    document, findings = yaml12.parse(text, file)
    if document is None:
        return Loaded(None, tuple(findings))
    rules = schema.schema()
    readable = replace(document, data=schema.unread(document.data))
    departures = schema.departures(readable, rules)
    findings += credentials.check(readable)
    findings += messages.findings(departures, readable, rules)
    # what departs is told and then left out, so that the rest is judged in the same run
    sound, pruned = schema.sound(*respelt(readable, departures, rules), rules)
    pruned = pruned or any(finding.rule == "yaml" for finding in findings)
    findings += retries.exit_codes(readable)
    if sound is None:
        return Loaded(None, _in_order(findings), pruned)
    meant = checks.check(sound)
    for name, site in sound.data["sites"].items():
        meant += executors[site["executor"]].checks(name, sound)
    findings += [finding for finding in meant if not (pruned and finding.rule in schema.UNPROVEN)]
    before = len(findings)
    profile = _profile(sound, findings, executors)
    return Loaded(profile, _in_order(findings), pruned or len(findings) > before)


def _in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(set(findings)))


def _profile(document: yaml12.Document, findings: list[Finding], executors: Executors) -> Profile:
    data = document.data
    launch = data.get("launch", {})
    reader = TaskReader(document, findings)
    named = reader.names()
    return Profile(
        source=Path(document.file).name,
        output=data.get("output", "."),
        pipeline=_pipeline(document),
        sites=tuple(
            _site(name, document, findings, reader.classes(name, named), executors[site["executor"]])
            for name, site in data["sites"].items()
        ),
        max_age_s=_max_age_s(document, findings),
        output_place=document.place(("output",)),
        uploads=tuple(Upload(u["from"], u["to"], u.get("include", "")) for u in launch.get("upload", [])),
    )


def _pipeline(document: yaml12.Document) -> Pipeline:
    data = document.data["pipeline"]
    oldest = data.get("nextflow", ">=24.04").removeprefix(">=")
    return Pipeline(
        name=data["name"],
        run=data.get("run", "."),
        revision=data.get("revision", ""),
        nextflow=tuple(int(part) for part in oldest.split(".")),
        nextflow_place=document.place(("pipeline", "nextflow")),
    )


def _site(
    name: str,
    document: yaml12.Document,
    findings: list[Finding],
    tasks: tuple[TaskClass, ...],
    executor: Executor,
) -> Site:
    data = document.data["sites"][name]
    return Site(
        name=name,
        place=document.key_place(("sites", name)),
        executor=executor,
        settings=executor.settings(name, document, findings),
        queues=_queues(name, document),
        queues_place=document.place(("sites", name, "queues")),
        tasks=tasks,
        retry=retries.read(name, document),
        limits=_limits(name, document, findings),
        params=_params(document.data.get("params", {}), data.get("params", {})),
        work_dir=data.get("work_dir", ""),
        launch=_launch(name, document.data.get("launch", {})),
        param_names=_param_names(name, document),
    )


def _queues(site: str, document: yaml12.Document) -> tuple[Located[str], ...]:
    path: yaml12.Path = ("sites", site, "queues")
    named = document.data_at(path)
    # with a word instead of a list they are chosen among those that exist; some executors have none
    return tuple(
        Located(queue, document.place((*path, i))) for i, queue in enumerate(named if isinstance(named, list) else ())
    )


def _max_age_s(document: yaml12.Document, findings: list[Finding]) -> int:
    return units.size(units.time_s, ("facts", "max_age"), document, findings) or DEFAULT_MAX_AGE_S


def _limits(site: str, document: yaml12.Document, findings: list[Finding]) -> Limits:
    path: yaml12.Path = ("sites", site, "limits")
    data = document.data_at(path) or {}
    return Limits(
        cpus=int(data["cpus"]) if "cpus" in data else None,
        memory_mib=units.size(units.memory_mib, (*path, "memory"), document, findings),
        time_s=units.size(units.time_s, (*path, "time"), document, findings),
    )


def _params(shared: Mapping[str, Param], own: Mapping[str, Param]) -> Mapping[str, Param]:
    return {**shared, **own}


def _param_names(site: str, document: yaml12.Document) -> tuple[Located[str], ...]:
    homes: tuple[yaml12.Path, ...] = (
        ("params",),
        ("sites", site, "params"),
        ("launch", "params", site),
        ("launch", "warmup", site),
    )
    return tuple(
        Located(name, document.key_place((*home, name))) for home in homes for name in document.data_at(home) or {}
    )


def _launch(site: str, data: Mapping[str, Any]) -> Launch:
    params = data.get("params", {}).get(site, {})
    warmup = {**params, **data.get("warmup", {}).get(site, {})}
    results = data.get("results") or next((name for name in RESULTS if name in warmup), "")
    return Launch(params=params, warmup=warmup, results=results)
