"""GPUs and processors of instances: held to as those of nodes are. What is refused stands in tests/cases/bad."""

from __future__ import annotations

import pytest

from nfconfgen.executors.awsbatch.facts.region import RegionFacts
from nfconfgen.explain.page import page
from nfconfgen.explain.story import explained
from nfconfgen.explain.text import lines
from nfconfgen.facts.gather import Gathered
from nfconfgen.facts.model import Pool, Shape
from nfconfgen.plan import placement
from nfconfgen.plan.admission import Need, has_gpus
from nfconfgen.plan.plan_table import plan_lines
from nfconfgen.plan.route import NOWHERE
from nfconfgen.profile.model import Accelerator
from nfconfgen.render.groovy import quote
from nfconfgen.render.outputs import outputs
from nfconfgen.render.routing import routing
from nfconfgen.report.facts_table import lines as table_lines
from nfconfgen.report.facts_table import rows
from nfconfgen.report.plan_json import plan_as_json
from tests.core import load_text
from tests.plan.regions import plan_of, planned, region, text

ONE, TWO = Accelerator(1), Accelerator(2)


def on(facts: RegionFacts, tasks: str, fit: str = "request") -> list[tuple[str, str]]:
    """The queue and the instance of each attempt."""
    (task_plan,) = planned(facts, tasks, fit).sites[0].task_plans
    return [(step.request.queue, step.shape.name if step.shape else "") for step in task_plan.attempts]


def rules(facts: RegionFacts, tasks: str) -> list[tuple[str, str]]:
    return [(finding.level, finding.rule) for finding in planned(facts, tasks).findings]


@pytest.mark.parametrize(
    ("tasks", "instance"),
    [
        ("cpus: 2, memory: 4 GB", "m5.xlarge"),
        ("cpus: 2, memory: 4 GB, accelerator: 0", "m5.xlarge"),
        ("cpus: 2, memory: 4 GB, accelerator: 1", "g4dn.xlarge"),
        ("cpus: 8, memory: 4 GB, accelerator: 1", "g4dn.8xlarge"),
        ("cpus: 2, memory: 4 GB, accelerator: 2", "g4dn.12xlarge"),
        ("cpus: 2, memory: 4 GB, accelerator: {count: 2, type: t4}", "g4dn.12xlarge"),
    ],
)
def test_the_smallest_instance_that_has_the_gpus(tasks: str, instance: str) -> None:
    facts = region(("m5.xlarge", "g4dn.xlarge", "g4dn.8xlarge", "g4dn.12xlarge", "m5.12xlarge"))
    assert on(facts, tasks)[0] == ("q1", instance)


def test_attempts_go_from_one_queue_with_gpus_to_the_next_and_grow_no_further_than_those_instances() -> None:
    facts = region(("m5.xlarge",), ("m5.12xlarge", "g4dn.xlarge"), ("g4dn.8xlarge", "m5.12xlarge"))
    made = planned(facts, "cpus: 2, memory: 14 GB, accelerator: 1", attempts=10)
    assert not made.findings
    steps = made.sites[0].task_plans[0].attempts
    assert [step.request.queue for step in steps[:3]] == ["q2", "q3", "q3"]
    assert {step.shape.name for step in steps[1:] if step.shape} == {"g4dn.8xlarge"}
    assert steps[-1].capped_from_mib == 10 * 14336
    assert steps[-1].request.memory_mib < 131072


@pytest.mark.parametrize(
    ("tasks", "parts", "cpus"),
    [
        ("cpus: 2, memory: 4 GB", 24, 2),
        ("cpus: 2, memory: 4 GB, accelerator: 1", 4, 12),
        ("cpus: 2, memory: 4 GB, accelerator: 2", 2, 24),
        ("cpus: 2, memory: 4 GB, accelerator: 3", 1, 48),
        ("cpus: 16, memory: 4 GB, accelerator: 1", 3, 16),
    ],
)
def test_a_shared_instance_has_no_more_tasks_than_gpus(tasks: str, parts: int, cpus: int) -> None:
    step = planned(region(("g4dn.12xlarge",)), tasks, "share").sites[0].task_plans[0].attempts[0]
    assert (step.per_shape, step.request.cpus) == (parts, cpus)


