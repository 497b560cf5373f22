"""The constraints of `oldest.sh` hold every dependency by its lower bound."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT
from tests.lab.oldest import constraints


def test_every_dependency_has_its_lower_bound() -> None:
    tomllib = pytest.importorskip("tomllib")
    text = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(text)["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    found = list(constraints(text))
    assert len(found) == len(needed) >= 11
    for constraint, requirement in zip(found, needed, strict=True):
        name, version = constraint.split("==")
        assert requirement.startswith(name)
        assert f">={version}" in requirement
