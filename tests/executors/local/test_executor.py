"""A site on this machine, from its profile to the files: what it is planned against, and what the lock keeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nfconfgen.errors import LockError
from nfconfgen.executors.local import machine
from nfconfgen.executors.local.machine import MachineFacts
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.facts.model import Pool, Shape
from nfconfgen.facts.query import Query
from nfconfgen.profile.model import Limits, Site
from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.core import load_text, parse_lock

NOW = "2026-11-22T09:30:00Z"
"""The value of SOURCE_DATE_EPOCH in tests."""
HEAD = "nfconfgen: 1\npipeline: {name: demo}\ntasks: {default: {cpus: 2, memory: 4 GB}}\nsites:\n"
DESK = "  desk: {executor: local}\n"
SIZED = "  laptop: {executor: local, limits: {cpus: 4, memory: 14 GB}}\n"
PARTLY = "  shared: {executor: local, limits: {cpus: 3}}\n"
FACTS = MachineFacts(8, 16000, NOW)
LOCAL = EXECUTORS["local"]


def site(text: str) -> Site:
    loaded = load_text(HEAD + text, "profile.yml")
    assert loaded.profile is not None, loaded.findings
    assert loaded.findings == ()
    return loaded.profile.sites[0]


def set_to(limits: Limits) -> tuple[Pool, ...]:
    assert limits.cpus is not None
    assert limits.memory_mib is not None
    shape = Shape("limits of the profile", limits.cpus, limits.memory_mib, "set", gpus=None)
    return (Pool("local", (shape,), limits=limits, configured=True),)


@pytest.mark.parametrize("facts", [None, FACTS])
def test_limits_with_cpus_and_memory_are_the_machine(facts: MachineFacts | None) -> None:
    assert LOCAL.pools(site(SIZED), facts) == set_to(Limits(4, 14336))


def test_otherwise_the_facts_are(tmp_path: Path) -> None:
    shape = Shape("this machine", 8, 16000, "configured", NOW, gpus=None)
    for text, limits in ((DESK, Limits()), (PARTLY, Limits(3))):
        assert LOCAL.pools(site(text), FACTS) == (Pool("local", (shape,), limits=limits, configured=True),)


def test_with_neither_nothing_is_known() -> None:
    (pool,) = LOCAL.pools(site(PARTLY), None)
    assert pool == Pool("local", limits=Limits(3))
    assert not pool.known


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Sets the size of this machine: cores and MiB."""

    def resize(cpus: int, memory_mib: int) -> None:
        monkeypatch.setattr(machine, "read", lambda now: MachineFacts(cpus, memory_mib, now))

    resize(8, 16000)
    return resize


LATER = "2026-12-01T00:00:00Z"


@pytest.mark.parametrize(
    ("query", "known", "expected"),
    [
        (Query(LATER), None, MachineFacts(8, 16000, LATER)),
        (Query(LATER), FACTS, FACTS),
        (Query(LATER), MachineFacts(4, 8000, NOW), MachineFacts(8, 16000, LATER)),
        (Query(LATER, refresh=True), FACTS, MachineFacts(8, 16000, LATER)),
        (Query(LATER, network=False), FACTS, FACTS),
        (Query(LATER, network=False), None, None),
    ],
    ids=["first", "same", "another size", "refreshed", "offline", "offline and unknown"],
)
@pytest.mark.usefixtures("here")
def test_what_is_observed(query: Query, known: MachineFacts | None, expected: MachineFacts | None) -> None:
    assert LOCAL.observe([site(DESK)], known, query) == (expected, [])
    assert LOCAL.observe([site(SIZED), site(DESK)], known, query) == (expected, [])
    assert LOCAL.observe([site(SIZED)], known, query) == (None, [])


