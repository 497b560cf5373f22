"""Cached findings on a pipeline are reported only as long as a new check would find the same."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nfconfgen.commands import pipeline
from nfconfgen.fast import cache as records
from nfconfgen.fast import fingerprint
from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.pipeline.pipelines import HERE

NEVER_MIND = {
    "terminal/__init__.py",
    "__init__.py",
    "commands/__init__.py",
    "fast/__init__.py",
    "fast/discovery.py",
    "fast/fingerprint.py",
    "terminal/console.py",
}
"""Modules that do not affect findings, in addition to the two sets of files that are hashed."""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/nfconfgen"


@pytest.fixture
def profile(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In a pipeline with includes, modules, a schema and a library; built, and checked once."""
    folder = Path(shutil.copytree(HERE / "cases/labels-of-nf-core", tmp_path / "reads"))
    (folder / "lib").mkdir()
    (folder / "lib/Names.groovy").write_text("class Names { static all = params.outdri }\n")
    (folder / "nextflow_schema.json").write_text('{"properties": {"input": {"type": "string"}}}\n')
    monkeypatch.chdir(folder)
    assert nfconfgen("build", "profile.yml", "--offline").code == 0
    check()
    return Path("profile.yml")


def check(*options: str) -> Ended:
    return nfconfgen("check", "profile.yml", "--format", "json", *options)


def known() -> list[object] | None:
    return records.known_findings("profile.yml", ".")


def anew(cache: Path) -> Ended:
    """The result of a check without cache."""
    shutil.rmtree(cache, ignore_errors=True)
    return check()


