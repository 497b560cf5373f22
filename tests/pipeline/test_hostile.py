"""Whatever stands in a file: something or nothing is told, and never a traceback."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from nfconfgen.pipeline import script
from nfconfgen.pipeline.config import FileReader
from nfconfgen.pipeline.tokens import tokens
from tests.pipeline.pipelines import NFCORE, SALMON

REAL = [
    path for folder in (SALMON, NFCORE) for path in sorted(folder.rglob("*.*")) if path.suffix in (".nf", ".config")
]
LARGE = 100_000


def read(text: str) -> None:
    FileReader("x.config", text).read()
    script.read(text, "x.nf")


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
