"""What a probe has changed in AWS, on disk before it changes it, so that `nfconfgen probe --restore` can undo it
after whatever ended the probe, a power cut included.

A repository may bring a journal along. So one counts only if this user wrote it on this machine, and it can say
nothing that a probe does not do: an entry holds no value to set, and only names that a probe makes up.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
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
    """A job of this name on this queue, made from a definition of our own."""

    region: str
    queue: str
    job: str

    @property
    def definition(self) -> str:
        return self.job.rpartition("-")[0]


Entry = Scaled | Submitted


class ProbeOpenError(NfconfgenError):
    """An earlier probe has not been undone yet."""


class JournalError(NfconfgenError):
    """A journal that no probe of this user, machine and profile can have written."""


def new_definition() -> str:
    """The name of a new probe's definition, which nothing else bears."""
    return f"{_PREFIX}{token_hex(4)}"


def beside(profile: Path) -> Path:
    """Where the journal of a profile's probes lies while one is under way."""
    return profile.parent / f".{profile.stem}.nfconfgen-probe"  # with_name fails for a folder such as .


def begin(path: Path, entries: Sequence[Entry]) -> None:
    """Writes the journal, on disk when this returns. ProbeOpenError if there is one already."""
    listed = [{"kind": type(entry).__name__, **asdict(entry)} for entry in entries]
    text = jsontext.dumps({"origin": origin(), "entries": listed})
    draft = path.with_name(f"{path.name}-new")
    try:
        draft.unlink(missing_ok=True)
        files.create(draft, text.encode(), 0o644)
        os.link(draft, path)  # fails where a journal is, which a rename would replace
        files.sync_folder(path.parent)
    except FileExistsError as error:
        message = f"{path}: an earlier probe was cut off: undo it first with nfconfgen probe --restore"
        raise ProbeOpenError(message) from error
    except OSError as error:
        raise NfconfgenError(f"{path}: cannot be written: {files.reason(error)}") from error
    finally:
        with suppress(OSError):
            draft.unlink()


def read(path: Path) -> list[Entry] | None:
    """What is to be undone; None if there is no journal. JournalError where it holds anything else."""
    if not os.path.lexists(path):
        return None
    content = read_state(path)
    try:
        told = json.loads(content)
        by, listed = told["origin"], told["entries"]
        entries = [_entry(**entry) for entry in listed]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise refused(path, "is not the journal of a probe") from error
    if by != origin():
        raise refused(path, "was written on another machine, or by another user")
    return entries


def refused(path: Path, why: str) -> JournalError:
    """Of a journal that is not obeyed, and how to undo by hand what it may stand for."""
    by_hand = "end jobs named nfconfgen-probe-…, set minvCpus of the compute environments back to 0"
    return JournalError(
        f"{path}: {why}: nothing is undone; if a probe of yours was cut off, {by_hand}; then delete it"
    )


def _entry(kind: str, **values: Any) -> Entry:
    """TypeError, KeyError or ValueError where a probe writes no such entry."""
    kinds: dict[str, type[Entry]] = {"Scaled": Scaled, "Submitted": Submitted}
    entry = kinds[kind](**values)
    if not all(isinstance(getattr(entry, part.name), str) for part in fields(entry)):
        raise TypeError("a name is a text")
    if isinstance(entry, Submitted) and not _JOB.fullmatch(entry.job):
        raise ValueError("not the name of a probe's job")
    return entry


def end(path: Path) -> None:
    """Everything is undone."""
    path.unlink(missing_ok=True)
    files.sync_folder(path.parent)
