"""What a repository may bring as the state of a build: journal, lock, profile, outputs, and files next to them."""

from __future__ import annotations

import hashlib
import json
import os
import random
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from nfconfgen.fast.checksum import digest
from nfconfgen.sync import journal as journals
from tests.hostile.repository import OUTPUTS, PROFILE, Variant

JOURNAL = ".profile.nfconfgen-journal"
PLACES = (JOURNAL, f"out/{JOURNAL}")

PATHS = (
    "../.aws/credentials",
    "../other/conf/cluster.config",
    "../../.aws/credentials",
    "out/../../.aws/credentials",
    "conf/../../.aws/credentials",
    "conf/../../other/conf/cluster.config",
    "launch/job-definitions/../../../../other/launch/job-definitions/x.json",
    "HOME/.aws/credentials",
    "HOME/other/conf/cluster.config",
    "~/.aws/credentials",
    "conf/own.config",
    "conf/secret.config",
    "out/conf/secret.config",
    ".git/config",
    "conf",
    "conf/",
    "",
    ".",
    "..",
    "/",
    "conf/\x1b[31mred.config",
    "conf/a\n::stop-commands::x.config",
    "conf/a\0b.config",
    "conf/\ud800.config",
    "conf/\u202ea.config",
    "conf/" + "a" * 5000 + ".config",
    "conf/.hidden.config",
    "conf/-rf.config",
    "CONF/own.config",
    "profile.yml",
    "profile.lock.json",
)
"""HOME: where the repository lies, so that the path is absolute."""

JUNK: tuple[Any, ...] = (
    5, None, "", {}, [], [[]], [[1, 2]], [["a"]], [None], {"writes": 5}, {"writes": [5]}, {"writes": [[]]},
    {"writes": [["a"]]}, {"writes": [[["a"], True]]}, [["../.aws/credentials", True]], True, 1e308, "commit",
)  # fmt: skip


def fifo(path: Path, repository: Path) -> None:
    os.mkfifo(path)


def folder(path: Path, repository: Path) -> None:
    path.mkdir()
    (path / "file").write_text("")


def device(path: Path, repository: Path) -> None:
    path.symlink_to("/dev/zero")


def dangling(path: Path, repository: Path) -> None:
    path.symlink_to("../nowhere")


def loop(path: Path, repository: Path) -> None:
    path.symlink_to(path.name)


def sparse(path: Path, repository: Path) -> None:
    with path.open("wb") as file:
        file.truncate(30 * 10**9)


