"""A cluster's facts as a file, to be carried from a login node to where a profile is built."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nfconfgen import __version__, jsontext
from nfconfgen.errors import UnreadableError
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.facts import decode
from nfconfgen.profile.read import read_text

FORMAT = 1
LARGEST_BYTES = 64 * 1024 * 1024


def to_text(facts: ClusterFacts) -> str:
    return jsontext.dumps({"nfconfgen_collected": FORMAT, "nfconfgen": __version__, "facts": facts.to_json()})


def read_all(paths: Iterable[Path]) -> tuple[ClusterFacts, ...]:
    """The clusters in these files. UnreadableError where one is not what `to_text` gives."""
    return tuple(_read(path) for path in paths)


def _read(path: Path) -> ClusterFacts:
    try:
        data = decode.mapping("", jsontext.loads(read_text(path, LARGEST_BYTES)))
        if decode.number("nfconfgen_collected", data.get("nfconfgen_collected")) != FORMAT:
            raise ValueError(f"format {data['nfconfgen_collected']} is not known")
        return ClusterFacts.from_json(data.get("facts"))
    except ValueError as error:
        raise UnreadableError(
            f"{path}: not what nfconfgen facts --collect prints: {error}: collect them again on the login node"
        ) from error
