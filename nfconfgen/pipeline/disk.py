"""The file system as the readers of a pipeline see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nfconfgen.errors import UnreadableError
from nfconfgen.fast.cache import answer
from nfconfgen.fast.checksum import digest
from nfconfgen.profile.read import LARGEST_BYTES, decoded, read_bytes

if TYPE_CHECKING:
    from nfconfgen.fast.cache import Question


@dataclass(slots=True)
class Disk:
    """Records every question and its answer: findings hold for as long as the answers stay the same. `whole` is False
    if a file could not be read, which no answer records."""

    answers: dict[tuple[Question, str], str] = field(default_factory=dict)
    whole: bool = True

    def text(self, path: Path, largest_bytes: int = LARGEST_BYTES) -> str:
        """The text of a file. UnreadableError."""
        try:
            content = read_bytes(path, largest_bytes)
            text = decoded(path, content)
        except UnreadableError:
            self.whole = False
            raise
        self.answers["content", str(path)] = digest(content)
        return text

    def is_there(self, path: Path) -> bool:
        return bool(self._ask("there", path))

    def is_file(self, path: Path) -> bool:
        return bool(self._ask("file", path))

    def real(self, path: Path) -> str:
        return self._ask("real", path)

    def names(self, folder: Path) -> list[str]:
        """The sorted names in a folder; none if there is no such folder."""
        return [name for name in self._ask("names", folder).split("/") if name]

    def source(self, path: Path) -> str:
        """What the file was generated from, by its header; empty without a header."""
        return self._ask("source", path)

    def _ask(self, question: Question, path: Path) -> str:
        key = (question, str(path))
        if key not in self.answers:
            self.answers[key] = answer(*key)
        return self.answers[key]
