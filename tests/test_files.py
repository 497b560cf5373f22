"""What is opened, and where outputs may lie."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from nfconfgen import files
from tests.conftest import ROOT

SPELLINGS = {
    ".": True,
    "salmon/": True,
    "./salmon//.": True,
    "a/..b/c..": True,
    "x/.../y": True,
    "a/~": True,
    "-": True,
    "..": False,
    "../x": False,
    "a/..": False,
    "a/../b": False,
    "./..": False,
    "/": False,
    "/etc": False,
    "~": False,
    "~user/x": False,
    "a\\..\\b": False,
    "a\nb": False,
    "a\0b": False,
}


@pytest.mark.parametrize("folder", SPELLINGS)
def test_lock_and_profile_are_held_to_the_same(folder: str) -> None:
    schema = json.loads((ROOT / "schemas/profile.schema.json").read_text())
    assert files.stays_below(folder) is SPELLINGS[folder]
    assert bool(re.search(schema["properties"]["output"]["pattern"], folder)) is SPELLINGS[folder]


@pytest.mark.parametrize("folder", [None, 5, [], "\ud800"])
def test_what_is_no_name_of_a_folder(folder: object) -> None:
    assert not files.stays_below(folder)


def test_what_builds_write_are_outputs() -> None:
    for lock in (ROOT / "profiles").glob("*.lock.json"):
        for name in json.loads(lock.read_text())["outputs"]:
            assert files.is_output(name)
    assert files.is_output("launch/params-slurm.json")


NO_OUTPUTS = (
    "", "conf", "conf/", "conf/.config", "conf/..config", "conf/-x.config", "conf/x.sh", "x/conf/x.config",
    "/conf/x.config", "conf//x.config", "conf/./x.config", "conf/../x.config", "conf/x\n.config", "conf/é.config",
    "launch/x.config", "launch/job-definitions/x.sh", "conf/x.config\n", "conf/x\0.config", "CONF/x.config",
)  # fmt: skip


@pytest.mark.parametrize("name", NO_OUTPUTS)
def test_what_no_build_writes(name: str) -> None:
    assert not files.is_output(name)


def test_a_folder_is_inside_itself_and_not_inside_its_namesake(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "ab").mkdir()
    (tmp_path / "a/out").symlink_to("../ab")
    (tmp_path / "a/in").symlink_to("b")
    assert files.inside(tmp_path / "a", tmp_path / "a")
    assert files.inside(tmp_path / "a", tmp_path / "a/b/not/there")
    assert files.inside(tmp_path / "a", tmp_path / "a/in/x")
    assert files.inside("/", tmp_path)
    assert not files.inside(tmp_path / "a", tmp_path / "ab")
    assert not files.inside(tmp_path / "a", tmp_path / "a/out/x")
    assert not files.inside(tmp_path / "a", tmp_path / "a/../ab")


def test_what_grows_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 1000)
    descriptor = files.opened(path, os.O_RDONLY, 2000)
    with path.open("ab") as file:
        file.write(b"x" * 2000)
    with pytest.raises(files.UnfitError, match="the limit is"):
        files.content(descriptor, 2000)
    os.close(descriptor)
    assert files.read(path, 3000) == b"x" * 3000


def test_nothing_is_left_open(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    before = len([*Path("/proc/self/fd").iterdir()])
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "link", tmp_path / "nowhere"):
        with pytest.raises(OSError, match=r"directory|regular"):
            files.read(path)
        assert files.start(path, 10) == b""
    assert len([*Path("/proc/self/fd").iterdir()]) == before
