"""Every key of profile.yml is tried: it stands in an example or a good case, and Nextflow sees what it sets.

The real Nextflow resolves these configs in tests/lab/nextflow/test_verify.py. The home of
descriptions and examples is the schema: tests/test_schemas.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from nfconfgen.assess import Ask, assess
from nfconfgen.facts.lock import Lock
from nfconfgen.profile.document import yaml12
from nfconfgen.profile.document.schema import schema
from nfconfgen.render.outputs import outputs
from tests import keys
from tests.core import load_text, read_lock
from tests.test_cases import CASES, GOOD, expected

TRIED = [*keys.EXAMPLES, *GOOD]
RESOLVED = {*keys.EXAMPLES, *keys.RESOLVED}

OF_STACKS = "in the template of the stack"
STACKS = [
    *(f"awsbatchSite.queues.{key}" for key in ("spot", "priority", "volume", "image", "capacity_wait")),
    "awsbatchSite.stack",
    *(
        f"awsbatchSite.stack.{key}"
        for key in ("name", "bucket", "bucket.expire", "subnets", "security_groups", "read", "write", "keep_logs")
    ),
    "awsbatchSite.stack.tags",
    *(f"awsbatchSite.head.{key}" for key in ("instance_type", "max_instances", "role")),
]
IN_SCRIPTS = [
    "awsbatchSite.head",
    *(f"awsbatchSite.head.{key}" for key in ("image", "queue", "cpus", "memory", "time")),
]
NOT_IN_CONFIGS = {
    **dict.fromkeys(STACKS, OF_STACKS),
    **dict.fromkeys(IN_SCRIPTS, "in launch scripts and job definitions"),
    "nfconfgen": "the format of the file itself",
    "output": "where the configs are written",
    "sites": "required, and without any there is no config",
    "facts": "how long facts are trusted",
    "facts.max_age": "how long facts are trusted",
    "pipeline": "in launch scripts and names of job definitions",
    "pipeline.unused": "what a check of the pipeline reports",
    "pipeline.name": "in launch scripts and names of job definitions",
    "pipeline.nextflow": "what a build is checked against",
    "pipeline.run": "an argument of `nextflow run`",
    "pipeline.revision": "an argument of `nextflow run`",
    "launch": "in launch scripts and files of params",
    "launch.params": "in launch scripts and files of params",
    "launch.warmup": "in launch scripts and files of params",
    "launch.results": "in launch scripts",
    "launch.upload": "in launch scripts",
    "launch.upload.from": "in launch scripts",
    "launch.upload.to": "in launch scripts",
    "launch.upload.include": "in launch scripts",
    "launch.upload.exclude": "in launch scripts",
    "launch.upload.warmup": "in launch scripts",
    "launch.output_dir": "in launch scripts",
    "launch.warmup_output_dir": "in launch scripts",
    "slurmSite.host": "where facts come from",
    "slurmSite.head": "the job in which a launch script runs Nextflow",
    "slurmSite.head.time": "the job in which a launch script runs Nextflow",
    "slurmSite.head.memory": "the job in which a launch script runs Nextflow",
    "slurmSite.head.cpus": "the job in which a launch script runs Nextflow",
    "slurmSite.head.queue": "the job in which a launch script runs Nextflow",
}
"""The keys without which each config stays as it is, and what they are for."""


@cache
def document(path: Path) -> Any:
    found, _ = yaml12.parse(path.read_text("utf-8-sig"), path.name)
    assert found is not None
    return found.data


@cache
def lock(path: Path) -> Lock | None:
    own = path.with_suffix(".lock.json")
    wanted = own if own.exists() else CASES / "facts.lock.json"
    return read_lock(wanted) if expected(path).locked else None


def generated(path: Path, data: Mapping[str, Any], folder: str) -> dict[str, str] | None:
    """What is in this folder for this file with other data in it, without comments; None if it has errors."""
    loaded = load_text(json.dumps(data), path.name)
    made = assess(path, Ask(lock=lambda _: lock(path)), loaded)
    if made.sound_plan is None or not made.readable:
        return None
    texts = outputs(made.sound_plan).items()
    return {name: _code(text) for name, text in texts if name.startswith(folder)}


def _code(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(("//", "#")))


@cache
def whole(path: Path, folder: str) -> dict[str, str] | None:
    return generated(path, document(path), folder)


def is_seen(path: Path, at: yaml12.Path, folder: str = "conf/") -> bool:
    """Whether the files there change without this key; without what holds it, where the key is required."""
    while at:
        without = generated(path, keys.without(document(path), at), folder)
        if without is not None:
            return without != whole(path, folder)
        at = at[:-1]
    return False


@cache
def standing() -> dict[str, list[tuple[Path, yaml12.Path]]]:
    """Where each key stands."""
    found: dict[str, list[tuple[Path, yaml12.Path]]] = {key: [] for key in keys.of_schema(schema())}
    for path in TRIED:
        for key, at in keys.standing(document(path), schema()):
            found[key].append((path, at))
    return found


def test_each_stands_in_an_example_or_a_case_that_must_pass() -> None:
    assert [key for key, places in standing().items() if not places] == []


@pytest.mark.parametrize("key", keys.of_schema(schema()))
def test_each_changes_a_config_that_nextflow_resolves(key: str) -> None:
    seen = any(is_seen(path, at) for path, at in standing()[key] if path in RESOLVED)
    assert seen is not (key in NOT_IN_CONFIGS)


@pytest.mark.parametrize("key", STACKS)
def test_each_of_a_stack_changes_its_template(key: str) -> None:
    assert any(is_seen(path, at, "aws/") for path, at in standing()[key])


@pytest.mark.parametrize("key", IN_SCRIPTS)
def test_each_of_a_head_job_changes_a_script(key: str) -> None:
    assert any(is_seen(path, at, "launch/") for path, at in standing()[key])


@pytest.mark.parametrize("path", TRIED, ids=lambda path: path.stem)
def test_no_class_is_left_out_of_the_plan_in_silence(path: Path) -> None:
    made = assess(path, Ask(lock=lambda _: lock(path))).sound_plan
    for site in made.sites if made is not None else ():
        planned = {(found.task.kind, found.task.name) for found in site.task_plans}
        assert {(task.kind, task.name) for task in site.site.tasks} == planned
