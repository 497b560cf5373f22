"""Existing configs to the text of a profile, or to what one of them adds to a site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nfconfgen.findings import Finding
from nfconfgen.imports.combine import combined, in_order
from nfconfgen.imports.originals import Original, originals, own_settings
from nfconfgen.imports.profile_text import text
from nfconfgen.imports.recognise.draft import Keys
from nfconfgen.imports.sites import draft, whole


@dataclass(frozen=True, slots=True)
class Imported:
    """The profile, what it was made of, and findings on what was not taken over."""

    text: str
    sites: tuple[Original, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What a config adds to the pipeline that it is a part of: the `name` of a site, its `keys` but the executor,
    comments by the path of a key, and findings on what was not taken over."""

    name: str
    keys: Keys
    comments: Mapping[tuple[str, ...], str]
    findings: tuple[Finding, ...]


def convert(files: Sequence[Path], profiles: Sequence[str], pipeline: str) -> Imported:
    """The profile of these configs. UsageError if they describe no site, UnreadableError."""
    found = originals(files, profiles)
    drafts = [draft(original) for original in found]
    data, comments = combined(drafts, pipeline)
    head = [f"Imported from {', '.join(dict.fromkeys(str(one.file) for one in found))}"]
    findings = {finding for one in drafts for finding in one.findings}
    findings |= {finding for original in found for finding in original.findings}
    return Imported(text(data, comments, head), tuple(found), tuple(sorted(findings)))


def part_of_pipeline(file: Path, profile: str, *, main: bool) -> Part:
    """What this profile of a config sets itself, or without one the whole config; of a pipeline's `main` config, what
    it says about its scheduler alone, as everything else applies to any site. UsageError, UnreadableError."""
    (original,) = originals([file], [profile] if profile else [])
    made = draft(replace(original, settings=own_settings(original, main=main)))
    keys = in_order({key: value for key, value in whole(made).items() if key != "executor"})
    return Part(original.name, keys, made.comments, tuple(sorted(set(made.findings))))
