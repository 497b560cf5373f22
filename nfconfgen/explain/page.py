"""The reasons as one self-contained page: no script, no request, readable on a phone, light and dark."""

from __future__ import annotations

from collections.abc import Sequence

from nfconfgen.explain.lines import asked
from nfconfgen.explain.model import Site
from nfconfgen.render.environment import render

MARK = '<meta name="generator" content="nfconfgen">'
"""What tells a page of ours from somebody else's file."""


def page(sites: Sequence[Site], source: str, pipeline: str, now: str) -> str:
    return render("explain.html.j2", sites=sites, source=source, pipeline=pipeline, day=now[:10], asked=asked)
