"""Loads a profile.yml as a `Profile`, or reports everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nfconfgen import files
from nfconfgen.executors.interface import Executor
from nfconfgen.findings import Finding, once_for_variants
from nfconfgen.profile import credentials, queue_rules, reference_texts, references, retries, run_settings, units
from nfconfgen.profile.checking import checks, reference_checks, run_options, site_keys
from nfconfgen.profile.document import messages, schema, variants, yaml12
from nfconfgen.profile.model import Launch, Pipeline, Profile, Site, TaskClass, Upload
from nfconfgen.profile.queue_model import Located
from nfconfgen.profile.read import read_own
from nfconfgen.profile.tasks import TaskReader

Executors = Mapping[str, Executor]

DEFAULT_MAX_AGE_S = 180 * 86400
RESULTS = ("outdir", "outputDir", "outputdir", "output_dir", "publish_dir")
"""Usual names of the param that sets the folder of the results, the most common first."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A profile and its findings.

    If these include errors, it serves to find more of them, not to build: values that could not be read were left out
    (`pruned`), so a missing value proves nothing. `profile` is None if too little is left.
    """

    profile: Profile | None
    findings: tuple[Finding, ...]
    pruned: bool = False


def load(path: Path, executors: Executors) -> Loaded:
    """The profile in a file, checked. UnreadableError if there is no text to check."""
    loaded = load_text(read_own(path), str(path), executors)
    if loaded.profile is None:
        return loaded
    led = [_led_out(path, loaded.profile, part) for part in ("", "aws", "conf", "launch", "launch/job-definitions")]
    return replace(loaded, findings=tuple(sorted({*loaded.findings, *filter(None, led[:1] if led[0] else led)})))


def _led_out(path: Path, profile: Profile, part: str) -> Finding | None:
    """A finding if a link leads out of the profile's folder on the path to a file of a build."""
    output = path.parent / profile.output / part
    if files.inside(path.parent, output):
        return None
    message = f"{output} leads out of {path.parent} through a link"
    return Finding(profile.output_place, "path", message, "remove the link, or choose another folder")


def load_text(text: str, file: str, executors: Executors) -> Loaded:
    """The same for a text; findings refer to it as `file`."""
    document, findings = yaml12.parse(text, file)
    if document is None:
        return Loaded(None, tuple(findings))
    readable = variants.expanded(replace(document, data=schema.unread(document.data)))
    rules = schema.with_variants(schema.schema(), readable)
    departures = schema.departures(readable, rules)
    findings += credentials.check(readable)
    findings += messages.findings(departures, readable, rules)
    # departures are reported and then left out, so that the rest is checked in the same run
    sound, pruned = schema.sound(*schema.respelt(readable, departures, rules), rules)
    pruned = pruned or any(finding.rule == "yaml" for finding in findings)
    findings += retries.exit_codes(readable)
    if sound is None:
        return Loaded(None, _in_order(findings, variants.names(readable)), pruned)
    meant = [*checks.check(sound), *reference_checks.check(sound), *run_options.check(sound)]
    for name, site in sound.data["sites"].items():
        executor = executors[site["executor"]]
        meant += [*executor.checks(name, sound), *site_keys.check(name, sound, executor)]
    findings += [finding for finding in meant if not (pruned and finding.rule in schema.UNPROVEN)]
    before = len(findings)
    retries.added(sound, findings)
    profile = _profile(reference_texts.applied(sound), findings, executors)
    return Loaded(profile, _in_order(findings, variants.names(readable)), pruned or len(findings) > before)


def _in_order(findings: list[Finding], variants: Sequence[str] = ()) -> tuple[Finding, ...]:
    return tuple(sorted(once_for_variants(findings, variants)))


def _profile(document: yaml12.Document, findings: list[Finding], executors: Executors) -> Profile:
    data = document.data
    launch = data.get("launch", {})
    reader = TaskReader(document, findings)
    named = reader.names()
    return Profile(
        source=Path(document.file).name,
        output=data.get("output", "."),
        pipeline=_pipeline(document),
        sites=tuple(_site(name, reader.classes(name, named), reader, executors) for name in data["sites"]),
        max_age_s=units.size(units.time_s, ("facts", "max_age"), document, findings) or DEFAULT_MAX_AGE_S,
        output_place=document.place(("output",)),
        uploads=tuple(map(_upload, launch.get("upload", []))),
    )


def _upload(item: Mapping[str, Any]) -> Upload:
    include, exclude = item.get("include", ""), item.get("exclude", "")
    return Upload(item["from"], item["to"], include, exclude, item.get("warmup", False))


