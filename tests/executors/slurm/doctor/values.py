"""A login node whose Slurm has waiting jobs, and a profile and its cluster built by hand, with nothing wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nfconfgen.executors.examination import Examination
from nfconfgen.executors.slurm.doctor.examine import checked
from nfconfgen.executors.slurm.doctor.model import Folder, Job, Live
from nfconfgen.facts.model import Facts
from nfconfgen.facts.query import Query
from nfconfgen.findings import Finding
from nfconfgen.plan.model import Plan
from nfconfgen.plan.plan import plan
from nfconfgen.profile.document.yaml12 import parse
from tests.core import load_text
from tests.executors.awsbatch.fakes import SACCTMGR, SCONTROL, Login
from tests.executors.slurm.samples import NOW, facts

CLOCK = "2026-11-27T12:00:00"
PROFILE = """\
nfconfgen: 1
pipeline: {name: demo}
tasks:
  default: {cpus: 2, memory: 4 GB, time: 2h}
sites:
  cluster:
    executor: slurm
    queues: [short, long]
    account: lab
    submission: {queue_size: 50}
    container: {engine: apptainer, cache_dir: /shared/images}
    work_dir: /scratch/work
"""
JOB = Job("7", "7", "nf-ALIGN", "Resources", ("short",), "lab", "normal", 3600, 2, 1, 4096, waited_s=7200)

GOOD = Folder("/scratch", exists=True, is_folder=True, writable=True, kind="nfs4", free_mib=10**9, size_mib=10**10)
FOLDERS = {"/scratch/work": GOOD, "/shared/images": GOOD}


def of(*jobs: Job, profile: str = PROFILE, **changes: Any) -> list[Finding]:
    """What the doctor finds about a cluster with these waiting jobs and changes."""
    loaded = load_text(profile, "profile.yml")
    document, _ = parse(profile, "profile.yml")
    assert loaded.profile is not None
    assert document is not None
    known = loaded.profile

    def planned(found: Facts) -> Plan:
        return plan(known, found)

    live = replace(Live(facts(), jobs, folders=FOLDERS, engines={"apptainer": True}), **changes)
    examination = Examination(known, document, {}, Query(NOW), planned, lambda _: None)
    return list(checked(examination, {site.executor.scope(site): live for site in known.sites}, []).findings)


def waiting(reason: str, **changes: Any) -> Finding:
    """The one finding about a job that waits for this reason."""
    (found,) = of(replace(JOB, reason=reason, **changes))
    assert found.rule == "job-waits"
    return found


def row(number: int, reason: str, name: str = "nf-ALIGN", **columns: str) -> str:
    """A line of squeue, of a job in short."""
    cells: Mapping[str, str] = {
        "id": str(number),
        "number": str(number),
        "partition": "short",
        "account": "lab",
        "qos": "normal",
        "limit": "30:00",
        "cpus": "1",
        "nodes": "1",
        "minimum": "1000M",
        "starts": "N/A",
        "submitted": "2026-11-27T10:00:00",
        "reservation": "(null)",
    }
    return "|".join([*{**cells, **columns}.values(), reason, name])


def login(folder: Path, jobs: Sequence[str], sizes: Sequence[str] = (), **texts: str) -> Login:
    """A login node where these jobs wait, and `df` prints a shared file system with room."""
    made = Login(folder)
    made.command("timeout", 'shift 3; exec "$@"\n')
    made.prints("jobs", "".join(f"{line}\n" for line in jobs))
    made.prints("sizes", "".join(f"{line}\n" for line in sizes))
    made.prints("reservations", texts.get("reservations", "No reservations in the system\n"))
    made.prints("job_qos", texts.get("job_qos", "normal||cluster\n"))
    made.prints("df", texts.get("df", "Type 1K-blocks Avail Inodes IFree\nnfs4 9999999999 999999999 0 0\n"))
    made.command("date", f"echo {CLOCK}\n")
    made.command("uname", "echo login1\n")
    made.command("df", "cat {here}/df.txt\n")
    made.command("apptainer", "exit 1\n")
    made.command("squeue", _SQUEUE)
    own = '    "-o show job "*) cat {here}/sizes.txt | grep "JobId=$4 " ;;\n'
    answered = SCONTROL.replace("echo 'No reservations in the system'", "cat {here}/reservations.txt")
    made.command("scontrol", answered.replace("    *)", f"{own}    *)"))
    further = '    "-nP show qos format=name,preempt,"*) cat {here}/job_qos.txt ;;\n'
    made.command("sacctmgr", SACCTMGR.replace("in\n", f"in\n{further}", 1))
    return made


# the number, which is the last column of the second query, is in the second of the first
_SQUEUE = """case "$*" in
    *'%j'*) cat {here}/jobs.txt ;;
    *) sed -E 's/^[^|]*[|]([^|]*)[|].*$/kind \\1|\\1/' {here}/jobs.txt ;;
esac
"""
