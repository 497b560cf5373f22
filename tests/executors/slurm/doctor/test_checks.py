"""Each check with one thing wrong, and with nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nfconfgen.executors.slurm.doctor import subjects
from nfconfgen.executors.slurm.doctor.answers import folder_of, one_machine, preemption_of, reservations_of
from nfconfgen.executors.slurm.doctor.model import Folder, Preemption
from nfconfgen.executors.slurm.facts.accounting import Ceilings
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.findings import Finding
from tests.executors.slurm.doctor.values import CLOCK, FOLDERS, GOOD, JOB, PROFILE, of, waiting
from tests.executors.slurm.samples import facts, sample

BY_QOS = Preemption(True, {"": "CANCEL"}, {}, {"big": ("normal",)})
BY_TIER = Preemption(False, {"": "REQUEUE", "partition short": "REQUEUE"}, {"short": 1, "long": 2, "himem": 3}, {})
RETRIED = PROFILE + "retry: {attempts: 2, lost: true, exit_codes: [143]}\n"


def rules(*found: Finding) -> list[str]:
    return [finding.rule for finding in found]


def test_nothing_is_wrong() -> None:
    assert of(JOB) == []


@pytest.mark.parametrize(
    "queues",
    ["auto", "[[short, long]]", "[{queue: short, when: {time: 4h}, account: lab}, long]", "[short, long]", ""],
)
def test_every_way_to_name_partitions(queues: str) -> None:
    line = f"    queues: {queues}\n" if queues else ""
    text = PROFILE.replace("    queues: [short, long]\n", line)
    assert of(JOB, profile=text) == []
    # what holds for a partition is found, however it is chosen
    found = of(profile=text, preemption=BY_TIER, most_jobs=10)
    assert rules(*found).count("queue-size") == 1
    assert "preemption" in rules(*found)


# jobs


@pytest.mark.parametrize(
    "reason", ["None", "Resources", "Priority", "Dependency", "Prolog", "Cleaning", "BurstBufferStageIn", ""]
)
def test_a_job_that_waits_for_its_turn(reason: str) -> None:
    assert [f.rule for f in of(replace(JOB, reason=reason)) if f.rule == "job-waits"] == []


@pytest.mark.parametrize(
    ("reason", "changes", "level", "words"),
    [
        ("PartitionTimeLimit", {"time_s": 5 * 3600}, "error", "it asks for 5h, and MaxTime of short is 4h"),
        ("QOSMaxMemoryPerJob", {"qos": "big", "memory_mib": 200000}, "error", "MaxTRESPerJob of QOS big is 100 GB"),
        ("QOSGrpCpuLimit", {"qos": "grp", "cpus": 8}, "error", "8 cpus, and GrpTRES of QOS grp is 6"),
        ("QOSGrpCpuLimit", {"qos": "grp", "cpus": 4}, "warning", "with it, the running jobs of all users would have"),
        (
            "QOSMaxCpuPerUserLimit",
            {"qos": "peruser", "cpus": 4},
            "note",
            "with it, your running jobs would have more",
        ),
        ("QOSMaxGRESPerUser", {"gpus": 1}, "note", "your running jobs would have more GPUs or other GRES"),
        ("AssocMaxJobsLimit", {}, "note", "you have as many running jobs as its account allows"),
        ("ReqNodeNotAvail,_UnavailableNodes:c[1-2]", {}, "warning", "or reserved (UnavailableNodes:c[1-2])"),
        ("BeginTime", {"starts_in_s": 3 * 86400 + 60}, "note", "it may not start before 3d 1m have passed"),
        ("launch failed requeued held", {}, "warning", "it could not be started on its node"),
        ("InvalidAccount", {}, "error", "its account no longer exists"),
        ("Licenses", {}, "warning", "it waits for licences that other jobs use"),
        ("ReservationDeleted", {}, "error", "its reservation no longer exists"),
        ("FluxCapacitor", {}, "warning", "nfconfgen does not know this reason of Slurm (Slurm: FluxCapacitor)"),
    ],
)
def test_a_job_that_waits_for_something_else(reason: str, changes: dict[str, object], level: str, words: str) -> None:
    found = waiting(reason, **changes)
    assert (found.level, found.place.line, found.place.column) == (level, 8, 14)
    assert words in found.message
    assert found.advice


def test_a_job_that_may_begin_soon() -> None:
    assert of(replace(JOB, reason="BeginTime", starts_in_s=120)) == []
    assert of(replace(JOB, reason="BeginTime", starts_in_s=None)) == []


def test_slurm_compares_a_job_with_limits_only_when_its_turn_comes() -> None:
    late = waiting("Priority", qos="big", memory_mib=200000)
    assert late.level == "error"
    assert "it asks for 200000 MB, and MaxTRESPerJob of QOS big is 100 GB (Slurm: Priority)" in late.message
    sick = waiting("Resources", partitions=("sick",))
    assert sick.level == "warning"
    assert "only sick1 could hold it, and is out of service" in sick.message


def test_of_several_partitions_one_that_accepts_the_job_is_enough() -> None:
    assert of(replace(JOB, reason="MaxMemPerLimit", partitions=("infinite", "long"), memory_mib=50000)) == []
    assert waiting("MaxMemPerLimit", partitions=("long",), memory_mib=50000).level == "error"
    assert waiting("JobHeldUser", partitions=("infinite", "long"), memory_mib=50000).level == "warning"
    # as is one of which nothing is known
    assert of(replace(JOB, reason="MaxMemPerLimit", partitions=("hidden", "long"), memory_mib=50000)) == []
    assert of(replace(JOB, reason="Priority", partitions=("hidden", "long"), memory_mib=50000)) == []


def test_how_the_profile_asks_for_memory_does_not_matter_to_a_job() -> None:
    """himem has 16000 MiB for each CPU: as --mem-per-cpu, this would be 6 CPUs."""
    four = replace(facts(), qos={**(facts().qos or {}), "normal": Ceilings(job={"cpu": 4})})
    job = replace(JOB, partitions=("himem",), cpus=3, memory_mib=50000)
    for way in ("per-node", "per-cpu"):
        assert of(job, profile=PROFILE + f"    ask_memory: {way}\n", facts=four) == []


def test_a_size_that_is_not_known_is_not_beyond_a_limit() -> None:
    least = dict(facts().qos or {})
    least["normal"] = Ceilings(least={"mem": 100})
    assert of(replace(JOB, memory_mib=0), facts=replace(facts(), qos=least)) == []
    assert of(replace(JOB, memory_mib=99), facts=replace(facts(), qos=least)) != []
    # nor is what a job on two nodes asks for in all beyond that of one
    two = waiting("MaxMemPerLimit", partitions=("long",), memory_mib=90000, nodes=2)
    assert "its memory is beyond MaxMemPerNode or MaxMemPerCPU of the partition" in two.message


def test_thousands_of_jobs_of_a_kind_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(subjects, "cause", lambda job, *_: seen.append(job.reason))
    every = [replace(JOB, id=str(n), number=str(n), name=f"nf-{n}", waited_s=n) for n in range(5000)]
    assert of(*every) == []
    assert seen == ["Resources"]


def test_an_array_is_released_by_its_number() -> None:
    assert waiting("JobHeldUser", id="20_[1-9%2]", number="20").advice == "release it; this job: scontrol release 20"


def test_a_reservation() -> None:
    soon = of(replace(JOB, reason="Reservation", reservation="course"), reservations={"course": 7200})
    assert "reservation course begins in 2h" in soon[0].message
    full = of(replace(JOB, reason="Reservation", reservation="course"), reservations={"course": 0})
    assert "course has no free nodes for it" in full[0].message
    gone = of(replace(JOB, reason="Reservation", reservation="course"), reservations={"other": 0})
    assert (gone[0].level, "there is no reservation course" in gone[0].message) == ("error", True)


def test_a_job_elsewhere_is_reported_at_the_site() -> None:
    assert waiting("JobHeldUser", partitions=("himem",)).place.line == 6


def test_the_same_partition_but_another_cause_is_another_finding() -> None:
    found = of(replace(JOB, reason="JobHeldUser"), replace(JOB, id="8", number="8", reason="PartitionDown"))
    assert rules(*found) == ["job-waits", "job-waits"]
    # and of one cause the longest counts
    (both,) = of(*(replace(JOB, id=str(s), reason="JobHeldUser", waited_s=s) for s in (60, 7200, 600)))
    assert "3 jobs (7200, 600, 60; nf-ALIGN) of 2 CPUs, 4096 MiB and 1h wait in short for 2h: " in both.message


# the number of jobs


def counting(maxsubmitpu: int | None = None, **of_account: int) -> ClusterFacts:
    """The facts with limits on the number of jobs: of QOS normal, and of the user's account lab."""
    known = facts()
    qos = {
        **(known.qos or {}),
        "normal": Ceilings(counts={} if maxsubmitpu is None else {"maxsubmitpu": maxsubmitpu}),
    }
    changed = tuple(
        replace(a, ceilings=replace(a.ceilings, counts=of_account)) if a.account == "lab" and a.user else a
        for a in known.associations or ()
    )
    return replace(known, qos=qos, associations=changed)


