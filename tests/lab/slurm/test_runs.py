"""The real Nextflow on the real Slurm: every attempt of every task gets what the plan says, by Slurm's own records.

All runs go side by side, in one test: each alone takes most of its time waiting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.lab.nextflow.launch import Parser
from tests.lab.nextflow.launch import require as require_nextflow

from .cluster import Cluster
from .runs import Asked, Attempt, Planned, Run, run

HEAD = """\
nfconfgen: 1
pipeline: {name: runs, run: "@folder@/main.nf"}
"""
SALMON = f"""{HEAD}
tasks:
  default: {{cpus: 6, memory: 8 GB, time: 1h}}
retry: {{attempts: 3, exit_codes: [104, 130-145, 175], memory: attempt}}
sites:
  slurm:
    executor: slurm
    queues: [short]
    account: lab
    qos: short
    tasks: {{default: {{cpus: 12}}}}
    submission: @quick@
    work_dir: "@folder@/work"
"""
SALMON_PIPELINE = """
process SALMON {
    tag "$sample"
    input: tuple val(sample), val(codes)
    script: "exit ${task.attempt <= codes.size() ? codes[task.attempt - 1] : 0}"
}
workflow { SALMON(Channel.of(%s)) }
"""
RNASEQ = f"""{HEAD}
tasks:
  default: {{cpus: 1, memory: 6 GB, time: 4h}}
  labels:
    process_single:      {{cpus: 1, memory: 6 GB, time: 4h}}
    process_low:         {{cpus: 2, memory: 12 GB, time: 4h}}
    process_medium:      {{cpus: 6, memory: 36 GB, time: 8h}}
    process_high:        {{cpus: 12, memory: 72 GB, time: 16h}}
    process_long:        {{time: 210m}}
    process_high_memory: {{cpus: 14, memory: 200 GB, time: 16h}}
  processes:
    STAR_GENOMEGENERATE: {{label: process_high, memory: 80 GB}}
    SALMON_INDEX:        {{label: process_medium, memory: 40 GB, time: 4h}}
    FEW_CPUS:            {{cpus: 2, memory: 100 GB, time: 4h}}
retry: {{attempts: 3, memory: double}}
sites:
  slurm:
    executor: slurm
    queues: %s
    account: lab
    limits: {{cpus: 32, memory: 500000 MB, time: 2d}}
    submission: @quick@
    work_dir: "@folder@/work"
"""
RNASEQ_CLASSES = {
    "PLAIN": "",
    "SINGLE": "process_single",
    "LOW": "process_low",
    "MEDIUM": "process_medium",
    "HIGH": "process_high",
    "LONG": "process_low",
    "HIGH_MEMORY": "process_high_memory",
    "STAR_GENOMEGENERATE": "STAR_GENOMEGENERATE",
    "SALMON_INDEX": "SALMON_INDEX",
    "FEW_CPUS": "FEW_CPUS",
}
"""Each process, and the task class whose request is its own."""
RNASEQ_LABELS = {
    **{name: (said,) for name, said in RNASEQ_CLASSES.items() if said.startswith("process_")},
    "LONG": ("process_low", "process_long"),
    "STAR_GENOMEGENERATE": ("process_high",),
    "SALMON_INDEX": ("process_medium",),
}
OWN = f"""{HEAD}
sites:
  slurm:
    executor: slurm
    queues: %s
    account: lab
    submission: @quick@
    work_dir: "@folder@/work"
