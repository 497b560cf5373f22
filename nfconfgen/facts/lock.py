"""The lock: the facts a build stands on, and a hash of what went in and came out. `salmon.yml` → `salmon.lock.json`.

Sorted, one value a line, no account number: made to be read in a diff.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nfconfgen import __version__, jsontext
from nfconfgen.errors import LockError
from nfconfgen.facts.executors import EXECUTORS, PlaceFacts
from nfconfgen.profile.read import read_text

FORMAT = 1
LARGEST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Lock:
    """`facts` by executor, then region or cluster; the rest is of the last build: `outputs` SHA-256 by path below
    the folder `output`, `profile` SHA-256 of its bytes, `version` of the nfconfgen that first built this, and the
    seal over all of it (empty where nothing was built yet)."""

    facts: Mapping[str, Mapping[str, PlaceFacts]] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    profile: str = ""
    output: str = ""
    version: str = __version__
    seal: str = ""

    def to_text(self) -> str:
        data = {
            "nfconfgen_lock": FORMAT,
            "nfconfgen": self.version,
            "facts": {
                executor: {place: known.to_json() for place, known in places.items()}
                for executor, places in self.facts.items()
            },
            "outputs": dict(self.outputs),
            "output": self.output,
            "profile": self.profile,
            "seal": self.seal,
        }
        return jsontext.dumps(data)


def path_beside(profile: Path) -> Path:
    """Where the lock of this profile lies."""
    return profile.with_name(f"{profile.stem}.lock.json")


def read(path: Path) -> Lock | None:
    """The lock in this file, None if there is no file. LockError if the file is no lock."""
    if not path.exists():
        return None
    return parse(read_text(path, LARGEST_BYTES), str(path))


def parse(text: str, file: str) -> Lock:
    """The lock in this text; `file` is how an error names it."""
    try:
        data: dict[str, Any] = json.loads(text)
        if data["nfconfgen_lock"] != FORMAT:
            raise LockError(
                f"{file}: format {data['nfconfgen_lock']} is not known: this nfconfgen reads format {FORMAT}"
            )
        return Lock(
            facts={
                str(executor): {str(place): EXECUTORS[executor].from_json(known) for place, known in places.items()}
                for executor, places in data["facts"].items()
            },
            outputs={str(name): str(digest) for name, digest in data["outputs"].items()},
            profile=str(data["profile"]),
            output=str(data.get("output", "")),
            version=str(data.get("nfconfgen", "")),
            seal=str(data.get("seal", "")),
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        advice = "restore it from git, or delete it and build again without --offline"
        raise LockError(
            f"{file}: not a lock file of nfconfgen ({type(error).__name__}: {error}): {advice}"
        ) from error
