"""Processes and the names they run under."""

from __future__ import annotations

from pathlib import Path

from nfconfgen.pipeline import script_file
from nfconfgen.pipeline.scripts import ScriptReader
from tests.pipeline.pipelines import NFCORE, SALMON, write


def test_a_process_without_a_module() -> None:
    (task,) = ScriptReader(SALMON).read()
    assert (task.qualified, task.process.place.line, task.process.labels) == ("salmon", 12, ())


def test_aliases_and_the_workflows_around() -> None:
    tasks = {task.qualified: task for task in ScriptReader(NFCORE).read()}
    assert sorted(tasks) == [
        "SMALL_RNA:RNA:ALIGN:SALMON_QUANT",
        "SMALL_RNA:RNA:ALIGN:STAR_ALIGN",
        "SMALL_RNA:RNA:ALIGN_AGAIN:SALMON_QUANT",
        "SMALL_RNA:RNA:ALIGN_AGAIN:STAR_ALIGN",
        "SMALL_RNA:RNA:FASTQC_RAW",
        "SMALL_RNA:RNA:FASTQC_TRIMMED",
        "SMALL_RNA:RNA:MULTIQC",
    ]
    raw = tasks["SMALL_RNA:RNA:FASTQC_RAW"]
    assert (raw.alias, raw.process.name, raw.process.labels) == ("FASTQC_RAW", "FASTQC", ("process_single",))
    assert tasks["SMALL_RNA:RNA:ALIGN:STAR_ALIGN"].process.labels == ("process_high", "process_long")


def test_directives_are_those_before_the_first_section() -> None:
    read = script_file.read(
        "process A {\n  label('x'); cpus 4\n  memory { 2.GB *\n task.attempt }\n  container = 'c'\n"
        "  input:\n  path x\n  script:\n  cpus 5\n  'run'\n}\nprocess B { 'echo' }\nprocess 'C' {\n}\n",
        "m.nf",
    )
    found = [(d.name, d.literal, d.place.line) for d in read.processes["A"].directives]
    assert found == [("label", "x", 2), ("cpus", "4", 2), ("memory", None, 3), ("container", None, 5)]
    assert sorted(read.processes) == ["A", "B", "C"]


def test_words_in_texts_and_calls_define_nothing() -> None:
    read = script_file.read(
        "log.info '''\nprocess X { }\n'''\nprocess.y = 1\nworkflow.onComplete { }\nx = [process: 1]\n", "m.nf"
    )
    assert (read.processes, read.calls) == ({}, {})


def test_every_way_to_include(tmp_path: Path) -> None:
    write(
        tmp_path,
        main_nf=(
            "include { A; B as C } from './m'\ninclude D from './m.nf'\n"
            "include { E } from \"${projectDir}/m\"\ninclude { F } from 'plugin/x'\n"
            "include { GONE } from './gone'\ninclude { H } from params.where\n"
            "workflow { A(); C(); D | E }\n"
        ),
        m_nf="process A { }\nprocess B { }\nprocess D { }\nprocess E { }\nprocess UNUSED { }\n",
    )
    reader = ScriptReader(tmp_path)
    assert sorted(task.qualified for task in reader.read()) == ["A", "C", "D", "E", "UNUSED"]
    assert [(f.place.line, f.message) for f in reader.findings] == [
        (5, "the pipeline includes ./gone, which does not exist")
    ]
    assert [(f.place.line, f.message) for f in reader.notes] == [
        (6, "not read: the included file is known only at run time")
    ]
    assert not reader.complete


def test_workflows_that_call_each_other_end(tmp_path: Path) -> None:
    chain = "\n".join(
        f"workflow W{n} {{ W{n + 1}() ; V{n + 1}() }}\nworkflow V{n} {{ W{n + 1}(); V{n + 1}() }}" for n in range(40)
    )
    write(tmp_path, main_nf=f"{chain}\nworkflow W40 {{ W0() }}\nworkflow {{ W0() }}\nprocess P {{ }}")
    reader = ScriptReader(tmp_path)
    assert [task.qualified for task in reader.read()] == ["P"]
    assert not reader.complete


def test_no_script_at_all(tmp_path: Path) -> None:
    reader = ScriptReader(tmp_path)
    assert reader.read() == ()
    assert not reader.complete
