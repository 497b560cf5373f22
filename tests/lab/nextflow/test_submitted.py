"""What the real Nextflow submits to Slurm for a pipeline that sets its own numbers: on every attempt as planned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from nfconfgen.facts.gather import pools_of
from nfconfgen.facts.lock import Lock
from nfconfgen.pipeline.sources import read
from nfconfgen.plan.plan import plan
from nfconfgen.processes.model import SiteProcesses
from nfconfgen.processes.processes import processes
from nfconfgen.profile.units import time_s
from tests.cli import nfconfgen
from tests.core import load_text
from tests.lab.nextflow.harness import Parser, require
from tests.lab.nextflow.submit import submitted
from tests.pipeline.pipelines import write
from tests.pipeline.test_processes import BASE, LABELS, TABLE

FACTS = replace(TABLE, enforce=(), associations=None, qos=None)
"""Without accounting, so that every account and QOS may be used."""
PROCESSES = {
    "PLAIN": "",
    "HIGH": "label 'process_high'",
    "ALIGN": "label 'process_high'",
    "WAIT": "cpus 1\n  memory 4.GB\n  time 72.h",
    "FOREVER": "time 300.h\n  memory 4.GB",
    "BOTH": "time { 100.h * task.attempt }\n  memory 300.GB",
    "MUCH": "memory { [200.GB, 400.GB, 400.GB][task.attempt - 1] }",
    "WIDE": "cpus { task.attempt > 1 ? 48 : 24 }\n  time '1d'",
    "TEXT": "memory '8 GB'\n  time { task.memory > 7.GB ? '30m' : '50h' }",
}
OWN = "process { withName: 'ALIGN' { time = { 8.hour * task.attempt } } }\n"
CONFIGS = {
    "base": BASE + OWN,
    "capped by itself": BASE + OWN + "process.resourceLimits = [cpus: 8, memory: 100.GB, time: 60.h]\n",
    "no numbers": "process { errorStrategy = 'retry' ; maxRetries = 2 }\n",
}
SITES = {
    "auto": "queues: auto",
    "a list": "queues: [short, medium, himem, long]",
    "rules": "queues: [{queue: himem, when: {over: {memory: 120 GB}}}, {queue: short, when: {time: 4h}}, long]",
    "no queues": "limits: {time: 5d}",
    "options": "qos: normal, account: lab, queues: [{queue: himem, when: {over: {memory: 120 GB}}, qos: big}, "
    "{when: {from: {attempt: 2}}, qos: high}, {queue: [short, medium], when: {time: 2d}}, "
    "{queue: long, account: other}]",
    "limits": "queues: auto, limits: {cpus: 16, memory: 100 GB, time: 3d}",
}
EVERY = "retry: {attempts: 3, exit_codes: [137], memory: {add: 12 GB}, time: attempt, cpus: double}\n"
LIMITED = (
    "tasks: {default: {cpus: 1, memory: 6 GB, time: 4h}, "
    "labels: {process_high: {cpus: 12, memory: 72 GB, limits: {cpus: 20, memory: 90 GB}}}, "
    "processes: {WIDE: {limits: {cpus: 30}}, WAIT: {limits: {time: 30h}}}}"
)
LITTLE = "tasks: {default: {time: 1h}, labels: {process_high: {memory: 72 GB}}, processes: {WAIT: {cpus: 3}}}"
TASKS = {
    "no tasks": "",
    "labels": LABELS,
    "growth": f"retry: {{attempts: 3, exit_codes: [137], memory: double}}\n{LABELS}",
    "growth of all": f"{EVERY}{LABELS}",
    "growth after a code": f"{EVERY.replace('cpus: double', 'cpus: double, grow_on: [137]')}{LABELS}",
    "a queue and options of their own": f"{EVERY}{LABELS}",
    "limits of their own": f"{EVERY}{LIMITED}",
    "as little as may be": f"{EVERY.replace('attempt,', '{add: 90m},')}{LITTLE}",
}


OWN_OF_SITE = (
    "{labels: {process_high: {qos: high, retry: {memory: same}}}, "
    "processes: {WAIT: {queue: [medium, long]}, WIDE: {cluster_options: [--comment=wide]}}}"
)


def pipeline(folder: Path, config: str) -> None:
    """Each task fails twice."""
    script = '"""\n  # attempt ${task.attempt}\n  exit ${task.attempt < 3 ? 137 : 0}\n  """'
    made = "".join(f"process {name} {{\n  {head}\n  script:\n  {script}\n}}\n" for name, head in PROCESSES.items())
    calls = "\n".join(f"  {name}()" for name in PROCESSES)
    config += "executor.queueSize = 100\nexecutor.pollInterval = '100ms'\nincludeConfig 'conf/profiles.config'\n"
    write(folder, main_nf=f"{made}workflow {{\n{calls}\n}}\n", nextflow_config=config)


