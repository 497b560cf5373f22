"""Damaged state files: journals and records are followed or refused with a message, and only outputs are
changed. NFCONFGEN_FUZZ=10000 tries so many of each kind."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from nfconfgen.errors import NfconfgenError
from nfconfgen.executors.awsbatch.probe import undo_log as probes
from nfconfgen.fast import cache
from nfconfgen.sync import journal as journals
from nfconfgen.sync import transaction
from tests import mutate
from tests.test_fuzz import chances

VICTIM = "nobody's business"


def damaged(chance: random.Random, content: bytes) -> bytes:
    """By values where it is JSON, with what follows it, or by bytes."""
    text, committed, _ = content.partition(journals.COMMIT)
    if chance.random() < 0.5:
        return mutate.of_bytes(chance, content)
    odd = mutate.of_json(chance, json.loads(text)).encode("utf-8", "surrogatepass")
    return odd + (committed if chance.random() < 0.8 else b"")


def test_journals_of_builds(tmp_path: Path) -> None:
    victim, folder = tmp_path / "victim.config", tmp_path / "clone"
    (folder / "conf").mkdir(parents=True)
    victim.write_text(VICTIM)
    other = folder / "main.nf"
    other.write_text(VICTIM)
    journal = folder / ".profile.nfconfgen-journal"
    targets = [(folder / "conf/slurm.config", False), (folder / "conf/old.config", True)]
    followed, refusals = 0, []
    for chance in chances(300):
        journal.write_bytes(b"")
        with journal.open("r+b") as file:
            good = journals.record(file.fileno(), journal, targets) + journals.COMMIT
            file.write(damaged(chance, good) if chance.random() < 0.95 else good)
        for name in ("conf/slurm.config", "conf/old.config", "conf/.slurm.config.nfconfgen-new"):
            (folder / name).write_text(name)
        (folder / "conf/.old.config.nfconfgen-old").write_text("conf/old.config")
        journals.refusal(journal).encode()
        try:
            followed += transaction.recover(journal)
        except NfconfgenError as error:
            refusals.append(str(error))
            journal.unlink(missing_ok=True)
        assert victim.read_text() == other.read_text() == VICTIM
        assert sorted(path.name for path in tmp_path.iterdir()) == ["clone", "victim.config"]
        assert {path.name for path in folder.iterdir()} <= {"conf", "main.nf"}
    assert followed
    assert all(len(text.splitlines()) == 1 for text in refusals)


def test_journals_of_probes(tmp_path: Path) -> None:
    path = tmp_path / ".profile.nfconfgen-probe"
    entries: list[probes.Entry] = [
        probes.Scaled("eu-central-1", "small"),
        probes.Submitted("eu-central-1", "salmonWorkload", f"{probes.new_definition()}-1"),
    ]
    probes.begin(path, entries)
    good, refusals = path.read_bytes(), []
    for chance in chances(300):
        path.write_bytes(damaged(chance, good))
        try:
            for entry in probes.read(path) or ():
                assert isinstance(entry, probes.Scaled) or entry.definition.startswith("nfconfgen-probe-")
        except NfconfgenError as error:
            refusals.append(str(error))
    assert all(len(text.splitlines()) == 1 for text in refusals)


def test_records_of_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    profile, finding = str(tmp_path / "profile.yml"), [["profile.yml", 1, 2], "rule", "message", "advice", "error"]
    answers: cache.Answers = {("there", str(tmp_path)): cache.answer("there", str(tmp_path))}
    cache.remember_findings(profile, str(tmp_path), answers, [finding])
    cache.remember_rendered(profile, b"lock")
    (record,) = Path(cache.folder()).glob("*.json")
    (made,) = Path(cache.folder()).glob("*.rendered")
    good, sure = record.read_bytes(), made.read_bytes()
    for chance in chances(300):
        record.write_bytes(damaged(chance, good))
        for file, rule, message, advice, level in cache.known_findings(profile, str(tmp_path)) or ():
            assert [*map(type, (*file, rule, message, advice))] == [str, int, int, str, str, str]
            assert level in ("error", "warning", "note")
        made.write_bytes(changed := mutate.of_bytes(chance, sure))
        assert cache.is_rendered(profile, b"lock") is (changed == sure)
