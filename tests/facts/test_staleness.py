"""Old facts are reported, and never silently used as fresh."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nfconfgen.facts.gather import gather
from nfconfgen.facts.lock import Lock
from nfconfgen.facts.staleness import age_s, age_text, stale_facts
from nfconfgen.profile.model import Profile
from tests.conftest import ROOT
from tests.core import load, load_text, read_lock

PROFILE = ROOT / "profiles/salmon.yml"


def lock() -> Lock:
    found = read_lock(ROOT / "profiles/salmon.lock.json")
    assert found is not None
    return found


def profile() -> Profile:
    found = load(PROFILE).profile
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("now", "text"),
    [
        ("2026-11-20T09:30:00Z", "today"),
        ("2026-11-20T09:00:00Z", "today"),
        ("2026-11-21T00:00:00Z", "yesterday"),
        ("2027-11-20T09:30:00Z", "365 days ago"),
    ],
)
def test_age_in_words(now: str, text: str) -> None:
    assert age_text("2026-11-20T09:30:00Z", now) == text


def test_age_is_never_negative() -> None:
    assert age_s("2026-11-20T09:30:00Z", "2026-11-19T09:30:00Z") == 0


@pytest.mark.parametrize(("now", "stale"), [("2027-05-19T09:30:00Z", 0), ("2027-05-19T09:30:01Z", 2)])
def test_half_a_year_is_trusted(now: str, stale: int) -> None:
    known = gather(profile(), lock(), None)
    found = stale_facts(profile(), known, now)
    assert [finding.rule for finding in found] == ["stale"] * stale
    assert {finding.level for finding in found} <= {"warning"}


def test_the_profile_sets_the_maximum_age() -> None:
    text = PROFILE.read_text() + "facts: {max_age: 1d}\n"
    short = load_text(text, str(PROFILE)).profile
    assert short is not None
    known = gather(short, lock(), None)
    assert len(stale_facts(short, known, "2026-11-22T00:00:00Z")) == 2


def test_a_newer_ami_is_reported() -> None:
    known = lock().facts["awsbatch"]["eu-central-1"]
    environments = {name: replace(e, image_status="UPDATE_AVAILABLE") for name, e in known.environments.items()}  # type: ignore[attr-defined]
    newer = Lock({"awsbatch": {"eu-central-1": replace(known, environments=environments)}})  # type: ignore[type-var]
    found = stale_facts(profile(), gather(profile(), newer, None), "2026-11-21T00:00:00Z")
    assert [finding.rule for finding in found] == ["newer-image", "newer-image"]