def pipeline_files() -> list[Path]:
    generated = {*Path("site").rglob("*"), Path("profile.lock.json")}
    return sorted(path for path in Path().rglob("*") if path.is_file() and path not in generated)


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_the_second_time_it_is_not_evaluated(profile: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = nfconfgen("check", profile, "--format", form)
    assert before.code == 1
    assert "process_hgih" in before.out
    monkeypatch.delattr(pipeline, "evaluate")
    assert nfconfgen("check", profile, "--format", form) == before


def test_nothing_is_written_beside_the_profile(profile: Path, cache: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    anew(cache)
    check()
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before


def test_every_byte_of_the_pipeline_counts(profile: Path) -> None:
    record = json.loads(next(_records()).read_text())
    read = [Path(path) for asked, path, _ in record["answers"] if asked == "content"]
    assert {profile, Path("main.nf"), Path("nextflow.config"), Path("conf/base.config")} < set(read)
    assert {Path("lib/Names.groovy"), Path("nextflow_schema.json")} < set(read)
    for path in read:
        content = path.read_bytes()
        for at in range(len(content)):
            path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            assert known() is None, (path, at)
        path.write_bytes(content)
    assert known()


def _records() -> Iterator[Path]:
    yield from Path(os.environ["XDG_CACHE_HOME"], "nfconfgen").glob("*.json")


def test_what_was_not_there_counts_too(profile: Path, cache: Path) -> None:
    with Path("nextflow.config").open("a") as config:
        config.write("\nincludeConfig 'later.config'\n")
    assert "later.config" in check().out
    for path, text in [
        ("later.config", "process { withLabel: 'process_low' { memory = 1.GB } }\n"),
        ("lib/More.groovy", "class More { static x = params.more }\n"),
        ("site/conf/cluster.config", "process.cpus = 3\n"),
    ]:
        Path(path).write_text(text)
        assert known() is None, path
        assert check() == anew(cache)
    Path("lib/More.groovy").unlink()
    assert known() is None


def edit(path: Path, chance: random.Random) -> None:
    """A line gone, twice or moved, a byte changed, the file gone, emptied, unreadable or a link to another."""
    lines = path.read_bytes().splitlines(keepends=True) or [b"\n"]
    at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
    kind = chance.randrange(9)
    if kind < 3:
        path.write_bytes(b"".join([*lines[:at], *lines[at + 1 :]] if kind else [*lines[:at], lines[at], *lines[at:]]))
    elif kind == 3:
        lines[at], lines[to] = lines[to], lines[at]
        path.write_bytes(b"".join(lines))
    elif kind == 4:
        content = bytearray(b"".join(lines))
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
    elif kind == 5:
        path.write_bytes(b"")
    else:
        path.unlink()
        if kind == 7:
            path.symlink_to(Path("nextflow.config").absolute())
        if kind == 8:
            path.mkdir()


@pytest.mark.parametrize("part", range(3))
def test_the_report_is_that_of_a_new_check(profile: Path, cache: Path, tmp_path: Path, part: int) -> None:
    chance = random.Random(part)
    good, folder, seen = tmp_path / "good", Path.cwd(), set()
    shutil.copytree(folder, good, symlinks=True)
    for number in range(60):
        path = chance.choice(pipeline_files())
        check()
        edit(path, chance)
        ended = check()
        assert ended == anew(cache), (part, number, path)
        seen.add(ended.out)
        if number % 4 == 3:
            for entry in folder.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            shutil.copytree(good, folder, symlinks=True, dirs_exist_ok=True)
    assert len(seen) > 20, "the edits change what is found"


FINDING = [["profile.yml", 1, 1], "rule", "message", "advice", "error"]
SHAPES: list[Any] = [
    5,
    None,
    {"a": 1},
    [5],
    [[]],
    [FINDING[:4]],
    [[*FINDING, "more"]],
    [[["profile.yml"], *FINDING[1:]]],
    [[["profile.yml", "1", 1], *FINDING[1:]]],
    [[["profile.yml", 1e400, 1], *FINDING[1:]]],
    [[["profile.yml", True, 1], *FINDING[1:]]],
    [[*FINDING[:4], "fatal"]],
    [[*FINDING[:4], ["error"]]],
    [[FINDING[0], None, *FINDING[2:]]],
]
DAMAGED = ["", "[]", "{}", '{"by": 1, "answers": 7}', "\udc80", "[" * 100_000]


@pytest.mark.parametrize("damage", [*DAMAGED, *SHAPES])
def test_a_damaged_record_is_none(profile: Path, cache: Path, damage: Any) -> None:
    before = check()
    (record,) = cache.glob("*.json")
    if not isinstance(damage, str):  # all but the findings is as it should be
        damage = json.dumps({**json.loads(record.read_text()), "findings": damage})
    record.write_text(damage, errors="surrogateescape")
    assert check() == before
    assert known()


@pytest.mark.parametrize("key", ["by", "answers", "findings"])
@pytest.mark.parametrize("value", [5, [5], [["content"]], [["nonsense", "x", "y"]], [[["content"], "x", "y"]], None])
def test_nor_is_one_of_another_shape(profile: Path, cache: Path, key: str, value: Any) -> None:
    before = check()
    (record,) = cache.glob("*.json")
    record.write_text(json.dumps({**json.loads(record.read_text()), key: value}))
    assert check() == before


@pytest.mark.parametrize("kind", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_nor_what_is_no_file(profile: Path, cache: Path, kind: Callable[[Path], None]) -> None:
    before = check()
    (record,) = cache.glob("*.json")
    record.unlink()
    kind(record)
    assert check() == before


def test_nor_one_of_another_user(profile: Path, cache: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    (record,) = cache.glob("*.json")
    record.write_text(json.dumps({**json.loads(record.read_text()), "findings": []}))
    assert known() == []
    os.chown(record, 12345, 12345)
    assert known() is None
    assert check().code == 1


def test_without_a_home_it_is_checked_each_time(profile: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = anew(cache)
    shutil.rmtree(cache.parent)
    cache.parent.write_text("a file")
    assert check() == before
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert check() == before
    assert not Path("not").exists()


def test_what_cannot_be_read_is_not_remembered(profile: Path, cache: Path) -> None:
    Path("conf/base.config").write_bytes(b"\xff\xfe")
    check()
    assert known() is None


def test_each_name_of_a_profile_has_its_own(profile: Path, cache: Path) -> None:
    other = profile.absolute()
    assert str(other) in nfconfgen("check", other).out
    assert len(list(cache.glob("*.json"))) == 2
    assert str(other) not in nfconfgen("check", profile).out


def test_all_code_that_checks_is_in_it() -> None:
    code = (
        "import json, sys; from pathlib import Path; from nfconfgen.commands.pipeline import by_files;"
        f"by_files(Path({str(HERE)!r}, 'cases/labels-of-nf-core/profile.yml'), Path({str(HERE)!r}, "
        "'cases/labels-of-nf-core'));"
        "print(json.dumps([m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'nfconfgen']))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {str(Path(file).relative_to(ROOT / "nfconfgen")) for file in json.loads(ended.stdout)}
    judges = {path for path in loaded if path.startswith(records.CHECKING)}
    assert loaded - set(fingerprint.files()) - judges - NEVER_MIND == set()


def test_a_folder_in_the_place_of_the_config_is_reported(profile: Path) -> None:
    Path("nextflow.config").unlink()
    Path("nextflow.config").mkdir()
    assert "nextflow.config: note: not read: is a directory" in nfconfgen("check", profile, "--pipeline", ".").out
    check()
    assert known() is None


def test_a_named_pipeline_is_remembered_with_its_notes(profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    first = nfconfgen("check", profile, "--pipeline", ".", alone=True)
    monkeypatch.setattr("nfconfgen.processes.processes.processes", None)
    again = nfconfgen("check", profile, "--pipeline", ".")
    assert (again.code, again.out) == (first.code, first.out)
    Path("main.nf").write_text(Path("main.nf").read_text() + "process NEW { cpus 3\n script: 'true' }\n")
    changed = nfconfgen("check", profile, "--pipeline", ".", alone=True)
    assert changed.out != first.out
