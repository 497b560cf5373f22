"""Which processes of past runs a profile sizes by their labels, by the files of its pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nfconfgen.commands.pipeline import require_pipeline, sources_of
from nfconfgen.errors import UsageError
from nfconfgen.fast.discovery import pipeline_around
from nfconfgen.profile.model import Profile
from nfconfgen.recommend.by_label import labels_of
from nfconfgen.runs.observed import Observed


def labels(path: Path, profile: Profile, pipeline: Path | None, seen: Sequence[Observed]) -> dict[str, str]:
    """The label of each of these processes that has one in the profile. UsageError without a pipeline."""
    folder = pipeline or pipeline_around(str(path))
    if folder is None:
        raise UsageError("--labels needs the pipeline, whose processes have labels: name it, --pipeline DIR")
    require_pipeline(Path(folder))
    return labels_of(seen, sources_of(path, profile, Path(folder)).tasks, profile)