@pytest.mark.parametrize("fit", ["instance", "share"])
def test_a_task_without_gpus_fits_every_instance_that_batch_may_choose(fit: str) -> None:
    """It may take those with GPUs for them as well, so the request must not be larger than the smallest."""
    facts = region(("r5.xlarge", "g4dn.xlarge", "m5.xlarge"))
    made = planned(facts, "cpus: 4, memory: 8 GB", fit).sites[0]
    request = made.task_plans[0].attempts[0].request
    assert all(request.memory_mib <= shape.memory_mib for shape in made.pools[0].shapes)


def test_fargate_has_none() -> None:
    facts = region((), kind="FARGATE")
    assert ("error", "gpus-fit") in rules(facts, "cpus: 2, memory: 4 GB, accelerator: 1")
    assert ("error", "gpus-fit") not in rules(facts, "cpus: 2, memory: 4 GB, accelerator: 0")


def test_cpus_and_memory_that_no_instance_with_gpus_has_both_of() -> None:
    (finding,) = planned(
        region(("x1.odd", "g4dn.xlarge", "m5.12xlarge")), "cpus: 8, memory: 12 GB, accelerator: 1"
    ).findings
    assert (finding.rule, finding.place.column) == ("memory-fit", 36)
    assert "as well as 1 GPU" in finding.message


@pytest.mark.parametrize(
    ("queues", "gpu_type", "found"),
    [
        ((("g4dn.xlarge", "m5.xlarge"),), "T4", []),
        ((("g4dn.xlarge", "g5.xlarge"),), "T4", [("error", "gpu-type")]),
        ((("g5.xlarge",), ("g4dn.xlarge",)), "T4", []),  # only the second is chosen
        ((("g4dn.8xlarge", "g5.xlarge"),), "T4", []),  # the other one is too small
        ((("g5.xlarge",),), "T4", [("error", "gpus-fit")]),
    ],
)
def test_a_type_that_cannot_be_requested_from_batch(
    queues: tuple[tuple[str, ...], ...], gpu_type: str, found: list[tuple[str, str]]
) -> None:
    tasks = f"cpus: 4, memory: 15000 MB, accelerator: {{count: 1, type: {gpu_type}}}"
    tasks = tasks.replace("cpus: 4", "cpus: 8") if "g4dn.8xlarge" in queues[0] else tasks
    assert rules(region(*queues), tasks) == found


def test_unknown_gpus_are_reported_and_come_last() -> None:
    wanted = "cpus: 2, memory: 4 GB, accelerator: 1"
    unknown = ("warning", "facts-missing")
    assert rules(region(("old.xlarge",)), wanted) == [unknown, unknown]
    assert rules(region(("old.xlarge",)), "cpus: 2, memory: 4 GB") == [unknown]
    assert on(region(("old.xlarge", "g4dn.12xlarge")), wanted)[0] == ("q1", "g4dn.12xlarge")


@pytest.mark.parametrize(
    ("queues", "found"),
    [
        ((("m5.xlarge", "g4dn.xlarge"),), []),
        ((("m5.xlarge", "m6g.xlarge"),), [("error", "architecture")]),
        ((("m6g.xlarge",),), [("warning", "architecture")]),
        ((("m5.xlarge",), ("m6g.xlarge",)), [("warning", "architecture")]),
        ((("m6g.xlarge", "old.xlarge"),), [("warning", "architecture"), ("warning", "facts-missing")]),
    ],
)
def test_processors(queues: tuple[tuple[str, ...], ...], found: list[tuple[str, str]]) -> None:
    assert sorted(rules(region(*queues), "cpus: 2, memory: 4 GB")) == found


def test_an_arm_queue_next_to_another_needs_images_of_both() -> None:
    messages = [f.message for f in planned(region(("m5.xlarge",), ("m6g.xlarge",)), "memory: 4 GB").findings]
    assert "arm64 and x86_64" in messages[0]


def test_slurm_distinguishes_types_by_case_and_ec2_names_products() -> None:
    node = Shape("n", 4, 10000, "configured", gpus={"a100": 2})
    assert has_gpus(node, Accelerator(2, "a100"))
    assert not has_gpus(node, Accelerator(2, "A100"))
    assert has_gpus(Shape("p4d", 4, 10000, "estimated", gpus={"A100": 8}), Accelerator(8, "a100"))


