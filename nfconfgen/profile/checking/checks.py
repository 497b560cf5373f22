"""Checks that the schema cannot express: names that refer to each other, sites that must agree, conflicting settings.

They work on a document that fits the schema. Whether requests fit their queues is checked by the plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nfconfgen.findings import Finding, Place
from nfconfgen.profile import retries
from nfconfgen.profile.checking import images, selectors
from nfconfgen.profile.checking.reference_checks import params_read
from nfconfgen.profile.credentials import looks_secret, shown, shown_number
from nfconfgen.profile.document.task_paths import mapping_at, task_homes, task_values
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.suggest import near

# a Nextflow config with a param or profile of this name does not parse
GROOVY_WORDS = frozenset(
    (  # noqa: SIM905 - one per line would hide the rest of the module
        "abstract as assert boolean break byte case catch char class const continue def default do double "
        "else enum extends false final finally float for goto if implements import in instanceof int "
        "interface long native new null package private protected public return short static strictfp super "
        "switch synchronized this threadsafe throw throws trait transient true try var void volatile while "
    ).split()
)
# a block of this name calls a method instead, or is read as a call (25.04.4 and 26.04.6, either parser)
_CALLED = frozenset(
    (  # noqa: SIM905
        "addShutdownHook andThen any call collect compose curry each eachWithIndex equals every find findAll "
        "findIndexOf findIndexValues findLastIndexOf findResult grep identity includeConfig inject is isCase "
        "isNotCase it leftShift metaClass rcurry rightShift setDelegate split tap trampoline use with"
    ).split()
)
# an assignment to one of these in a block of params does not set a param
_ASSIGNED = frozenset(
    "List Map Math Object String System binding delegate directive includeConfig it metaClass".split()  # noqa: SIM905
)
_TOO_LARGE = 2**63
_NO_SITE_NAMES = {"profiles": "conf/profiles.config is the file that includes all sites"}


def check(document: Document) -> list[Finding]:
    """The findings of all checks, in no particular order."""
    return [finding for rule in _RULES for finding in rule(document)]


def _site_names(document: Document) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for name in document.data["sites"]:
        place = document.key_place(("sites", name))
        if name.lower() in _NO_SITE_NAMES:
            yield Finding(place, "name", f"a site cannot be named '{name}'", _NO_SITE_NAMES[name.lower()])
        if name in GROOVY_WORDS:
            yield Finding(place, "name", f"'{name}' is a word of the Groovy language", "choose another name")
        if name in _CALLED:
            message = f"Nextflow would not read '{name}' as the name of a profile"
            yield Finding(place, "name", message, "choose another name")
        other = seen.setdefault(name.lower(), name)
        if other != name:
            yield Finding(place, "name", f"'{name}' and '{other}' are the same file on some systems", "rename one")


def _param_names(document: Document) -> Iterator[Finding]:
    for path in (("params",), *(("sites", name, "params") for name in document.data["sites"])):
        for name in mapping_at(document, path):
            place = document.key_place((*path, name))
            if name in GROOVY_WORDS:
                yield Finding(place, "name", f"'{name}' is a word of the Groovy language", "rename the param")
            elif name in _ASSIGNED:
                message = f"Nextflow would not read '{name}' as the name of a param"
                yield Finding(place, "name", message, "rename the param")


def _param_parity(document: Document) -> Iterator[Finding]:
    sites = [name for name in document.data["sites"] if "," not in name]  # a variant may have params of its own
    shared = set(mapping_at(document, ("params",))) | params_read(document)
    homes: dict[str, Path] = {site: ("sites", site, "params") for site in sites}
    yield from _missing_elsewhere(document, homes, shared, "param")
    launched = mapping_at(document, ("launch", "params"))
    if launched and set(launched) <= set(sites):  # a misspelt site is reported as such
        yield from _missing_elsewhere(document, {s: ("launch", "params", s) for s in sites}, set(), "launch param")


def given_for(what: str, name: str) -> str:
    """The beginning of a finding about a param that some sites lack; `what` is param or launch param."""
    return f"{what} {shown(name)} is set for"


def _missing_elsewhere(document: Document, homes: dict[str, Path], shared: set[str], what: str) -> Iterator[Finding]:
    names = {site: shared | set(mapping_at(document, path)) for site, path in homes.items()}
    for site, path in homes.items():
        for name in mapping_at(document, path):
            missing = [other for other in homes if name not in names[other]]
            if missing:
                message = f"{given_for(what, name)} {shown(site)} but not for {', '.join(map(shown, missing))}"
                advice = "set it for every site, or once for all sites"
                yield Finding(document.key_place((*path, name)), "param-parity", message, advice, "warning")


def _launch_sites(document: Document) -> Iterator[Finding]:
    sites = list(document.data["sites"])
    for part in ("params", "warmup"):
        for name in mapping_at(document, ("launch", part)):
            # a site that could not be read exists all the same
            if not document.has_key(("sites", name)):
                place = document.key_place(("launch", part, name))
                advice = near(name, sites) or f"sites here: {', '.join(sites)}"
                yield Finding(place, "unknown-site", f"there is no site {shown(name)}", advice)


def _launch_results(document: Document) -> Iterator[Finding]:
    name = document.data_at(("launch", "results"))
    maps = [site for part in ("params", "warmup") for site in mapping_at(document, ("launch", part)).values()]
    given = dict.fromkeys(param for params in maps for param in params)
    if name is not None and name not in given:
        advice = near(name, given) or "name one of those under launch: params, or leave it out"
        place = document.place(("launch", "results"))
        yield Finding(place, "unknown-param", f"there is no launch param {shown(name)}", advice)


def _labels_of_processes(document: Document) -> Iterator[Finding]:
    homes = task_homes(document)
    labels = {label for home in homes for label in mapping_at(document, (*home, "labels"))}
    for home in homes:
        for name, process in mapping_at(document, (*home, "processes")).items():
            label = process.get("label")
            if label is not None and not any(document.has_key((*any_home, "labels", label)) for any_home in homes):
                place = document.place((*home, "processes", name, "label"))
                advice = near(label, labels) or "add it there, or remove this key"
                yield Finding(place, "unknown-label", f"label {shown(label)} is missing under labels", advice)


def _limits_of_default(document: Document) -> Iterator[Finding]:
    """What limits every task is `limits` of a site: in the default it would be a second place for it."""
    for path in task_values(document, "limits"):
        if path[-2] == "default" and path[-3] == "tasks":
            place = document.key_place(path)
            message = "the limits of every task are those of a site, not of the default"
            yield Finding(place, "unknown-key", message, "write them as limits of each site")


def _selectors(document: Document) -> Iterator[Finding]:
    """Two selectors for one name are a trap: Nextflow uses the last that matches, even if another is more exact."""
    for group in ("labels", "processes"):
        places: dict[str, Place] = {}
        for home in task_homes(document):
            for name in mapping_at(document, (*home, group)):
                places.setdefault(name, document.key_place((*home, group, name)))
        unusable = {name: advice for name in places if (advice := selectors.unusable(name))}
        for name, advice in unusable.items():
            yield Finding(places[name], "name", f"{shown(name)} is not a valid selector", advice)
        usable = [name for name in places if name not in unusable]
        for pattern, other in selectors.collisions(usable):
            message = f"{shown(pattern)} and {shown(other)} (line {places[other].line}) match the same tasks"
            advice = "Nextflow would use the later one: merge them into one"
            yield Finding(places[pattern], "selector-collision", message, advice)


def _revision(document: Document) -> Iterator[Finding]:
    pipeline = document.data["pipeline"]
    run = pipeline.get("run", ".")
    if "revision" in pipeline and (run.startswith((".", "/")) or run.endswith(".nf")):
        message = "Nextflow accepts no revision for a pipeline in a local folder"
        advice = "remove it, or name the project under run, as in user/pipeline"
        yield Finding(document.place(("pipeline", "revision")), "revision", message, advice)


def _images(document: Document) -> Iterator[Finding]:
    """Images that no registry can hold. Files, and images that come from elsewhere, are not checked."""
    for path in task_values(document, "container"):
        image = document.data_at(path)
        name = image.removeprefix("docker://")
        if name.startswith("/") or "://" in name or name.endswith(images.FILES) or looks_secret(image):
            continue
        why = images.fault(name)
        if why:
            message = f"image {shown(image)} cannot be pulled: {why}"
            yield Finding(document.place(path), "container", message, "write it as registry/name:tag")


def _large_numbers(document: Document) -> Iterator[Finding]:
    """Whole numbers of more than 64 bits: Nextflow silently reads another number from the JSON of launch params."""
    for part in ("params", "warmup"):
        yield from _large(document, document.data_at(("launch", part)), ("launch", part))


def _large(document: Document, value: Any, path: Path) -> Iterator[Finding]:
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _large(document, item, (*path, key))
    elif isinstance(value, int) and not -_TOO_LARGE <= value < _TOO_LARGE:
        message = f"{shown_number(str(value))} exceeds 64 bits: Nextflow would read another number"
        advice = "put quotes around it, or set it under `params`, which go into the configuration"
        yield Finding(document.place(path), "number", message, advice)


_RULES = (
    _site_names,
    _param_names,
    _param_parity,
    _launch_sites,
    _launch_results,
    _labels_of_processes,
    _limits_of_default,
    _selectors,
    _revision,
    _images,
    _large_numbers,
    retries.attempts_alone,
    retries.last_alone,
)
