"""The file system as a judge of pipelines sees it."""

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
    """Keeps every question and its answer: what follows from them holds for as long as the answers are the same.
    `whole` is False where a file could not be read, whose answer says too little."""

    answers: dict[tuple[Question, str], str] = field(default_factory=dict)
    whole: bool = True

    def text(self, path: Path, largest_bytes: int = LARGEST_BYTES) -> str:
        """UnreadableError says why there is none."""
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
        """Of all that lies in a folder, sorted; none where there is no such folder."""
        return [name for name in self._ask("names", folder).split("/") if name]

    def source(self, path: Path) -> str:
        """What the file says it was generated from; nothing where it does not."""
        return self._ask("source", path)

    def _ask(self, question: Question, path: Path) -> str:
        key = (question, str(path))
        if key not in self.answers:
            self.answers[key] = answer(*key)
        return self.answers[key]