"""
OWN_NUMBERS = {
    "SMALL": ("cpus 2", "memory 2.GB", "time 1.h"),
    "WHOLE_NODE": ("cpus 16", "memory '64000 MB'", "time 4.h"),
    "MANY_CPUS": ("cpus 17", "memory 2.GB", "time 1.h"),
    "MUCH_MEMORY": ("cpus 5", "memory 70.GB", "time 1.h"),
    "FEW_CPUS": ("cpus 2", "memory 70.GB", "time 1.h"),
    "HOURS": ("memory 10.GB", "time 5.h"),
    "HOURS_MEMORY": ("memory 40.GB", "time 5.h"),
    "DAYS": ("memory 10.GB", "time 3.d"),
    "SILENT": (),
}
OWN_PLAN = {
    "SMALL": Planned(Asked("short", 2, 2048, 3600), 2),
    "WHOLE_NODE": Planned(Asked("short", 16, 64000, 4 * 3600), 16),
    "MANY_CPUS": Planned(Asked("himem", 17, 2048, 3600), 17),
    "MUCH_MEMORY": Planned(Asked("himem", 5, 71680, 3600), 5),
    # himem gives 16000 MB a CPU
    "FEW_CPUS": Planned(Asked("himem", 2, 71680, 3600), 4),
    "HOURS": Planned(Asked("himem", 1, 10240, 5 * 3600), 1),
    "HOURS_MEMORY": Planned(Asked("long", 1, 40960, 5 * 3600), 1),
    "DAYS": Planned(Asked("long", 1, 10240, 3 * 86400), 1),
    # what a task does not say is the partition's DefMemPerCPU and DefaultTime
    "SILENT": Planned(Asked("short", 1, 1000, 1800), 1),
}
"""Of the site that names its partitions. What it does not name but `auto` finds:"""
AUTO = {"FEW_CPUS": "gpu", "HOURS": "ht", "HOURS_MEMORY": "denyqos"}
OWN_AUTO_PLAN = {
    name: Planned(replace(step.request, partition=AUTO[name]), step.request.cpus) if name in AUTO else step
    for name, step in OWN_PLAN.items()
}
GREEDY = f"""{HEAD}
tasks:
  default: {{cpus: 1, memory: 200 MB, time: 10m}}
retry: {{attempts: 2, memory: double}}
sites:
  slurm:
    executor: slurm
    queues: [short, himem]
    account: lab
    submission: @quick@
    work_dir: "@folder@/work"
