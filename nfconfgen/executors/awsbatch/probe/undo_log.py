"""The journal of a probe: each change in AWS, written before it is made, so that `nfconfgen probe --restore` can undo
it even after a power cut.

A repository may contain a journal. So it counts only if this user wrote it on this machine, and it cannot describe
anything that a probe does not do: an entry has no value to set, and no job has a name that a probe would not choose.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from secrets import token_hex
from typing import Any

from nfconfgen import files, jsontext
from nfconfgen.errors import NfconfgenError
from nfconfgen.trusted import origin, read_state

_PREFIX = "nfconfgen-probe-"
_JOB = re.compile(rf"{_PREFIX}[0-9a-f]{{8}}-[0-9]{{1,6}}")


@dataclass(frozen=True, slots=True)
class Scaled:
    """minvCpus of a compute environment was 0 and is set to 1."""

    region: str
    environment: str


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job of this name on this queue, with a definition of the probe."""

    region: str
    queue: str
    job: str

    @property
    def definition(self) -> str:
        return self.job.rpartition("-")[0]


Entry = Scaled | Submitted


def new_definition() -> str:
    """A unique name for the definition of a new probe."""
    return f"{_PREFIX}{token_hex(4)}"


def definitions(entries: Iterable[Entry]) -> list[tuple[str, str]]:
    """The region and name of each job definition of these entries."""
    return sorted({(entry.region, entry.definition) for entry in entries if isinstance(entry, Submitted)})


def journal_of(profile: Path) -> Path:
    """The path of the journal of a profile, which exists during a probe."""
    return profile.parent / f".{profile.stem}.nfconfgen-probe"  # with_name fails for a folder such as .


def begin(path: Path, entries: Sequence[Entry]) -> None:
    """Writes the journal to disk. NfconfgenError if there is one already."""
    listed = [{"kind": type(entry).__name__, **asdict(entry)} for entry in entries]
    text = jsontext.dumps({"origin": origin(), "entries": listed})
    draft = path.with_name(f"{path.name}-new")
    try:
        draft.unlink(missing_ok=True)
        files.create(draft, text.encode(), 0o644)
        os.link(draft, path)  # fails if there is a journal, which a rename would replace
        files.sync_folder(path.parent)
    except FileExistsError as error:
        message = f"{path}: an earlier probe was interrupted: undo it first with nfconfgen probe --restore"
        raise NfconfgenError(message) from error
    except OSError as error:
        raise NfconfgenError(f"{path}: cannot be written: {files.reason(error)}") from error
    finally:
        with suppress(OSError):
            draft.unlink()


def read(path: Path) -> list[Entry] | None:
    """The entries to undo; None if there is no journal. NfconfgenError if the file is not a valid one."""
    if not os.path.lexists(path):
        return None
    content = read_state(path)
    try:
        journal = json.loads(content)
        written_by, entries = journal["origin"], [_entry(**entry) for entry in journal["entries"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise refused(path, "is not the journal of a probe") from error
    if written_by != origin():
        raise refused(path, "was written on another machine, or by another user")
    return entries


def refused(path: Path, why: str) -> NfconfgenError:
    """The error for a journal that is not trusted, and how to undo by hand what it may describe."""
    by_hand = "end jobs named nfconfgen-probe-…, set minvCpus of the compute environments back to 0"
    return NfconfgenError(
        f"{path}: {why}: nothing is undone; if a probe of yours was interrupted, {by_hand}; then delete it"
    )


def _entry(kind: str, **values: Any) -> Entry:
    """TypeError, KeyError or ValueError if a probe writes no such entry."""
    kinds: dict[str, type[Entry]] = {"Scaled": Scaled, "Submitted": Submitted}
    entry = kinds[kind](**values)
    if not all(isinstance(getattr(entry, part.name), str) for part in fields(entry)):
        raise TypeError("a name must be a string")
    if isinstance(entry, Submitted) and not _JOB.fullmatch(entry.job):
        raise ValueError("not the name of a job of a probe")
    return entry


def end(path: Path) -> None:
    """Deletes the journal once everything is undone."""
    path.unlink(missing_ok=True)
    files.sync_folder(path.parent)
