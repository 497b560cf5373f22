"""A file that no build has ever written, where a build would write one."""

from __future__ import annotations

from nfconfgen.findings import Finding, Place


def clash(place: Place, path: str) -> Finding:
    """`place` is where the profile names its output folder."""
    message = f"{path} is the pipeline's own, and a build would write a file of that name"
    return Finding(place, "file-clash", message, "choose another folder, as in output: nfconfgen/")
