"""Options of sbatch that have a key, however they are written."""

from __future__ import annotations

import pytest

from nfconfgen.executors.slurm.sbatch_options import refused, unreadable


def options(text: str) -> list[str]:
    return [option for option, _ in refused(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("--mem=4G", ["--mem"]),
        ("--mem 4G", ["--mem"]),
        ("-pshort", ["-p"]),
        ("-p short", ["-p"]),
        ("-A lab --mem=4G", ["-A", "--mem"]),
        ("-vOpshort", ["-p"]),
        ("-HQ -d 3", ["-H", "-Q", "-d"]),
        ("--test-only --wait --begin=now+1 --depend=singleton", ["--test-only", "--wait", "--begin", "--depend"]),
        ("--part=short", ["--part"]),
        ("--excl", ["--excl"]),
    ],
)
def test_what_has_a_key_is_found(text: str, found: list[str]) -> None:
    assert options(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "--export=NONE",
        "--gres=tmp:100G",
        "--gres=gpu:1 --gpus-per-task=1 -G 2",
        "--nodes=1 --ntasks=1",
        "--gres-flags=enforce-binding",
        "--mem-bind=local",
        "--time-min=10",
        "--ntasks-per-node=1",
        "--comment='-A lab'",
        "--mail-user=me@lab.org --mail-type=FAIL",
        "-L matlab:2",
        "-O",
        "--",
        "-",
    ],
)
def test_what_has_none_is_left_alone(text: str) -> None:
    assert options(text) == []


def test_advice_names_the_key() -> None:
    assert [advice for _, advice in refused("-q high")] == ["the key is qos"]


def test_a_quote_that_does_not_end() -> None:
    assert unreadable('--comment="open')
    assert not unreadable('--comment="two words"')