def test_more_jobs_than_may_be_submitted() -> None:
    both = of(facts=counting(maxsubmitpu=40))
    assert rules(*both) == ["queue-size"]
    assert (both[0].level, both[0].place.line) == ("error", 10)
    assert "queue_size 50 is more than MaxSubmitJobsPerUser of QOS normal of 40" in both[0].message
    assert of(facts=counting(maxsubmitpu=50)) == []


def test_nextflows_own_queue_size() -> None:
    text = PROFILE.replace("    submission: {queue_size: 50}\n", "")
    found = of(profile=text, most_jobs=99)
    assert [(finding.rule, finding.place.line) for finding in found] == [("queue-size", 6)]
    assert "Nextflow's default queue size of 100 is more than MaxJobCount of the cluster of 99" in found[0].message
    assert of(profile=text, most_jobs=100) == []


def test_the_first_limit_of_a_user_counts_and_each_that_is_shared() -> None:
    assert rules(*of(facts=counting(maxsubmit=10))) == ["queue-size"]
    # that of the QOS comes first: https://slurm.schedmd.com/resource_limits.html
    assert of(facts=counting(maxsubmitpu=100, maxsubmit=10)) == []
    found = of(facts=counting(maxsubmitpu=100, grpsubmit=10))
    assert "GrpSubmitJobs of account lab of 10" in found[0].message


