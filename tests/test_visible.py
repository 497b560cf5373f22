"""What others have named reaches terminal, log, page and comment only as something to read."""

from __future__ import annotations

import json
import os
import re
import shutil
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nfconfgen import jsontext
from nfconfgen.findings import Finding, Place
from nfconfgen.report.reporter import report
from nfconfgen.terminal.console import Console
from nfconfgen.terminal.visible import comment, json_text, visible
from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Environment, Queue, salmon

HOSTILE = {
    "line break": "c1\n::stop-commands::x",
    "carriage return": "c1\r::stop-commands::x",
    "escape": "c1\x1b[2J\x1b]0;owned\x07",
    "c1 control": "c1\x9b2J",
    "next line": "c1\x85::stop-commands::x",
    "line separator": "c1\u2028::stop-commands::x",
    "bidi": "c1\u202e\u2066gpj.exe",
    "zero width": "c1\u200b\ufeff\u2060",
    "tag": "c1\U000e0041\U000e0100",
    "filler": "c1\u3164\u115f\u2800",
    "surrogate": "c1\udc80",
    "delete": "c1\x7f\x08\x08",
    "command": "::stop-commands::x",
    "command after blanks": "\u00a0 ::stop-commands::x",
    "legacy command": "c1 ##[stop-commands]x",
    "azure command": "c1 ##vso[task.setvariable variable=x]y",
    "markup": "<script>alert(1)</script>\"'",
    "own paint": "\0:31mred",
}
TEXTS = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
_ANNOTATION = re.compile(r"::(error|warning|notice) file=")


