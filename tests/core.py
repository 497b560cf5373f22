"""The core with all executors, as commands use it."""

from __future__ import annotations

from pathlib import Path

from nfconfgen.assess import Ask, Assessment, assess
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.facts import lock as locks
from nfconfgen.facts.lock import Lock
from nfconfgen.profile import load as loading
from nfconfgen.profile.load import Loaded


def load(path: Path) -> Loaded:
    return loading.load(path, EXECUTORS)


def load_text(text: str, file: str) -> Loaded:
    return loading.load_text(text, file, EXECUTORS)


def read_lock(path: Path) -> Lock | None:
    return locks.read(path, EXECUTORS)


def parse_lock(text: str, file: str) -> Lock:
    return locks.parse(text, file, EXECUTORS)


def planned(path: Path) -> Assessment:
    """What `build --offline` would plan."""
    return assess(path, Ask())
