"""A repository that somebody else has made does no harm: what is none of its profile's outputs is not printed,
changed or removed, no command waits for what never comes, and none calls it a bug of ours.

Another kind of harm is another generator of variants in state.py. NFCONFGEN_HOSTILE=all tries every one of them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fast.test_noticed import parts
from tests.hostile.repository import COMMANDS, HOOK, Room, Variant, checked, sound
from tests.hostile.state import some, variants

PARTS = 8
TRIED = [*variants()] if os.environ.get("NFCONFGEN_HOSTILE") == "all" else some(seed=10, number=240)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sound") / "home"
    sound(home)
    return home


@pytest.fixture
def room(template: Path, tmp_path: Path) -> Room:
    return Room(template, tmp_path)


def test_the_sound_one_is_sound(room: Room) -> None:
    ended = checked(room, Variant("sound", lambda repository: None), [*COMMANDS, *HOOK])
    assert [one.code for one in ended] == [0] * len(ended), ended


@pytest.mark.parametrize("part", parts(PARTS))
def test_no_harm(room: Room, part: int) -> None:
    for variant in TRIED[part::PARTS]:
        checked(room, variant, COMMANDS)


@pytest.mark.parametrize("part", parts(PARTS))
def test_no_harm_by_the_hook_that_builds(room: Room, part: int) -> None:
    for variant in TRIED[part::PARTS]:
        checked(room, variant, HOOK)
