"""What differs between two resolved configs, in what they mean to a run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nfconfgen.imports.equality import amount, capped, same, text
from nfconfgen.imports.probe_points import Most, Probe
from nfconfgen.imports.resolution import Closure, Memory, Resolved, Time, Value

ENGINES = ("apptainer", "charliecloud", "conda", "docker", "podman", "sarus", "shifter", "singularity", "spack")

_MOST = re.compile(r"params\.(?:params\.)?max_(memory|cpus|time)")
_SETTINGS_OF_EXECUTOR = (
    *("exitReadTimeout", "exitStatusReadTimeoutMillis", "perCpuMemAllocation", "pollInterval", "queueGlobalStatus"),
    *("queueSize", "queueStatInterval", "submitRateLimit"),
)
_IGNORED = re.compile(
    r"manifest\..*|plugins\b.*|params\.(custom_config_base|custom_config_version|config_profile_\w+)"
    rf"|process\.({'|'.join(_SETTINGS_OF_EXECUTOR)}|max_retries|max_memory|max_cpus|max_time)"
    r"|executor\.(queuesize|queue|cpu|retry\.maxAttempt)"
    # a scope within itself, selectors outside of `process`, and what was meant as a profile
    r"|(?P<scope>trace|report|timeline|dag)\.(?P=scope)\.\w+|with(Name|Label):.*|debug\.cleanup"
)
"""Paths that Nextflow ignores, or that only name the config itself."""


@dataclass(frozen=True, slots=True)
class Difference:
    """At `path` the original has `wanted` and the other `found`; None: nothing. For closures the answers to `probe`,
    the first of `count` that differ."""

    path: str
    wanted: Value
    found: Value
    probe: Probe | None = None
    count: int = 1

    def __str__(self) -> str:
        where = f" for {self.probe} ({self.count} probes)" if self.probe else ""
        return f"{self.path}: {_shown(self.found)} instead of {_shown(self.wanted)}{where}"


def _shown(value: Value) -> str:
    if isinstance(value, dict):
        return "[" + ", ".join(f"{key}: {_shown(one)}" for key, one in value.items()) + "]"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return "nothing" if value is None else text(value)


def ignored(path: str) -> bool:
    """Whether Nextflow does not read what is set at this path."""
    return _IGNORED.fullmatch(path) is not None


def differences(original: Resolved, generated: Resolved) -> list[Difference]:
    """By path. Both must have been asked the same probes."""
    if original.probes != generated.probes:
        raise ValueError("the two configs have been asked different probes")
    wanted, found = _settings(original), _settings(generated)
    if "trace.fields" not in wanted:
        # a build chooses the columns of a trace, which no run depends on
        found.pop("trace.fields", None)
    limits = wanted.get("process.resourceLimits")
    if limits is None and (old := _old_limits(original.values)):
        wanted["process.resourceLimits"] = old
        found.setdefault("process.resourceLimits", old)

    def difference(path: str, expected: Value | Closure) -> Difference | None:
        limits = _limits(path, wanted), _limits(path, found)
        return _difference(path, expected, found.get(path), limits, original.probes)

    each = [(path, difference(path, wanted.get(path))) for path in sorted(wanted.keys() | found.keys())]
    return [one for path, one in each if one is not None and not _inherited(path, wanted, difference)]


def _inherited(
    path: str,
    wanted: Mapping[str, Value | Closure],
    difference: Callable[[str, Value | Closure], Difference | None],
) -> bool:
    """Whether a selector only says again what it has from all tasks in the original."""
    scope, _, directive = path.rpartition(".")
    of_all = f"process.{directive}"
    selector = scope.startswith(("process.withName:", "process.withLabel:"))
    return selector and path not in wanted and of_all in wanted and difference(path, wanted[of_all]) is None


def most(original: Resolved) -> Most:
    """The largest request that closures of this config see."""
    limits = original.values.get("process.resourceLimits")
    limits = limits if isinstance(limits, dict) else {}
    said = [limits.get(key) for key in ("memory", "time")]
    size, length = (amount(value) if isinstance(value, str) else value for value in said)
    cpus = limits.get("cpus")
    tries = [value for path, value in original.values.items() if path.endswith("maxRetries")]
    return Most(
        size.bytes if isinstance(size, Memory) else 0,
        length.ms if isinstance(length, Time) else 0,
        cpus if isinstance(cpus, int) else 0,
        # Nextflow reads 0 as 1
        max((max(1, value) + 1 for value in tries if isinstance(value, int)), default=0),
    )


def _settings(config: Resolved) -> dict[str, Value | Closure]:
    """By path in one spelling, without what changes nothing."""
    both: dict[str, Value | Closure] = {**config.values, **config.closures}
    found: dict[str, Value | Closure] = {}
    for path, value in both.items():
        off = value is False and path.removesuffix(".enabled") in ENGINES
        if not (off or ignored(path) or _MOST.fullmatch(path)):
            found[_spelling(path)] = value
    return found


def _spelling(path: str) -> str:
    if path in ("executor.name", "process.$name.executor"):
        return "process.executor"
    if path == "executor.awscli":
        return "aws.batch.cliPath"
    path = re.sub(r"^executor\.\$(?:slurm|awsbatch)\.", "executor.", path)
    # nfconfgen names a process so that it also matches within a workflow
    return re.sub(r"^process\.withName:\(\.\*:\)\?\((.+?)\)(?=\.\w)", r"process.withName:\1", path)


def _limits(path: str, settings: Mapping[str, Value | Closure]) -> Value:
    """The limits that hold where a path stands: of its selector, else of all tasks."""
    selector, _, _ = path.rpartition(".")
    found = settings.get(f"{selector}.resourceLimits") or settings.get("process.resourceLimits")
    return None if isinstance(found, Closure) else found


def _old_limits(values: Mapping[str, Value]) -> dict[str, Value]:
    """What params.max_* say; nf-core's pipelines read them as limits."""
    found = {match[1]: value for path, value in values.items() if (match := _MOST.fullmatch(path))}
    return {key: found[key] for key in ("memory", "cpus", "time") if found.get(key) is not None}


def _difference(
    path: str, wanted: Value | Closure, found: Value | Closure, limits: tuple[Value, Value], probes: tuple[Probe, ...]
) -> Difference | None:
    if not isinstance(wanted, Closure) and not isinstance(found, Closure):
        one, other = (capped(path, value, most) for value, most in zip((wanted, found), limits, strict=True))
        return None if same(path, one, other) else Difference(path, wanted, found)
    unlike = [
        (probe, *pair)
        for at, probe in enumerate(probes)
        # errorStrategy is asked after a failure, which has a code
        if not (path.endswith("errorStrategy") and probe.exit_code is None)
        if (pair := _answers(path, (wanted, found), limits, at)) is not None
    ]
    if not unlike:
        return None
    probe, one, other = unlike[0]
    return Difference(path, one, other, probe, len(unlike))


def _answers(
    path: str, both: tuple[Value | Closure, Value | Closure], limits: tuple[Value, Value], at: int
) -> tuple[Value, Value] | None:
    """Both answers to a probe if they differ. One that the original cannot answer says nothing."""
    wanted, found = both
    one, other = (
        capped(path, value.answers[at].value if isinstance(value, Closure) else value, most)
        for value, most in zip(both, limits, strict=True)
    )
    if isinstance(wanted, Closure) and wanted.answers[at].error:
        return None
    if isinstance(found, Closure) and found.answers[at].error:
        return one, f"error: {found.answers[at].error}"
    return None if same(path, one, other) else (one, other)
