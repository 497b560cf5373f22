"""The processes of a pipeline that sets its own numbers: where each attempt goes, and what is reported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nfconfgen.conflicts.evaluate import Outputs, evaluate
from nfconfgen.executors.awsbatch.facts.region import RegionFacts
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts, NodeGroup
from nfconfgen.facts.gather import pools_of
from nfconfgen.findings import Finding
from nfconfgen.pipeline.sources import read
from nfconfgen.plan.plan import plan
from nfconfgen.processes.model import SiteProcesses
from nfconfgen.processes.processes import processes
from tests.core import load_text
from tests.pipeline.pipelines import write
from tests.plan.clusters import CLUSTER, HOUR_S
from tests.plan.regions import region

PARTITION = CLUSTER.partitions["short"]
# that of the table in issue 12: many small nodes for two weeks, two large ones for a week
NODES = {"c[1-40]": NodeGroup(32, 126000, ("short", "medium", "long")), "h[1-2]": NodeGroup(64, 1500000, ("himem",))}
HOURS = {"short": 4, "medium": 48, "long": 14 * 24, "himem": 7 * 24}
TABLE = replace(
    CLUSTER,
    partitions={name: replace(PARTITION, max_time_s=hours * HOUR_S) for name, hours in HOURS.items()},
    nodes=NODES,
)
BASE = """\
process {
  cpus = { 1 * task.attempt }
  memory = { 6.GB * task.attempt }
  time = { 4.h * task.attempt }
  errorStrategy = { task.exitStatus in ((130..145) + 104) ? 'retry' : 'finish' }
  maxRetries = 2
  withLabel: process_high {
    cpus = { 12 * task.attempt }
    memory = { 72.GB * task.attempt }
    time = { 16.h * task.attempt }
  }
}
"""
HIGH = "process_high: {cpus: 12, memory: 72 GB, time: 16h}"
LABELS = f"tasks: {{default: {{cpus: 1, memory: 6 GB, time: 4h}}, labels: {{{HIGH}}}}}"


def planned(
    folder: Path, pipeline: dict[str, str], keys: str, facts: ClusterFacts | RegionFacts = TABLE, tasks: str = ""
) -> tuple[SiteProcesses, list[Finding]]:
    """The processes on the one site `s` with these keys, and all findings."""
    executor = "slurm" if isinstance(facts, ClusterFacts) else "awsbatch"
    site = f"{{executor: {executor}, {keys}}}"
    text = f"nfconfgen: 1\npipeline: {{name: p}}\n{tasks}\nsites:\n  s: {site}\n"
    loaded = load_text(text, "profile.yml")
    assert loaded.profile is not None, loaded
    made = plan(loaded.profile, pools_of(loaded.profile.sites[0], facts))
    sources = read(write(folder, **pipeline))
    found = processes(made, sources)
    return found[0], evaluate(made, sources, Outputs(".", "includeConfig 'x'"), found)


def test_what_is_cut_names_the_limits_that_do_it(tmp_path: Path) -> None:
    tasks = "tasks: {labels: {big: {limits: {memory: 40 GB}}}}"
    main = process("ONE", "label 'big'") + process("TWO") + "workflow { ONE() ; TWO() }"
    config = BASE + "process { withName: ONE { memory = 72.GB ; time = 16.h } }\n"
    files = {"main_nf": main, "nextflow_config": config}
    found, _ = planned(tmp_path, files, "queues: auto, limits: {time: 2h}", tasks=tasks)
    one, two = (each.attempts[0].asks for each in found.processes)
    assert (one.memory_mib.value, one.time_s.value) == (40960, 16 * HOUR_S)
    assert one.memory_mib.cut_by is not None
    assert one.memory_mib.cut_by.own is not None
    assert one.memory_mib.cut_by.own.title == "tasks.labels.big"
    assert one.time_s.cut_by is None
    assert two.time_s.value == 2 * HOUR_S
    assert two.time_s.cut_by is not None
    assert two.time_s.cut_by.selector == ""


def process(name: str, *directives: str) -> str:
    lines = "\n  ".join(directives)
    return f"process {name} {{\n  {lines}\n  script: 'true'\n}}\n"


def queues(found: SiteProcesses, name: str) -> list[str | None]:
    return [a.asks.queue.value for p in found.processes if p.task.qualified == name for a in p.attempts]


def errors(findings: list[Finding]) -> list[str]:
    return [f"{Path(f.place.file).name}:{f.place.line} {f.rule} {f.message}" for f in findings if f.level == "error"]


def test_time_of_a_process_decides_its_queue(tmp_path: Path) -> None:
    config = BASE + "process { withName: 'ALIGN' { time = { 8.h * task.attempt } } }\n"
    main = process("ALIGN", "label 'process_high'") + "workflow { ALIGN() }\n"
    found, findings = planned(tmp_path, {"main_nf": main, "nextflow_config": config}, "queues: auto", tasks=LABELS)
    assert queues(found, "ALIGN") == ["medium"] * 3
    assert [attempt.asks.time_s.value for attempt in found.processes[0].attempts] == [8 * 3600, 16 * 3600, 24 * 3600]
    assert errors(findings) == []


def test_a_long_one_goes_to_the_long_queue(tmp_path: Path) -> None:
    main = process("FOREVER", "time 300.h", "memory 4.GB") + "workflow { FOREVER() }\n"
    found, findings = planned(tmp_path, {"main_nf": main, "nextflow_config": ""}, "queues: auto")
    assert queues(found, "FOREVER") == ["long"]
    assert errors(findings) == []


def test_a_small_and_long_one_does_not_go_to_large_nodes(tmp_path: Path) -> None:
    main = process("WAIT", "time 72.h", "memory 4.GB", "cpus 1") + "workflow { WAIT() }\n"
    found, _ = planned(tmp_path, {"main_nf": main, "nextflow_config": ""}, "queues: auto")
    assert queues(found, "WAIT") == ["long"]


def test_what_no_queue_holds_is_an_error_at_the_line_that_asks(tmp_path: Path) -> None:
    """Within the limits of the site in each dimension, and in no queue together."""
    main = process("BOTH", "time 200.h", "memory 300.GB") + "workflow { BOTH() }\n"
    found, findings = planned(tmp_path, {"main_nf": main, "nextflow_config": ""}, "queues: auto")
    assert queues(found, "BOTH") == ["no-queue-holds-this-task"]
    (error,) = errors(findings)
    assert error.startswith("main.nf:3 memory-fit BOTH: no partition holds it")
    assert "MaxTime of himem is 7d" in error


def test_a_queue_that_a_person_names_must_hold_it(tmp_path: Path) -> None:
    config = "process { withName: 'ALIGN' { queue = 'short'; time = 8.h } }\n"
    main = process("ALIGN", "memory 4.GB") + "workflow { ALIGN() }\n"
    _, findings = planned(tmp_path, {"main_nf": main, "nextflow_config": config}, "queues: auto")
    (error,) = errors(findings)
    assert error.startswith("nextflow.config:1 time-limit ALIGN: time 8h does not fit short (MaxTime of short is 4h)")


def test_a_queue_of_the_pipeline_that_is_not_ours_is_not_shown_as_fitting(tmp_path: Path) -> None:
    main = process("ALIGN", "memory 4.GB", "queue 'other'") + "workflow { ALIGN() }\n"
    found, findings = planned(tmp_path, {"main_nf": main, "nextflow_config": ""}, "queues: auto")
    assert [attempt.checked for attempt in found.processes[0].attempts] == [False]
    assert any(finding.rule == "not-planned" and "other" in finding.message for finding in findings)


def test_memory_of_a_label_on_aws(tmp_path: Path) -> None:
    config = "process { withLabel: big { memory = 64.GB ; cpus = 4 } }\n"
    main = process("SMALL") + process("BIG", "label 'big'") + "workflow { SMALL() ; BIG() }\n"
    keys = "region: eu-central-1, queues: [q1, q2], work_dir: 's3://bucket/work'"
    tasks = "tasks: {default: {cpus: 1, memory: 4 GB}}"
    facts = region(("m5.xlarge",), ("m5.12xlarge",))
    found, findings = planned(tmp_path, {"main_nf": main, "nextflow_config": config}, keys, facts, tasks)
    assert (queues(found, "SMALL")[0], queues(found, "BIG")[0]) == ("q1", "q2")
    assert errors(findings) == []
    keys = keys.replace("[q1, q2]", "[q1]")
    found, _ = planned(tmp_path, {"main_nf": main, "nextflow_config": config}, keys, facts, tasks)
    asked = found.processes[1].attempts[0].asks.memory_mib
    assert (asked.value, asked.capped) == (found.site.limits.memory_mib, True)


def test_no_time_anywhere_goes_to_the_longest_limit_and_is_a_warning(tmp_path: Path) -> None:
    main = process("SILENT", "memory 4.GB") + "workflow { SILENT() }\n"
    found, findings = planned(tmp_path, {"main_nf": main, "nextflow_config": ""}, "queues: auto")
    assert queues(found, "SILENT") == ["long"]
    (warning,) = [finding for finding in findings if finding.rule == "uncovered"]
    assert warning.level == "warning"
    assert "neither profile nor pipeline sets a time for SILENT" in warning.message
    assert "long after 14d" in warning.message


def test_a_value_that_depends_on_input_is_named(tmp_path: Path) -> None:
    main = process("BY_SIZE", "memory { 2.GB * reads.size() }") + "workflow { BY_SIZE() }\n"
    found, findings = planned(tmp_path, {"main_nf": main, "nextflow_config": ""}, "queues: auto")
    assert not found.processes[0].known
    (note,) = [finding for finding in findings if finding.rule == "not-planned"]
    assert "memory (reads: it is known only when the task runs) of BY_SIZE" in note.message


@pytest.mark.parametrize(
    ("params", "asked"),
    [("", 120 * 1024), ("params.max_memory = '64.GB'", 64 * 1024), ("params { max_memory = 40.GB }", 40 * 1024)],
)
def test_max_params_of_the_pipeline_cap_below_the_site(params: str, asked: int, tmp_path: Path) -> None:
    main = process("BIG") + "workflow { BIG() }\n"
    config = f"""\
