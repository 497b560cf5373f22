"""Existing configs to the text of a profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nfconfgen.findings import Finding
from nfconfgen.imports.combine import combined
from nfconfgen.imports.draft import Draft
from nfconfgen.imports.originals import Original, originals
from nfconfgen.imports.profile_text import text
from nfconfgen.imports.sites import draft
from nfconfgen.profile.read import read_text

_NOMINAL = {f"{1 << power} GB" for power in range(1, 11)}


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
    findings = {finding for one in drafts for finding in (*one.findings, *_nominal(one))}
    findings |= {finding for original in found for finding in original.findings}
    return Imported(text(data, comments, head), tuple(found), tuple(sorted(findings)))


def _nominal(made: Draft) -> list[Finding]:
    """Memory as in the data sheet of a machine: less of it registers with ECS."""
    if made.site["executor"] != "awsbatch":
        return []
    classes = [made.tasks.get("default", {}), *made.tasks.get("labels", {}).values()]
    asked = {str(keys["memory"]) for keys in classes if "memory" in keys} & _NOMINAL
    from nfconfgen.findings import Place

    return [
        Finding(
            Place(next(iter(made.texts))),
            "import-nominal",
            f"{made.name} asks for {memory}, as in the data sheet of a machine, which registers less with ECS: a job "
            "that asks for all of it waits in RUNNABLE indefinitely",
            "build the profile with access to AWS, which compares it with what they register",
            "warning",
        )
        for memory in sorted(asked)
    ]
