"""The explanation as one self-contained page: no script, no request, readable on a phone, light and dark."""

from __future__ import annotations

from nfconfgen.explain import cost_text
from nfconfgen.explain.model import Explained
from nfconfgen.explain.process_text import cells, heading, summary
from nfconfgen.explain.text import failures
from nfconfgen.processes.names import short_names
from nfconfgen.profile.units import cpus_text, gpus_text, time_text
from nfconfgen.render.environment import render

MARK = '<meta name="generator" content="nfconfgen">'
"""Distinguishes a page of ours from any other file."""


def page(explained: Explained) -> str:
    """The HTML of the page."""
    of_processes = {"summary": summary, "cells": cells, "heading": heading, "short_names": short_names}
    words = {"time": time_text, "cpus": cpus_text, "gpus": gpus_text, "kept": _kept}
    costs = {"costs": cost_text.of_attempt, "costs_of_site": cost_text.of_site}
    return render(
        "explain.html.j2", explained=explained, failures=failures(explained), **words, **of_processes, **costs
    )


def _kept(text: str) -> str:
    """The text without line breaks between a number and its unit."""
    return text.replace(" MiB", "\N{NO-BREAK SPACE}MiB").replace(" cpu", "\N{NO-BREAK SPACE}cpu")
