"""The reasons as one self-contained page: no script, no request, readable on a phone, light and dark."""

from __future__ import annotations

from nfconfgen.explain.model import Explained
from nfconfgen.explain.story import cpus_text
from nfconfgen.profile.units import time_text
from nfconfgen.render.environment import render

MARK = '<meta name="generator" content="nfconfgen">'
"""What tells a page of ours from somebody else's file."""


def page(explained: Explained) -> str:
    """The whole file."""
    return render("explain.html.j2", told=explained, time=time_text, cpus=cpus_text)
