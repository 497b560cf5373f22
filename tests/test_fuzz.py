"""Whatever a repository, a lock, a cluster or a login node brings: it is used, or reported; it is no bug of ours.

NFCONFGEN_FUZZ=10000 tries so many of each kind. What was once found so stands by name where it belongs.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nfconfgen.executors.slurm.facts.parse import parse
from nfconfgen.facts.lock import Lock
from tests import mutate
from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.core import parse_lock
from tests.executors.slurm.samples import FILES, NOW, answer, answers, sample
from tests.executors.slurm.test_by_hand import LAB
from tests.pipeline.pipelines import NFCORE, SALMON, copy

EXAMPLES = ("salmon", "rnaseq", "two-clusters")
ASKED_OFFLINE = (
    ("build", "--offline", "--dry-run"),
    ("build", "--offline", "--dry-run", "--format", "json"),
    ("check",),
    ("check", "--format", "json"),
    ("validate",),
    ("validate", "--format", "github"),
    ("explain",),
    ("explain", "--format", "json"),
    ("diff",),
    ("diff", "--format", "json"),
    ("facts", "--offline"),
    ("facts", "--offline", "--format", "json"),
)
SEVERAL_SITES = """\
nfconfgen: 1
pipeline: {name: fuzz}
facts: {max_age: 30d}
tasks:
  default: {cpus: 2, memory: 4 GB, time: 1h}
  labels: {big: {cpus: 8, memory: 60 GB, time: 2d}}
  processes: {GPU: {accelerator: 1}}
sites:
  auto: {executor: slurm, cluster: lab, queues: auto, account: lab, work_dir: /scratch}
  named: {executor: slurm, cluster: lab, queues: [short, long], qos: normal, exclude: ["c[1-2]"], work_dir: /scratch}
"""


def chances(few: int) -> Iterator[random.Random]:
    return (random.Random(seed) for seed in range(mutate.MANY or few))


def ask(*arguments: object) -> None:
    """Runs a command: any finding is fine, but only as a message."""
    ended = nfconfgen(*arguments)
    assert ended.code in (0, 1, 2), (arguments, ended)
    assert "Traceback" not in ended.err + ended.out
    if ended.code == 2:
        assert len(ended.err.strip().splitlines()) == 1, ended
    (ended.out + ended.err).encode()


@pytest.fixture(params=EXAMPLES)
def profile(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A worked example with its lock; no outputs."""
    for end in (".yml", ".lock.json"):
        shutil.copy(ROOT / f"profiles/{request.param}{end}", tmp_path)
    return tmp_path / f"{request.param}.yml"


def test_locks(profile: Path) -> None:
    lock = profile.with_suffix(".lock.json")
    content = lock.read_bytes()
    data = json.loads(content)
    for chance in chances(40):
        damaged = mutate.of_json(chance, data) if chance.random() < 0.8 else mutate.of_bytes(chance, content)
        lock.write_bytes(damaged.encode() if isinstance(damaged, str) else damaged)
        command, *options = chance.choice(ASKED_OFFLINE)
        ask(command, profile, *options)


def test_collected_facts(tmp_path: Path) -> None:
    profile, file = tmp_path / "profile.yml", tmp_path / "site.facts"
    profile.write_text(SEVERAL_SITES)
    content = answer().encode()
    for chance in chances(60):
        by_hand = mutate.of_yaml(chance, LAB).encode("utf-8", "surrogatepass")
        file.write_bytes(mutate.of_bytes(chance, content) if chance.random() < 0.5 else by_hand)
        command = chance.choice((("build", "--dry-run"), ("facts",), ("check",)))
        ask(command[0], profile, *command[1:], "--from", file, *(["--offline"] if command[0] != "check" else []))


def test_profiles(profile: Path) -> None:
    texts = [
        profile.read_text(),
        SEVERAL_SITES,
        *(path.read_text() for path in sorted((ROOT / "tests/cases/good").glob("*.yml"))),
    ]
    for chance in chances(40):
        text = chance.choice(texts)
        damaged = mutate.of_yaml(chance, text).encode("utf-8", "surrogatepass")
        profile.write_bytes(damaged if chance.random() < 0.7 else mutate.of_bytes(chance, text.encode()))
        command, *options = chance.choice(ASKED_OFFLINE)
        ask(command, profile, *options)


def test_what_slurm_prints(tmp_path: Path) -> None:
    """It is read, with doubts, and what it comes to can be kept, read back and planned with."""
    profile, lock = tmp_path / "profile.yml", tmp_path / "profile.lock.json"
    profile.write_text(SEVERAL_SITES)
    for chance in chances(60):
        fields = chance.sample(sorted(FILES), chance.choice((1, 1, 2)))
        damaged = {
            field: mutate.of_bytes(chance, sample(field).encode()).decode("utf-8", "replace") for field in fields
        }
        damaged = {field: text.replace("\0", "\ufffd") for field, text in damaged.items()}  # as slurm.ask does
        found = parse(answers(**damaged), NOW)
        text = Lock({"slurm": {"lab": found}}).to_text()
        assert parse_lock(text, "x").facts["slurm"]["lab"] == found
        lock.write_text(text)
        command, *options = chance.choice(ASKED_OFFLINE)
        ask(command, profile, *options)


@pytest.mark.parametrize("pipeline", [SALMON, NFCORE], ids=lambda path: path.name)
def test_pipelines(pipeline: Path, tmp_path: Path) -> None:
    folder = copy(pipeline, tmp_path)
    shutil.copy(ROOT / "profiles/salmon.yml", folder / "profile.yml")
    files = sorted(path for path in folder.rglob("*.*") if path.is_file() and path.name != "profile.yml")
    for chance in chances(20):
        path = chance.choice(files)
        content = path.read_bytes()
        path.write_bytes(mutate.of_bytes(chance, content))
        ask("validate", folder / "profile.yml")
        path.write_bytes(content)
