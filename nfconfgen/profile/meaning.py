"""What the schema cannot say: names that hang together, sites that must agree, settings that exclude each other.

Works on a document that fits the schema. Whether requests fit their queues is the plan's question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from nfconfgen.findings import Finding, Place
from nfconfgen.near import near
from nfconfgen.profile import images, retries, selectors, site_batch, units
from nfconfgen.profile.credentials import looks_secret
from nfconfgen.profile.shown import given_for, shown
from nfconfgen.profile.yaml12 import Document, Path

# as names of params or profiles these would not parse in a Nextflow config
_GROOVY_WORDS = frozenset(
    (  # noqa: SIM905 - one a line would hide what follows
        "abstract as assert boolean break byte case catch char class const continue def default do double "
        "else enum extends false final finally float for goto if implements import in instanceof int "
        "interface long native new null package private protected public return short static strictfp super "
        "switch synchronized this threadsafe throw throws trait transient true try var void volatile while "
    ).split()
)
# as the name of a block these call a method that takes one, or are read as such (25.04.4 and 26.04.6, either parser)
_CALLED = frozenset(
    (  # noqa: SIM905
        "addShutdownHook andThen any call collect compose curry each eachWithIndex equals every find findAll "
        "findIndexOf findIndexValues findLastIndexOf findResult grep identity includeConfig inject is isCase "
        "isNotCase it leftShift metaClass rcurry rightShift setDelegate split tap trampoline use with"
    ).split()
)
# what these are assigned to in a block of params is no param
_ASSIGNED = frozenset(
    "List Map Math Object String System binding delegate directive includeConfig it metaClass".split()  # noqa: SIM905
)
_NO_SITE_NAMES = {"profiles": "conf/profiles.config is the file that includes all sites"}
_FILES = (".sif", ".simg", ".img")
_BATCH_LEAST_TIME_S = 60
_BATCH_LEAST_MEMORY_MIB = 4
_BATCH_LONGEST_IMAGE = 255


def check(document: Document) -> list[Finding]:
    """All findings of meaning, in no particular order."""
    return [finding for rule in _RULES for finding in rule(document)]


def _site_names(document: Document) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for name in document.data["sites"]:
        place = document.key_place(("sites", name))
        if name.lower() in _NO_SITE_NAMES:
            yield Finding(place, "name", f"a site cannot be called '{name}'", _NO_SITE_NAMES[name.lower()])
        if name in _GROOVY_WORDS:
            yield Finding(place, "name", f"'{name}' is a word of the Groovy language", "choose another name")
        if name in _CALLED:
            message = f"Nextflow would not read '{name}' as the name of a profile"
            yield Finding(place, "name", message, "choose another name")
        if name.lower() in seen:
            other = seen[name.lower()]
            yield Finding(place, "name", f"'{name}' and '{other}' would be one file on some systems", "rename one")
        seen[name.lower()] = name


def _param_names(document: Document) -> Iterator[Finding]:
    sites = document.data["sites"]
    for path in (("params",), *(("sites", name, "params") for name in sites)):
        for name in _get(document, path):
            if name in _GROOVY_WORDS:
                place = document.key_place((*path, name))
                yield Finding(place, "name", f"'{name}' is a word of the Groovy language", "rename the param")
            elif name in _ASSIGNED:
                place = document.key_place((*path, name))
                message = f"Nextflow would not read '{name}' as the name of a param"
                yield Finding(place, "name", message, "rename the param")


def _param_parity(document: Document) -> Iterator[Finding]:
    sites = list(document.data["sites"])
    shared = set(_get(document, ("params",)))
    homes: dict[str, Path] = {site: ("sites", site, "params") for site in sites}
    yield from _missing_elsewhere(document, homes, shared, "param")
    launched = _get(document, ("launch", "params"))
    if launched and set(launched) <= set(sites):  # a misspelt site is told as such
        yield from _missing_elsewhere(document, {s: ("launch", "params", s) for s in sites}, set(), "launch param")


def _missing_elsewhere(document: Document, homes: dict[str, Path], shared: set[str], what: str) -> Iterator[Finding]:
    names = {site: shared | set(_get(document, path)) for site, path in homes.items()}
    for site, path in homes.items():
        for name in _get(document, path):
            missing = [other for other in homes if name not in names[other]]
            if missing:
                message = f"{given_for(what, name)} {shown(site)} but not for {', '.join(map(shown, missing))}"
                advice = "give it for every site, or for all at once"
                yield Finding(document.key_place((*path, name)), "param-parity", message, advice, "warning")


def _launch_sites(document: Document) -> Iterator[Finding]:
    sites = list(document.data["sites"])
    for part in ("params", "warmup"):
        for name in _get(document, ("launch", part)):
            # a site that could not be read is there all the same
            if not document.has_key(("sites", name)):
                place = document.key_place(("launch", part, name))
                advice = near(name, sites) or f"sites here: {', '.join(sites)}"
                yield Finding(place, "unknown-site", f"there is no site {shown(name)}", advice)


def _launch_results(document: Document) -> Iterator[Finding]:
    name = document.data_at(("launch", "results"))
    given = {
        param: None
        for part in ("params", "warmup")
        for site in _get(document, ("launch", part))
        for param in _get(document, ("launch", part, site))
    }
    if name is not None and name not in given:
        advice = near(name, list(given)) or "name one of those under launch: params, or leave it out"
        place = document.place(("launch", "results"))
        yield Finding(place, "unknown-param", f"there is no launch param {shown(name)}", advice)


def _labels_of_processes(document: Document) -> Iterator[Finding]:
    homes = _task_homes(document)
    labels = {label for home in homes for label in _get(document, (*home, "labels"))}
    for home in homes:
        for name, process in _get(document, (*home, "processes")).items():
            label = process.get("label")
            if label is not None and not any(document.has_key((*any_home, "labels", label)) for any_home in homes):
                place = document.place((*home, "processes", name, "label"))
                advice = near(label, labels) or "name it there, or take this key out"
                yield Finding(place, "unknown-label", f"no label {shown(label)} stands under labels", advice)


def _selectors(document: Document) -> Iterator[Finding]:
    """Nextflow takes the last selector that matches, whichever is more exact: two for one name are a trap."""
    for group in ("labels", "processes"):
        places: dict[str, Place] = {}
        for home in _task_homes(document):
            for name in _get(document, (*home, group)):
                places.setdefault(name, document.key_place((*home, group, name)))
        unusable = {name: advice for name in places if (advice := selectors.unusable(name))}
        for name, advice in unusable.items():
            yield Finding(places[name], "name", f"{shown(name)} is no pattern of names", advice)
        usable = [name for name in places if name not in unusable]
        for pattern, other in selectors.collisions(usable):
            message = f"{shown(pattern)} and {shown(other)} (line {places[other].line}) match the same tasks"
            advice = "Nextflow would take the later one: make one of them"
            yield Finding(places[pattern], "selector-collision", message, advice)


def _revision(document: Document) -> Iterator[Finding]:
    pipeline = document.data["pipeline"]
    run = pipeline.get("run", ".")
    if "revision" in pipeline and (run.startswith((".", "/")) or run.endswith(".nf")):
        message = "Nextflow takes no revision for a pipeline in a local folder"
        advice = "take it out, or name the project under run, as user/pipeline"
        yield Finding(document.place(("pipeline", "revision")), "revision", message, advice)


def _batch_settings(document: Document) -> Iterator[Finding]:
    for name, site in document.data["sites"].items():
        if site["executor"] != "awsbatch":
            continue
        path: Path = ("sites", name)
        if site.get("staging") == "fusion" and site.get("job_definitions") == "generated":
            message = "with staging: fusion, Wave needs the image itself, not a job definition"
            yield Finding(document.place((*path, "job_definitions")), "staging", message, "job_definitions: nextflow")
        if site.get("staging") == "fusion" and "cli_path" in site:
            message = "fusion uses no AWS CLI"
            yield Finding(document.place((*path, "cli_path")), "staging", message, "take cli_path out")
        if site.get("job_definitions") == "generated" and not _images(document, name):
            message = "there is nothing to generate job definitions for"
            advice = "name a container under tasks, or leave job_definitions out"
            yield Finding(document.place((*path, "job_definitions")), "container", message, advice)
        yield from _batch_tasks(document, name)


def _images(document: Document, site: str) -> dict[Path, str]:
    return {path: document.data_at(path) for path in _of_site(document, site, "container")}


def _batch_tasks(document: Document, site: str) -> Iterator[Finding]:
    definitions = site_batch.job_definitions(document.data["sites"][site])
    for path, image in _images(document, site).items():
        place = document.place(path)
        if image.startswith("/") or "://" in image or image.endswith(_FILES):
            message = f"AWS Batch cannot run {shown(image)} on {site}"
            yield Finding(place, "container", message, "name an image of a registry, as user/image:tag")
        elif images.fault(image):
            continue  # found for all sites at once
        elif len(image) > _BATCH_LONGEST_IMAGE:
            message = f"AWS Batch takes no more than {_BATCH_LONGEST_IMAGE} characters for an image"
            yield Finding(place, "container", message, f"this one has {len(image)}")
        elif definitions == "nextflow" and (why := images.fault_for_nextflow(image)):
            message = f"Nextflow makes no job definition of {shown(image)} for {site}: {why}"
            yield Finding(place, "container", message, "write the digest alone, as user/image@sha256:…")
    for path in _of_site(document, site, "time"):
        text = document.data_at(path)
        if _size(units.time_s, text, _BATCH_LEAST_TIME_S) < _BATCH_LEAST_TIME_S:
            message = f"AWS Batch ends no job before 60 s; {text} becomes 60 s on {site}"
            yield Finding(document.place(path), "time-limit", message, "", "warning")
    limit: Path = ("sites", site, "limits", "memory")
    for path in (*_of_site(document, site, "memory"), *([limit] if document.data_at(limit) else [])):
        text = document.data_at(path)
        if _size(units.memory_mib, text, _BATCH_LEAST_MEMORY_MIB) < _BATCH_LEAST_MEMORY_MIB:
            message = (
                f"AWS Batch takes no job of less than {_BATCH_LEAST_MEMORY_MIB} MB: Nextflow would leave out {text}"
            )
            advice = f"ask for at least {_BATCH_LEAST_MEMORY_MIB} MB on {site}"
            yield Finding(document.place(path), "memory-fit", message, advice)


def _image_references(document: Document) -> Iterator[Finding]:
    """Images that no registry can have. Files, and what another tool than a registry serves, are not judged."""
    for path in _task_values(document, "container"):
        image = document.data_at(path)
        name = image.removeprefix("docker://")
        if name.startswith("/") or "://" in name or name.endswith(_FILES) or looks_secret(image):
            continue
        why = images.fault(name)
        if why:
            message = f"{shown(image)} is no image that can be pulled: {why}"
            yield Finding(document.place(path), "container", message, "write it as registry/name:tag")


def exit_codes(document: Document) -> Iterator[Finding]:
    """Ranges that are none. Looks at a document as it is, since its places must not have moved."""
    sites = document.data.get("sites") if isinstance(document.data, dict) else None
    homes: list[Path] = [(), *(("sites", name) for name in (sites if isinstance(sites, dict) else ()))]
    for path in ((*home, "retry", "exit_codes") for home in homes):
        items = document.data_at(path)
        for index, item in enumerate(items if isinstance(items, list) else []):
            if isinstance(item, str) and re.fullmatch(r"[0-9]{1,3}(-[0-9]{1,3})?", item):
                try:
                    units.exit_codes(item)
                except ValueError:
                    place = document.place((*path, index))
                    message = f"{item} is no range of exit codes"
                    yield Finding(place, "exit-code", message, "lower-higher, from 1 to 255")


def _size(read: Callable[[str], int], text: str, otherwise: int) -> int:
    try:
        return read(text)
    except ValueError:  # found where the task is read
        return otherwise


def _of_site(document: Document, site: str, key: str) -> Iterator[Path]:
    """The paths of every `key` of a task class that counts on this site."""
    return (path for path in _task_values(document, key) if path[0] == "tasks" or path[1] == site)


def _task_values(document: Document, key: str) -> Iterator[Path]:
    """The paths of every `key` of a task class, shared and by site."""
    for home in _task_homes(document):
        if key in _get(document, (*home, "default")):
            yield (*home, "default", key)
        for group in ("labels", "processes"):
            for name, values in _get(document, (*home, group)).items():
                if key in values:
                    yield (*home, group, name, key)


def _task_homes(document: Document) -> list[Path]:
    return [("tasks",), *(("sites", name, "tasks") for name in document.data["sites"])]


def _get(document: Document, path: Path) -> dict[str, Any]:
    found = document.data_at(path)
    return found if isinstance(found, dict) else {}


_RULES = (
    _site_names,
    _param_names,
    _param_parity,
    _launch_sites,
    _launch_results,
    _labels_of_processes,
    _selectors,
    _revision,
    _image_references,
    _batch_settings,
    retries.attempts_alone,
)
