"""Below a finding stands the line that it is about, for people, unless that line could hold a credential."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

import pytest

from nfconfgen import files
from nfconfgen.findings import Finding, Place
from nfconfgen.report.reporter import report
from nfconfgen.terminal.console import Console
from tests.cli import Ended, nfconfgen

HEAD = "nfconfgen: 1\npipeline: {name: demo}\nsites: {cluster: {executor: slurm, queues: [short]}}\n"


def validated(folder: Path, text: str, *options: str) -> Ended:
    (folder / "profile.yml").write_text(HEAD + text, encoding="utf-8")
    return nfconfgen("validate", folder / "profile.yml", *options)


def below(ended: Ended) -> list[str]:
    return [line for line in ended.out.splitlines() if line.startswith("  ")]


def reported(capsys: pytest.CaptureFixture[str], *places: Place, rule: str = "name") -> list[str]:
    report([Finding(place, rule, "m") for place in places], "text", Console("never"))
    return capsys.readouterr().out.splitlines()


def test_the_line_and_a_caret(tmp_path: Path) -> None:
    ended = validated(tmp_path, "params: {in-dir: x}\n")
    assert ended.out.splitlines()[0].endswith("[name]")
    assert below(ended) == ["  4 | params: {in-dir: x}", "    |          ^"]


@pytest.mark.parametrize("options", [("--format", "json"), ("--format", "github"), ("--quiet",)])
def test_only_for_people(options: tuple[str, ...], tmp_path: Path) -> None:
    assert "params: {" not in validated(tmp_path, "params: {in-dir: x}\n", *options).out


def test_findings_of_one_line_share_it(tmp_path: Path) -> None:
    ended = validated(tmp_path, "params: {in-dir: x, out-dir: x}\nx: 1\n")
    assert len(ended.findings()) == 3
    assert below(ended)[:2] == ["  4 | params: {in-dir: x, out-dir: x}", "    |          ^          ^"]
    assert ended.out.splitlines()[2] == below(ended)[0]
    assert below(ended)[2:] == ["  5 | x: 1", "    | ^"]


def test_of_many_findings_there_is_a_list(tmp_path: Path) -> None:
    for count, lines in ((10, 20), (11, 0), (50, 0)):
        text = "params:\n" + "".join(f"  p{number}-: x\n" for number in range(count))
        ended = validated(tmp_path, text)
        assert (len(ended.findings()), len(below(ended))) == (count, lines)


@pytest.mark.parametrize(
    ("colour", "environment", "painted"),
    [("always", {}, True), ("never", {}, False), ("auto", {}, False), ("auto", {"NO_COLOR": "1"}, False)],
)
def test_colours(colour: str, environment: dict[str, str], painted: bool, tmp_path: Path) -> None:
    (tmp_path / "profile.yml").write_text(f"{HEAD}x: 1\n")
    ended = nfconfgen("validate", tmp_path / "profile.yml", "--color", colour, environment=environment)
    assert ("    | \033[31m^\033[0m\n" in ended.out) is painted
    assert ("    | ^\n" in ended.out) is not painted


@pytest.mark.parametrize(
    ("before", "shown", "column"),
    [
        ("é", "é", 1),
        ("漢字", "漢字", 4),
        ("e\u0301", "e\u0301", 1),
        ("\t", r"\t", 2),
        ("\x1b[2J", r"\x1b[2J", 7),
        ("\u202e", r"\u202e", 6),
    ],
)
def test_the_caret_is_below_the_column(
    before: str, shown: str, column: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x"
    path.write_text(f"{before}x\n", encoding="utf-8")
    _, line, carets = reported(capsys, Place(str(path), 1, len(before) + 1))
    assert line == f"  1 | {shown}x"
    assert carets == f"    | {' ' * column}^"


@pytest.mark.parametrize("column", [1, 50, 500, 995, 1000, 5000])
def test_a_long_line_is_cut_around_the_column(
    column: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x"
    path.write_text(" ".join(f"{number:03}" for number in range(250)))
    _, line, carets = reported(capsys, Place(str(path), 1, column))
    assert len(line) <= 110
    if column <= 1000:
        assert len(carets) <= len(line) + 1  # at the end
        assert carets.endswith("^")
        assert f"{line} "[len(carets) - 1] == f"{path.read_text()} "[column - 1]
    assert ("…" in line[:8]) is (column > 61)


@pytest.mark.parametrize("place", [(0, 0), (3, 1), (9, 9)])
def test_a_place_that_is_no_line(place: tuple[int, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").write_text("one\ntwo")
    assert len(reported(capsys, Place(str(tmp_path / "x"), *place))) == 1


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "link", "binary", "large", "odd"])
def test_what_cannot_be_read_has_none(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, other = tmp_path / "x", tmp_path / "other"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        other.write_text("of another file\n")
        path.symlink_to(other)
    elif kind == "binary":
        path.write_bytes(b"\xff\xfe\n")
    elif kind == "large":
        path.write_text("x\n" * 1_000_000)
    name = "x\0y" if kind == "odd" else str(path)
    assert len(reported(capsys, Place(name, 1, 1))) == 1


def test_a_file_is_read_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x"
    path.write_text("a\n" * 10)
    with mock.patch.object(files, "read", wraps=files.read) as read:
        reported(capsys, *(Place(str(path), line, 1) for line in range(1, 11)))
    assert read.call_count == 1


SECRET = "hunter2"
HOLDING = {
    "a password": f"params: {{db_password: {SECRET}, in-dir: x}}\n",
    "a finding above it": f"params:\n  in-dir: x\n  db_password: {SECRET}\n",
    "a list of several lines": f"params:\n  passwords:\n    - hunter1\n    - {SECRET}\n  in-dir: x\n",
    "a key given twice": f"params:\n  db_password: hunter1\n  db_password: {SECRET}\n",
    "a text of several lines": f"params:\n  db_password: >\n    first\n    {SECRET}\n  in-dir: x\n",
    "no YAML": f"params:\n  db_password: first: {SECRET}\n",
    "no YAML, in its second line": f"params:\n  db_password: first\n    second: {SECRET}\n",
    "a comment": f"params: {{in-dir: x}}  # --password {SECRET}\n",
    "an option": f"params: {{in-dir: x, call: 'tool --password {SECRET}'}}\n",
    "a mapping in an unknown key": f"x: {{api_token: {SECRET}}}\n",
    "a launch param": f"launch: {{params: {{clutser: {{api_token: {SECRET}}}}}}}\n",
}


@pytest.mark.parametrize("name", HOLDING)
@pytest.mark.parametrize("colour", ["always", "never"])
def test_no_credential_is_shown(name: str, colour: str, tmp_path: Path) -> None:
    ended = validated(tmp_path, HOLDING[name], "--color", colour)
    assert ended.code == 1
    assert SECRET not in ended.out + ended.err
    assert below(ended) == []


@pytest.mark.parametrize(
    "line",
    [
        f"aws {{ secretKey = '{SECRET}' }}",
        f'process.env = [DB_PASSWORD: "{SECRET}"]',
        f"tower.accessToken='{SECRET}'",
        # in two parts, so that scanners of this repository do not report it
        "MIIEpAIBAAKCAQEA" + "3Tz2mr7SZiAMfQyuvBjM9OiZ1yxd8R4v0bF7c2aLkqXbNnQeWw",
    ],
)
def test_nor_that_of_another_file(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "nextflow.config"
    path.write_text(f"process.cpus = 2\n{line}\n")
    assert len(reported(capsys, Place(str(path), 1, 1), Place(str(path), 2, 1))) == 2


@pytest.mark.parametrize(
    "line",
    [
        "container: quay.io/lab/x@sha256:" + "0123456789abcdef" * 4,
        "api_token_file: /home/me/.token",
        "index: /groups/Software/indices/hg38/salmon/gencode.v28.IMPACT/With/Letters",
        "account: {env: LAB_TOKEN}",
        "job_role: arn:aws:iam::123456789012:role/salmonJob",
        "password: $DB_PASSWORD",
    ],
)
def test_what_only_looks_like_one_is_shown(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x"
    path.write_text(f"{line}\n")
    assert len(reported(capsys, Place(str(path), 1, 1))) == 3