params {{ max_memory = '128.GB' ; max_cpus = 16 ; max_time = '240.h' }}
{params}
process {{ memory = {{ check_max( 120.GB * task.attempt, 'memory' ) }} ; time = {{ check_max( 4.h, 'time' ) }} }}
def check_max(obj, type) {{
    if (type == 'memory') {{
        try {{
            if (obj.compareTo(params.max_memory as nextflow.util.MemoryUnit) == 1)
                return params.max_memory as nextflow.util.MemoryUnit
            else
                return obj
        }} catch (all) {{
            println "not valid"
            return obj
        }}
    }}
}}
"""
    found, _ = planned(tmp_path, {"main_nf": main, "nextflow_config": config}, "queues: auto")
    assert found.processes[0].attempts[0].asks.memory_mib.value == asked


def test_parsers_that_differ_have_a_plan_each(tmp_path: Path) -> None:
    """The pipeline's block of the same label: v1 drops it, as the include stands in a profile."""
    config = "process { withLabel: big { memory = 20.GB ; time = 100.h } }\nincludeConfig 'conf/profiles.config'\n"
    main = process("BIG", "label 'big'") + "workflow { BIG() }\n"
    tasks = "tasks: {default: {cpus: 1, memory: 4 GB, time: 1h}, labels: {big: {cpus: 2, memory: 30 GB}}}"
    text = f"nfconfgen: 1\npipeline: {{name: p}}\n{tasks}\nsites:\n  s: {{executor: slurm, queues: auto}}\n"
    write(tmp_path, main_nf=main, nextflow_config=config, conf__profiles_config="")
    loaded = load_text(text, "profile.yml").profile
    assert loaded is not None
    made = plan(loaded, pools_of(loaded.sites[0], TABLE))
    sources = read(tmp_path, frozenset({str((tmp_path / "conf/profiles.config").resolve())}))
    (found,) = processes(made, sources)
    times = {one.parsers: one.attempts[0].asks.time_s.value for one in found.processes}
    # our label block has its own time, from the default
    assert times in ({("v1", "v2"): 3600}, {("v1",): 3600, ("v2",): 100 * 3600})


