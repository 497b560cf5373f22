"""Facts of a cluster that somebody wrote: what they come to, what is said of them, and what replaces them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nfconfgen.executors.slurm.facts import by_hand
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts, NodeGroup, Partition
from nfconfgen.profile.document.schema import schema
from tests.cli import Ended
from tests.executors.slurm.test_observe import Work

LAB = """\
nfconfgen_facts: 1
cluster: lab
date: 2026-11-20
partitions:
  short: {nodes: [{count: 10, cpus: 32, memory: 125 GB}], max_time: 4h, default: true}
  gpu:   {nodes: [{cpus: 64, memory: 500 GB, gpus: 4, gpu_type: a100}, {cpus: 8, memory: 8 GB}], max_time: unlimited}
"""


@pytest.fixture
def work(tmp_path: Path) -> Work:
    made = Work(tmp_path)
    (made.folder / "lab.yml").write_text(LAB)
    return made


def build(work: Work, site: str, *options: object) -> Ended:
    return work.build(site, options=("--from", work.folder / "lab.yml", "--offline", *options))


def facts_of(text: str) -> ClusterFacts:
    found, findings = by_hand.read(text, "lab.yml")
    assert list(findings) == []
    assert found is not None
    return found


def test_what_they_come_to() -> None:
    found = facts_of(LAB)
    assert (found.cluster, found.time, found.by_hand) == ("lab", "2026-11-20T00:00:00Z", True)
    assert found.partitions == {
        "gpu": Partition(),
        "short": Partition(cpus=320, nodes=10, max_time_s=14400, default=True),
    }
    assert found.nodes == {
        "nodes 1 of gpu": NodeGroup(64, 512000, ("gpu",), gres={"gpu:a100": 4}),
        "nodes 2 of gpu": NodeGroup(8, 8192, ("gpu",)),
        "nodes of short": NodeGroup(32, 128000, ("short",)),
    }
    assert (found.qos, found.associations, found.reservations) == (None, None, None)


@pytest.mark.parametrize("text", [LAB, LAB.replace("date: 2026-11-20\n", "")], ids=["dated", "undated"])
def test_the_lock_keeps_them(text: str) -> None:
    found = facts_of(text)
    data = json.loads(json.dumps(found.to_json()))
    assert ClusterFacts.from_json(data) == found
    rules = schema("lock")
    jsonschema.validate(data, {**rules["definitions"]["cluster"], "definitions": rules["definitions"]})


def test_all_limits_of_a_partition() -> None:
    keys = "default_time: 30m, whole_nodes: true, max_cpus_per_node: 24, max_memory_per_node: 64 GB"
    text = LAB.replace("default: true", f"{keys}, max_memory_per_cpu: 4 GB")
    short = facts_of(text).partitions["short"]
    assert (short.default_time_s, short.exclusive, short.max_cpus_per_node) == (1800, True, 24)
    assert (short.max_memory_per_node_mib, short.max_memory_per_cpu_mib) == (65536, 4096)


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ("cluster: lab", "clustre: lab", "2:1", "unknown key 'clustre': did you mean 'cluster'?"),
        ("125 GB", "125GiB", "5:", "write 125 GB"),
        ("125 GB", "0.5 KB", "5:", "must be at least 1 MB"),
        ("max_time: 4h", "max_time: 4", "5:", "add the unit, as in 4s, 4m or 4h"),
        (", max_time: 4h", "", "5:3", "'max_time' is missing"),
        ("cpus: 32", "cpus: 0", "5:", "must be at least 1"),
        ("2026-11-20", "2026-11-31", "3:7", "there is no 2026-11-31"),
        ("gpu_type: a100", "gpu_kind: a100", "6:", "unknown key 'gpu_kind': "),
        ("max_time: unlimited", "max_time: 2d, gpus: 3", "6:", "unknown key 'gpus': known here: "),
        ("max_time: unlimited", "max_time: 2d, default: true", "6:", "gpu is the second default partition"),
        ("nodes: [{count: 10, cpus: 32, memory: 125 GB}]", "nodes: []", "5:", "is empty"),
        ("short:", "'short,long':", "5:3", "must be the name of a partition"),
        ("facts: 1", "facts: 2", "1:18", "must be one of 1; it is 2"),
        ("cluster: lab", "cluster: &a lab", "2:", ""),
    ],
)
def test_what_is_wrong_is_reported_at_its_line(work: Work, old: str, new: str, where: str, words: str) -> None:
    file = work.folder / "lab.yml"
    assert old in LAB
    file.write_text(LAB.replace(old, new))
    ended = build(work, "s: {executor: slurm, queues: auto}")
    assert ended.code == 1
    (line,) = ended.findings()
    assert line.startswith(f"{file}:{where}")
    assert words in line
    assert [path.name for path in work.folder.iterdir() if path.suffix != ".yml"] == []


def test_all_that_is_wrong_at_once(work: Work) -> None:
    (work.folder / "lab.yml").write_text(LAB.replace("cpus: 32", "cpus: x").replace("11-20", "13-20"))
    ended = build(work, "s: {executor: slurm, queues: [short]}")
    assert len(ended.findings()) == 2


def test_a_file_for_neither_form(work: Work) -> None:
    (work.folder / "lab.yml").write_text(LAB.partition("\n")[2])
    ended = build(work, "s: {executor: slurm, queues: [short]}")
    assert ended.code == 2
    assert "begin a file of your own with nfconfgen_facts: 1" in ended.err


def test_requests_are_compared_with_them(work: Work) -> None:
    tasks = "tasks: {labels: {big: {memory: 600 GB}, late: {queue: short, time: 5h}}}"
    ended = build(work, f"s: {{executor: slurm, queues: [short, gpu], {tasks}}}")
    assert ended.code == 1
    assert "(largest: nodes 1 of gpu, 512000 MiB, written by hand 2026-11-20)" in ended.out
    # EnforcePartLimits is not known
    assert "(PartitionTimeLimit, unless Slurm refuses it at once): ask for at most 4h" in ended.out
    assert "configured" not in ended.out


def test_what_is_not_known_is_said_and_not_compared(work: Work) -> None:
    of_users = "account: any, qos: any, reservation: any"
    of_nodes = "constraint: any, exclude: [any1], cluster_options: ['--gres=any:1']"
    ended = build(work, f"s: {{executor: slurm, queues: [short], {of_users}, {of_nodes}}}")
    assert ended.code == 0
    (line,) = [line for line in ended.findings() if "warning" in line]
    assert line.endswith("[limits-not-read]")
    assert "and which nodes constraint, exclude, --gres leave" in line
    for command in ("explain", "facts"):
        shown = work.run(command, work.profile, *(["--offline"] if command == "facts" else []))
        assert shown.code == 0
        assert "written by hand" in shown.out
        assert "reported by Slurm" not in shown.out
        assert "queried" not in shown.out
    assert "written by hand 2026-11-20" in (work.folder / "conf/s.config").read_text()


def test_old_ones_are_reported_as_such(work: Work) -> None:
    (work.folder / "lab.yml").write_text(LAB.replace("2026-11-20", "2020-01-01"))
    ended = build(work, "s: {executor: slurm, queues: [short]}")
    assert "short of Slurm was written by hand " in ended.out
    (work.folder / "lab.yml").write_text(LAB.replace("date: 2026-11-20\n", ""))
    assert "[stale]" not in build(work, "s: {executor: slurm, queues: [short]}").out


def test_in_json_the_source_is_named(work: Work) -> None:
    ended = build(work, "s: {executor: slurm, queues: [gpu]}", "--format", "json")
    found: dict[str, Any] = json.loads(ended.out)
    jsonschema.validate(found, schema("report"))
    assert found["plan"][0]["tasks"][0]["attempts"][0]["shape"]["source"] == "written"
    shown = json.loads(work.run("facts", work.profile, "--offline", "--format", "json").out)
    jsonschema.validate(shown, schema("facts"))
    assert {row["source"] for row in shown["facts"]} == {"written"}
    explained = json.loads(work.run("explain", work.profile, "--format", "json").out)
    jsonschema.validate(explained, schema("explain"))


@pytest.mark.parametrize("name", ["lab", "some-name"])
def test_a_real_query_replaces_them(work: Work, name: str) -> None:
    site = "s: {executor: slurm, queues: [short]}"
    (work.folder / "lab.yml").write_text(LAB.replace("cluster: lab", f"cluster: {name}"))
    assert build(work, site).code == 0
    assert [found.by_hand for found in work.known().values()] == [True]
    # where nothing can be queried, they stay
    assert work.run("build", work.profile, NFCONFGEN_SLURM="off").code == 0
    assert [found.by_hand for found in work.known().values()] == [True]
    assert work.build(site).code == 0
    assert [(found.cluster, found.by_hand) for found in work.known().values()] == [("lab", False)]
    assert "configured" in (work.folder / "conf/s.config").read_text()