class Work:
    """A folder with a profile of these sites."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.profile = folder / "p.yml"

    def build(self, *sites: str, options: tuple[str, ...] = ()) -> Ended:
        self.profile.write_text(HEAD + "".join(sites), "utf-8")
        ended = nfconfgen("build", self.profile, *options)
        assert "Traceback" not in ended.err
        return ended

    def lock(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.profile.with_suffix(".lock.json").read_text("utf-8"))
        return found

    def files(self) -> dict[str, bytes]:
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}

    def config(self, name: str) -> str:
        return (self.folder / "conf" / f"{name}.config").read_text("utf-8")


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path)


@pytest.mark.usefixtures("here")
def test_the_lock_holds_the_machine_that_was_read(work: Work) -> None:
    assert work.build(DESK).code == 0
    assert work.lock()["facts"] == {"local": {"this machine": FACTS.to_json()}}
    assert "resourceLimits = [cpus: 8, memory: 16000.MB]" in work.config("desk")
    assert "executor {" not in work.config("desk")


@pytest.mark.usefixtures("here")
def test_the_lock_holds_nothing_where_every_site_has_its_size(work: Work) -> None:
    assert work.build(SIZED).code == 0
    assert work.lock()["facts"] == {}
    assert "cpus = 4" in work.config("laptop")


def test_sites_of_a_known_size_stay_the_same_next_to_one_that_is_read(
    work: Work, here: Callable[[int, int], None]
) -> None:
    assert work.build(SIZED, DESK).code == 0
    before = work.config("laptop")
    here(2, 5000)
    assert work.build(SIZED, DESK).code == 0
    assert work.config("laptop") == before
    assert "resourceLimits = [cpus: 2, memory: 5000.MB]" in work.config("desk")


@pytest.mark.parametrize("sites", [(DESK,), (SIZED,), (SIZED, DESK), (PARTLY,)])
@pytest.mark.parametrize("options", [(), ("--offline",)])
@pytest.mark.usefixtures("here")
def test_a_second_build_changes_no_byte(
    sites: tuple[str, ...], options: tuple[str, ...], work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert work.build(*sites).code == 0
    before = work.files()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795599000")  # three days later
    ended = work.build(*sites, options=options)
    assert (ended.code, ended.err.count("are up to date")) == (0, 1), ended
    assert work.files() == before


def test_a_smaller_machine_is_reported_at_the_request(work: Work, here: Callable[[int, int], None]) -> None:
    assert work.build(DESK).code == 0
    here(1, 2000)
    ended = work.build(DESK)
    assert ended.code == 1
    assert f"{work.profile}:3:25: error: 2 cpus do not fit local (largest: this machine, 1 CPU)" in ended.out
    assert f"{work.profile}:3:36: error: memory 4 GB does not fit local (largest: this machine, 2000 MiB" in ended.out
    assert work.build(DESK, options=("--offline",)).code == 0  # the lock still holds the larger one


@pytest.mark.usefixtures("here")
def test_offline_without_facts_the_machine_is_reported_as_unknown(work: Work) -> None:
    ended = work.build(DESK, options=("--offline",))
    assert ended.code == 0
    assert "desk: the size of the machine is unknown, so requests are not checked. " in ended.err
    assert "nfconfgen build on that machine, without --offline" in ended.err
    assert "resourceLimits" not in work.config("desk")
    assert "not known" not in work.build(SIZED, options=("--offline",)).err


def test_the_table_of_facts(work: Work, here: Callable[[int, int], None]) -> None:
    assert work.build(SIZED, DESK).code == 0
    text = nfconfgen("facts", work.profile, "--offline").out
    laptop, desk = (line.split() for line in text.splitlines()[1:])
    assert laptop[:3] == ["laptop", "local", "up"]
    assert laptop[-4:] == ["set", "in", "the", "profile"]
    assert desk[-2:] == ["read", "today"]
    assert "16000" in desk
    work.profile.with_suffix(".lock.json").unlink()
    assert "unknown" in nfconfgen("facts", work.profile, "--offline").out


def lock_with(facts: object) -> str:
    lock = json.loads((ROOT / "profiles/workstation.lock.json").read_text("utf-8"))
    return json.dumps(lock | {"facts": {"local": {"this machine": facts}}})


def test_the_lock_is_read_back() -> None:
    assert parse_lock(lock_with(FACTS.to_json()), "p.lock.json").facts == {"local": {"this machine": FACTS}}


def test_a_damaged_lock_names_the_key() -> None:
    with pytest.raises(LockError, match=r"p\.lock\.json: .* facts\.local\.this machine\.cpus is not a whole number"):
        parse_lock(lock_with(FACTS.to_json() | {"cpus": "8"}), "p.lock.json")


GPUS = """\
nfconfgen: 1
pipeline: {name: demo}
tasks: {default: {cpus: 2, memory: 4 GB, accelerator: 1}}
sites: {laptop: {executor: local, limits: {cpus: 4, memory: 14 GB}}}
"""


def test_gpus_are_not_requested(work: Work) -> None:
    """From 25.10 on Nextflow refuses a task that asks for some where no variable names them."""
    work.profile.write_text(GPUS, "utf-8")
    ended = nfconfgen("build", work.profile)
    assert ended.code == 0
    assert ":3:55: warning: 1 GPU is not reserved on laptop" in ended.out
    assert "accelerator" not in work.config("laptop")