def check_harmless(text: str) -> None:
    """Nothing here is obeyed by a terminal or by a log of CI; by a test's own lights, not by the code's."""
    for line in text.split("\n"):
        bad = [c for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
        assert not bad, (line, bad)
        assert _ANNOTATION.match(line) or not line.strip().startswith("::"), line
        assert not re.search(r"##\w*\[", line), line
    assert not set("\u3164\u115f\u2800\U000e0100") & set(text)


@TEXTS
def test_a_text_is_shown_on_one_line(text: str) -> None:
    assert "\n" not in visible(text)
    check_harmless(f"x {visible(text)}")
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize(
    "text", ["c[1-4]", "Fälle — 试验 ≤ 5 °C", "µ½ é", "a\u00a0b", "C:\\temp", "🧬", "\u0301", "日本"]
)
def test_what_can_be_seen_stays_as_it_is(text: str) -> None:
    assert visible(text) == text
    assert json_text(text) == text


def test_it_is_written_out_as_programmers_do() -> None:
    assert visible("a\nb\x1b\u202e\udc80") == r"a\nb\x1b\u202e\udc80"


@TEXTS
def test_json_holds_the_same(text: str) -> None:
    written = json_text(jsontext.dumps({"x": [text]}))
    check_harmless(written)
    assert json.loads(written) == {"x": [text]}


@TEXTS
@pytest.mark.parametrize("colour", ["always", "never"])
def test_no_way_of_the_console_lets_it_through(text: str, colour: str, capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(colour)  # type: ignore[arg-type]
    console.result(text, f"{text} x", console.paint(text, "red"))
    console.info(text, f"cluster {text}: known")
    console.error(text)
    console.document(jsontext.dumps(text))
    finding = Finding(Place(text, 1, 1), text, text, text)
    report([finding], "text", console)
    report([finding], "github", console)
    captured = capsys.readouterr()
    printed = captured.out + captured.err
    assert ("\033[31m" in printed) is (colour == "always")
    check_harmless(re.sub(r"\033\[(0|1|31)m", "", printed))
    assert len(printed.splitlines()) == 3 + 2 + 1 + 1 + 1 + 1 + 1


@TEXTS
def test_nor_do_comments(text: str) -> None:
    assert "\\" not in comment(text)
    check_harmless(f"// {comment(text)}")


# end to end


@pytest.fixture(name="profile")
def _profile(tmp_path: Path) -> Path:
    """A profile on a Slurm cluster, with the lock that knows it."""
    profile = tmp_path / "profile.yml"
    profile.write_text(
        "nfconfgen: 1\npipeline: {name: p}\ntasks: {default: {cpus: 2, memory: 4 GB, time: 1h}}\n"
        "sites:\n  slurm: {executor: slurm, cluster: hpc, queues: [short], work_dir: /scratch/work}\n"
        "  other: {executor: slurm, cluster: there, queues: [x], work_dir: /scratch/work}\n"
    )
    return profile


COMMANDS: dict[str, Callable[[Path], list[object]]] = {
    "build": lambda p: ["build", p, "--offline"],
    "build github": lambda p: ["build", p, "--offline", "--format", "github"],
    "build json": lambda p: ["build", p, "--offline", "--dry-run", "--format", "json"],
    "check": lambda p: ["check", p],
    "check github": lambda p: ["check", p, "--format", "github"],
    "check json": lambda p: ["check", p, "--format", "json"],
    "validate": lambda p: ["validate", p],
    "explain": lambda p: ["explain", p],
    "explain json": lambda p: ["explain", p, "--format", "json"],
    "facts": lambda p: ["facts", p, "--offline"],
    "facts json": lambda p: ["facts", p, "--offline", "--format", "json"],
    "diff": lambda p: ["diff", p],
    "diff json": lambda p: ["diff", p, "--format", "json"],
}


def run(*words: object) -> Ended:
    ended = nfconfgen(*words)
    check_harmless(ended.out)
    check_harmless(ended.err)
    assert ended.code in (0, 1, 2), ended
    return ended


@TEXTS
def test_names_in_a_lock(profile: Path, text: str) -> None:
    """Wherever a lock names something: nodes, features, partitions, times, images."""
    lock = json.loads((ROOT / "tests/cases/facts.lock.json").read_text())
    cluster = lock["facts"]["slurm"]["hpc"]
    cluster["nodes"] = {f"{text}{number}": node for number, node in enumerate(cluster["nodes"].values())}
    for extra in ({}, {"time": text}, {"cluster": text}, {"default_account": text}):
        lock["facts"]["slurm"]["hpc"] = cluster | extra
        profile.with_name("profile.lock.json").write_text(json.dumps(lock))
        outputs = [run(*words(profile)).out for words in COMMANDS.values()]
        assert extra or "\udc80" in text or any(visible(text)[:2] in one for one in outputs), (
            "the names are shown, or this proves nothing"
        )
        for path in [*profile.parent.glob("conf/*"), *profile.parent.glob("launch/*.sh")]:
            check_harmless(path.read_text())
        run("explain", profile, "--html", profile.with_name("page.html"))
        if profile.with_name("page.html").exists():
            page = profile.with_name("page.html").read_text()
            check_harmless(page)
            assert "<script" not in page


@TEXTS
def test_a_file_that_somebody_has_edited(tmp_path: Path, text: str) -> None:
    profile = Path(shutil.copy(ROOT / "profiles/salmon.yml", tmp_path))
    shutil.copy(ROOT / "profiles/salmon.lock.json", tmp_path)
    run("build", profile, "--offline", "--force", "--quiet")
    config = tmp_path / "salmon/conf/slurm.config"
    middle = config.read_text().splitlines()
    middle.insert(len(middle) // 2, text)
    config.write_text("\n".join(middle), "utf-8", "surrogatepass", newline="")
    ended = run("build", profile, "--offline")
    assert ended.code == 1
    assert "(on disk)" in ended.err
    assert "(on disk)" in run("build", profile, "--offline", "--force", "--dry-run").err


@TEXTS
def test_names_of_files(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = text.replace("/", "_").replace("\0", "")
    folder = tmp_path / name
    folder.mkdir()
    shutil.copy(ROOT / "profiles/salmon.yml", folder / f"{name}.yml")
    shutil.copy(ROOT / "profiles/salmon.lock.json", folder / f"{name}.lock.json")
    monkeypatch.chdir(tmp_path)
    for words in COMMANDS.values():
        run(*words(Path(name) / f"{name}.yml"))
        run(*words(Path(name) / "nowhere.yml"))
    run("check")
    run("build", name, f"--{name}")
    run("facts", name, name, name)
    run(name)
    for path in folder.glob("salmon/**/*.*"):
        check_harmless(os.fsencode(path.read_bytes()).decode() if path.is_file() else "")


NAMES = {key: text for key, text in HOSTILE.items() if key != "surrogate"}


@pytest.mark.parametrize("text", NAMES.values(), ids=NAMES.keys())
def test_names_in_aws(tmp_path: Path, double: Double, text: str) -> None:
    some = salmon()
    environment = replace(some.environments[0], name=text, launch_template=None)
    double.load(
        replace(
            some,
            environments=(environment, *some.environments[1:]),
            queues=(Queue("salmonWorkload", (text,)), Queue(text, (text,))),
        )
    )
    profile = Path(shutil.copy(ROOT / "profiles/salmon.yml", tmp_path))
    for command in (["facts"], ["build"], ["build", "--format", "github"], ["doctor"], ["check", "--live"]):
        ended = nfconfgen(command[0], profile, *command[1:], environment=double.env(), alone=True)
        check_harmless(ended.out)
        check_harmless(ended.err)
        assert ended.code in (0, 1, 2), ended


def test_the_double_holds_such_names(double: Double) -> None:
    """Or the test above would prove nothing."""
    odd = Environment("a\x1b[2J", ("c5.large",))
    double.load(replace(salmon(), environments=(odd,), queues=(Queue("q\nq", (odd.name,)),)))
    assert "q\nq" in double.state()["queues"]