def test_without_queues_the_default_partition_is_what_counts(tmp_path: Path) -> None:
    main = process("ALIGN", "memory 4.GB", "time 8.h") + process("QUICK", "memory 4.GB", "time 1.h")
    main += "workflow { ALIGN() ; QUICK() }\n"
    partitions = {name: replace(part, default=name == "short") for name, part in TABLE.partitions.items()}
    files = {"main_nf": main, "nextflow_config": ""}
    found, findings = planned(tmp_path, files, "cluster: lab", replace(TABLE, partitions=partitions))
    assert queues(found, "QUICK") == [None]
    # what the site has is the limit
    time = found.processes[0].attempts[0].asks.time_s
    assert (time.value, time.capped) == (4 * HOUR_S, True)
    assert [f.message for f in findings if f.rule == "cut"] == [
        "more is asked for than this site allows, so resourceLimits cut it: time of ALIGN"
    ]
    assert [attempt.checked for one in found.processes for attempt in one.attempts] == [True, True]
    _, findings = planned(tmp_path, files, "cluster: lab", replace(TABLE, partitions=TABLE.partitions))
    assert errors(findings) == []  # which one is the default is not known


def test_a_directive_within_a_condition_is_not_known(tmp_path: Path) -> None:
    main = process("BIG", "memory 4.GB", "if (params.huge) { memory 400.GB }") + "workflow { BIG() }\n"
    found, _ = planned(tmp_path, {"main_nf": main, "nextflow_config": ""}, "queues: auto")
    assert found.processes[0].attempts[0].asks.memory_mib.unknown == "a condition decides"


