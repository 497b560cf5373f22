"""Compares an imported profile with the configs that it is made of, as Nextflow resolves both."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nfconfgen.assess import Ask, assess
from nfconfgen.errors import NextflowError
from nfconfgen.findings import Finding, Place
from nfconfgen.imports.disparity import ENGINES, differences, most
from nfconfgen.imports.originals import Original
from nfconfgen.imports.probe_points import Probe, probes
from nfconfgen.imports.resolution import Request, Resolved, UnreadableConfigError, Value, resolve_all
from nfconfgen.nextflow import Installed, stand_ins
from nfconfgen.plan.model import Plan
from nfconfgen.profile.credentials import asks_for_one, looks_secret
from nfconfgen.render.outputs import outputs

LAST_ATTEMPT = 3
"""The last attempt that is compared if a config does not say how many there are: later ones are not planned."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Values and answers that were compared, and findings on those that differ."""

    values: int
    answers: int
    findings: tuple[Finding, ...]


def compare(text: str, name: str, originals: Sequence[Original], nextflow: Installed) -> Compared:
    """Builds the profile in a folder of its own, without facts, and compares each site and variant."""
    with tempfile.TemporaryDirectory(prefix="nfconfgen-import-") as made:
        profile = Path(made) / name
        profile.write_text(text, "utf-8")
        plan = assess(profile, Ask(lock=lambda path: None, needs_facts=False)).sound_plan
        if plan is None:
            return Compared(0, 0, ())
        configs = {path: content for path, content in outputs(plan).items() if path.startswith("conf/")}
        for path, content in configs.items():
            (Path(made) / path).parent.mkdir(exist_ok=True)
            (Path(made) / path).write_text(content, "utf-8")
        return _compared(originals, plan, Path(made) / "conf/profiles.config", nextflow)


def _compared(originals: Sequence[Original], plan: Plan, built: Path, nextflow: Installed) -> Compared:
    given: dict[str, str] = {}
    for planned in plan.sites:
        given |= stand_ins(planned.site.variables)
    pairs = list(_pairs(originals, plan, built))
    try:
        parser, found = _resolved([original for _, original, _ in pairs], nextflow, given)
    except NextflowError as error:
        place = Place(str(originals[0].file))
        message = f"Nextflow cannot read the original, so nothing is compared: {error}"
        return Compared(0, 0, (Finding(place, "import-unread", message, "", "warning"),))
    again = []
    for (_, original, generated), resolved in zip(pairs, found, strict=True):
        points = _points(resolved)
        params = {name: resolved.values.get(f"params.{name}") for name in generated.params}
        again += [
            replace(original, probes=points),
            replace(generated, probes=points, params=params),
        ]
    answers = _read(resolve_all(nextflow, again, parser, given))
    findings: list[Finding] = []
    sites = {original.name: original for original in originals}
    values = asked = 0
    for (site, original, _), one, other in zip(pairs, answers[::2], answers[1::2], strict=True):
        one, other = _of_site(one, other, sites[site.partition(",")[0]])
        values += len(one.values)
        asked += len(one.closures) * len(one.probes)
        for difference in differences(one, other):
            if asks_for_one(difference.path) or looks_secret(str(difference)):
                continue  # a credential, which is reported, and never shown
            message = f"{site}: {difference}"
            findings.append(Finding(Place(str(original.config)), "import-differs", message, "", "warning"))
    return Compared(values, asked, tuple(findings))


def _of_site(one: Resolved, other: Resolved, original: Original) -> tuple[Resolved, Resolved]:
    """Both without what a pipeline's main config sets outside of the profile of this site: it stays there."""
    if not original.partial:
        return one, other
    own = [".".join(path) for path in original.settings]
    others = [f"params.{name}" for name in original.params_of_pipeline]
    return _kept(one, lambda path: _in(path, own)), _kept(other, lambda path: not _in(path, others))


def _in(path: str, scopes: Sequence[str]) -> bool:
    return any(path == one or path.startswith(f"{one}.") for one in scopes)


def _kept(resolved: Resolved, keeps: Callable[[str], bool]) -> Resolved:
    values = {path: value for path, value in resolved.values.items() if keeps(path)}
    closures = {path: closure for path, closure in resolved.closures.items() if keeps(path)}
    return replace(resolved, values=values, closures=closures)


def _points(original: Resolved) -> tuple[Probe, ...]:
    """The probes for the closures of a config, on attempts that it allows, in the engine that it enables."""
    tries = most(original).attempt or LAST_ATTEMPT
    engine = next((name for name in ENGINES if original.values.get(f"{name}.enabled") is True), "singularity")
    points = probes([closure.text for closure in original.closures.values()], most(original))
    return tuple(dict.fromkeys(replace(one, engine=engine) for one in points if one.attempt <= tries))


def _pairs(originals: Sequence[Original], plan: Plan, built: Path) -> Iterator[tuple[str, Request, Request]]:
    """The original and the generated config of each site, and of each variant that is a profile of the original."""
    names = {site.site.name for site in plan.sites}
    for original in originals:
        unset: dict[str, Value] = {name: f"{name} of the pipeline" for name in original.params_of_pipeline}
        # of a pipeline's main config the original itself sets them
        given = {} if original.partial else unset
        yield (
            original.name,
            Request(original.file, original.profile, params=given),
            Request(built, original.name, params=unset),
        )
        for variant in original.variants:
            if f"{original.name},{variant}" in names:
                yield (
                    f"{original.name},{variant}",
                    Request(original.file, variant, params=unset),
                    Request(built, f"{original.name},{variant}", params=unset),
                )


def _resolved(requests: Sequence[Request], nextflow: Installed, given: dict[str, str]) -> tuple[str, list[Resolved]]:
    """By the parser that accepts all of them, preferably the strict one."""
    for parser in reversed(nextflow.parsers):
        try:
            return parser, _read(resolve_all(nextflow, requests, parser, given))
        except UnreadableConfigError:
            if parser == nextflow.parsers[0]:
                raise
    raise AssertionError


def _read(found: Sequence[Resolved | UnreadableConfigError]) -> list[Resolved]:
    """UnreadableConfigError if Nextflow rejects one of them."""
    rejected = next((one for one in found if isinstance(one, UnreadableConfigError)), None)
    if rejected is not None:
        raise rejected
    return [one for one in found if isinstance(one, Resolved)]
