"""The environment of tasks: the order in which variables are written."""

from __future__ import annotations

from nfconfgen.profile.run_settings import RunSettings
from nfconfgen.render.run_sections import sections


def test_one_without_a_space_is_first() -> None:
    """In a container the shell reads the first one twice, and loses what follows a space."""
    env, *_ = sections(RunSettings(env={"OPTIONS": "-x 1", "THREADS": 4, "MORE": "a b", "HOME_OF": "/opt"}))
    assert [name for name, _ in env.settings] == ["THREADS", "HOME_OF", "OPTIONS", "MORE"]