def test_a_partition_that_is_excepted_takes_no_task(tmp_path: Path) -> None:
    main = process("QUICK", "memory 4.GB", "time 1.h") + "workflow { QUICK() }\n"
    files = {"main_nf": main, "nextflow_config": ""}
    found, _ = planned(tmp_path, files, "queues: {auto: {except: [short]}}")
    assert queues(found, "QUICK") == ["medium"]


def test_a_process_with_another_executor_goes_to_no_queue(tmp_path: Path) -> None:
    main = process("HERE", "executor 'local'", "memory 4.GB", "time 1.h") + "workflow { HERE() }\n"
    found, findings = planned(tmp_path, {"main_nf": main, "nextflow_config": ""}, "queues: auto")
    assert queues(found, "HERE") == [None]
    assert found.processes[0].attempts[0].asks.unknown == {"queue": "it runs with executor local"}
    assert errors(findings) == []


def test_a_single_retry_in_a_selector_counts_as_unset(tmp_path: Path) -> None:
    """Measured with 25.04.4: Nextflow takes its default in a selector for not set."""
    main = process("A", "label 'one'") + process("B", "label 'more'") + "workflow { A() ; B() }\n"
    config = (
        "process { errorStrategy = 'retry' ; maxRetries = 3 ; withLabel: one { maxRetries = 1 } ; "
        "withLabel: more { maxRetries = 2 } }\n"
    )
    found, _ = planned(tmp_path, {"main_nf": main, "nextflow_config": config}, "limits: {cpus: 4}")
    assert [len(each.attempts) for each in found.processes] == [4, 3]


def test_growth_after_some_exit_codes_is_planned_after_one_of_them(tmp_path: Path) -> None:
    main = process("OWN", "label 'own'") + process("OURS", "label 'ours'") + "workflow { OWN() ; OURS() }\n"
    own = "{ task.exitStatus in [137, 140] ? 4.GB * task.attempt : 4.GB }"
    config = f"process {{ errorStrategy = 'retry' ; maxRetries = 2 ; withLabel: own {{ memory = {own} }} }}\n"
    tasks = "retry: {memory: double, grow_on: [137]}\ntasks: {labels: {ours: {memory: 2 GB}}}"
    found, _ = planned(tmp_path, {"main_nf": main, "nextflow_config": config}, "limits: {cpus: 4}", tasks=tasks)
    sizes = {p.task.qualified: [a.asks.memory_mib.value for a in p.attempts] for p in found.processes}
    assert sizes == {"OWN": [4096, 8192, 12288], "OURS": [2048, 4096, 8192]}


def test_the_options_of_a_process_decide_which_nodes_it_may_have(tmp_path: Path) -> None:
    """Both rules name one partition, and no node has the feature that the second one asks for."""
    rules = "[{queue: short, when: {memory: 10 GB}}, {queue: short, constraint: ib}]"
    main = process("SMALL", "memory 8.GB", "time 1.h") + process("LARGE", "memory 20.GB", "time 1.h")
    found, _ = planned(tmp_path, {"main_nf": f"{main}workflow {{ SMALL(); LARGE() }}\n"}, f"queues: {rules}")
    shapes = {each.task.qualified: each.attempts[0].shape is not None for each in found.processes}
    assert shapes == {"SMALL": True, "LARGE": False}
