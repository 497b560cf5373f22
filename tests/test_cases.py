"""Profiles in tests/cases/ and the expected findings of `nfconfgen validate`; the format is in its README.md."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nfconfgen.__main__ import main
from tests.core import load_text

CASES = Path(__file__).parent / "cases"
BAD = sorted((CASES / "bad").glob("*.yml"))
GOOD = sorted((CASES / "good").glob("*.yml"))
NOBODY = 65534
SOUND = "nfconfgen: 1\npipeline: {name: demo}\nsites:\n  cluster: {executor: slurm, queues: [short]}\n"


@dataclass(frozen=True, slots=True)
class Expected:
    """The content of a `.findings` file: findings without their texts, and what each text must contain."""

    findings: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    locked: bool = True
    unreadable: bool = False

    @property
    def exit_code(self) -> int:
        if self.unreadable:
            return 2
        return 1 if any(" error " in finding for finding in self.findings) else 0


@dataclass(frozen=True, slots=True)
class Answer:
    """Exit code and output of the command."""

    exit_code: int
    out: str
    err: str

    @property
    def findings(self) -> list[dict[str, Any]]:
        return list(json.loads(self.out)["findings"])


def expected(case: Path) -> Expected:
    path = case.with_suffix(".findings")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    listed = [line for line in lines if line and not line.startswith("#")]
    if listed == ["unreadable"]:
        return Expected(unreadable=True)
    parts = [line.partition(" ~ ") for line in listed]
    return Expected(
        findings=tuple(finding for finding, _, _ in parts),
        texts=tuple(text for _, _, text in parts),
        secrets=tuple(line.removeprefix("# secret: ") for line in lines if line.startswith("# secret: ")),
        locked="# lock: none" not in lines,
    )


def copied(case: Path, folder: Path, *, locked: bool) -> Path:
    """The case in an empty folder, together with its lock."""
    target = folder / case.name
    if case.is_dir():
        shutil.copytree(case, target)
    else:
        shutil.copyfile(case, target)
    if locked:
        own = case.with_name(f"{case.stem}.lock.json")
        shutil.copyfile(own if own.exists() else CASES / "facts.lock.json", folder / f"{case.stem}.lock.json")
    return target


class Command:
    """`nfconfgen validate --format json` in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, profile: Path, *options: str) -> Answer:
        """Run in the folder of the profile, which is named as a user would name it."""
        self._monkeypatch.chdir(profile.parent)
        self._monkeypatch.setattr(sys, "argv", ["nfconfgen", "validate", "--format", "json", *options, profile.name])
        self._capsys.readouterr()
        exit_code = main()
        out, err = self._capsys.readouterr()
        return Answer(exit_code, out, err)


@pytest.fixture
def validate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


