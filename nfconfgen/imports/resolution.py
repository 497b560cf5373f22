"""What Nextflow itself resolves a config to: its values, and what its closures answer to a probe."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nfconfgen.errors import NextflowError
from nfconfgen.imports.ask_script import ANSWERS, MAIN, NEXT, REQUESTS
from nfconfgen.imports.probe_points import Probe
from nfconfgen.nextflow import NOTHING, Installed, gist, start
from nfconfgen.render.groovy import quote
from nfconfgen.verify.resolve import read


@dataclass(frozen=True, slots=True)
class Memory:
    bytes: int

    def __str__(self) -> str:
        for unit, size in (("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20)):
            if self.bytes and self.bytes % size == 0:
                return f"{self.bytes // size} {unit}"
        return f"{self.bytes} B"


@dataclass(frozen=True, slots=True)
class Time:
    ms: int

    def __str__(self) -> str:
        for unit, size in (("h", 3_600_000), ("min", 60_000), ("s", 1000)):
            if self.ms and self.ms % size == 0:
                return f"{self.ms // size}{unit}"
        return f"{self.ms} ms"


Value = None | bool | int | float | str | Memory | Time | list["Value"] | dict[str, "Value"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a closure gives for one probe; `error` if it fails."""

    value: Value = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Closure:
    text: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """`values` and `closures` by path, as in process.withLabel:big.memory; `probes` are what the closures were
    asked."""

    values: Mapping[str, Value] = field(default_factory=dict)
    closures: Mapping[str, Closure] = field(default_factory=dict)
    probes: tuple[Probe, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """A config, or a file of profiles; `profile` as after -profile, or empty. `params` are those that a pipeline sets
    before it includes the config."""

    config: Path
    profile: str = ""
    probes: tuple[Probe, ...] = ()
    params: Mapping[str, Value] = field(default_factory=dict)


class UnreadableConfigError(NextflowError):
    """Nextflow rejects a config; the message is its own."""


def resolve(
    nextflow: Installed,
    config: Path,
    profile: str,
    parser: str,
    given: Mapping[str, str] = NOTHING,
    probes: Sequence[Probe] = (),
) -> Resolved:
    """Starts Nextflow once. UnreadableConfigError if it rejects the config, NextflowError if it does not start."""
    (found,) = resolve_all(nextflow, [Request(config, profile, tuple(probes))], parser, given)
    if isinstance(found, UnreadableConfigError):
        raise found
    return found


def resolve_all(
    nextflow: Installed, requests: Sequence[Request], parser: str, given: Mapping[str, str] = NOTHING
) -> list[Resolved | UnreadableConfigError]:
    """Several configs in one start, as `resolve` does; each that Nextflow rejects is an error of its own."""
    if "HOME" in given:  # the config is to see another home; Nextflow itself stays where it is
        given = {"NXF_HOME": os.environ.get("NXF_HOME") or str(Path.home() / ".nextflow"), **given}
    with tempfile.TemporaryDirectory(prefix="nfconfgen-import-") as name:
        folder = Path(name).resolve()
        words = prepared(folder, requests)
        code, out, err = start(nextflow.command, words, folder, parser, given)
        if code != 0 or not (folder / ANSWERS).exists():
            raise NextflowError(gist(out + err))
        return answered(folder, requests, out, err)


def prepared(folder: Path, requests: Sequence[Request]) -> list[str]:
    """Fills an empty folder, and gives the words to start Nextflow with."""
    asked = [
        {
            "config": str(_config(one, folder / f"{number}.config")),
            "profile": one.profile,
            "probes": [probe.as_json() for probe in one.probes],
        }
        for number, one in enumerate(requests)
    ]
    (folder / "main.nf").write_text(MAIN, "utf-8")
    (folder / "none.config").write_text("", "utf-8")
    (folder / REQUESTS).write_text(json.dumps(asked), "utf-8")
    own = ["-log", str(folder / "nextflow.log"), "-C", str(folder / "none.config")]
    return [*own, "run", str(folder / "main.nf"), "-w", str(folder / "work")]


def _config(request: Request, around: Path) -> Path:
    """The config, or one that sets params and includes it."""
    config = request.config.resolve()
    if not request.params:
        return config
    lines = [f"params.{name} = {quote(value)}" for name, value in request.params.items()]
    around.write_text("\n".join([*lines, f"includeConfig {quote(str(config))}", ""]), "utf-8")
    return around


def answered(folder: Path, requests: Sequence[Request], *streams: str) -> list[Resolved | UnreadableConfigError]:
    """What Nextflow left in the folder."""
    answers = read(folder / ANSWERS)
    printed = zip(*(stream.split(f"{NEXT}\n")[1:] for stream in streams), strict=True)
    return [
        _error(answer["error"], "".join(lines)) if "error" in answer else _resolved(answer, request)
        for answer, request, lines in zip(answers, requests, printed, strict=True)
    ]


def _error(message: str, printed: str) -> UnreadableConfigError:
    # v2 prints its errors, with their lines, and throws one that says nothing
    return UnreadableConfigError(gist(printed if message == "Config parsing failed" else message))


def _resolved(data: Mapping[str, Any], request: Request) -> Resolved:
    values: dict[str, Value] = {}
    for path, value in data["values"]:
        scope, limits, name = path.partition(".resourceLimits.")
        if limits:
            # a map in one parser, a scope in the other
            whole = values.setdefault(f"{scope}.resourceLimits", {})
            assert isinstance(whole, dict)
            whole[name] = value_of(value)
        else:
            values[path] = value_of(value)
    closures = {
        path: Closure(text, tuple(Answer(value_of(one.get("value")), one.get("error", "")) for one in answers))
        for path, text, answers in data["closures"]
    }
    return Resolved(values, closures, request.probes)


def value_of(data: Any) -> Value:
    """A value of what Nextflow left: amounts are maps that name their unit."""
    if isinstance(data, list):
        return [value_of(one) for one in data]
    if isinstance(data, dict):
        if "memory_bytes" in data:
            return Memory(data["memory_bytes"])
        if "time_ms" in data:
            return Time(data["time_ms"])
        return {key: value_of(one) for key, one in data["map"].items()}
    if data is None or isinstance(data, bool | int | float | str):
        return data
    raise TypeError(data)
