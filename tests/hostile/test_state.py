"""A repository that somebody else has made does no harm: nothing outside what a build of its profile writes is printed,
changed or removed, no command waits for what never comes, and none calls it a bug of ours.

To add a kind of harm, add a generator of variants beside those in state.py.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.hostile.repository import COMMANDS, HOOK, Room, Variant, judge, sound
from tests.hostile.state import variants

PARTS = 16
EVERY = sorted(variants(), key=lambda variant: variant.name)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sound") / "home"
    sound(home)
    return home


@pytest.fixture
def room(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # nothing here has to survive a power cut
    return Room(template, tmp_path)


def test_the_sound_one_is_sound(room: Room) -> None:
    ended = judge(room, Variant("sound", lambda repository: None), [*COMMANDS, *HOOK])
    assert [one.code for one in ended] == [0] * len(ended), ended


@pytest.mark.parametrize("part", range(PARTS))
def test_no_harm(room: Room, part: int) -> None:
    for variant in EVERY[part::PARTS]:
        judge(room, variant, COMMANDS)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_harm_by_the_hook_that_builds(room: Room, part: int) -> None:
    for variant in EVERY[part::PARTS]:
        judge(room, variant, HOOK)
