"""`nfconfgen recommend`: from a trace to a changed profile."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from nfconfgen.profile.document.schema import schema
from tests.cli import nfconfgen
from tests.conftest import ROOT

HEAD = "process\tstatus\texit\tattempt\tcpus\tmemory\ttime\trealtime\t%cpu\tpeak_rss\n"


def row(process: str, mib: float, asked_mib: int = 8192, status: str = "COMPLETED", exit_code: str = "0") -> str:
    numbers = (asked_mib << 20, 3_600_000, 150_000, 500, int(mib * 2**20))
    return f"{process}\t{status}\t{exit_code}\t1\t6\t" + "\t".join(map(str, numbers)) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("salmon.yml", "salmon.lock.json"):
        shutil.copy(ROOT / "profiles" / name, tmp_path)
    rows = "".join(row("SALMON", 3000 + at % 50) for at in range(300)) + "".join(row("QC", 300) for _ in range(300))
    (tmp_path / "trace.txt").write_text(HEAD + rows)
    return tmp_path


def test_shows_and_writes_nothing(folder: Path) -> None:
    before = (folder / "salmon.yml").read_bytes()
    ended = nfconfgen("recommend", folder / "salmon.yml", folder / "trace.txt", "--diff")
    assert ended.code == 0
    assert "+    SALMON: {memory: " in ended.out
    assert "c5.2xlarge" in ended.out
    assert (folder / "salmon.yml").read_bytes() == before


def test_writes_what_a_build_takes(folder: Path) -> None:
    profile = folder / "salmon.yml"
    before = profile.read_text()
    assert nfconfgen("recommend", profile, folder / "trace.txt", "--write").code == 0
    after = profile.read_text()
    assert set(before.splitlines()) <= set(after.splitlines())
    assert nfconfgen("validate", profile).code == 0
    assert nfconfgen("build", profile, "--offline").code == 0
    assert "SALMON" in (folder / "salmon/conf/slurm.config").read_text()
    ended = nfconfgen("recommend", profile, folder / "trace.txt", "--write")
    assert (ended.code, profile.read_text()) == (0, after)


def test_the_file_stays_what_it_is(folder: Path) -> None:
    """A link to a profile elsewhere, and one that others may not read."""
    profile, link = folder / "salmon.yml", folder / "link.yml"
    profile.chmod(0o600)
    link.symlink_to(profile.name)
    assert nfconfgen("recommend", link, folder / "trace.txt", "--write").code == 0
    assert link.is_symlink()
    assert "SALMON: " in profile.read_text()
    assert profile.stat().st_mode & 0o777 == 0o600


def test_what_fits_nowhere_is_an_error_and_not_written(folder: Path) -> None:
    before = (folder / "salmon.yml").read_bytes()
    (folder / "trace.txt").write_text(HEAD + "".join(row("SALMON", 90_000, 100_000) for _ in range(20)))
    ended = nfconfgen("recommend", folder / "salmon.yml", folder / "trace.txt", "--write")
    assert ended.code == 1
    assert "[memory-fit]" in ended.out
    # the lines are those of a text that is not there
    assert "salmon.yml:1" not in ended.out
    assert (folder / "salmon.yml").read_bytes() == before


def test_the_others_are_written(folder: Path) -> None:
    with (folder / "trace.txt").open("a") as trace:
        trace.write("".join(row("GIANT", 90_000, 100_000) for _ in range(20)))
    ended = nfconfgen("recommend", folder / "salmon.yml", folder / "trace.txt", "--write")
    assert ended.code == 1
    assert "GIANT stays as it is: " in ended.out
    text = (folder / "salmon.yml").read_text()
    assert "SALMON: " in text
    assert "GIANT" not in text
    assert nfconfgen("build", folder / "salmon.yml", "--offline").code == 0


def test_as_json(folder: Path) -> None:
    ended = nfconfgen("recommend", folder / "salmon.yml", folder / "trace.txt", "--format", "json")
    data = json.loads(ended.out)
    jsonschema.validate(data, schema("recommend"))
    found = data["recommended"]["processes"]
    assert [each["process"] for each in found] == ["QC", "SALMON"]
    assert found[1]["ask"]["memory_mib"] >= 3049
    assert found[1]["second_tries"] <= 0.05


def test_the_chance_is_a_percentage(folder: Path) -> None:
    for given in ("0", "200%", "much"):
        ended = nfconfgen("recommend", folder / "salmon.yml", folder / "trace.txt", "--second-tries", given)
        assert (ended.code, given in ended.err) == (2, True)
    assert nfconfgen("recommend", folder / "salmon.yml", folder / "trace.txt", "--second-tries", "1 %").code == 0


def test_files_that_are_none(folder: Path) -> None:
    assert nfconfgen("recommend", folder / "salmon.yml", folder / "gone.txt").code == 2
    assert nfconfgen("recommend", folder / "gone.yml", folder / "trace.txt").code == 2
    (folder / "other.txt").write_text("a\tb\n1\t2\n")
    ended = nfconfgen("recommend", folder / "salmon.yml", folder / "other.txt")
    assert ended.code == 1
    assert "other.txt" in ended.out


def test_a_page(folder: Path) -> None:
    page = folder / "page.html"
    command = ("recommend", folder / "salmon.yml", folder / "trace.txt", "--html", page)
    assert nfconfgen(*command).code == 0
    assert "SALMON" in page.read_text()
    page.write_text("mine")
    assert nfconfgen(*command).code == 2
    assert nfconfgen(*command, "--force").code == 0


def test_prices_of_a_file(folder: Path) -> None:
    prices = {"c5.2xlarge": {"usd_per_hour": 0.388}, "c5.4xlarge": {"usd_per_hour": 0.776}}
    data = {"nfconfgen_prices": 1, "date": "2026-11-20", "regions": {"eu-central-1": prices}}
    (folder / "prices.json").write_text(json.dumps(data))
    ended = nfconfgen(
        *("recommend", folder / "salmon.yml", folder / "trace.txt", "--prices", folder / "prices.json"),
        *("--within", "2h", "--samples", "1222"),
    )
    assert ended.code == 0
    assert "prices of 2026-11-20" in ended.out
    assert "1,222 tasks within 2h: " in ended.out
    data["date"] = "2020-01-01"
    (folder / "prices.json").write_text(json.dumps(data))
    ended = nfconfgen("recommend", folder / "salmon.yml", folder / "trace.txt", "--prices", folder / "prices.json")
    assert "2020-01-01" in ended.out.splitlines()[0]


def test_names_of_processes_are_data(folder: Path) -> None:
    name = "EVIL\x1b[31m: {x} # \"'`$(touch pwned)"
    (folder / "trace.txt").write_text(HEAD + "".join(row(name, 3000) for _ in range(30)))
    ended = nfconfgen("recommend", folder / "salmon.yml", folder / "trace.txt", "--write", "--diff")
    assert "\x1b" not in ended.out + ended.err
    assert nfconfgen("validate", folder / "salmon.yml").code == 0
