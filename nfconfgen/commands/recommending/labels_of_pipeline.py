"""Which processes of past runs a profile sizes by their labels, by the files of its pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nfconfgen.assess import Ask, assess
from nfconfgen.commands.pipeline import require_pipeline, sources_of
from nfconfgen.errors import UsageError
from nfconfgen.fast.discovery import pipeline_around
from nfconfgen.recommend.by_label import Labels, labels_of
from nfconfgen.runs.observed import Observed


def labels(profile: Path, pipeline: Path | None, seen: Sequence[Observed]) -> Labels:
    """The label of each of these processes whose memory a label of the profile decides. UsageError without a pipeline
    whose processes can be read."""
    folder = pipeline or pipeline_around(str(profile))
    if folder is None:
        raise UsageError("--labels needs the pipeline, whose processes have labels: name it, --pipeline DIR")
    require_pipeline(Path(folder))
    # who decides does not depend on facts
    plan = assess(profile, Ask(needs_facts=False)).plan
    assert plan is not None, "it was read before"
    sources = sources_of(profile, plan.profile, Path(folder))
    if not sources.tasks:
        raise UsageError(f"--labels: no process is found in the files of {folder}: name another one, --pipeline DIR")
    return labels_of(seen, plan, sources)
