"""Requests by label, through the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest

from nfconfgen.profile.document.schema import schema
from nfconfgen.recommend.simulation.of_site import simulated
from nfconfgen.runs.merged import merged
from nfconfgen.runs.observed import Correlation
from tests.cli import Ended, nfconfgen
from tests.plan import regions
from tests.recommend.observations import bins, observed

PROFILE = """\
nfconfgen: 1
pipeline: {name: reads}
tasks:
  default: {cpus: 1, memory: 6 GB, time: 1h}
  labels:
    low: {memory: 12 GB}      # for most
    high: {cpus: 8, memory: 60 GB}
    long: {time: 2h}
  processes:
    OWN: {memory: 8 GB}
retry: {attempts: 2, exit_codes: [137], memory: double}
sites:
  cluster: {executor: slurm, limits: {cpus: 16, memory: 64 GB, time: 1d}}
  other:
    executor: slurm
    limits: {memory: 64 GB, time: 1d}
    tasks: {labels: {low: {memory: 10 GB}}}
"""
LABELS: Mapping[str, tuple[str, ...]] = {
    "TRIM": ("low",),
    "COUNT": ("low", "long"),
    "ALIGN": ("low", "high"),
    "OWN": ("high",),
    "PLAIN": (),
    "LONG": ("long",),
}
PEAKS = {"TRIM": 1000, "COUNT": 3000, "ALIGN": 20_000, "OWN": 2000, "PLAIN": 700, "LONG": 600}
HEAD = "process\tstatus\texit\tattempt\tcpus\tmemory\ttime\tsubmit\tcomplete\trealtime\t%cpu\tpeak_rss\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "profile.yml").write_text(PROFILE)
    (tmp_path / "nextflow.config").write_text("includeConfig 'conf/profiles.config'\n")
    bodies = [
        "\n".join(
            (f"process {name} {{", *(f"    label '{label}'" for label in some), "    script:", "    'true'", "}\n")
        )
        for name, some in LABELS.items()
    ]
    calls = "".join(f"    {name}()\n" for name in LABELS)
    (tmp_path / "main.nf").write_text("".join(bodies) + f"workflow W {{\n{calls}}}\nworkflow {{\n    W()\n}}\n")
    rows = [
        f"W:{name}\tCOMPLETED\t0\t1\t8\t{60 << 30}\t3600000\t1000\t2000\t600000\t100\t{(peak + at) << 20}\n"
        for name, peak in PEAKS.items()
        for at in range(40)
    ]
    (tmp_path / "trace.txt").write_text(HEAD + "".join(rows))
    return tmp_path


def recommend(folder: Path, *options: str) -> Ended:
    return nfconfgen("recommend", folder / "profile.yml", folder / "trace.txt", "--labels", *options)


def test_processes_are_sized_by_the_label_that_decides(folder: Path) -> None:
    ended = recommend(folder, "--write", "--format", "json")
    assert ended.code == 0, ended
    found = {each["process"]: each for each in json.loads(ended.out)["recommended"]["processes"]}
    assert found.keys() == {"withLabel:low", "withLabel:high", "W:OWN", "W:PLAIN", "W:LONG"}
    assert found["withLabel:low"]["tasks"] == 80
    assert 3039 < found["withLabel:low"]["ask"]["memory_mib"] < 4000
    assert 20_039 < found["withLabel:high"]["ask"]["memory_mib"] < 25_000
    text = (folder / "profile.yml").read_text()
    memory = found["withLabel:low"]["ask"]["memory_mib"]
    # also where a site sets it
    assert text.count(f"memory: {memory} MB") == 2
    assert "# for most" in text
    assert "TRIM" not in text
    assert "OWN: {cpus: 1, memory: " in text or "OWN: {memory: " in text
    assert nfconfgen("build", folder / "profile.yml", "--offline").code == 0
    again = recommend(folder, "--write", "--format", "json")
    assert (again.code, (folder / "profile.yml").read_text()) == (0, text)


def sized(folder: Path) -> dict[str, list[str]]:
    """What is sized, and the processes that it stands for."""
    data = json.loads(recommend(folder, "--format", "json").out)
    jsonschema.validate(data, schema("recommend"))
    return {each["process"]: each["processes"] for each in data["recommended"]["processes"]}


def test_a_label_stands_for_its_processes(folder: Path) -> None:
    found = sized(folder)
    assert (found["withLabel:low"], found["W:OWN"]) == (["W:COUNT", "W:TRIM"], [])


def test_what_the_files_do_not_have_is_reported(folder: Path) -> None:
    trace = folder / "trace.txt"
    trace.write_text(trace.read_text().replace("W:TRIM", "OTHER:GONE"))
    ended = recommend(folder)
    assert ended.code == 0
    assert [line for line in ended.out.splitlines() if "none of the pipeline's files" in line and "GONE" in line]
    trace.write_text(trace.read_text().replace("OTHER:GONE", "W:TRIM"))
    assert "none of the pipeline's files" not in recommend(folder).out


def test_the_pipeline_orders_the_labels(folder: Path) -> None:
    """A selector that it has, too, keeps its place there."""
    blocks = "process {\n    withLabel: high { cpus = 2 }\n    withLabel: low { cpus = 1 }\n}\n"
    config = folder / "nextflow.config"
    config.write_text(blocks + config.read_text())
    assert sized(folder)["withLabel:low"] == ["W:ALIGN", "W:COUNT", "W:TRIM"]


def test_a_label_stands_for_no_process_that_the_pipeline_sizes(folder: Path) -> None:
    config = folder / "nextflow.config"
    config.write_text("process {\n    withName: COUNT { memory = 30.GB }\n}\n" + config.read_text())
    found = sized(folder)
    assert (found["withLabel:low"], found["W:COUNT"]) == (["W:TRIM"], [])


def test_a_site_that_requests_no_memory_decides_nothing(folder: Path) -> None:
    profile = folder / "profile.yml"
    found = sized(folder)
    profile.write_text(PROFILE.replace("limits: {memory: 64 GB, time: 1d}", "ask_memory: never"))
    assert sized(folder) == found


def test_a_class_with_the_request_of_a_label_belongs_to_it(folder: Path) -> None:
    """What is written for the label would be its request, too."""
    profile = folder / "profile.yml"
    profile.write_text(PROFILE.replace("OWN: {memory: 8 GB}", "OWN: {memory: 8 GB}\n    PLAIN: {label: low}"))
    assert sized(folder)["withLabel:low"] == ["W:COUNT", "W:PLAIN", "W:TRIM"]


def test_what_labels_cannot_decide_is_reported(folder: Path) -> None:
    script = folder / "main.nf"
    script.write_text(script.read_text().replace("label", "tag"))
    ended = recommend(folder)
    assert (ended.code, "no label" in ended.out) == (0, True), ended
    script.write_text("")
    ended = recommend(folder)
    assert (ended.code, "--pipeline" in ended.err) == (2, True)


def test_a_simulated_run_has_the_tasks_of_each_process() -> None:
    facts = regions.region(["m5.12xlarge"])
    text = regions.text(facts, "cpus: 1, memory: 1 GB").replace("}}\ns", "}, labels: {low: {memory: 2 GB}}}\ns")
    (plan,) = regions.plan_of(text, facts).sites
    both = merged("withLabel:low", [observed(name, [1000.0] * 10) for name in "AB"])
    found = simulated(plan, [both], [], 20, None)
    assert found is not None
    assert (found.of_samples, found.tasks) == (10, 40)
    assert found.reserved_gib_h == pytest.approx(2 * 40 * 100 / 3600)


def test_what_classes_of_their_own_would_save_is_reported(folder: Path) -> None:
    ended = recommend(folder, "--html", str(folder / "page.html"))
    assert ended.code == 0, ended
    assert "withLabel:low: 2 processes, COUNT, TRIM" in ended.out
    assert "COUNT needs most" in ended.out
    assert "withLabel:low" in (folder / "page.html").read_text()


def test_processes_that_did_not_run_are_named(folder: Path) -> None:
    """What a label is lowered to is theirs, too."""
    trace = folder / "trace.txt"
    assert "did not run" not in recommend(folder).out
    trace.write_text("".join(line for line in trace.read_text().splitlines(True) if "COUNT" not in line))
    out = recommend(folder).out
    (remark,) = [line for line in out.splitlines() if "did not run" in line]
    assert remark.startswith("withLabel:low: 1 process ")
    assert remark.endswith(" COUNT")


def test_labels_are_those_of_a_pipeline(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    apart = tmp_path_factory.mktemp("apart")
    for name in ("profile.yml", "trace.txt"):
        (folder / name).rename(apart / name)
    ended = recommend(apart)
    assert (ended.code, "--pipeline" in ended.err) == (2, True)
    assert recommend(apart, "--pipeline", str(apart)).code == 2
    ended = recommend(apart, "--pipeline", str(folder))
    assert "withLabel:high" in ended.out


def test_all_tasks_are_in_what_is_merged() -> None:
    one, other = observed("A", [1.0, 2.0]), observed("B", [2.0, 3.0, 4.0], asked_mib=9)
    found = merged("C", [one, other])
    assert (found.process, found.tasks, found.measured) == ("C", 5, 5)
    assert found.memory_bins == bins([1.0, 2.0, 2.0, 3.0, 4.0])
    assert found.asked == other.asked
    assert found.used_gib_h == pytest.approx(one.used_gib_h + other.used_gib_h)
    assert found.first_submit_ms is None
    assert found.input_memory == Correlation()
    assert found.members == (one, other)
