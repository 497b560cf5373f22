"""A suggestion is what a slip of the fingers makes of the word meant, or the word in short."""

from __future__ import annotations

import pytest

from nfconfgen.suggest import near

SITE = {
    *("account", "ask_memory", "before_script", "cluster", "cluster_options", "container", "executor", "host"),
    *("limits", "modules", "params", "qos", "queues", "scratch", "stage_in", "stage_out", "submission", "tasks"),
    "work_dir",
}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("queue", "queues"),
        ("Queues", "queues"),
        ("qeueus", "queues"),
        ("scrach", "scratch"),
        ("scatch", "scratch"),
        ("exectuor", "executor"),
        ("executr", "executor"),
        ("memory", "ask_memory"),
        ("work", "work_dir"),
        ("workdir", "work_dir"),
        ("acount", "account"),
        ("host_name", "host"),
        ("limit", "limits"),
        ("clusteroptions", "cluster_options"),
    ],
)
def test_what_is_near(word: str, meant: str) -> None:
    assert near(word, SITE) == f"did you mean '{meant}'?"


@pytest.mark.parametrize(
    "word",
    ["cache", "image", "nodes", "region", "batch", "threads", "revision", "partition", "x", "", "tmp", "array"],
)
def test_what_is_not(word: str) -> None:
    assert near(word, SITE) == ""


def test_the_nearest_one_and_as_it_is_written() -> None:
    assert near("process_hgih", ["process_low", "process_high", "process_high_memory"]).endswith("'process_high'?")
    assert near("SALMONWORKLOAD", ["salmonWorkload"]) == "did you mean 'salmonWorkload'?"
    assert near("queue", ["queue_size", "queues"]) == "did you mean 'queues'?"
    assert near("aes-256", ["AES256", "aws:kms"]) == "did you mean 'AES256'?"
    assert near("anything", []) == ""


@pytest.mark.parametrize(
    ("word", "known"),
    [
        # of one or two letters, any other word is a slip away
        *[("x", "y"), ("a", "ab"), ("b", ""), ("it", "fit"), ("hp", "hi"), ("v1", "v2"), ("ab", "ba")],
        # other words
        *[
            ("lead", "head"),
            ("cost", "host"),
            ("host", "lost"),
            ("class", "last"),
            ("first", "fit"),
            ("files", "sites"),
        ],
        *[("account", "count"), ("apptainer", "container"), ("queue", "quote_end"), ("memory", "factory")],
        # the same letters in one part, other words in another
        *[("samtools_sort", "samtools_stats"), ("star_align", "star_index"), ("process_low", "process_long")],
        *[("process_single", "process_medium"), ("salmon-test", "salmon-prod")],
    ],
)
def test_another_word_is_not_near(word: str, known: str) -> None:
    assert near(word, [known]) == near(known, [word]) == ""


@pytest.mark.parametrize(
    ("word", "known"),
    [
        *[("A", "a"), ("HP", "hp"), ("cup", "cpu"), ("shrot", "short"), ("wueues", "queues"), ("uqeue", "queue")],
        *[("ueue", "queue"), ("salmon_workload", "salmon-workload"), ("salmonWorklaod", "salmonWorkload")],
        *[("samtools_srot", "samtools_sort"), ("smatools_srot", "samtools_sort"), ("stage_ni", "stage_in")],
        *[("process_mediun", "process_medium"), ("infertrimming", "infer_trimming"), ("time_s", "time")],
    ],
)
def test_a_slip_is_near(word: str, known: str) -> None:
    assert near(word, [known]) == f"did you mean '{known}'?"


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("gpu3", ["gpu1", "gpu2"]),
        ("process", ["process_low", "process_high", "process_medium"]),
        ("stage", ["stage_in", "stage_out"]),
        ("gpu", ["gpu-a100", "gpu-v100"]),
        ("SHORT", ["short", "Short"]),
    ],
)
def test_of_several_that_are_as_near_none_is_meant(word: str, known: list[str]) -> None:
    assert near(word, known) == ""


def test_a_name_that_is_known_twice_is_one() -> None:
    assert near("queue", ["queues", "queues"]) == "did you mean 'queues'?"
