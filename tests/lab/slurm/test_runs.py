"""The real Nextflow on the real Slurm: every attempt of every task gets what the plan gives, by Slurm's own records.

All runs go side by side, in one test: each alone takes most of its time waiting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from tests.lab.nextflow.launch import require as require_nextflow

from .cluster import Cluster
from .run_cases import CASES, OWN_NUMBERS, Case
from .runs import Asked, Attempt, Planned, Run, build, run


def planned(ended: Run, case: Case, attempt: Attempt) -> tuple[Asked, Planned]:
    """What Nextflow is to report that the attempt asks for, and what Slurm is to know of it."""
    if case.own:
        found = case.own[attempt.process]
        silent = replace(found.request, memory_mib=None, time_s=None)
        return found.request if OWN_NUMBERS.get(attempt.process, True) else silent, found
    found = ended.plan[case.classes.get(attempt.process, "")][attempt.number - 1]
    if attempt.process == "LONG":
        # process_long adds its time to the request of the other label
        found = replace(found, request=replace(found.request, time_s=210 * 60))
    return found.request, found


def disagreements(ended: Run, case: Case) -> Iterator[object]:
    for attempt in ended.attempts:
        asked, plan = planned(ended, case, attempt)
        record = attempt.record
        known = (record.asked, record.allocated_cpus, record.qos, record.account, record.state)
        state = "COMPLETED" if attempt.exit == "0" else "FAILED"
        qos, account = case.charged.get(attempt.process, (case.qos, "lab"))
        # of several partitions at once, the first that holds it has room here
        started = replace(plan.request, partition=plan.request.partition.split(",")[0])
        expected = (started, plan.granted_cpus, qos, account, state)
        if (attempt.launched, known) != (asked, expected):
            yield f"{attempt}\nbut planned: {asked}, {expected}"


def are(found: Mapping[str, tuple[str, ...]], exits: Mapping[str, tuple[str, ...]]) -> bool:
    return found.keys() == exits.keys() and all(
        len(found[name]) == len(codes) and all(map(re.fullmatch, codes, found[name])) for name, codes in exits.items()
    )


def tasks(ended: Run) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for attempt in sorted(ended.attempts, key=lambda attempt: attempt.number):
        name = attempt.process if attempt.tag == "-" else f"{attempt.process} ({attempt.tag})"
        found[name] = (*found.get(name, ()), attempt.exit)
    return found


def test_slurm_knows_of_every_attempt_what_the_plan_gives(slurm: Cluster, tmp_path: Path) -> None:
    require_nextflow()
    plans = {name: build(tmp_path / name, case.profile, case.pipeline) for name, case in CASES.items()}
    with slurm.shared(), ThreadPoolExecutor(len(CASES)) as pool:
        going = {
            name: pool.submit(run, slurm, tmp_path / name, plans[name], case.parser) for name, case in CASES.items()
        }
        runs = {name: started.result() for name, started in going.items()}
    for name, ended in runs.items():
        case = CASES[name]
        assert (ended.code, case.message in ended.output) == (case.code, True), f"{name}: {ended.output}"
        assert are(tasks(ended), case.exits), f"{name}: {tasks(ended)}"
        found = list(disagreements(ended, case))
        assert not found, f"{name}:\n" + "\n".join(map(str, found))
    # what the runs are for: a task was killed for its memory, partitions were chosen by size, and CPUs raised
    killed, grown = sorted(runs["greedy"].attempts, key=lambda attempt: attempt.number)
    assert "exceeded memory limit" in (killed.folder / ".command.log").read_text()
    assert (killed.record.asked.memory_mib, grown.record.asked.memory_mib) == (200, 400)
    assert {attempt.record.asked.partition for attempt in runs["rnaseq"].attempts} == {"short", "himem"}
    assert any(step.granted_cpus > step.request.cpus for step in runs["rnaseq"].plan["FEW_CPUS"])
