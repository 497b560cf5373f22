"""What closures of real sites choose, as rules: each task gets what the closure itself would give it."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import pytest

from nfconfgen.expressions.amounts import Duration, Memory, UnknownError
from nfconfgen.imports.recognise.conditions import Bound
from nfconfgen.imports.recognise.decisions import decisions
from nfconfgen.imports.recognise.meaning import meaning
from nfconfgen.imports.recognise.pieces import Code
from nfconfgen.imports.recognise.queue_choice import of_site, option_rules, together, when
from nfconfgen.pipeline.tokens import tokens

_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Task:
    gb: int
    hours: int
    cpus: int
    attempt: int

    def meets(self, bound: Bound) -> bool:
        memory, time = Memory(self.gb << 30).size, Duration(self.hours * 3_600_000).size
        sizes = {"memory": memory, "time": time, "cpus": self.cpus, "attempt": self.attempt}
        size = memory / self.cpus if bound.what == "memory_per_cpu" else sizes[bound.what]
        return bound.operator == "set" or (bound.operator != "unset" and _SIGNS[bound.operator](size, bound.size))


_TASKS = [
    Task(*sizes) for sizes in product((1, 2, 3, 32, 33, 786, 787), (1, 6, 7, 24, 25, 200), (1, 4, 5, 9), (1, 2, 3))
]

_LONG_AND_BIG = """{
    def mem = task.memory
    def t   = task.time
    if (t > 24.h) {
        if (mem > 32.GB) { return 'big_long' } else { return 'long' }
    } else {
        if (mem > 32.GB) { return 'big' }
    }
    'short'
}"""
_PARTITIONS = """{
    if (task.memory && task.memory > 786.GB) {
        return 'himem'
    }
    def partitions = ['open']
    if (task.time <= 6.h)  { partitions.add('hipri') }
    if (task.time <= 24.h) { partitions << 'medpri' }
    partitions.add('lowpri')
    return partitions.join(',')
}"""
_REPLACED = """{
    def queue = 'long'
    if (task.time <= 24.h)
        queue = 'medium'
    if (task.time < 6.h && task.cpus < 9) { queue = 'short' }
    queue
}"""
_NESTED = """{ task.memory <= 32.GB
    ? (task.time < 6.h ? task.memory <= 2.GB ? 'a' : 'b' : task.time < 24.h ? 'c' : 'd')
    : 'e' }"""


def _partitions(task: Task) -> str:
    if task.gb > 786:
        return "himem"
    return ",".join(
        ["open", *["hipri"] * (task.hours <= 6), *["medpri"] * (task.hours <= 24), "lowpri"],
    )


def _nested(task: Task) -> str:
    if task.gb > 32:
        return "e"
    return ("a" if task.gb <= 2 else "b") if task.hours < 6 else "c" if task.hours < 24 else "d"


def _replaced(task: Task) -> str:
    return "short" if task.hours < 6 and task.cpus < 9 else "medium" if task.hours <= 24 else "long"


@pytest.mark.parametrize(
    ("text", "given"),
    [
        (_NESTED, _nested),
        (
            "{ !(task.memory > 2.GB) && (task.cpus == 4 || task.time >= 25.h) ? 'a' : task.attempt > 1 ? 'b' : 'c' }",
            lambda one: "a" if one.gb <= 2 and (one.cpus == 4 or one.hours >= 25) else "cbb"[one.attempt - 1],
        ),
        (_LONG_AND_BIG, lambda one: (("short", "long"), ("big", "big_long"))[one.gb > 32][one.hours > 24]),
        (_PARTITIONS, _partitions),
        (_REPLACED, _replaced),
        ("{ \"${task.cpus > 4 ? 'wide' : ''}\" }", lambda one: "wide" if one.cpus > 4 else ""),
        (
            "{ if (task.cpus > 4 && task.cpus <= 4) 'none' else if (task.attempt == 1) 'first' else 'later' }",
            lambda one: "first" if one.attempt == 1 else "later",
        ),
        (
            "{ task.memory.toGiga() > 2 && task.time.toHours() <= 6 ? 'a' : 'b' }",
            lambda one: _ab(one.gb > 2, one.hours < 7),
        ),
        ("{ task.memory / task.cpus <= 8.GB ? 'a' : 'b' }", lambda one: _ab(one.gb / one.cpus <= 8)),
        ("{ task.memory.toMega() / task.cpus > 7680 ? 'a' : 'b' }", lambda one: _ab(one.gb / one.cpus > 7.5)),
        ("{ task.time == null ? 'b' : task.time <= 6.h ? 'a' : 'b' }", lambda one: _ab(one.hours <= 6)),
        ("{ task.memory != null && task.memory > 32.GB ? 'a' : 'b' }", lambda one: _ab(one.gb > 32)),
    ],
)  # fmt: skip
def test_each_task_gets_what_the_closure_gives_it(text: str, given: Callable[[Task], str]) -> None:
    found = decisions(_code(text))
    assert found[-1].bounds == ()
    for task in _TASKS:
        chosen = next(each for each in found if all(map(task.meets, each.bounds)))
        assert meaning(chosen.code) == given(task), task
    # each has a form in a profile
    assert [when(each.bounds) for each in found][-1] == {}


def _ab(*holds: bool) -> str:
    return "a" if all(holds) else "b"


def _code(text: str) -> Code:
    return tuple(tokens(text))


@pytest.mark.parametrize(
    "text",
    [
        "{ def x = []; x.add('a'); x }",
        "{ def x = []; x.remove('a'); x.join(',') }",
        "{ def x = 'a'; x += 'b'; x }",
        "{ log.info('x'); 'a' }",
        "{ for (x in 1..3) { return 'a' } }",
        "{ if (task.cpus > 1) { 'a' } }",
        "{ task.time == null ? 'a' : task.memory > 1.GB ? 'b' : 'a' }",
        "{ task.memory.toGiga() / task.cpus > 12 ? 'a' : 'b' }",
        "{ " + " else ".join(f"if (task.cpus > {number}) 'q{number}'" for number in range(40)) + " else 'a' }",
        "{ " + "; ".join(f"if (task.cpus > {number}) x{number} = 1" for number in range(14)) + "; 'a' }",
    ],
)
def test_what_does_more_than_to_choose(text: str) -> None:
    with pytest.raises(UnknownError):
        [(when(each.bounds), meaning(each.code)) for each in decisions(_code(text))]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ('{ params.project ? "-A ${params.project}" : "" }', [{"account": {"param": "project"}}]),
        (
            "(params.lab ? \"-A ${params.lab} \" : '') + \"${params.more ?: ''}\"",
            [{"account": {"param": "lab"}, "cluster_options": ["${params.more}"]}],
        ),
        (
            "{ task.accelerator ? \"--gres=gpu:${task.accelerator.request}\" : '' }",
            [{"cluster_options": ["--gres=gpu:${task.accelerator}"]}],
        ),
        ("{ task.time > 6.h ? '-q long' : '' }", [{"when": {"over": {"time": "6h"}}, "qos": "long"}, {}]),
        ("['--qos=a'].join(' ').trim()", [{"qos": "a"}]),
    ],
)
def test_options(text: str, rules: list[dict[str, object]]) -> None:
    assert option_rules(_code(text)) == rules


@pytest.mark.parametrize(
    "text",
    [
        '{ params.project ? "-A ${params.lab}" : "" }',
        "{ params.project ? \"-A ${params.project}\" : '-A other' }",
        '{ params.project ? "-A lab" : "" }',
    ],
)
def test_options_that_stand_where_something_else_is_set(text: str) -> None:
    with pytest.raises(UnknownError):
        option_rules(_code(text))


def test_rules_that_set_nothing_stand_before_no_other() -> None:
    long_ = option_rules(_code("{ task.time > 6.h ? '-q long' : '' }"))
    assert together(long_, ["a"]) == [long_[0], "a"]
    assert together(long_, None) == [long_[0]]
    queues = of_site(_code("{ task.time > 6.h ? 'a' : 'b' }"), "slurm")
    assert together(long_, queues) == [
        {"queue": "a", "when": {"over": {"time": "6h"}}, "qos": "long"},
        {"queue": "b"},
    ]
    with pytest.raises(UnknownError):
        together(option_rules(_code("{ task.time > 6.h ? '' : '-q short' }")), ["a"])


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        (
            "{ (task.time ?: 1.h) <= 4.h ? 'short' : 'long' }",
            [{"queue": "long", "when": {"over": {"time": "4h"}}}, "short"],
        ),
        ("{ (task.time ?: 5.h) <= 4.h ? 'short' : 'long' }", [{"queue": "short", "when": {"time": "4h"}}, "long"]),
        ("{ 4.h < (task.time ?: 72.h) ? 'long' : 'short' }", [{"queue": "short", "when": {"time": "4h"}}, "long"]),
        (
            "{ if ((task.memory?.toGiga() ?: 9) > 8) { return 'big' }\n 'small' }",
            [{"queue": "small", "when": {"under": {"memory": "9 GB"}}}, "big"],
        ),
        ("{ (task.cpus ?: 8) > 4 ? 'wide' : 'small' }", [{"queue": "wide", "when": {"over": {"cpus": 4}}}, "small"]),
    ],
)
def test_what_holds_for_tasks_without_a_value_is_the_last_rule(code: str, rules: object) -> None:
    assert of_site(tuple(tokens(code)), "slurm") == rules


def test_a_default_that_holds_within_several_conditions_is_no_rule() -> None:
    with pytest.raises(UnknownError):
        of_site(tuple(tokens("{ (task.time ?: 72.h) > 24.h && task.cpus > 4 ? 'long' : 'short' }")), "slurm")
