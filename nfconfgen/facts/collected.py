"""The facts of a cluster as a file, to be carried from a login node to where a profile is built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from nfconfgen import __version__, jsontext
from nfconfgen.errors import UnreadableError
from nfconfgen.executors.interface import Executor, ScopeFacts
from nfconfgen.facts import decode
from nfconfgen.facts.query import Collected
from nfconfgen.profile.read import read_text

FORMAT = 1
LARGEST_BYTES = 64 * 1024 * 1024


def to_text(facts: ScopeFacts) -> str:
    return jsontext.dumps({"nfconfgen_collected": FORMAT, "nfconfgen": __version__, "facts": facts.to_json()})


def read_all(paths: Iterable[Path], executors: Mapping[str, Executor]) -> tuple[Collected, ...]:
    """The facts in these files. UnreadableError if one is not what `to_text` gives."""
    return tuple(_read(path, collecting(executors)) for path in paths)


def collecting(executors: Mapping[str, Executor]) -> Executor:
    """The executor whose facts can be collected; there is one so far, so the files need not name it."""
    return next(executor for executor in executors.values() if executor.collect is not None)


def _read(path: Path, executor: Executor) -> Collected:
    try:
        data = decode.mapping("", jsontext.loads(read_text(path, LARGEST_BYTES)))
        if decode.number("nfconfgen_collected", data.get("nfconfgen_collected")) != FORMAT:
            raise ValueError(f"format {data['nfconfgen_collected']} is not known")
        return Collected(executor, executor.read_facts(data.get("facts"), "facts"))
    except ValueError as error:
        raise UnreadableError(
            f"{path}: not what nfconfgen facts --collect prints: {error}: collect them again on the login node"
        ) from error
