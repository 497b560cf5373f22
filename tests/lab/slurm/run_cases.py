"""What is run: pipelines of one task class, of many, and of none, and one that asks for too little memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.lab.nextflow.launch import Parser

from .runs import Asked, Planned

HEAD = """\
nfconfgen: 1
pipeline: {name: runs, run: "@folder@/main.nf"}
"""
SALMON = f"""{HEAD}
tasks:
  default: {{cpus: 6, memory: 8 GB, time: 1h}}
retry: {{attempts: 3, exit_codes: [104, 130-145, 175], lost: true, otherwise: finish, memory: attempt}}
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
retry: {{attempts: 3, exit_codes: [104, 130-145, 175], lost: true, otherwise: finish, memory: double}}
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
    **{name: (label,) for name, label in RNASEQ_CLASSES.items() if label.startswith("process_")},
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
    # the first that holds it, in the order of the profile
    "SMALL": Planned(Asked("long", 2, 2048, 3600), 2),
    # long gives at most 48000 MB
    "WHOLE_NODE": Planned(Asked("short", 16, 64000, 4 * 3600), 16),
    "MANY_CPUS": Planned(Asked("himem", 17, 2048, 3600), 17),
    "MUCH_MEMORY": Planned(Asked("himem", 5, 71680, 3600), 5),
    # himem gives 16000 MB a CPU
    "FEW_CPUS": Planned(Asked("himem", 2, 71680, 3600), 4),
    "HOURS": Planned(Asked("long", 1, 10240, 5 * 3600), 1),
    "HOURS_MEMORY": Planned(Asked("long", 1, 40960, 5 * 3600), 1),
    "DAYS": Planned(Asked("long", 1, 10240, 3 * 86400), 1),
    # without a time: the longest limit; the memory is DefMemPerCPU
    "SILENT": Planned(Asked("long", 1, 1000, 7 * 86400), 1),
}
"""Of the site that names its partitions."""
OWN_AUTO_PLAN = OWN_PLAN | {
    # the smallest nodes first; no CPU task goes to those with GPUs
    "SMALL": Planned(Asked("ht", 2, 2048, 3600), 2),
    "HOURS": Planned(Asked("ht", 1, 10240, 5 * 3600), 1),
    "HOURS_MEMORY": Planned(Asked("fewcpus", 1, 40960, 5 * 3600), 1),
    "SILENT": Planned(Asked("infinite", 1, 1000, 365 * 86400), 1),
}
OPTIONS = f"""{HEAD}
sites:
  slurm:
    executor: slurm
    account: lab
    queues:
      - {{queue: short, when: {{memory: 10 GB, time: 4h}}, qos: short}}
      - {{queue: [infinite, long], when: {{memory: 60 GB}}}}
      - {{queue: himem, qos: partover}}
    tasks:
      processes:
        PINNED: {{queue: [mixed, short]}}
        CHARGED: {{account: small, qos: normal}}
    submission: @quick@
    work_dir: "@folder@/work"
"""
OPTIONS_NUMBERS = {
    "QUICK": ("cpus 2", "memory 2.GB", "time 1.h"),
    "HOURS": ("cpus 2", "memory 40.GB", "time 10.h"),
    "LARGE": ("cpus 8", "memory 100.GB", "time 3.h"),
    "PINNED": ("cpus 1", "memory 3.GB", "time 1.h"),
    "CHARGED": ("cpus 2", "memory 2.GB", "time 30.m"),
}
OPTIONS_PLAN = {
    "QUICK": Planned(Asked("short", 2, 2048, 3600), 2),
    "HOURS": Planned(Asked("infinite,long", 2, 40960, 36000), 2),
    "LARGE": Planned(Asked("himem", 8, 102400, 3 * 3600), 8),
    "PINNED": Planned(Asked("mixed,short", 1, 3072, 3600), 1),
    "CHARGED": Planned(Asked("short", 2, 2048, 1800), 2),
}
GREEDY = f"""{HEAD}
tasks:
  default: {{cpus: 1, memory: 200 MB, time: 10m}}
retry: {{attempts: 2, exit_codes: [104, 130-145, 175], lost: true, otherwise: finish, memory: double, time: double}}
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
        'process {} {{\n{}\nscript: "{}"\n}}\n'.format(name, "\n".join(lines), scripts.get(name, "true"))
        for name, lines in directives.items()
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
    charged: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """QOS and account of the processes for which they are not those of the site."""
    parser: Parser = "v1"
    code: int = 0
    message: str = " completed\n"


AGAIN = "1 task failed and completed when retried\n"
OWN_EXITS = dict.fromkeys(OWN_NUMBERS, ("0",))
RNASEQ_EXITS = dict.fromkeys(RNASEQ_CLASSES, ("0",)) | {"MEDIUM": ("137", "0")}
CASES = {
    "salmon": Case(
        SALMON,
        SALMON_PIPELINE % "['flaky', [137, 130]], ['good', []]",
        {"SALMON (flaky)": ("137", "130", "0"), "SALMON (good)": ("0",)},
        qos="short",
        message=" completed\n2 tasks failed and completed when retried\n",
    ),
    "salmon-bad": Case(
        SALMON,
        SALMON_PIPELINE % "['bad', [137, 130, 143]]",
        {"SALMON (bad)": ("137", "130", "143")},
        qos="short",
        parser="v2",
        code=1,
        message="failed tasks:\n  SALMON (bad), attempt 3: exit status 143\n",
    ),
    "rnaseq": Case(
        RNASEQ % "[short, himem]", rnaseq_pipeline(), RNASEQ_EXITS, RNASEQ_CLASSES, message=" completed\n" + AGAIN
    ),
    "rnaseq-auto": Case(RNASEQ % "auto", rnaseq_pipeline(), RNASEQ_EXITS, RNASEQ_CLASSES, parser="v2"),
    "own": Case(OWN % "[long, short, himem]", processes(OWN_NUMBERS, {}), OWN_EXITS, own=OWN_PLAN),
    "own-auto": Case(OWN % "auto", processes(OWN_NUMBERS, {}), OWN_EXITS, own=OWN_AUTO_PLAN, parser="v2"),
    "options": Case(
        OPTIONS,
        processes(OPTIONS_NUMBERS, {}),
        dict.fromkeys(OPTIONS_NUMBERS, ("0",)),
        own=OPTIONS_PLAN,
        charged={"QUICK": ("short", "lab"), "LARGE": ("partover", "lab"), "CHARGED": ("normal", "small")},
    ),
    "greedy": Case(GREEDY, GREEDY_PIPELINE, {"GREEDY": (KILLED, "0")}, message=" completed\n" + AGAIN),
}
