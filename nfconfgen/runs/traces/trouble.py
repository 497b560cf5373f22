"""The findings on one file: a few of each rule, and how many more there are."""

from __future__ import annotations

from dataclasses import dataclass, field

from nfconfgen.findings import Finding, Level, Place
from nfconfgen.wording import counted

_MOST = 3


@dataclass(slots=True)
class Trouble:
    """`file` as in messages."""

    file: str
    _found: dict[str, list[Finding]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def note(
        self, line: int, rule: str, message: str, advice: str = "", level: Level = "warning", times: int = 1
    ) -> None:
        """A problem, which this file has so many times."""
        found = self._found.setdefault(rule, [])
        self._counts[rule] = self._counts.get(rule, 0) + times
        if len(found) < _MOST:
            found.append(Finding(Place(self.file, line), rule, message, advice, level))

    def wants_more(self, rule: str) -> bool:
        """Whether another finding of this rule would be shown."""
        return len(self._found.get(rule, ())) < _MOST

    def findings(self) -> list[Finding]:
        """All of them, with the number of those left out."""
        shown = []
        for rule, found in self._found.items():
            shown += found
            more = self._counts[rule] - len(found)
            if more > 0:
                last = found[-1]
                text = f"{counted(more, 'more problem')} of this kind in this file"
                shown.append(Finding(Place(self.file), last.rule, text, "", last.level))
        return shown