def _pipeline(document: yaml12.Document) -> Pipeline:
    data = document.data["pipeline"]
    oldest = data.get("nextflow", ">=24.04").removeprefix(">=")
    return Pipeline(
        name=data["name"],
        run=data.get("run", "."),
        revision=data.get("revision", ""),
        nextflow=tuple(int(part) for part in oldest.split(".")),
        nextflow_place=document.place(("pipeline", "nextflow")),
        unused={name: document.place(("pipeline", "unused", at)) for at, name in enumerate(data.get("unused", []))},
    )


def _site(name: str, tasks: tuple[TaskClass, ...], reader: TaskReader, executors: Executors) -> Site:
    document, findings = reader.document, reader.findings
    data = document.data["sites"][name]
    executor = executors[data["executor"]]
    named, rules = queue_rules.read(name, document, executor.options, findings)
    texts = _texts(name, document)
    site = Site(
        name=name,
        place=document.key_place(("sites", name)),
        executor=executor,
        settings=executor.settings(name, document, findings),
        queues=named,
        rules=rules,
        queues_place=document.place(("sites", name, "queues")),
        tasks=tasks,
        retry=retries.read(name, document),
        limits=reader.limits([("sites", name, "limits")]),
        params={**document.data.get("params", {}), **data.get("params", {})},
        work_dir=data.get("work_dir", ""),
        launch=_launch(name.partition(",")[0], document.data.get("launch", {})),
        run=run_settings.read(name, document, findings),
        variant=data.get("variant"),
        variables=tuple(dict.fromkeys(variable for text in texts for variable in text.variables)),
        needed=tuple(dict.fromkeys(names for text in texts for names in text.needed)),
        param_names=_param_names(name, document),
    )
    # what the default sets holds for the whole site
    site = next((_seen_by(task, site) for task in tasks if task.kind == "default"), site)
    own = [task for task in tasks if task.kind != "default" and _is_apart(task)]
    return replace(site, of=None, apart=tuple(_seen_by(task, site) for task in own))


def _is_apart(task: TaskClass) -> bool:
    return bool(task.queue or task.options or task.retry or task.limits)


def _seen_by(task: TaskClass, site: Site) -> Site:
    """The site as this class sees it: its own options, retry settings and limits, and its queue if it names one."""
    settings = site.executor.configured(site.settings, task.options)
    # an option of the task is more specific than that of a rule
    set_here = dict(task.options)
    rules = tuple(
        replace(rule, options=tuple((key, value) for key, value in rule.options if key not in set_here))
        for rule in site.rules
    )
    container_options = set_here.get("container_options", site.container_options)
    assert not isinstance(container_options, tuple)
    seen = replace(
        site,
        settings=settings,
        rules=rules,
        retry=task.retry or site.retry,
        container_options=container_options,
        of=(task.kind, task.name),
        of_class=task.limits.value if task.limits is not None else None,
        apart=(),
    )
    if task.queue is None or not site.executor.has_queues:
        return seen
    # rules that only set options are about every queue
    rules = tuple(rule for rule in rules if rule.queue is None)
    return replace(seen, queues=(task.queue,), queues_place=task.queue.place, rules=rules, pinned=True)


def _texts(site: str, document: yaml12.Document) -> list[references.Text]:
    """The texts of this site that are not known before a run starts."""
    own = {key: value for key, value in document.data["sites"][site].items() if key != "variants"}
    launch = document.data.get("launch", {})
    read = [own, document.data.get("params"), *(launch.get(part, {}).get(site) for part in ("params", "warmup"))]
    return list(references.texts(read))


def _param_names(site: str, document: yaml12.Document) -> tuple[Located[str], ...]:
    base = site.partition(",")[0]
    homes = (("params",), ("sites", site, "params"), ("launch", "params", base), ("launch", "warmup", base))
    paths = ((*home, name) for home in homes for name in document.data_at(home) or {})
    return tuple(Located(path[-1], document.key_place(path)) for path in paths)


def _launch(site: str, data: Mapping[str, Any]) -> Launch:
    params = data.get("params", {}).get(site, {})
    own = data.get("warmup", {}).get(site, {})
    results = data.get("results") or next((name for name in RESULTS if name in {**params, **own}), "")
    folder = data.get("output_dir", {}).get(site, "")
    first = data.get("warmup_output_dir", {}).get(site, folder)
    return Launch(params, {**params, **own}, results, bool(own), folder, first)
