"""A process for each class: matched by its selector, and by no other."""

from __future__ import annotations

from nfconfgen.findings import Place
from nfconfgen.profile.model import Kind, TaskClass
from nfconfgen.profile.queue_model import Located
from nfconfgen.verify.stub_names import stubs

HERE = Place("p.yml")


def task(kind: Kind, name: str = "") -> TaskClass:
    return TaskClass(kind, name, HERE, Located(1, HERE), Located(1024, HERE), None, None, None)


def test_plain_names_stand_for_themselves() -> None:
    found, skipped = stubs("s", [task("default"), task("label", "big-one"), task("process", "A:B:ALIGN")])
    assert [(stub.name, stub.labels) for stub in found] == [
        ("NFCONFGEN_TASK_0", ()),
        ("NFCONFGEN_TASK_1", ("big-one",)),
        ("A:B:ALIGN", ()),
    ]
    assert skipped == []


def test_patterns_get_a_name_that_no_other_selector_matches() -> None:
    classes = [task("process", "STAR.*"), task("process", "STAR"), task("process", "SALMON|STAR")]
    found, skipped = stubs("s", classes)
    assert [(stub.selector, stub.name) for stub in found] == [("STAR.*", "STARX"), ("SALMON|STAR", "SALMON")]
    assert [(one.selector, one.kind) for one in skipped] == [("STAR", "process")]


def test_what_another_selector_always_overrules_is_left_out() -> None:
    found, skipped = stubs("s", [task("default"), task("label", "x"), task("process", ".*")])
    assert [stub.selector for stub in found] == [".*"]
    assert [one.kind for one in skipped] == ["default", "label"]


def test_a_negated_selector_is_matched_by_what_it_does_not_name() -> None:
    found, skipped = stubs("s", [task("process", "!A"), task("process", "A")])
    assert [(stub.selector, stub.name) for stub in found] == [("!A", "NFCONFGEN_TASK_0"), ("A", "A")]
    assert skipped == []
