"""What a stack is made of: sizes of disks, limits, rights, names. And what nfconfgen reads of a declaration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nfconfgen.executors.awsbatch.stack import declared
from nfconfgen.executors.awsbatch.stack.content import Content, content, logical_id
from nfconfgen.executors.awsbatch.stack.rights import Right, iam_text, of_jobs
from tests.core import planned
from tests.executors.awsbatch.generated import lock


def made(
    folder: Path, task: dict[str, Any] | None = None, queue: dict[str, Any] | None = None, **site: Any
) -> Content:
    """The content of a stack with one queue; keys over those of the default task, the queue and the site."""
    return content(plan_of(folder, task, queue, **site))


def plan_of(folder: Path, task: dict[str, Any] | None, queue: dict[str, Any] | None, **more: Any) -> Any:
    top: dict[str, Any] = {key: more.pop(key) for key in ("params", "launch") if key in more}
    default = {"cpus": 2, "memory": "4 GB", "time": "1h", "container": "demo/tool:1.0"}
    data: dict[str, Any] = {
        "nfconfgen": 1,
        "pipeline": {"name": "demo"},
        "tasks": {"default": {**default, **(task or {})}},
        "sites": {
            "cloud": {
                "executor": "awsbatch",
                "region": "eu-central-1",
                "queues": [{"queue": "small", "instance_type": "c5.2xlarge", "max_instances": 4, **(queue or {})}],
                "cli_path": "/opt/aws-cli/bin/aws",
                "work_dir": "s3://demo-bucket/work",
                **more,
            }
        },
        **top,
    }
    cloud = data["sites"]["cloud"]
    data["sites"]["cloud"] = {key: value for key, value in cloud.items() if value is not None}
    folder.mkdir(exist_ok=True)
    (folder / "profile.yml").write_text(json.dumps(data))
    (folder / "profile.lock.json").write_text(lock())
    plan = planned(folder / "profile.yml").sound_plan
    assert plan is not None
    return plan.sites[0]


@pytest.mark.parametrize(
    ("task", "queue", "site", "gib"),
    [
        # a c5.2xlarge is sold with 8 vCPUs and 16 GiB: four tasks of 2 vCPUs and 4 GB
        ({"disk": "40 GB"}, {}, {"fit": "request"}, 4 * 40 + 30),
        ({"disk": "40 GB"}, {}, {"fit": "instance"}, 1 * 40 + 30),
        # of 15282 MiB that it registers a third each
        ({"disk": "40 GB"}, {}, {"fit": "share"}, 3 * 40 + 30),
        # memory leaves room for two
        ({"disk": "40 GB", "memory": "7 GB"}, {}, {"fit": "request"}, 2 * 40 + 30),
        # the largest of the alternatives counts: 16 vCPUs and 64 GiB
        ({"disk": "40 GB"}, {"instance_type": ["c5.2xlarge", "m5.4xlarge"]}, {"fit": "request"}, 8 * 40 + 30),
        # whole steps
        ({"disk": "41 GB"}, {}, {"fit": "instance"}, 80),
        ({"disk": "100 MB"}, {}, {"fit": "instance"}, 30),
        ({}, {}, {}, 100),
        ({"disk": "40 GB"}, {"volume": "77 GB"}, {}, 77),
        ({}, {"volume": "31000 MB"}, {}, 31),
        ({"disk": "40 GB"}, {"image": "ami-0123456789abcdef0"}, {}, None),
        # four GPUs, a task each
        (
            {"disk": "40 GB"},
            {"instance_type": "g4dn.12xlarge"},
            {"fit": "request", "tasks": {"default": {"accelerator": 1}}},
            4 * 40 + 30,
        ),
        (
            {"disk": "40 GB"},
            {"instance_type": "g4dn.12xlarge"},
            {"fit": "request", "tasks": {"default": {"accelerator": 2}}},
            2 * 40 + 30,
        ),
    ],
)
def test_the_disk_of_an_instance(
    task: dict[str, Any], queue: dict[str, Any], site: dict[str, Any], gib: int | None, tmp_path: Path
) -> None:
    (found,) = made(tmp_path, task, queue, **site).queues
    assert found.volume_gib == gib, found.volume_from
    assert bool(found.volume_from) is (gib is not None)


def test_the_largest_class_decides(tmp_path: Path) -> None:
    """Also one that shares the instance with none of its kind."""
    tasks = {"processes": {"BIG": {"disk": "900 GB"}, "TINY": {"disk": "1 GB"}}}
    (found,) = made(tmp_path, {"disk": "10 GB", "cpus": 8, "memory": "12 GB"}, tasks=tasks).queues
    assert found.volume_gib == 930
    assert "BIG" in found.volume_from


def test_vcpus_are_those_of_the_largest_type(tmp_path: Path) -> None:
    (found,) = made(tmp_path, None, {"instance_type": ["c5.2xlarge", "m5.4xlarge"]}).queues
    assert (found.max_vcpus, found.vcpus_from) == (64, "4 × 16 vCPUs")


@pytest.mark.parametrize(
    ("queue", "site", "limits"),
    [
        ({}, {"unschedulable": "fail"}, {}),
        ({}, {"unschedulable": "wait"}, {"MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE": 3600}),
        ({"capacity_wait": "4h"}, {"unschedulable": "fail"}, {"CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY": 14400}),
    ],
)
def test_how_long_jobs_wait(
    queue: dict[str, Any], site: dict[str, Any], limits: dict[str, int], tmp_path: Path
) -> None:
    (found,) = made(tmp_path, None, queue, **site).queues
    waits = {limit.reason: limit.seconds for limit in found.limits}
    assert waits.items() >= limits.items()
    assert bool(waits) is bool(limits)
    assert all(600 <= seconds <= 86400 for seconds in waits.values())


@pytest.mark.parametrize(("time", "minutes"), [("1h", 2880), ("3d", 4320), ("9d", 7200)])
def test_an_update_lets_running_tasks_finish(time: str, minutes: int, tmp_path: Path) -> None:
    assert made(tmp_path, {"time": time}).finish_min == minutes


@pytest.mark.parametrize(
    ("queue", "site", "tree"),
    [
        ({}, {}, "/opt/aws-cli"),
        ({}, {"cli_path": "/opt/a/b/bin/aws"}, "/opt/a/b"),
        ({"image": "ami-0123456789abcdef0"}, {}, ""),
        ({}, {"staging": "fusion", "cli_path": None}, ""),
    ],
)
def test_where_the_aws_cli_is_put(queue: dict[str, Any], site: dict[str, Any], tree: str, tmp_path: Path) -> None:
    assert [each.cli_tree for each in made(tmp_path, None, queue, **site).queues] == [tree]


@pytest.mark.parametrize(
    ("one", "other"), [("a-b", "a_b"), ("ab", "Ab"), ("a-b", "aB"), ("a", "A"), ("a-b", "a--b"), ("1", "-1")]
)
def test_no_two_queues_have_the_same_resources(one: str, other: str) -> None:
    assert logical_id(one) != logical_id(other)
    assert all(logical_id(name).isalnum() and logical_id(name).isascii() for name in (one, other))


@pytest.mark.parametrize(
    ("site", "top", "rights"),
    [
        ({}, {}, {("demo-bucket", "work", True)}),
        ({"work_dir": "s3://demo-bucket"}, {}, {("demo-bucket", "", True)}),
        # what may be written may be read, so it is not listed again
        ({"stack": {"read": ["s3://demo-bucket/work/x"]}}, {}, {("demo-bucket", "work", True)}),
        (
            {"stack": {"read": ["s3://demo-bucket/work2"]}},
            {},
            {("demo-bucket", "work", True), ("demo-bucket", "work2", False)},
        ),
        (
            {"stack": {"write": ["s3://other/a/", "s3://other/a"]}},
            {},
            {("demo-bucket", "work", True), ("other", "a", True)},
        ),
        # a pattern in a param gives its folder, one in the name of a folder is a name
        (
            {"stack": {"read": ["s3://other/x[1]*"]}},
            {
                "params": {
                    "reads": "s3://reads/a/b*/{1,2}.fq",
                    "none": "s3",
                    "other": 3,
                    "list": {"x": ["s3://inn/x.fa"]},
                }
            },
            {
                ("demo-bucket", "work", True),
                ("other", "x[1]*", False),
                ("reads", "a", False),
                ("inn", "x.fa", False),
            },
        ),
        ({"work_dir": "s3://demo-bucket/a [1]/w?"}, {}, {("demo-bucket", "a [1]/w?", True)}),
        (
            {},
            {"launch": {"params": {"cloud": {"x": "s3://one/y"}}, "warmup": {"cloud": {"x": "s3://two/y"}}}},
            {("demo-bucket", "work", True), ("one", "y", False), ("two", "y", False)},
        ),
    ],
)
def test_rights_of_jobs(
    site: dict[str, Any], top: dict[str, Any], rights: set[tuple[str, str, bool]], tmp_path: Path
) -> None:
    found = list(of_jobs(plan_of(tmp_path, None, None, **site, **top).site))
    assert {(right.bucket, right.prefix, right.writes) for right in found} == rights
    assert len(found) == len(rights)
    assert [right.writes for right in found] == sorted((right.writes for right in found), reverse=True)


def test_what_means_something_in_a_policy_is_escaped() -> None:
    assert iam_text("a$b*c?{d}") == "a${$}b${*}c${?}{d}"
    assert iam_text("${aws:username}") == "${$}{aws:username}"
    assert Right("b", "p") < Right("b", "p", writes=True)


@pytest.mark.parametrize(
    ("pipeline", "site", "name"),
    [
        ("salmon-nf", "awsbatch", "salmon-nf-awsbatch"),
        ("a_b", "c", "a-b-c"),
        ("1", "c", "nextflow-1-c"),
        ("x" * 60, "y" * 60, "x" * 60 + "-" + "y" * 39),
        ("x" * 99, "y", "x" * 99),
    ],
)
def test_the_name_of_a_stack(pipeline: str, site: str, name: str) -> None:
    assert declared.default_name(pipeline, site) == name


def test_what_is_read_of_a_declaration() -> None:
    items: list[Any] = [
        "plain",
        {"queue": "rule", "when": {"accelerator": True}},
        {"queue": "unfinished", "instance_type": "c5.2xlarge"},
        {"queue": "one", "instance_type": "c5.2xlarge", "max_instances": 3, "volume": "50 GB", "capacity_wait": "1h"},
        {"queue": "one", "instance_type": "m5.2xlarge", "max_instances": 9},
        {"queue": "two", "instance_type": ["a.b", "c.d"], "max_instances": 1, "spot": True, "volume": "x"},
    ]
    one, two = declared.queues({"queues": items})
    assert (one.queue, one.types, one.max_instances, one.kind) == ("one", ("c5.2xlarge",), 3, "EC2")
    assert (one.volume_mib, one.capacity_wait_s) == (50 * 1024, 3600)
    assert (two.types, two.kind, two.volume_mib) == (("a.b", "c.d"), "SPOT", None)
    for nothing in ({}, {"queues": "auto"}, {"queues": {"param": "q"}}):
        assert declared.queues(nothing) == ()


def test_what_is_read_of_a_stack() -> None:
    plain = declared.stack("s", "p", {})
    assert (plain.name, plain.bucket, plain.makes_role, plain.makes_logs) == ("p-s", False, True, True)
    keys = {"bucket": {"expire": "3d"}, "keep_logs": "90d", "tags": {"a": "b"}}
    found = declared.stack("s", "p", {"stack": keys, "job_role": "x", "logs_group": "y"})
    assert (found.bucket, found.expire_days, found.keep_logs_days) == (True, 3, 90)
    assert (found.makes_role, found.makes_logs, found.tags) == (False, False, (("a", "b"),))