def unix_socket(path: Path, repository: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # such names are short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name[:60])
    os.chdir(here)
    (path.parent / path.name[:60]).rename(path)


def nothing(path: Path, repository: Path) -> None:
    path.write_bytes(b"")


def binary(path: Path, repository: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(4000))


def deep(path: Path, repository: Path) -> None:
    path.write_text("[" * 100_000)


def victim(name: str) -> Any:
    def made(path: Path, repository: Path) -> None:
        path.symlink_to(os.path.relpath(repository.parent / name, path.parent))

    made.__name__ = f"link to {name}"
    return made


VICTIMS = (".aws/credentials", "victim.yml", "victim.json", "victim.config", "other/conf/cluster.config")
KINDS = (fifo, folder, device, dangling, loop, sparse, unix_socket, nothing, binary, deep, *map(victim, VICTIMS))
"""What may lie in the place of a file."""

FILES = ("profile.yml", "profile.lock.json", *PLACES, *(f"out/{name}" for name in OUTPUTS))
LEFT = tuple(f"out/conf/.cluster.config.nfconfgen-{end}" for end in ("new", "old"))
NEARBY = (
    "nfconfgen.yml", "more/profile.yml", "more/profile.lock.json", "more/any.lock.json", ".git",
    "out/conf/more.config", "out/launch/params-cluster.json", "out/launch/job-definitions",
    ".profile.nfconfgen-probe",
)  # fmt: skip
PIPELINE = (
    "nextflow.config",
    "main.nf",
    "lib/A.groovy",
    "nextflow_schema.json",
    "conf/base.config",
    "modules/a/main.nf",
)


def put(path: Path) -> Path:
    """The path, free for something else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        path.rename(path.with_name("elsewhere"))
    path.unlink(missing_ok=True)
    return path


def variants() -> Iterator[Variant]:
    yield from in_place_of_files()
    yield from folders_that_lead_out()
    yield from journal_variants()
    yield from lock_variants()
    yield from profile_variants()
    yield from pipeline_variants()


def in_place_of_files() -> Iterator[Variant]:
    for name in (*FILES, *LEFT, *NEARBY):
        for kind in KINDS:
            yield Variant(f"{kind.__name__} as {name}", partial(_replace, name, kind))


def _replace(name: str, kind: Any, repository: Path) -> None:
    kind(put(repository / name), repository)


def folders_that_lead_out() -> Iterator[Variant]:
    def linked(name: str, target: str, unlocked: bool, repository: Path) -> None:
        path = put(repository / name)
        path.symlink_to(os.path.relpath(repository.parent / target, path.parent))
        if unlocked:
            (repository / "profile.lock.json").unlink()

    for unlocked in (False, True):
        for name, target in {"out": "other", "out/conf": "other/conf", "out/launch": "other/launch"}.items():
            for to in (target, "nowhere"):
                yield Variant(f"{name} leads to {to}, no lock: {unlocked}", partial(linked, name, to, unlocked))


def journal_variants() -> Iterator[Variant]:
    for place in PLACES:
        for path in PATHS:
            for delete in (True, False):
                yield Variant(f"{place} deletes {path[:60]!a}: {delete}", partial(_forged, place, path, delete))
    for data in JUNK:
        for commit in (b"", journals.COMMIT):
            content = json.dumps(data).encode() + commit
            yield Variant(f"journal {content!r}", partial(_written, JOURNAL, content))
    for content in (b"commit\n", b"\ncommit\n", b"\xff\ncommit\n", b"[[" + journals.COMMIT, b"\0" * 5000):
        yield Variant(f"journal {content[:20]!r}", partial(_written, JOURNAL, content))


def _written(name: str, content: bytes, repository: Path) -> None:
    (repository / name).write_bytes(content)


def _forged(place: str, target: str, delete: bool, repository: Path) -> None:
    """By somebody who knows the machine, the user, and even which file it will be: only the path is wrong."""
    path = repository / place
    with path.open("wb") as file:
        own = json.loads(journals.record(file.fileno(), path, []))
        name = _at_home(target, repository)
        file.write(json.dumps({**own, "writes": [[name, delete]]}).encode() + journals.COMMIT)
    # what would be moved into place
    target_path = Path(os.path.normpath(path.parent / name.replace("\0", "").replace("\ud800", "")[:200]))
    if target_path.parent != target_path and repository in target_path.parents and target_path.parent.is_dir():
        target_path.with_name(f".{target_path.name}.nfconfgen-new").write_text("planted")


def _at_home(path: str, repository: Path) -> str:
    return path.replace("HOME", str(repository.parent))


def lock_variants() -> Iterator[Variant]:
    for path in PATHS:
        for right in (True, False):
            yield Variant(f"lock outputs {path[:60]!a}, right hash: {right}", partial(_lock_outputs, path, right))
        yield Variant(f"lock output {path[:60]!a}", partial(_lock_output, path))
    for key in ("outputs", "output", "profile", "generator", "seal", "nfconfgen", "nfconfgen_lock"):
        for junk in JUNK:
            yield Variant(f"lock {key} {json.dumps(junk)}", partial(_lock_key, key, junk))


def _lock_outputs(path: str, right: bool, repository: Path) -> None:
    name = _at_home(path, repository)
    found = b""
    if right and "\0" not in name and "\ud800" not in name and (repository / "out" / name[:200]).is_file():
        found = (repository / "out" / name).read_bytes()
    _relock(repository, lambda lock: lock["outputs"].update({name: hashlib.sha256(found).hexdigest()}))


def _lock_output(path: str, repository: Path) -> None:
    _relock(repository, lambda lock: lock.update(output=_at_home(path, repository)))


def _lock_key(key: str, value: Any, repository: Path) -> None:
    _relock(repository, lambda lock: lock.update({key: value}))


def _relock(repository: Path, change: Any) -> None:
    """The lock with a valid checksum, as somebody who wants to be believed makes it."""
    path = repository / "profile.lock.json"
    lock = json.loads(path.read_text())
    lock["seal"] = ""
    change(lock)
    text = json.dumps(lock, indent=2) + "\n"
    path.write_text(text if lock["seal"] else text.replace('"seal": ""', f'"seal": "{digest(text)}"'))


def profile_variants() -> Iterator[Variant]:
    for path in PATHS:
        yield Variant(f"output: {path[:60]!a}", partial(_profile_output, path, {}))
        yield Variant(f"no lock, output: {path[:60]!a}", partial(_profile_output, path, {"lock": False}))
    for name in ("own", "secret", "profiles", "../x", "a/b", "a\nb", "con"):
        edited = PROFILE.replace("cluster:", f"{json.dumps(name)}:").replace("output: out/", "output: .")
        yield Variant(f"site {name!a}", partial(_text, "profile.yml", edited))
    for key, value in {
        "pipeline: {name: demo}": 'pipeline: {name: "../x"}',
        "nfconfgen: 1": "nfconfgen: 1\nlaunch: {upload: [{from: ../../.aws, to: 's3://bucket/x'}]}",
    }.items():
        yield Variant(f"profile with {value[:40]}", partial(_text, "profile.yml", PROFILE.replace(key, value)))


def _profile_output(path: str, how: dict[str, bool], repository: Path) -> None:
    given = json.dumps(_at_home(path, repository))
    _text("profile.yml", PROFILE.replace("output: out/", f"output: {given}"), repository)
    if not how.get("lock", True):
        (repository / "profile.lock.json").unlink()


def _text(name: str, text: str, repository: Path) -> None:
    path = put(repository / name)
    path.write_text(text)


def pipeline_variants() -> Iterator[Variant]:
    for name in PIPELINE:
        for kind in KINDS:
            yield Variant(f"pipeline: {kind.__name__} as {name}", partial(_pipeline, name, kind))
    for target in ("../.aws/credentials", "../victim.config", "/dev/zero", "${projectDir}/../victim.config", "fifo"):
        yield Variant(f"pipeline includes {target}", partial(_including, target))


def _pipeline(name: str, kind: Any, repository: Path) -> None:
    _a_pipeline(repository)
    kind(put(repository / name), repository)


def _a_pipeline(repository: Path) -> None:
    (repository / "nextflow.config").write_text(
        "includeConfig 'conf/base.config'\nincludeConfig 'out/conf/profiles.config'\n"
    )
    (repository / "conf/base.config").write_text("process { withName: A { memory = 4.GB } }\n")
    (repository / "main.nf").write_text("include { A } from './modules/a/main.nf'\nworkflow { A() }\n")
    (repository / "modules/a").mkdir(parents=True)
    (repository / "modules/a/main.nf").write_text("process A {\n  script: 'true'\n}\n")


def _including(target: str, repository: Path) -> None:
    _a_pipeline(repository)
    os.mkfifo(repository / "fifo")
    with (repository / "nextflow.config").open("a") as file:
        file.write(f'includeConfig "{target}"\n')


def some(seed: int, number: int) -> list[Variant]:
    """So many of them, the same for the same seed."""
    return random.Random(seed).sample([*variants()], number)
