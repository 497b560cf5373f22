"""No content of a file causes a traceback."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nfconfgen.conflicts.evaluate import Outputs, evaluate
from nfconfgen.facts.gather import unasked
from nfconfgen.findings import Finding
from nfconfgen.pipeline import script_file
from nfconfgen.pipeline.config_file import FileReader
from nfconfgen.pipeline.param_names import of_schema, of_texts
from nfconfgen.pipeline.sources import read as read_pipeline
from nfconfgen.pipeline.tokens import tokens
from nfconfgen.plan.plan import plan
from nfconfgen.processes.processes import processes
from tests.cli import nfconfgen
from tests.core import load_text
from tests.pipeline.pipelines import NFCORE, SALMON, copy

REAL = [
    path for folder in (SALMON, NFCORE) for path in sorted(folder.rglob("*.*")) if path.suffix in (".nf", ".config")
]
LARGE = 100_000


def read(text: str) -> None:
    FileReader("x.config", text).read()
    script_file.read(text, "x.nf")


def random_texts() -> Iterator[str]:
    chance = random.Random(7)
    signs = [
        "'",
        '"',
        "'''",
        '"""',
        "${",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "/",
        "\\",
        "$/",
        "/$",
        "//",
        "/*",
        "*/",
        "\n",
    ]
    words = ["process", "withName:", "includeConfig", "profiles", "include", "from", "as", "workflow", "if", "a", "="]
    for _ in range(1000):
        yield "".join(chance.choices([*signs, *words, " ", ".", ";", "\0", "\r", "é", "1"], k=chance.randint(1, 60)))
    for _ in range(200):
        yield chance.randbytes(chance.randint(1, 400)).decode("latin-1")


def test_anything_at_all() -> None:
    for text in random_texts():
        read(text)


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_cut_off_anywhere(path: Path) -> None:
    text = path.read_text()
    for end in range(len(text)):
        read(text[:end])


PIECES = [
    "{", "}", "(", "a{", "a.", "[", "'", '"', "'''", '"""', '"${', '"${"', "/*", "/ ", "=/", "=/\\/", "$/", "\\",
    "\n", "a =\n", "a\n", "if(", "if(x){", "withName:", "includeConfig ", "include {", "include a ", "process a {",
    "a=[\n", "workflow{", "?\n", "'\\", "'\\'", '"${\'\\', '"${/*', "a ?: ",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_very_much_of_it(piece: str) -> None:
    text = piece * (LARGE // len(piece))
    read(f"process {{\n{text}\\")


def test_a_megabyte_of_config() -> None:
    text = (NFCORE / "conf/base.config").read_text()
    read(text * (1_000_000 // len(text)))


def test_every_token_is_of_the_text() -> None:
    for text in random_texts():
        at = 0
        for token in tokens(text):
            assert at <= token.start < token.end <= len(text)
            at = token.end


PROFILE = """\
nfconfgen: 1
pipeline: {name: any}
tasks:
  default: {memory: 4 GB, container: lab/base:1}
  labels: {process_high: {cpus: 2}}
  processes: {FASTQC: {memory: 5 GB}, salmon: {time: 1h}}
sites:
  slurm: {executor: slurm, queues: [short], params: {x: 1}}
"""


def checked(folder: Path) -> list[Finding]:
    loaded = load_text(PROFILE, "profile.yml")
    assert loaded.profile is not None
    planned, sources = plan(loaded.profile, unasked(loaded.profile).facts), read_pipeline(folder)
    return evaluate(planned, sources, Outputs(".", "includeConfig 'x'"), processes(planned, sources))


@pytest.mark.parametrize("pipeline", [SALMON, NFCORE], ids=lambda path: path.name)
def test_pipeline_is_checked_whatever_stands_in_any_file(pipeline: Path, tmp_path: Path) -> None:
    folder = copy(pipeline, tmp_path)
    chance = random.Random(11)
    texts = list(random_texts())
    for path in sorted(folder.rglob("*.*")):
        whole = path.read_bytes()
        for _ in range(12):
            at = chance.randrange(len(whole))
            path.write_bytes(whole[:at])
            checked(folder)
            path.write_bytes(whole[:at] + chance.choice(texts).encode() + whole[at:])
            checked(folder)
        path.write_bytes(b"\xff\xfe" + whole)
        checked(folder)
        path.write_bytes(whole)


def test_what_is_not_utf_8_is_reported_with_its_place(tmp_path: Path) -> None:
    folder = copy(NFCORE, tmp_path)
    (folder / "conf/base.config").write_bytes(b"a = 1\nb = '\xff'\n")
    reported = [finding for finding in checked(folder) if finding.rule == "not-read"]
    assert str(folder / "conf/base.config") in [finding.place.file for finding in reported]


def test_very_many_selectors_and_processes(tmp_path: Path) -> None:
    selectors = "\n".join(f"withName: '.*X{n}.*(a|b|.+)+' {{ cpus = 1 }}" for n in range(1000))
    processes = "\n".join(f"process P{n} {{\ncpus 1\nscript:\n''\n}}" for n in range(300))
    (tmp_path / "nextflow.config").write_text(f"process {{\n{selectors}\n}}\n")
    (tmp_path / "main.nf").write_text(processes)
    begin = time.monotonic()
    checked(tmp_path)
    assert time.monotonic() - begin < 30


def test_params_are_found_in_no_time_at_all() -> None:
    for piece in ("\n", "params", "params .", "params {\n", "params [", "params.x(", " \n"):
        list(of_texts([piece * (LARGE // len(piece))]))
        list(of_schema(piece * LARGE))
    text = "params.a; params?.b; params['c']; params.get('d')\nparams {\n  e: Path\n  f = 1\n}\n"
    assert set(of_texts([text])) == set("abcdef")


@pytest.mark.parametrize("name", ["a\0b", "a\\u0000b", "\\ud800", "x" * 5000, "/" * 300, "..", "~", ""])
def test_names_that_no_file_has(name: str, tmp_path: Path) -> None:
    (tmp_path / "nextflow.config").write_text(f"includeConfig '{name}'\nincludeConfig '{name}.config'\n")
    (tmp_path / "main.nf").write_text(f"include {{ A }} from './{name}'\ninclude {{ B }} from '/{name}/b.nf'\n")
    (tmp_path / "profile.yml").write_text(PROFILE)
    assert nfconfgen("validate", tmp_path / "profile.yml").code in (0, 1)