def test_limits_that_are_not_enforced() -> None:
    assert of(facts=replace(counting(maxsubmitpu=1), enforce=())) == []


# preemption


def test_jobs_that_others_may_end() -> None:
    found = of(preemption=BY_QOS)
    assert rules(*found) == ["preemption", "preemption"]
    assert "jobs in short may be ended for those of QOS big, and Nextflow submits with" in found[0].message
    assert found[0].level == "warning"
    assert {finding.level for finding in of(preemption=BY_QOS, profile=RETRIED)} == {"note"}
    # with an exit code or without one: both have to be retried
    for half in (RETRIED.replace("lost: true, ", ""), RETRIED.replace("143", "137")):
        assert {finding.level for finding in of(preemption=BY_QOS, profile=half)} == {"warning"}


def test_a_partition_of_a_higher_tier_with_the_same_nodes() -> None:
    (found,) = of(preemption=BY_TIER)
    assert "jobs in short may be ended for those of partition long," in found.message
    # himem has other nodes
    assert "himem" not in found.message


@pytest.mark.parametrize(
    "preemption",
    [
        None,
        replace(BY_QOS, modes={"": "SUSPEND"}),
        replace(BY_QOS, modes={"": "CANCEL", "QOS normal": "OFF"}),
        replace(BY_QOS, preempts={"big": ("short",)}),
        replace(BY_TIER, modes={"": "CANCEL", "partition short": "OFF"}),
    ],
)
def test_jobs_that_nobody_ends(preemption: Preemption | None) -> None:
    assert of(preemption=preemption) == []


def test_who_preempts_whom() -> None:
    config = "PreemptMode = CANCEL,GANG\nPreemptType = preempt/qos\n"
    partitions = "PartitionName=p PreemptMode=GANG,SUSPEND PriorityTier=5 State=UP\n"
    found = preemption_of(config, partitions, "high|low,normal|cluster\nlow||requeue\n")
    assert found == Preemption(
        True,
        {"": "CANCEL", "partition p": "SUSPEND", "QOS high": "", "QOS low": "REQUEUE"},
        {"p": 5},
        {"high": ("low", "normal"), "low": ()},
    )
    assert preemption_of(sample("config"), sample("partitions"), "") is None


