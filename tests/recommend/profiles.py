"""Profiles of tests as `recommend` has them: what is written there, and what it means."""

from __future__ import annotations

from typing import Any

from nfconfgen.executors.table import EXECUTORS
from nfconfgen.profile.document import yaml12
from nfconfgen.profile.load import load_text
from nfconfgen.profile.model import Profile


def data_of(text: str) -> dict[str, Any]:
    document, findings = yaml12.parse(text, "profile.yml")
    assert document is not None, findings
    data: dict[str, Any] = document.data
    return data


def loaded(text: str) -> Profile:
    found = load_text(text, "profile.yml", EXECUTORS)
    assert found.profile is not None, found.findings
    return found.profile
