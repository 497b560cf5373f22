"""A pipeline's own nextflow.config: a site has what its profile sets, and the rest stays with the pipeline."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nfconfgen.errors import UsageError
from nfconfgen.imports.check_import import compare
from nfconfgen.imports.convert import convert
from nfconfgen.imports.originals import originals
from nfconfgen.nextflow import installed
from tests.core import load_text
from tests.lab.nextflow.harness import require
from tests.lab.nextflow.launch import HERE

_MAIN = """\
params.outdir = 'results'
includeConfig 'conf/base.config'
process.publishDir = [path: { "${params.outdir}" }]

profiles {
    docker { docker.enabled = true }
    cluster { includeConfig 'conf/cluster.config' }
    old { process.executor = 'sge' }
}

manifest { name = 'demo' }
"""
_BASE = """\
process {
    cpus = { 1 * task.attempt }
    withName: 'ALIGN' { ext.args = { "--id ${meta.id}" } }
}
"""
_CLUSTER = """\
process {
    executor = 'slurm'
    queue = { task.cpus > 4 ? 'wide' : 'narrow' }
    publishDir = [path: { "/shared/${params.outdir}" }]
}
singularity.enabled = true
"""


@pytest.fixture
def main(tmp_path: Path) -> Path:
    (tmp_path / "conf").mkdir()
    for name, text in (("nextflow.config", _MAIN), ("conf/base.config", _BASE), ("conf/cluster.config", _CLUSTER)):
        (tmp_path / name).write_text(text)
    return tmp_path / "nextflow.config"


def test_a_site_has_what_its_profile_sets(main: Path) -> None:
    made = convert([main], [], "demo")
    loaded = load_text(made.text, "profile.yml")
    assert loaded.profile is not None
    (site,) = loaded.profile.sites
    assert (site.name, site.executor.name) == ("cluster", "slurm")
    assert "outdir" not in site.params
    assert site.run.groovy == {"process.publishDir": '[path: { "/shared/${params.outdir}" }]'}
    assert [(one.place.line, one.rule) for one in made.findings] == [(4, "import-groovy"), (8, "import-left")]


def test_a_profile_of_another_scheduler_is_refused_by_its_name(main: Path) -> None:
    with pytest.raises(UsageError):
        convert([main], ["old"], "demo")


def test_only_what_the_profile_sets_is_compared(main: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require()
    monkeypatch.setenv("PATH", f"{HERE}:{os.environ['PATH']}")
    found = compare(convert([main], [], "demo").text, "profile.yml", originals([main], []), installed())
    assert found.findings == ()
    assert found.values >= 2
    assert found.answers > 10
