"""Existing configs to the text of a profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nfconfgen.findings import Finding
from nfconfgen.imports.combine import combined
from nfconfgen.imports.originals import Original, originals
from nfconfgen.imports.profile_text import text
from nfconfgen.imports.sites import draft
from nfconfgen.profile.read import read_text


@dataclass(frozen=True, slots=True)
class Imported:
    """The profile, what it was made of, and findings on what was not taken over."""

    text: str
    sites: tuple[Original, ...]
    findings: tuple[Finding, ...]


def convert(files: Sequence[Path], profiles: Sequence[str], pipeline: str) -> Imported:
    """The profile of these configs. UsageError if they describe no site, UnreadableError."""
    found = originals(files, profiles)
    texts = {str(file): read_text(file) for file in files}
    drafts = [draft(original, texts) for original in found]
    data, comments = combined(drafts, pipeline)
    head = [f"Imported from {', '.join(dict.fromkeys(str(one.file) for one in found))}"]
    findings = {finding for one in drafts for finding in one.findings}
    findings |= {finding for original in found for finding in original.findings}
    return Imported(text(data, comments, head), tuple(found), tuple(sorted(findings)))
