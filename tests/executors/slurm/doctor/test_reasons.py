"""Each reason for which Slurm lets a job wait is explained, from 22.05 to 25.05."""

from __future__ import annotations

from pathlib import Path

import pytest

from nfconfgen.executors.slurm.doctor.limit_reasons import of_limit
from nfconfgen.executors.slurm.doctor.reasons import CAUSES, HEALTHY, LATER, detail_of, word_of

# of https://slurm.schedmd.com/job_reason_codes.html, and what the library of 22.05 knows besides
WORDS = Path(__file__).with_name("reasons.txt").read_text("utf-8").split()


@pytest.mark.parametrize("word", WORDS)
def test_every_documented_reason_is_explained(word: str) -> None:
    explained = CAUSES.get(word) or of_limit(word)
    assert explained is not None or word in HEALTHY | LATER
    if explained is not None:
        assert word not in HEALTHY | LATER
        assert explained.words
        assert explained.advice


def test_the_list_is_long_and_a_name_is_of_one_kind_only() -> None:
    assert len(WORDS) == len(set(WORDS)) == 199
    assert [word for word in CAUSES if of_limit(word) is not None] == []


@pytest.mark.parametrize(
    ("word", "level", "words"),
    [
        ("QOSMaxGRESPerJob", "error", "it asks for more GPUs or other GRES than its QOS allows a job"),
        ("AssocMaxMemPerNode", "error", "it asks for more memory than its account allows a node"),
        ("QOSMinCpuNotSatisfied", "error", "what it asks for in CPUs is below what its QOS requires of a job"),
        ("QOSMaxWallDurationPerJobLimit", "error", "its time is beyond MaxWall of its QOS"),
        (
            "AssocMaxCpuMinutesPerJobLimit",
            "error",
            "the product of its CPUs and its time is beyond what its account allows a job",
        ),
        (
            "QOSGrpCpuLimit",
            "warning",
            "with it, the running jobs of all users would have more CPUs than its QOS allows in all",
        ),
        (
            "MaxMemoryPerAccount",
            "warning",
            "with it, the running jobs of all users would have more memory than its QOS allows an account",
        ),
        (
            "AssocGrpCPUMinutesLimit",
            "warning",
            "the budget of its account is used up, or less is left than it asks for (CPUs in minutes)",
        ),
        ("QOSGrpJobsLimit", "warning", "all users together have as many running jobs as its QOS allows at once"),
        ("AssocMaxJobsLimit", "note", "you have as many running jobs as its account allows a user at once"),
        (
            "QOSMaxSubmitJobPerUserLimit",
            "note",
            "you have as many pending or running jobs as its QOS allows a user at once",
        ),
        (
            "QOSMaxCpuPerUserLimit",
            "note",
            "with it, your running jobs would have more CPUs than its QOS allows a user",
        ),
        ("AssociationJobLimit", "warning", "its account is at a limit (job)"),
    ],
)
def test_the_name_of_a_limit_is_its_explanation(word: str, level: str, words: str) -> None:
    found = of_limit(word)
    assert found is not None
    assert (found.level, found.words) == (level, words)


@pytest.mark.parametrize("word", ["", "MaxMemPerLimit", "QOSMaxPatience", "AssocGrp", "Priority", "QOSNotAllowed"])
def test_what_is_no_limit_of_qos_or_account(word: str) -> None:
    assert of_limit(word) is None


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("Resources", "Resources"),
        ("ReqNodeNotAvail, UnavailableNodes:c[1-2],gpu_1", "ReqNodeNotAvail"),
        ("ReqNodeNotAvail,_UnavailableNodes:c2", "ReqNodeNotAvail"),
        ("ReqNodeNotAvail,_Reserved_for_maintenance", "Maintenance"),
        ("ReqNodeNotAvail, May be reserved for other job", "ReservedForOthers"),
        (
            "Nodes_required_for_job_are_DOWN,_DRAINED_or_reserved_for_jobs_in_higher_priority_partitions",
            "NodesUnavailable",
        ),
        ("Job's account not permitted to use this partition (closed allows other not lab)", "AccountNotAllowed"),
        ("Job's_account_not_permitted_to_use_this_partition_(p_denies_a_including_a)", "AccountNotAllowed"),
        ("Job's QOS not permitted to use this partition (noqos allows big not normal)", "QOSNotAllowed"),
        ("User's group not permitted to use this partition", "GroupNotAllowed"),
        ("launch_failed_requeued_held", "LaunchFailed"),
        ("job requeued in held state", "RequeuedHeld"),
        ("UserEnv retrieval failed, requeued held", "UserEnvironment"),
        ("Reservation course was deleted", "ReservationDeleted"),
        ("QOSGrpGRES(gres/gpu:a100)", "QOSGrpGRES"),
        ("Something new", "Something new"),
    ],
)
def test_sentences_are_words_as_well(reason: str, word: str) -> None:
    assert word_of(reason) == word
    assert word == "Something new" or word in {*CAUSES, *HEALTHY} or of_limit(word)


def test_the_nodes_of_a_reason() -> None:
    assert detail_of("ReqNodeNotAvail,_UnavailableNodes:c[1-2],gpu_1") == "UnavailableNodes:c[1-2],gpu_1"
    assert detail_of("ReqNodeNotAvail,_Reserved_for_maintenance") == detail_of("Resources") == ""
