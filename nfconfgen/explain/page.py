"""The reasons as one self-contained page: no script, no request, readable on a phone, light and dark."""

from __future__ import annotations

from nfconfgen.explain.model import Explained
from nfconfgen.explain.text import failures
from nfconfgen.profile.units import cpus_text, gpus_text, time_text
from nfconfgen.render.environment import render

MARK = '<meta name="generator" content="nfconfgen">'
"""What tells a page of ours from somebody else's file."""


def page(explained: Explained) -> str:
    """The whole file."""
    words = {"time": time_text, "cpus": cpus_text, "gpus": gpus_text, "kept": _kept}
    return render("explain.html.j2", explained=explained, failures=failures(explained), **words)


def _kept(text: str) -> str:
    """No line ends between a number and its unit."""
    return text.replace(" MiB", "\N{NO-BREAK SPACE}MiB").replace(" cpu", "\N{NO-BREAK SPACE}cpu")
