"""What recommended requests make of a profile, and of which of them it cannot be built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nfconfgen.assess import Ask, Assessment, assess
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.findings import Finding, Place
from nfconfgen.profile.document import yaml12
from nfconfgen.profile.document.edit import edited
from nfconfgen.profile.load import load_text
from nfconfgen.recommend.profile_edits import Edits


@dataclass(frozen=True, slots=True)
class Change:
    """The profile as it is, and with what is proposed; `new` are the findings that it then has and did not have, at
    their positions in the new text."""

    file: str
    before: str
    after: str
    assessment: Assessment
    new: tuple[Finding, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Without positions, as this text is not written yet."""
        found = (replace(_nowhere(one), message=f"with these requests: {one.message}") for one in self.new)
        return tuple(dict.fromkeys(found))

    def unfit(self, edits: Mapping[str, Edits]) -> dict[str, tuple[Finding, ...]]:
        """The errors of each process that has some, by what is set for it."""
        document, _ = yaml12.parse(self.after, self.file)
        assert document is not None, "it was edited"
        found: dict[str, tuple[Finding, ...]] = {}
        for process, paths in edits.items():
            places = {place(path) for path in paths for place in (document.place, document.key_place)}
            errors = [each for each in self.new if each.level == "error" and each.place in places]
            if errors:
                found[process] = tuple(map(_nowhere, errors))
        return found


def changed(path: Path, text: str, changes: Edits, before: Assessment) -> Change:
    """The profile with these values."""
    after = edited(text, changes)
    assessment = assess(path, Ask(), load_text(after, str(path), EXECUTORS))
    known = {(finding.rule, finding.message) for finding in before.findings}
    new = tuple(one for one in assessment.findings if (one.rule, one.message) not in known)
    return Change(str(path), text, after, assessment, new)


def _nowhere(finding: Finding) -> Finding:
    return replace(finding, place=Place(finding.place.file))