def in_process_of_its_own(profile: Path, timeout_s: int = 600) -> Answer:
    """For what could block or never end."""
    command = [sys.executable, "-m", "nfconfgen", "validate", "--format", "json", profile.name]
    done = subprocess.run(
        command, cwd=profile.parent, capture_output=True, encoding="utf-8", timeout=timeout_s, check=False
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def check(answer: Answer, case: Path, wanted: Expected) -> None:
    assert "Traceback" not in answer.err
    for secret in wanted.secrets:
        assert secret not in answer.out + answer.err
    if wanted.unreadable:
        check_unreadable(answer, case.name)
    else:
        check_findings(answer, case, wanted)


def check_unreadable(answer: Answer, name: str) -> None:
    assert answer.exit_code == 2, answer
    assert len(answer.err.splitlines()) == 1, answer.err
    assert Path(name).stem in answer.err


def check_findings(answer: Answer, case: Path, wanted: Expected) -> None:
    assert answer.exit_code in (0, 1), answer.err
    reported = answer.findings
    texts = [f"{finding['message']}: {finding['advice']}" for finding in reported]
    short = tuple("{line}:{column} {level} {rule}".format_map(finding) for finding in reported)
    assert short == wanted.findings, "\n".join(map(" ".join, zip(short, texts, strict=True)))
    assert answer.exit_code == wanted.exit_code
    for text, part in zip(texts, wanted.texts, strict=True):
        assert part in text
    for finding, text in zip(reported, texts, strict=True):
        assert finding["file"] == case.name
        assert text.isprintable(), f"not one plain line: {text!r}"
        assert len(text) < 500, f"too long to read: {text}"


def content(path: Path) -> bytes | None:
    return None if path.is_dir() else path.read_bytes()


@pytest.mark.parametrize("case", BAD, ids=lambda path: path.stem)
def test_bad(case: Path, tmp_path: Path, validate: Command) -> None:
    wanted = expected(case)
    assert wanted.findings or wanted.unreadable, "a bad case needs findings"
    profile = copied(case, tmp_path, locked=wanted.locked)
    check(validate(profile), case, wanted)
    assert content(profile) == content(case)


@pytest.mark.parametrize("case", GOOD, ids=lambda path: path.stem)
def test_good(case: Path, tmp_path: Path, validate: Command) -> None:
    wanted = expected(case)
    assert wanted.exit_code == 0, "a good case has warnings at most"
    profile = copied(case, tmp_path, locked=wanted.locked)
    check(validate(profile), case, wanted)
    assert content(profile) == content(case)
    assert {path.name for path in tmp_path.iterdir()} <= {case.name, f"{case.stem}.lock.json"}


def test_every_findings_file_has_its_case() -> None:
    stems = {path.with_suffix("") for path in (*BAD, *GOOD)}
    others = [path for path in CASES.glob("*/*") if path.suffix in (".findings", ".json")]
    assert [path for path in others if path.parent / path.name.split(".")[0] not in stems] == []


@pytest.mark.parametrize(
    "name", ["bad/fit-memory", "bad/invalid-utf8", "bad/credential-aws-secret", "good/hostile-texts"]
)
def test_process_of_its_own(name: str, tmp_path: Path) -> None:
    case = CASES / f"{name}.yml"
    wanted = expected(case)
    check(in_process_of_its_own(copied(case, tmp_path, locked=True)), case, wanted)


@pytest.mark.parametrize("form", ["text", "github"])
@pytest.mark.parametrize(
    "case", [path for path in BAD if path.stem.startswith("credential-")], ids=lambda path: path.stem
)
def test_credentials_in_other_formats(case: Path, form: str, tmp_path: Path, validate: Command) -> None:
    answer = validate(copied(case, tmp_path, locked=True), "--format", form)
    assert [secret for secret in expected(case).secrets if secret in answer.out + answer.err] == []


def test_strict_takes_warnings_for_errors(tmp_path: Path, validate: Command) -> None:
    profile = copied(CASES / "good" / "warnings.yml", tmp_path, locked=True)
    assert validate(profile, "--strict").exit_code == 1


def test_one_line_a_finding(tmp_path: Path, validate: Command) -> None:
    case = CASES / "bad" / "launch-site-hostile.yml"
    answer = validate(copied(case, tmp_path, locked=True), "--format", "text", "--quiet")
    assert len(answer.out.splitlines()) == len(expected(case).findings), answer.out


def test_the_others_are_checked_next_to_an_unreadable_one(tmp_path: Path, validate: Command) -> None:
    profile = tmp_path / "bare.yml"
    profile.write_text(SOUND.replace("[short]", "[]"), encoding="utf-8")
    answer = validate(profile, "missing.yml")
    assert answer.exit_code == 2
    assert [finding["rule"] for finding in answer.findings] == ["empty"]


def test_missing_file(tmp_path: Path, validate: Command) -> None:
    check_unreadable(validate(tmp_path / "missing.yml"), "missing.yml")


def test_large_file(tmp_path: Path, validate: Command) -> None:
    profile = tmp_path / "large.yml"
    profile.write_bytes(b"# comment\n" * 5_000_000)
    check_unreadable(validate(profile), profile.name)


def test_nothing_but_brackets(tmp_path: Path) -> None:
    profile = tmp_path / "brackets.yml"
    profile.write_text("params: " + "[" * 1_000_000, encoding="utf-8")
    answer = in_process_of_its_own(profile)
    assert (answer.exit_code, [finding["rule"] for finding in answer.findings]) == (1, ["yaml"])


def test_staircase(tmp_path: Path, validate: Command) -> None:
    """1,200 mappings in each other, a line each: the 33rd (root, params, then one a line) is one too many."""
    profile = tmp_path / "staircase.yml"
    steps = "".join(" " * depth + "a:\n" for depth in range(1, 1200))
    profile.write_text("nfconfgen: 1\nparams:\n" + steps + " " * 1200 + "a: 1\n", encoding="utf-8")
    found = [(finding["line"], finding["column"], finding["rule"]) for finding in validate(profile).findings]
    assert found == [(34, 33, "yaml")]


@pytest.mark.parametrize("number", [2**53 + 1, 1234567890123456789, 2**63 - 1, 10**30 + 1])
def test_whole_numbers_are_kept_or_refused(number: int) -> None:
    """A seed that silently becomes another number would be worse than none."""
    loaded = load_text(f"{SOUND}params: {{seed: {number}}}\n", "seed.yml")
    assert loaded.profile is None or loaded.profile.sites[0].params == {"seed": number}


@contextmanager
def as_nobody() -> Iterator[None]:
    """Permissions do not bind root: what is read in here is read as a user whom they bind."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_unreadable_file(validate: Command) -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders cannot be entered by others
        os.chmod(folder, 0o755)  # noqa: S103, PTH101
        profile = Path(folder) / "secret.yml"
        profile.write_text(SOUND, encoding="utf-8")
        assert validate(profile).exit_code == 0  # and now all modules that the user cannot read are imported
        profile.chmod(0)
        with as_nobody():
            answer = validate(profile)
        os.chdir("/")
    check_unreadable(answer, profile.name)
    assert "permission" in answer.err.lower()


@pytest.mark.parametrize("kind", ["fifo", "device", "dangling link", "link to itself"])
def test_no_regular_file(kind: str, tmp_path: Path) -> None:
    profile = tmp_path / "special.yml"
    if kind == "fifo":
        os.mkfifo(profile)  # opening it would block until somebody writes
    else:
        target = {"device": "/dev/zero", "dangling link": "nowhere.yml", "link to itself": "special.yml"}[kind]
        profile.symlink_to(target)
    check_unreadable(in_process_of_its_own(profile), profile.name)


def test_link_to_a_profile(tmp_path: Path, validate: Command) -> None:
    (tmp_path / "real.yml").write_text(SOUND, encoding="utf-8")
    link = tmp_path / "link.yml"
    link.symlink_to("real.yml")
    assert validate(link).exit_code == 0


def test_selector_that_backtracks(tmp_path: Path) -> None:
    """A pattern that takes years to refuse a name must not be tried on it naively."""
    profile = tmp_path / "selector.yml"
    name = "A" * 60 + "_"
    tasks = f"tasks:\n  default: {{memory: 4 GB}}\n  labels: {{{name}: {{cpus: 1}}, (A+)+: {{cpus: 2}}}}\n"
    profile.write_text(SOUND + tasks, encoding="utf-8")
    assert in_process_of_its_own(profile).exit_code in (0, 1)


@pytest.mark.lab
def test_largest_profile_that_is_read(tmp_path: Path) -> None:
    """Just below 4 MB, with an error in every line: reported in seconds."""
    profile = tmp_path / "large.yml"
    lines = "".join(f"  p{number}-: x\n" for number in range(100_000))
    profile.write_text(SOUND + "params:\n" + lines, encoding="utf-8")
    assert in_process_of_its_own(profile).exit_code == 1