def test_the_most_memory_with_gpus_is_that_of_the_instances_that_have_them() -> None:
    shapes = (Shape("g", 4, 15000, "estimated", gpus={"T4": 1}), Shape("m", 4, 60000, "estimated"))
    assert placement.most_memory_mib(Pool("q", shapes), Need(1, 1, gpus=ONE)) == 15000
    assert placement.most_memory_mib(Pool("q", shapes), Need(1, 1, gpus=TWO)) is None
    assert placement.most_memory_mib(Pool("q", shapes), Need(1, 1)) == 60000


def test_a_label_that_adds_gpus_needs_no_queue_of_its_own() -> None:
    facts = region(("m5.xlarge",), ("g4dn.xlarge",))
    tasks = "memory: 4 GB}, labels: {gpu: {accelerator: 1}"
    made = plan_of(text(facts, tasks), facts)
    assert not made.findings
    block = outputs(made)["conf/s.config"].partition("withLabel: 'gpu'")[2].partition("}")[0]
    assert "queue" not in block
    assert "accelerator = 1" in block


def test_without_any_gpu_a_task_that_asks_for_one_is_refused() -> None:
    without = planned(region(("m5.xlarge",), ("m5.12xlarge",))).sites[0]
    assert str(routing(without)).startswith(f"{{\n    (task.accelerator?.request ?: 0) > 0 ? {quote(NOWHERE)} :\n")


def test_plan_comment_and_explanation_show_the_gpus() -> None:
    made = planned(region(("g4dn.12xlarge",)), "cpus: 2, memory: 4 GB, accelerator: 2", "share", attempts=1)
    (line,) = [line for line in plan_lines(made.sites) if "g4dn" in line]
    assert line.endswith("2 of 4 GPUs (T4), 2 per instance")
    assert "2 of 4 GPUs (T4), 2 per instance" in outputs(made)["conf/s.config"]
    story = explained(made, "2026-11-26T00:00:00Z", {"s"}, {("default", "")})
    (attempt,) = story.sites[0].tasks[0].attempts
    assert attempt.holder is not None
    assert (attempt.gpus, attempt.holder.gpus, attempt.holder.gpus_taken) == (2, 4, 4)
    assert any("94200 MiB, 2 GPUs" in line for line in lines(story))
    assert any(line.endswith("4 of 4 GPUs") for line in lines(story))
    assert "4 of 4 GPUs" in page(story)


def test_gpus_are_not_mentioned_without_a_request() -> None:
    made = planned(region(("g4dn.12xlarge",)), "cpus: 2, memory: 4 GB", attempts=1)
    story = explained(made, "2026-11-26T00:00:00Z", {"s"}, {("default", "")})
    assert not any("GPU" in line for line in (*plan_lines(made.sites), *lines(story), outputs(made)["conf/s.config"]))


def test_what_is_not_known_is_not_called_none() -> None:
    made = planned(region(("old.xlarge",)), "cpus: 2, memory: 4 GB, accelerator: 1", attempts=1)
    story = explained(made, "2026-11-26T00:00:00Z", {"s"}, {("default", "")})
    assert any("1 of an unknown number of GPUs" in line for line in plan_lines(made.sites))
    assert any("1 of an unknown number of GPUs" in line for line in lines(story))
    assert plan_as_json(made.sites[0])["tasks"][0]["attempts"][0]["shape"]["gpus"] is None


def test_the_table_of_facts_shows_gpus_and_foreign_processors() -> None:
    facts = region(("m5.xlarge", "g4dn.12xlarge", "m6g.xlarge"), ("old.xlarge",))
    loaded = load_text(text(facts), "p.yml").profile
    assert loaded is not None
    gathered = Gathered({loaded.sites[0].name: ()}, {"awsbatch": {"eu-central-1": facts}}, ())
    table = rows(loaded, gathered, "2026-11-26T00:00:00Z")
    assert [(row.instance_type, row.gpus, row.architecture) for row in table] == [
        ("m5.xlarge", {}, "x86_64"),
        ("m6g.xlarge", {}, "arm64"),
        ("g4dn.12xlarge", {"T4": 4}, "x86_64"),
        ("old.xlarge", None, None),
    ]
    shown = "\n".join(table_lines(table))
    assert "g4dn.12xlarge (4 T4) " in shown
    assert "m6g.xlarge (arm64) " in shown
    assert "m5.xlarge  " in shown
