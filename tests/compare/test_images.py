"""Which image a task really gets: other spellings of one image are one, another registry is another."""

from __future__ import annotations

from pathlib import Path

import pytest

from nfconfgen.compare.classes import classes
from tests.core import planned

PROFILE = """\
nfconfgen: 1
pipeline: {{name: x}}
tasks: {{default: {{cpus: 1, memory: 1 GB, container: '{container}'}}}}
sites:
  one: {{executor: slurm, queues: [q], work_dir: /w, container: {{engine: apptainer{registry}}}}}
"""


def seen(folder: Path, container: str, registry: str = "") -> str | None:
    profile = folder / "profile.yml"
    profile.write_text(PROFILE.format(container=container, registry=registry and f", registry: {registry}"))
    plan = planned(profile).plan
    assert plan is not None
    (site,) = plan.sites
    return classes(site).image(("default", ""))


@pytest.mark.parametrize("container", ["lab/tool:1", "docker.io/lab/tool:1", "docker://lab/tool:1"])
def test_docker_hub_is_what_is_meant_where_no_registry_is_named(tmp_path: Path, container: str) -> None:
    assert seen(tmp_path, container) == "lab/tool:1"


def test_the_registry_of_a_site_stands_before_a_name_that_has_none(tmp_path: Path) -> None:
    assert seen(tmp_path, "lab/tool:1", "quay.io") == "quay.io/lab/tool:1"
    assert seen(tmp_path, "docker.io/lab/tool:1", "quay.io") == "lab/tool:1"
    assert seen(tmp_path, "/images/tool.sif", "quay.io") == "/images/tool.sif"
    assert seen(tmp_path, "localhost:5000/tool", "quay.io") == "localhost:5000/tool"
