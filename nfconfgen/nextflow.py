"""Finds the Nextflow on the PATH and starts it so that it fetches, queries and submits nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nfconfgen import files
from nfconfgen.errors import NextflowError
from nfconfgen.profile.references import Env

TIMEOUT_S = 600
"""A start takes seconds; the timeout ends one that hangs."""

PLUGGED_IN = ("fusion", "tower", "wave")
"""Scopes that load a plugin if they are enabled, even if the default plugins are off."""

_BOTH_SINCE = (25, 4)
MORE = "NFCONFGEN_NEXTFLOW_ENV"
"""Names of additional environment variables to pass to Nextflow."""
NOTHING: Mapping[str, str] = {}

# Nextflow runs Groovy code of the repository, so it gets only the variables that a start needs: any other one may
# contain a credential. Of NXF_*, only those that select Nextflow and Java; others are settings of this machine.
_KEPT = {
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "HOSTNAME", "TERM", "TZ", "LANG", "LANGUAGE"),
    *("TMPDIR", "TMP", "TEMP", "LD_LIBRARY_PATH", "CONDA_PREFIX", "JAVA_HOME", "JAVA_CMD"),
    *("NXF_HOME", "NXF_VER", "NXF_DIST", "NXF_BIN", "NXF_JAVA_HOME", "NXF_PLUGINS_DIR"),
}
_OPTIONS = {"NXF_OPTS", "NXF_JVM_ARGS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"}
_CREDENTIAL = re.compile(r"(?i)passw|secret|token|credential|://[^/\s]*@")


@dataclass(frozen=True, slots=True)
class Installed:
    command: str
    version: str

    @property
    def number(self) -> tuple[int, ...]:
        """(25, 4, 4) of `25.04.4`."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:3])

    @property
    def parsers(self) -> tuple[str, ...]:
        """Since 25.04 there are two, of which v2 is the default since 26.04."""
        return ("v1", "v2") if self.number >= _BOTH_SINCE else ("v1",)


def installed() -> Installed:
    """The Nextflow on the PATH. NextflowError if there is none or it does not start."""
    command = shutil.which("nextflow")
    if command is None:
        raise NextflowError("there is no nextflow on the PATH, which verify needs: see https://nextflow.io")
    with tempfile.TemporaryDirectory() as folder:
        code, out, err = start(command, ["-v"], Path(folder), "v1")
    found = re.search(r"version (\d+\.\d+\.\d+\S*)", out)
    if code != 0 or found is None:
        raise NextflowError(f"{command} does not start: {gist(out + err)}")
    # the build number is no part of the version
    return Installed(command, re.sub(r"^(\d+\.\d+\.\d+)\.\d+", r"\1", found[1]))


def start(
    command: str, words: Sequence[str], folder: Path, parser: str, given: Mapping[str, str] = NOTHING
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr. `parser` is v1 or v2, `given` what is set in the environment besides.
    NextflowError if it does not start or end."""
    # without the default plugins a site on AWS Batch loads no nf-amazon, which could query AWS
    own = {"NXF_OFFLINE": "true", "NXF_DISABLE_CHECK_LATEST": "true", "NXF_ANSI_LOG": "false"}
    own |= {"NXF_PLUGINS_DEFAULT": "false", "NXF_SYNTAX_PARSER": parser}
    try:
        ended = subprocess.run(
            [command, *words],
            cwd=folder,
            env={**_inherited(), **given, **own},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NextflowError(f"{command} did not end within {TIMEOUT_S} s") from None
    except OSError as error:
        raise NextflowError(f"{command} cannot be started: {files.reason(error)}") from None
    return ended.returncode, ended.stdout, ended.stderr


def off(*scopes: str) -> str:
    """A config that disables these scopes, for a file that is read last."""
    return "".join(f"{scope}.enabled = false\n" for scope in scopes)


def stand_ins(variables: Iterable[Env]) -> dict[str, str]:
    """The value of each of these variables when Nextflow is started here: its own if Nextflow gets it anyway, else
    its name if it must be set. The others are not set."""
    inherited = _inherited()
    required = {variable.name: variable.name for variable in variables if variable.default is None}
    return required | {
        variable.name: inherited[variable.name] for variable in variables if variable.name in inherited
    }


def _inherited() -> dict[str, str]:
    more = set(re.findall(r"\w+", os.environ.get(MORE, "")))
    return {
        key: value
        for key, value in os.environ.items()
        if key in _KEPT | more or key.startswith("LC_") or (key in _OPTIONS and not _CREDENTIAL.search(value))
    }


def gist(output: str) -> str:
    """The error message in an output, in one line."""
    lines = [line.strip() for line in output.splitlines()]
    noise = ("WARN", "N E X T F L O W", "Launching", "[", "--", "Downloading", "Tip:", "NOTE:", "╰")
    kept = [line for line in lines if line and not line.startswith(noise) and "nextflow.log" not in line]
    return " ".join(kept)[:300] or "it printed no reason"
