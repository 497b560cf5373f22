"""Whatever is changed is noticed: every byte of an example, and a thousand edits at random."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from nfconfgen.fast.unchanged import up_to_date
from tests.cli import nfconfgen
from tests.conftest import ROOT

EDITS, PARTS = 1000, 8


def parts(number: int) -> list[ParameterSet]:
    """The first is quick enough to be tried by everybody."""
    return [pytest.param(part, marks=[pytest.mark.lab] if part else []) for part in range(number)]


def copied(folder: Path, name: str) -> Path:
    """A worked example with lock and outputs; its profile."""
    for file in (f"{name}.yml", f"{name}.lock.json"):
        shutil.copy(ROOT / "profiles" / file, folder)
    shutil.copytree(ROOT / "profiles" / name, folder / name)
    nfconfgen("build", folder / f"{name}.yml", "--offline")  # by the code as it is now
    return folder / f"{name}.yml"


def files(profile: Path) -> list[Path]:
    return sorted(path for path in profile.parent.rglob("*") if path.is_file())


@pytest.mark.parametrize("part", parts(4))
def test_every_byte(tmp_path: Path, part: int) -> None:
    profile = copied(tmp_path, "salmon")
    assert up_to_date(str(profile))
    for path in files(profile):
        content = path.read_bytes()
        with path.open("r+b", buffering=0) as file:
            for at in range(part, len(content), 4):
                os.pwrite(file.fileno(), bytes([content[at] ^ 0x01]), at)
                assert not up_to_date(str(profile)), f"{path.name}, byte {at}"
                os.pwrite(file.fileno(), content[at : at + 1], at)
    assert up_to_date(str(profile))


def a_byte(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def a_line_gone(path: Path, chance: random.Random) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    path.write_bytes(b"".join(lines))


def a_line_twice(path: Path, chance: random.Random) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    at = chance.randrange(len(lines))
    path.write_bytes(b"".join([*lines[:at], lines[at], *lines[at:]]))


def a_number(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    digits = [at for at, byte in enumerate(content) if chr(byte).isdigit()]
    if not digits:
        return a_byte(path, chance)
    at = chance.choice(digits)
    content[at] = chance.choice([digit for digit in b"0123456789" if digit != content[at]])
    path.write_bytes(content)
    return None


def gone(path: Path, chance: random.Random) -> None:
    path.unlink()


def added(path: Path, chance: random.Random) -> None:
    # params bear no mark by which a copy would be known
    if path.suffix in (".yml", ".json") and path.parent.name != "job-definitions":
        return a_byte(path, chance)
    shutil.copy(path, path.with_name(f"other-{path.name}"))
    return None


def bit_lost(path: Path, chance: random.Random) -> None:
    if path.suffix != ".sh":
        return a_byte(path, chance)
    path.chmod(0o644)
    return None


KINDS: tuple[Callable[[Path, random.Random], None], ...] = (
    a_byte,
    a_line_gone,
    a_line_twice,
    a_number,
    gone,
    added,
    bit_lost,
)


@pytest.mark.parametrize("part", parts(PARTS))
def test_random_edits(tmp_path: Path, part: int) -> None:
    chance = random.Random(part)
    home, fixed = tmp_path / "home", 0
    home.mkdir()
    profile = copied(home, chance.choice(["salmon", "rnaseq", "two-clusters"]))
    good = tmp_path / "good"
    shutil.copytree(home, good)
    for number in range(EDITS // PARTS):
        path, kind = chance.choice(files(profile)), chance.choice(KINDS)
        before = set(files(profile))
        kind(path, chance)
        what = f"{part}.{number}: {kind.__name__} of {path.name}"
        ended = nfconfgen("check", profile, "--format", "json")
        assert ended.code == 1, (what, ended)
        # a missing lock is reported at the profile
        wanted = {path, *set(files(profile)) - before} | ({profile} if kind is gone else set())
        assert {str(one) for one in wanted} & {found["file"] for found in json.loads(ended.out)["findings"]}, what
        # an edit of profile or lock may be one that no build is to pass over
        if nfconfgen("build", profile, "--offline", "--force").code == 0:
            again = nfconfgen("check", profile)
            assert again.code == 0, (what, again)
            fixed += 1
        else:
            assert path.name.endswith((".yml", ".lock.json")), (what, ended)
        shutil.rmtree(home)
        shutil.copytree(good, home)
    assert fixed > EDITS // PARTS // 2
