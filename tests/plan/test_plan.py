"""The requests, their queues, and the machines that hold them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from nfconfgen.facts.model import Pool, Shape
from nfconfgen.plan.plan import plan
from nfconfgen.profile.model import Limits
from tests.core import load_text

C5_2XL = Shape("c5.2xlarge", 8, 15434, "measured", "2026-11-20T09:30:00Z", "ami-1")
C5_4XL = Shape("c5.4xlarge", 16, 31130, "measured", "2026-11-20T09:30:00Z", "ami-1")
M5_XL = Shape("m5.xlarge", 4, 15468, "estimated")
R5_XL = Shape("r5.xlarge", 4, 31572, "estimated")


def pool(name: str, *shapes: Shape, limits: Limits = Limits()) -> Pool:  # noqa: B008 - frozen
    return Pool(name, tuple(sorted(shapes, key=lambda shape: shape.size)), limits)


GROWING = "{attempts: 3, memory: attempt}"
SMALL, LARGE = pool("small", C5_2XL), pool("large", C5_4XL)

Asked = list[tuple[int, str, int, int, str | None]]


def asked(task: str, pools: Sequence[Pool], fit: str = "request", retry: str = GROWING) -> Asked:
    """(attempt, queue, cpus, memory, shape) of each attempt of the default task."""
    text = f"""
