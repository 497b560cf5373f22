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