"""
GREEDY_PIPELINE = """
process GREEDY {
    script: "python3 -c 'import time; held = bytearray(300 << 20); time.sleep(${task.attempt == 1 ? 100 : 3})'"
}
workflow { GREEDY() }
"""
KILLED = "137|-"
"""Who is killed for memory leaves an exit code or none, as its shell lives long enough to write it or not."""


def processes(directives: Mapping[str, tuple[str, ...]], scripts: Mapping[str, str]) -> str:
    """A pipeline of processes that are started once each."""
    defined = "".join(
        'process {} {{\n{}\nscript: "{}"\n}}\n'.format(name, "\n".join(said), scripts.get(name, "true"))
        for name, said in directives.items()
    )
    return f"{defined}workflow {{\n{''.join(f'{name}(){chr(10)}' for name in directives)}}}\n"


def rnaseq_pipeline() -> str:
    labels = {name: tuple(f"label '{label}'" for label in RNASEQ_LABELS.get(name, ())) for name in RNASEQ_CLASSES}
    return processes(labels, {"MEDIUM": "exit ${task.attempt == 1 ? 137 : 0}"})


@dataclass(frozen=True, slots=True)
class Case:
    """A run; the exit code of each attempt of each task (`PROCESS` or `PROCESS (tag)`), as a pattern; the task class
    of each process, or what is known of it where it brings its own numbers; how the run ends."""

    profile: str
    pipeline: str
    exits: Mapping[str, tuple[str, ...]]
    classes: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, Planned] = field(default_factory=dict)
    qos: str = "normal"
    parser: Parser = "v1"
    code: int = 0
    says: str = " ended well\n"


AGAIN = "1 task failed and ended well when run again\n"
OWN_EXITS = dict.fromkeys(OWN_NUMBERS, ("0",))
RNASEQ_EXITS = dict.fromkeys(RNASEQ_CLASSES, ("0",)) | {"MEDIUM": ("137", "0")}
CASES = {
    "salmon": Case(
        SALMON,
        SALMON_PIPELINE % "['flaky', [137, 130]], ['good', []]",
        {"SALMON (flaky)": ("137", "130", "0"), "SALMON (good)": ("0",)},
        qos="short",
        says=" ended well\n2 tasks failed and ended well when run again\n",
    ),
    "salmon-bad": Case(
        SALMON,
        SALMON_PIPELINE % "['bad', [137, 130, 143]]",
        {"SALMON (bad)": ("137", "130", "143")},
        qos="short",
        parser="v2",
        code=1,
        says="what failed:\n  SALMON (bad), attempt 3: exit status 143\n",
    ),
    "rnaseq": Case(
        RNASEQ % "[short, himem]", rnaseq_pipeline(), RNASEQ_EXITS, RNASEQ_CLASSES, says=" ended well\n" + AGAIN
    ),
    "rnaseq-auto": Case(RNASEQ % "auto", rnaseq_pipeline(), RNASEQ_EXITS, RNASEQ_CLASSES, parser="v2"),
    "own": Case(OWN % "[long, short, himem]", processes(OWN_NUMBERS, {}), OWN_EXITS, own=OWN_PLAN),
    "own-auto": Case(OWN % "auto", processes(OWN_NUMBERS, {}), OWN_EXITS, own=OWN_AUTO_PLAN, parser="v2"),
    "greedy": Case(GREEDY, GREEDY_PIPELINE, {"GREEDY": (KILLED, "0")}, says=" ended well\n" + AGAIN),
}


def planned(ended: Run, case: Case, attempt: Attempt) -> tuple[Asked, Planned]:
    """What Nextflow is to say that the attempt asks for, and what Slurm is to know of it."""
    if case.own:
        found = case.own[attempt.process]
        silent = replace(found.request, memory_mib=None, time_s=None)
        return found.request if OWN_NUMBERS[attempt.process] else silent, found
    found = ended.plan[case.classes.get(attempt.process, "")][attempt.number - 1]
    if attempt.process == "LONG":
        # process_long adds its time to the request of the other label
        found = replace(found, request=replace(found.request, time_s=210 * 60))
    return found.request, found


def disagreements(ended: Run, case: Case) -> Iterator[object]:
    for attempt in ended.attempts:
        told, plan = planned(ended, case, attempt)
        record = attempt.record
        known = (record.asked, record.allocated_cpus, record.qos, record.account, record.state)
        state = "COMPLETED" if attempt.exit == "0" else "FAILED"
        expected = (plan.request, plan.granted_cpus, case.qos, "lab", state)
        if (attempt.told, known) != (told, expected):
            yield f"{attempt}\nbut planned: {told}, {expected}"


def are(found: Mapping[str, tuple[str, ...]], exits: Mapping[str, tuple[str, ...]]) -> bool:
    return found.keys() == exits.keys() and all(
        len(found[name]) == len(said) and all(map(re.fullmatch, said, found[name])) for name, said in exits.items()
    )


def tasks(ended: Run) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for attempt in sorted(ended.attempts, key=lambda attempt: attempt.number):
        name = attempt.process if attempt.tag == "-" else f"{attempt.process} ({attempt.tag})"
        found[name] = (*found.get(name, ()), attempt.exit)
    return found


def test_slurm_knows_of_every_attempt_what_the_plan_says(slurm: Cluster, tmp_path: Path) -> None:
    require_nextflow()
    with slurm.alone(), ThreadPoolExecutor() as pool:
        slurm.enforce("NO")
        going = {
            name: pool.submit(run, slurm, tmp_path / name, case.profile, case.pipeline, case.parser)
            for name, case in CASES.items()
        }
        runs = {name: started.result() for name, started in going.items()}
    for name, ended in runs.items():
        case = CASES[name]
        assert (ended.code, case.says in ended.output) == (case.code, True), f"{name}: {ended.output}"
        assert are(tasks(ended), case.exits), f"{name}: {tasks(ended)}"
        found = list(disagreements(ended, case))
        assert not found, f"{name}:\n" + "\n".join(map(str, found))
    # what the runs are for: a task was killed for its memory, partitions were chosen by size, and CPUs raised
    killed, grown = sorted(runs["greedy"].attempts, key=lambda attempt: attempt.number)
    assert "exceeded memory limit" in (killed.folder / ".command.log").read_text()
    assert (killed.record.asked.memory_mib, grown.record.asked.memory_mib) == (200, 400)
    assert {attempt.record.asked.partition for attempt in runs["rnaseq"].attempts} == {"short", "himem"}
    assert any(step.granted_cpus > step.request.cpus for step in runs["rnaseq"].plan["FEW_CPUS"])
