"""Repositories as users have them, for a first profile."""

from __future__ import annotations

import subprocess
from pathlib import Path

CONFIG = """\
manifest {
    name = 'lab/reads'
    nextflowVersion = '!>=25.04.1'
}
params.outdir = null
includeConfig 'conf/base.config'
profiles {
    docker { docker.enabled = true }
    slurm { process.executor = 'slurm' }
}
"""
BASE = """\
process {
    cpus   = { 1 * task.attempt }
    memory = { 6.GB * task.attempt }
    time   = { 4.h * task.attempt }
    errorStrategy = { task.exitStatus in [104, 137] ? 'retry' : 'finish' }
    maxRetries = 2
    withLabel: process_high { memory = { 60.GB * task.attempt } }
}
"""
MAIN = """\
process TRIM {
    label 'process_high'
    container 'lab/trim:1'
    script: 'trim'
}
process COUNT { script: 'count' }
workflow {
    TRIM()
    COUNT()
}
"""
SCHEMA = """{"$defs": {"io": {"required": ["input", "outdir"], "properties": {"input": {}, "outdir": {}}}}}"""
CLUSTER = """\
nfconfgen_facts: 1
cluster: lab
date: 2026-11-20
partitions:
  short: {nodes: [{count: 10, cpus: 32, memory: 125 GB}], max_time: 1d, default: true}
  large: {nodes: [{cpus: 64, memory: 500 GB}], max_time: 7d}
"""


def pipeline(folder: Path) -> Path:
    """A git repository with a pipeline in the style of nf-core."""
    (folder / "conf").mkdir(parents=True)
    (folder / "nextflow.config").write_text(CONFIG)
    (folder / "conf/base.config").write_text(BASE)
    (folder / "main.nf").write_text(MAIN)
    (folder / "nextflow_schema.json").write_text(SCHEMA)
    return empty(folder)


def empty(folder: Path) -> Path:
    """A git repository."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def state(folder: Path) -> dict[str, bytes]:
    """Every file of the repository but git's own."""
    files = (path for path in folder.rglob("*") if path.is_file())
    found = {str(path.relative_to(folder)): path.read_bytes() for path in files}
    return {name: content for name, content in found.items() if not name.startswith(".git/")}