# folders


@pytest.mark.parametrize(
    ("changes", "expected", "words"),
    [
        ({"exists": False}, [], ""),
        ({"exists": False, "writable": False}, ["folder error"], "cannot be created: you may not write to /scratch"),
        ({"writable": False}, ["folder error"], "/scratch/work cannot be written to"),
        ({"is_folder": False}, ["folder error"], "/scratch is not a folder"),
        ({"kind": "ext4"}, ["not-shared warning"], "is on a local file system here (ext4)"),
        ({"kind": "tmpfs"}, ["not-shared warning"], "tmpfs"),
        ({"kind": "newfs"}, [], ""),
        ({"free_mib": 30 * 1024}, ["room warning"], "/scratch/work has 30 GiB free of 9765625 GiB"),
        ({"free_mib": 512}, ["room error"], "0.5 GiB free"),
        ({"free_mib": 20 * 1024, "size_mib": 20 * 1024}, [], ""),
        ({"free_inodes": 5000}, ["room warning"], "room for 5000 more files (inodes)"),
        ({"free_mib": None, "free_inodes": None}, [], ""),
    ],
)
def test_the_work_directory(changes: dict[str, object], expected: list[str], words: str) -> None:
    found = of(folders={**FOLDERS, "/scratch/work": replace(GOOD, **changes)})  # type: ignore[arg-type]
    assert [f"{finding.rule} {finding.level}" for finding in found] == expected
    assert all(words in finding.message and finding.place.line == 12 for finding in found)


def test_a_cluster_of_one_machine_needs_no_shared_file_system() -> None:
    local = replace(GOOD, kind="ext4")
    assert of(folders={"/scratch/work": local, "/shared/images": local}, one_machine=True) == []
    assert one_machine("NodeName=a NodeHostName=me\nNodeName=b NodeHostName=me.lab.org\n", "me.lab.org\n")
    assert not one_machine("NodeName=a NodeHostName=n1\n", "login\n")
    assert not one_machine("", "login\n")


TABLE = "Type 1K-blocks Avail Inodes IFree\n"


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        (
            f"yes folder yes\n{TABLE}nfs4 2048000 1024000 10 5\nat /a\nb",
            Folder("/a\nb", True, True, True, "nfs4", 1000, 2000, 5),
        ),
        (f"no other no\n{TABLE}btrfs 2048 1024 0 0\nat /", Folder("/", False, False, False, "btrfs", 1, 2, None)),
        (f"no folder yes\n{TABLE}fuse.x - - - -\nat /x", Folder("/x", False, True, True, "fuse.x")),
        ("yes folder yes\nat /x", Folder("/x", True, True, True)),
        ("yes folder yes\n", None),
        ("", None),
    ],
)
def test_the_answer_about_a_folder(text: str, folder: Folder | None) -> None:
    assert folder_of(text) == folder


# the engine, and what could not be asked


def test_an_engine_that_is_not_there() -> None:
    (found,) = of(engines={"apptainer": False})
    assert (found.rule, found.level, found.place.line) == ("engine-missing", "warning", 11)
    by_module = PROFILE + "    modules: [apptainer/1.3]\n"
    assert of(engines={"apptainer": False}, profile=by_module) == []


def test_what_could_not_be_asked_is_said() -> None:
    found = of(denied=("waiting jobs",), folders={})
    assert [finding.rule for finding in found] == ["unchecked"] * 3
    assert found[-1].message == "waiting jobs could not be checked: the command failed"


def test_an_account_that_is_not_yours() -> None:
    assert {finding.rule for finding in of(profile=PROFILE.replace("account: lab", "account: mine"))} == {"no-access"}


def test_texts_of_slurm() -> None:
    text = "ReservationName=a StartTime=2026-11-27T13:00:00 EndTime=x\nReservationName=b"
    assert reservations_of(text + " StartTime=2026-11-01T00:00:00\nNo reservations\n", CLOCK) == {"a": 3600, "b": 0}
