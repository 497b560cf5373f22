"""The lock: the facts that a build uses, and hashes of its input and output. `salmon.yml` → `salmon.lock.json`.

Sorted, one value per line, without account numbers but those of deployed roles: it is made to be read in a diff.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nfconfgen import __version__, files, jsontext
from nfconfgen.errors import LockError
from nfconfgen.executors.interface import Executor, ScopeFacts
from nfconfgen.facts import decode
from nfconfgen.profile.read import read_text

FORMAT = 1
_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Lock:
    """`facts` by executor, then region or cluster; the rest is about the last build: `outputs` SHA-256 by path below
    the folder `output`, `profile` SHA-256 of its bytes, `version` of the nfconfgen that first built this, and the
    checksum over all of it (empty before the first build)."""

    facts: Mapping[str, Mapping[str, ScopeFacts]] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    profile: str = ""
    output: str = ""
    version: str = __version__
    checksum: str = ""

    def to_text(self) -> str:
        data = {
            "nfconfgen_lock": FORMAT,
            "nfconfgen": self.version,
            "facts": {
                executor: {scope: known.to_json() for scope, known in scopes.items()}
                for executor, scopes in self.facts.items()
            },
            "outputs": dict(self.outputs),
            "output": self.output,
            "profile": self.profile,
            "seal": self.checksum,
        }
        return jsontext.dumps(data)


def path_for(profile: Path) -> Path:
    """The path of the lock of this profile."""
    return profile.parent / files.lock_name(profile.stem)  # with_name fails for a folder such as .


def read(path: Path, executors: Mapping[str, Executor]) -> Lock | None:
    """The lock in this file, None if there is no file. LockError if the file is not a lock."""
    if not os.path.lexists(path):
        return None
    return parse(read_text(path, files.LARGEST_BYTES, path.parent), str(path), executors)


def parse(text: str, file: str, executors: Mapping[str, Executor]) -> Lock:
    """The lock in this text; `file` is how an error names it."""
    try:
        data = decode.mapping("", jsontext.loads(text))
        if decode.number("nfconfgen_lock", data.get("nfconfgen_lock")) != FORMAT:
            raise LockError(
                f"{file}: format {data['nfconfgen_lock']} is unknown: this nfconfgen reads format {FORMAT}"
            )
        return Lock(
            facts={
                executor: decode.each(_of_executor(executor, executors))(f"facts.{executor}", scopes)
                for executor, scopes in decode.mapping("facts", data.get("facts")).items()
            },
            outputs={
                _output(name): digest
                for name, digest in decode.each(decode.text)("outputs", data.get("outputs")).items()
            },
            profile=decode.text("profile", data.get("profile")),
            output=_folder(decode.text("output", data.get("output", ""))),
            version=decode.text("nfconfgen", data.get("nfconfgen", "")),
            checksum=decode.text("seal", data.get("seal", "")),
        )
    except ValueError as error:
        marked = _CONFLICT.search(text)
        if marked is not None:
            line = text.count("\n", 0, marked.start()) + 1
            raise LockError(
                f"{file}:{line}: a git conflict is not resolved: take either side, and build again"
            ) from error
        advice = "restore it from git, or delete it and build again without --offline"
        raise LockError(f"{file}: not a lock file of nfconfgen: {error}: {advice}") from error


def _of_executor(name: str, executors: Mapping[str, Executor]) -> decode.Reader[ScopeFacts]:
    if name not in executors:
        raise ValueError(f"{decode.below('facts', name)} is unknown")
    return lambda at, data: executors[name].read_facts(data, at)


def _output(name: str) -> str:
    if not files.is_output(name):
        raise ValueError(f"outputs names {name[:200]!a}, which no build writes")
    return name


def _folder(name: str) -> str:
    if not files.stays_below(name):
        raise ValueError(f"output is {name[:200]!a}, which is not a folder below that of the profile")
    return name
