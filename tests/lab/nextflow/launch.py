"""Starts the real Nextflow."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

Parser = Literal["v1", "v2"]

HERE = Path(__file__).resolve().parent
# A start takes seconds. This only ends one that hangs, on however slow a machine.
TIMEOUT_S = 600
OLDEST_JAVA = 17


class NextflowError(Exception):
    """Nextflow did not do what was asked; the message is its output."""


@dataclass(frozen=True, slots=True)
class Result:
    exit_code: int
    output: str


def jars() -> Path:
    return Path(os.environ.get("NEXTFLOW_LIB") or HERE / "lib").resolve()


def version() -> tuple[int, ...]:
    """(25, 4, 4), by the name of the jar; another version can be had by NEXTFLOW_LIB."""
    (jar,) = jars().glob("nextflow-*.jar")
    return tuple(int(part) for part in re.findall(r"\d+", jar.stem)[:3])


@functools.cache
def java_version() -> int | None:
    """The major version of the `java` on the path, None where it cannot be read."""
    if shutil.which("java") is None:
        return None
    printed = subprocess.run(
        ["java", "-version"], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    ).stderr
    found = re.search(r'version "(\d+)', printed)
    return int(found[1]) if found else None


def available() -> str | None:
    """Why Nextflow cannot be used here, in plain words; None when it can."""
    java = java_version()
    if java is None:
        return f"no java on the PATH: Nextflow needs Java {OLDEST_JAVA} or later"
    if java < OLDEST_JAVA:
        return f"java on the PATH is version {java}: Nextflow needs Java {OLDEST_JAVA} or later"
    if not any(jars().glob("nextflow-[0-9]*.jar")):
        return f"no Nextflow jars in {jars()}: run {HERE / 'install.sh'}"
    return None


def require() -> None:
    """Skip the test where Nextflow cannot be used, except in CI: there it is expected, so fail."""
    reason = available()
    if reason is None:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason, allow_module_level=True)


def start(
    arguments: Sequence[str], folder: Path, parser: Parser, extra: Mapping[str, str] | None = None
) -> tuple[Result, str]:
    """Run the launcher in `folder`; the result holds stdout and stderr, the text next to it stdout alone."""
    run = subprocess.run(
        [str(HERE / "nextflow"), *arguments],
        cwd=folder,
        env=environment(folder, parser) | dict(extra or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=TIMEOUT_S,
        check=False,
    )
    return Result(run.returncode, run.stdout + run.stderr), run.stdout


def on_the_path(home: Path) -> dict[str, str]:
    """The environment of a user who has the lab's Nextflow on the PATH, and its home in this folder."""
    # settings of the user who runs the tests (NXF_WORK, ~/.nextflow/config, SBATCH_ACCOUNT, …) must not reach them
    foreign = ("NXF_", "TOWER_", "SLURM_", "SBATCH_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {
        "PATH": f"{HERE}:{os.environ['PATH']}",
        "NEXTFLOW_LIB": str(jars()),
        "NXF_HOME": str(home),
        # Else the v2 parser downloads nf-amazon for `executor = 'awsbatch'`.
        "NXF_PLUGINS_DEFAULT": "false",
    }


def environment(folder: Path, parser: Parser) -> dict[str, str]:
    """The environment of a start, with its own home in `folder`."""
    return on_the_path(folder / ".nextflow-home") | {"LC_ALL": "C.UTF-8", "NXF_SYNTAX_PARSER": parser}


def groovy_string(text: str) -> str:
    """A Groovy literal for `text` that interpolates nothing."""
    escapes = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "'" + "".join(escapes.get(character, character) for character in text) + "'"
