"""A file of the pipeline where a build would write."""

from __future__ import annotations

from nfconfgen.findings import Finding, Place


def clash(place: Place, path: str) -> Finding:
    """A file of the user at a path that a build would write; `place` is the position of the output folder."""
    message = f"{path} belongs to the pipeline, and a build would overwrite it"
    return Finding(place, "file-clash", message, "choose another folder, as in output: nfconfgen/")
