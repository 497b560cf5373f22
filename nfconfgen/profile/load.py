"""profile.yml to `Profile`, or everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nfconfgen.findings import Finding, Place, has_errors
from nfconfgen.profile import meaning, schema, secrets, units, wording, yaml12
from nfconfgen.profile.model import (
    Batch,
    Launch,
    Limits,
    Param,
    Pipeline,
    Profile,
    Retry,
    Said,
    Settings,
    Site,
    Slurm,
    Upload,
)
from nfconfgen.profile.read import read_text
from nfconfgen.profile.tasks import TaskReader

DEFAULT_EXIT_CODES: tuple[int | str, ...] = (104, "130-145", 175)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A profile, if it is sound enough to go on with, and all that was found wrong with it."""

    profile: Profile | None
    findings: tuple[Finding, ...]


def load(path: Path) -> Loaded:
    """Reads and judges a profile file. UnreadableError where there is no text to judge."""
    return load_text(read_text(path), str(path))


def load_text(text: str, file: str) -> Loaded:
    """The same for a text; `file` is how findings name it."""
    document, findings = yaml12.parse(text, file)
    if document is None:
        return Loaded(None, tuple(findings))
    findings += secrets.check(document)
    rules = schema.schema()
    departures = schema.departures(document, rules)
    findings += wording.findings(departures, document, rules)
    if any(departure.keyword != "additionalProperties" for departure in departures):
        # values of the wrong kind cannot be judged by what they mean
        return Loaded(None, _in_order(findings))
    # unknown keys are told and then left out, so that the rest is judged in the same run
    known = replace(document, data=_known(document.data, departures))
    findings += meaning.check(known)
    profile = _profile(known, findings)
    return Loaded(None if has_errors(findings) else profile, _in_order(findings))


def _in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(set(findings)))


def _known(value: Any, strays: list[schema.Departure]) -> Any:
    """The data without the keys that the schema does not know."""
    data = _copy(value)
    for stray in strays:
        node = data
        for step in stray.path:
            node = node[step]
        for key in set(stray.instance) - set(stray.schema["properties"]):
            node.pop(key, None)
    return data


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _profile(document: yaml12.Document, findings: list[Finding]) -> Profile:
    data = document.data
    launch = data.get("launch", {})
    return Profile(
        source=Path(document.file).name,
        output=data.get("output", "."),
        pipeline=_pipeline(data["pipeline"]),
        retry=_retry(data.get("retry", {}), document, findings),
        sites=tuple(_site(name, document, findings) for name in data["sites"]),
        uploads=tuple(Upload(u["from"], u["to"], u.get("include", "")) for u in launch.get("upload", [])),
    )


def _pipeline(data: Mapping[str, Any]) -> Pipeline:
    oldest = data.get("nextflow", ">=23.10").removeprefix(">=")
    return Pipeline(
        name=data["name"],
        run=data.get("run", "."),
        revision=data.get("revision", ""),
        nextflow=tuple(int(part) for part in oldest.split(".")),
    )


def _retry(data: Mapping[str, Any], document: yaml12.Document, findings: list[Finding]) -> Retry:
    ranges = []
    for index, item in enumerate(data.get("exit_codes", DEFAULT_EXIT_CODES)):
        try:
            ranges.append(units.exit_codes(item))
        except ValueError:
            place = document.place(("retry", "exit_codes", index))
            message = f"{item} is no range of exit codes"
            findings.append(Finding(place, "exit-code", message, "lower-higher, from 1 to 255"))
    return Retry(int(data.get("attempts", 3)), tuple(ranges), data.get("memory", "attempt"))


def _site(name: str, document: yaml12.Document, findings: list[Finding]) -> Site:
    data = document.data["sites"][name]
    return Site(
        name=name,
        place=document.key_place(("sites", name)),
        settings=_SETTINGS[data["executor"]](data),
        queues=tuple(
            Said(queue, document.place(("sites", name, "queues", i))) for i, queue in enumerate(data["queues"])
        ),
        tasks=TaskReader(document, findings).classes(name),
        limits=_limits(data.get("limits", {}), document.place(("sites", name, "limits")), findings),
        params=_params(document.data.get("params", {}), data.get("params", {})),
        work_dir=data.get("work_dir", ""),
        launch=_launch(name, document.data.get("launch", {})),
    )


def _limits(data: Mapping[str, Any], place: Place, findings: list[Finding]) -> Limits:
    try:
        return Limits(
            cpus=int(data["cpus"]) if "cpus" in data else None,
            memory_mib=units.memory_mib(data["memory"]) if "memory" in data else None,
            time_s=units.time_s(data["time"]) if "time" in data else None,
        )
    except ValueError as error:
        findings.append(
            Finding(place, "memory-unit", f"a limit of '{error}' leaves nothing", "at least 1 MB, one second")
        )
        return Limits()


def _params(shared: Mapping[str, Param], own: Mapping[str, Param]) -> Mapping[str, Param]:
    return {**shared, **own}


def _launch(site: str, data: Mapping[str, Any]) -> Launch:
    params = data.get("params", {}).get(site, {})
    return Launch(params=params, warmup={**params, **data.get("warmup", {}).get(site, {})})


def _slurm(data: Mapping[str, Any]) -> Settings:
    container = data.get("container", {})
    return Slurm(
        account=data.get("account", ""),
        qos=data.get("qos", ""),
        engine=container.get("engine", ""),
        cache_dir=container.get("cache_dir", ""),
    )


def _batch(data: Mapping[str, Any]) -> Settings:
    staging = data.get("staging", "cli")
    return Batch(
        region=data["region"],
        node_fit=data.get("fit", "request"),
        staging=staging,
        cli_path=data.get("cli_path", ""),
        storage_encryption=data.get("storage_encryption", ""),
        # Wave takes container for an image, so a definition cannot stand there (facts: docs/nextflow.md)
        job_definitions=data.get("job_definitions", "generated" if staging == "cli" else "nextflow"),
        job_role=data.get("job_role", ""),
        logs_group=data.get("logs_group", ""),
    )


_SETTINGS = {"slurm": _slurm, "awsbatch": _batch}