def planned(folder: Path, text: str, config: str) -> SiteProcesses:
    (folder / "profile.yml").write_text(text)
    (folder / "profile.lock.json").write_text(Lock({"slurm": {"lab": FACTS}}).to_text(), "utf-8")
    pipeline(folder, config)
    # 1: of what no queue holds
    assert nfconfgen("build", folder / "profile.yml", "--offline", "-q").code in (0, 1)
    loaded = load_text(text, "profile.yml").profile
    assert loaded is not None
    made = plan(loaded, pools_of(loaded.sites[0], FACTS))
    ours = frozenset(str(folder.resolve() / "conf" / name) for name in ("profiles.config", "s.config"))
    return processes(made, read(folder, ours))[0]


def options(found: SiteProcesses, parser: Parser) -> Iterator[tuple[tuple[str, int], dict[str, object]]]:
    """Queue, CPUs, MiB, seconds and other options of each attempt, as planned."""
    for process in found.processes:
        for attempt in process.attempts if parser in process.parsers else ():
            asks = attempt.asks
            assert not asks.unknown
            values = {
                "-p": asks.queue.value,
                "-c": asks.cpus.value if (asks.cpus.value or 1) > 1 else None,
                "--mem": asks.memory_mib.value,
                "-t": asks.time_s.value,
                "others": asks.options.value,
            }
            key = process.task.qualified, attempt.number
            yield key, {name: value for name, value in values.items() if value is not None}


def read_options(header: dict[str, str]) -> dict[str, object]:
    """The same of a job."""
    found = {name: read_option(name, value) for name, value in header.items() if name in ("-p", "-c", "--mem", "-t")}
    others = [f"{name} {value}".strip() for name, value in header.items() if name.startswith("--") and "=" in name]
    return found | ({"others": others[0]} if others else {})


def read_option(name: str, text: str) -> object:
    if name == "--mem":
        return int(text.removesuffix("M"))
    if name == "-t":
        return time_s(text)
    return int(text) if name == "-c" else text


# what the pipeline sets does not depend on how a site lists its queues: all of it meets two of them
RUNS = [
    (site, tasks, config, parser)
    for site, tasks, config, parser in product(SITES, TASKS, CONFIGS, ("v1", "v2"))
    if config == "base" or site in ("auto", "rules")
]


@pytest.mark.parametrize(("site", "tasks", "config", "parser"), RUNS)
def test_what_is_planned_is_submitted(site: str, tasks: str, config: str, parser: Parser, tmp_path: Path) -> None:
    require()
    own = f", tasks: {OWN_OF_SITE}" if "own" in tasks else ""
    of_site = f"sites:\n  s: {{executor: slurm, cluster: lab, {SITES[site]}{own}}}\n"
    text = f"nfconfgen: 1\npipeline: {{name: p}}\n{TASKS[tasks]}\n{of_site}"
    found = dict(options(planned(tmp_path, text, CONFIGS[config]), parser))
    real = {key: read_options(header) for key, header in submitted(tmp_path, "s", parser).items()}
    assert len(found) == 3 * len(PROCESSES)
    differing = {
        key: (found.get(key), real.get(key)) for key in found.keys() | real.keys() if found.get(key) != real.get(key)
    }
    assert not differing
