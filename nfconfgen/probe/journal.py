"""What a probe has changed in AWS, on disk before it changes it, so that `nfconfgen probe --restore` can undo it
after whatever ended the probe, a power cut included."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from nfconfgen import jsontext
from nfconfgen.errors import NfconfgenError, UnreadableError
from nfconfgen.transaction import sync_folder


@dataclass(frozen=True, slots=True)
class Scaled:
    """minvCpus of a compute environment was `was` and is set to `set_to`."""

    region: str
    environment: str
    was: int
    set_to: int


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job of this name on this queue, made from a definition of our own."""

    region: str
    queue: str
    job: str
    definition: str


Entry = Scaled | Submitted


class ProbeOpenError(NfconfgenError):
    """An earlier probe has not been undone yet."""


def beside(profile: Path) -> Path:
    """Where the journal of a profile's probes lies while one is under way."""
    return profile.parent / f".{profile.stem}.nfconfgen-probe"  # with_name fails for a folder such as .


def begin(path: Path, entries: Sequence[Entry]) -> None:
    """Writes the journal, on disk when this returns. ProbeOpenError if there is one already."""
    text = jsontext.dumps([{"kind": type(entry).__name__, **asdict(entry)} for entry in entries])
    draft = path.with_name(f"{path.name}-new")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # fails where a journal is, which a rename would replace
        sync_folder(path.parent)
    except FileExistsError as error:
        message = f"{path}: an earlier probe was cut off: undo it first with nfconfgen probe --restore"
        raise ProbeOpenError(message) from error
    except OSError as error:
        raise NfconfgenError(f"{path}: cannot be written: {(error.strerror or str(error)).lower()}") from error
    finally:
        draft.unlink(missing_ok=True)


def read(path: Path) -> list[Entry]:
    """What is to be undone; nothing if there is no journal."""
    if not path.exists():
        return []
    kinds = {"Scaled": Scaled, "Submitted": Submitted}
    try:
        return [kinds[entry.pop("kind")](**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{path}: not the journal of a probe: look at minvCpus of the compute environments by hand"
        raise UnreadableError(message) from error


def end(path: Path) -> None:
    """Everything is undone."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)