nfconfgen: 1
pipeline: {{name: p}}
tasks: {{default: {task}}}
retry: {retry}
sites:
  s: {{executor: awsbatch, region: eu-central-1, queues: [{", ".join(p.name for p in pools)}], fit: {fit},
      work_dir: s3://bucket/work}}
"""
    loaded = load_text(text, "p.yml")
    assert loaded.profile is not None, loaded.findings
    made = plan(loaded.profile, {"s": tuple(pools)})
    assert [f for f in made.findings if f.level == "error"] == []
    return [
        (s.number, s.request.queue, s.request.cpus, s.request.memory_mib, s.shape.name if s.shape else None)
        for s in made.sites[0].task_plans[0].attempts
    ]


def test_instance_asks_for_the_whole_node() -> None:
    assert asked("{cpus: 6, memory: 8 GB}", [SMALL, LARGE], "instance") == [
        (1, "small", 8, 15400, "c5.2xlarge"),
        (2, "large", 16, 31100, "c5.4xlarge"),
        (3, "large", 16, 31100, "c5.4xlarge"),
    ]


def test_request_asks_for_the_need() -> None:
    assert asked("{cpus: 6, memory: 8 GB}", [SMALL, LARGE]) == [
        (1, "small", 6, 8192, "c5.2xlarge"),
        (2, "large", 6, 16384, "c5.4xlarge"),
        (3, "large", 6, 24576, "c5.4xlarge"),
    ]


@pytest.mark.parametrize(
    ("task", "share"),
    [
        ("{cpus: 2, memory: 3 GB}", (2, 3800)),  # four by CPUs
        ("{cpus: 1, memory: 7 GB}", (4, 7700)),  # two by memory
        ("{cpus: 5, memory: 1 GB}", (8, 15400)),  # one
        ("{cpus: 2, memory: 3858 MB}", (2, 3858)),  # rounding down must not take what is needed
    ],
)
def test_share_asks_for_equal_parts(task: str, share: tuple[int, int]) -> None:
    assert asked(task, [SMALL], "share", "{attempts: 1}") == [(1, "small", *share, "c5.2xlarge")]


def test_of_several_types_the_smallest_that_holds_it() -> None:
    mixed = pool("mixed", C5_2XL, M5_XL, R5_XL)
    once = "{attempts: 1}"
    assert asked("{cpus: 2, memory: 15 GB}", [mixed], "instance", once) == [(1, "mixed", 4, 15400, "m5.xlarge")]
    assert asked("{cpus: 2, memory: 16 GB}", [mixed], "instance", once) == [(1, "mixed", 4, 31500, "r5.xlarge")]
    assert asked("{cpus: 6, memory: 1 GB}", [mixed], "instance", once) == [(1, "mixed", 8, 15400, "c5.2xlarge")]


def test_growth_moves_on_to_a_larger_type_of_the_same_queue() -> None:
    found = asked("{cpus: 4, memory: 10 GB}", [pool("q", C5_2XL, C5_4XL)], "instance")
    assert [step[3:] for step in found] == [(15400, "c5.2xlarge"), (31100, "c5.4xlarge"), (31100, "c5.4xlarge")]


@pytest.mark.parametrize(
    ("growth", "sizes"),
    [("attempt", [4096, 8192, 12288, 15400]), ("double", [4096, 8192, 15400, 15400]), ("same", [4096] * 4)],
)
def test_growth_ends_at_the_largest(growth: str, sizes: list[int]) -> None:
    found = asked("{memory: 4 GB}", [SMALL], retry=f"{{attempts: 4, memory: {growth}}}")
    assert [step[3] for step in found] == sizes


def test_a_task_too_large_for_the_first_queue_starts_on_the_next() -> None:
    found = asked("{cpus: 4, memory: 20 GB}", [SMALL, LARGE])
    assert [step[1] for step in found] == ["large", "large", "large"]


def test_a_smaller_queue_behind_a_larger_one_is_passed_over() -> None:
    found = asked("{cpus: 4, memory: 20 GB}", [LARGE, SMALL])
    assert [step[1] for step in found] == ["large", "large", "large"]


@pytest.mark.parametrize("memory_mib", [15433, 15434])
def test_up_to_the_last_mib(memory_mib: int) -> None:
    found = asked(f"{{memory: {memory_mib} MB}}", [SMALL], "instance", "{attempts: 2}")
    assert [step[3] for step in found] == [memory_mib, memory_mib]


def test_a_queue_of_unknown_nodes_gets_the_plain_request() -> None:
    assert asked("{memory: 8 GB}", [pool("q")])[2] == (3, "q", 1, 24576, None)


def test_limits_hold_where_nodes_are_unknown() -> None:
    limited = pool("q", limits=Limits(memory_mib=20000))
    assert [attempt[3] for attempt in asked("{memory: 8 GB}", [limited])] == [8192, 16384, 20000]


def test_limits_hold_below_the_instance() -> None:
    limited = pool("small", C5_2XL, limits=Limits(cpus=4, memory_mib=10000))
    assert asked("{memory: 8 GB}", [limited], "instance", "{attempts: 1}") == [(1, "small", 4, 10000, "c5.2xlarge")]


def findings(task: str, *pools: Pool, limits: str = "{}", level: str = "error") -> list[tuple[int, int, str]]:
    text = (
        "nfconfgen: 1\npipeline: {name: p}\n"
        f"tasks: {{default: {task}}}\n"
        "sites: {s: {executor: awsbatch, region: eu-central-1, work_dir: 's3://bucket/work', "
        f"queues: [{', '.join(p.name for p in pools)}], limits: {limits}}}}}\n"
    )
    loaded = load_text(text, "p.yml")
    assert loaded.profile is not None, loaded.findings
    configured = loaded.profile.sites[0].limits
    made = plan(loaded.profile, {"s": tuple(Pool(p.name, p.shapes, configured) for p in pools)})
    return [(f.place.line, f.place.column, f.rule) for f in made.findings if f.level == level]


@pytest.mark.parametrize(
    ("task", "column", "rule"),
    [
        ("{memory: 15435 MB}", 27, "memory-fit"),
        ("{memory: 1 GB, cpus: 9}", 39, "cpus-fit"),
    ],
)
def test_a_misfit_is_reported_where_it_is_requested(task: str, column: int, rule: str) -> None:
    assert findings(task, SMALL) == [(3, column, rule)]


def test_cpus_and_memory_that_no_one_machine_has() -> None:
    assert findings("{memory: 30 GB, cpus: 8}", pool("q", C5_2XL, R5_XL)) == [(3, 27, "memory-fit")]


@pytest.mark.parametrize(
    ("task", "limits", "column", "rule"),
    [
        ("{memory: 2 GB}", "{memory: 1 GB}", 27, "memory-fit"),
        ("{memory: 1 GB, cpus: 3}", "{cpus: 2}", 39, "cpus-fit"),
        ("{memory: 1 GB, time: 2h}", "{time: 1h}", 39, "time-limit"),
    ],
)
def test_what_is_beyond_the_sites_limits_is_cut(task: str, limits: str, column: int, rule: str) -> None:
    assert (3, column, rule) in findings(task, SMALL, limits=limits, level="warning")
    assert findings(task, SMALL, limits=limits) == []
