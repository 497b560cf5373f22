"""The queue of tasks, and options that depend on what they ask for, as rules of a profile."""

from __future__ import annotations

import re
from functools import partial

from nfconfgen.expressions.amounts import Duration, Memory, UnknownError
from nfconfgen.imports.recognise import sbatch_line
from nfconfgen.imports.recognise.conditions import Bound, Bounds
from nfconfgen.imports.recognise.decisions import decisions
from nfconfgen.imports.recognise.draft import Keys
from nfconfgen.imports.recognise.growth import ATTEMPTS
from nfconfgen.imports.recognise.meaning import Known, asked, meaning, memory_of, plain, time_of
from nfconfgen.imports.recognise.pieces import Code, closing, inner, split
from nfconfgen.profile.checking.site_keys import MOST_WITHOUT_QUEUE
from nfconfgen.profile.references import FromParam, Text

_BELOW = {"<=": "", "<": "under", ">": "over", ">=": "from"}


def of_site(code: Code, executor: str) -> object:
    """`queues` of a site: one queue, what a param or the environment says, or rules."""
    found = decisions(code)
    if len(found) == 1:
        value = meaning(found[0].code)
        if isinstance(value, Text) or value is False:
            return plain(value)
        return [_queue(value)]
    rules = [_rule(_queue(meaning(each.code)), when(each.bounds)) for each in found]
    rules = _in_order(rules)
    *conditional, last = rules
    # the same queue for several conditions in a row stays as it is written
    return [*conditional, last["queue"] if set(last) == {"queue"} and not isinstance(last["queue"], list) else last]


def _in_order(rules: list[Keys]) -> list[Keys]:
    """Two queues by the attempt begin with that of the first."""
    if len(rules) == 2 and rules[0].get("when") in ({"over": {"attempt": 1}}, {"from": {"attempt": 2}}):
        return [{"queue": rules[1]["queue"], "when": {"attempt": 1}}, {"queue": rules[0]["queue"]}]
    return rules


def _rule(queue: object, bounds: Keys) -> Keys:
    return {"queue": queue, **_when(bounds)}


def _queue(value: object) -> object:
    """One name, or several at once."""
    if not isinstance(value, str) or not value:
        raise UnknownError("a queue is no text")
    names = [name.strip() for name in value.split(",")]
    return names if len(names) > 1 else names[0]


def of_class(code: Code) -> object:
    """`queue` of a task class."""
    value = meaning(code)
    if isinstance(value, Text):
        if not isinstance(value.whole, FromParam):
            raise UnknownError("its queue is put together when Nextflow runs")
        return plain(value)
    return _queue(value)


def recognised(code: Code) -> str:
    return "a closure on what tasks ask for" if len(decisions(code)) > 1 else ""


def option_rules(code: Code, tries: int = ATTEMPTS) -> list[Keys]:
    """Options of every task, or rules that set some: those that name no queue, so that the first that a task meets
    counts for each option."""
    code = _joined(inner(code))
    failed: UnknownError | None = None
    for rules in (_always, _chosen, partial(_by_attempt, tries=tries)):
        try:
            return rules(code)
        except UnknownError as error:
            failed = error if rules is _chosen else failed
    assert failed is not None
    raise failed


def _always(code: Code) -> list[Keys]:
    return [_options(code)]


def _chosen(code: Code) -> list[Keys]:
    return [{**_when(when(each.bounds)), **_options(each.code)} for each in decisions(code)]


def _options(code: Code) -> Keys:
    return sbatch_line.options(meaning(code, in_words=True))


def _when(bounds: Keys) -> Keys:
    return {"when": bounds} if bounds else {}


def _joined(code: Code) -> Code:
    """The only item of `[ … ].join(' ').trim()`; anything else stays."""
    text = "".join(token.text for token in code if token.kind != "newline")
    if not code or code[0].text != "[" or not re.search(r"\]\.join\( ?\)(\.trim\(\))?$", text):
        return code
    end = closing(code)
    items = split(code[1:end], ",") if end > 0 else []
    return items[0] if len(items) == 1 else code


def _by_attempt(code: Code, tries: int) -> list[Keys]:
    """Options that grow with the attempt, one rule each; the last holds for all later ones."""
    values = [sbatch_line.options(asked(code, {"attempt": attempt}, None, {})) for attempt in range(1, tries + 1)]
    changes = [attempt for attempt in range(1, tries) if values[attempt - 1] != values[attempt]]
    if len(changes) >= MOST_WITHOUT_QUEUE:
        raise UnknownError("it changes with every attempt")
    return [*({"when": {"attempt": attempt}, **values[attempt - 1]} for attempt in changes), values[-1]]


def together(rules: list[Keys], chosen: object) -> object:
    """`queues` with the rules of options. Each queue gets its options where they follow from its own conditions; else
    rules without a queue come first."""
    if not rules:
        return chosen
    if chosen is None:
        return _alone(rules)
    if not isinstance(chosen, list):
        raise UnknownError("its options depend on the task, and its queue on a param")
    arms = [arm if isinstance(arm, dict) else {"queue": arm} for arm in chosen]
    options = [_of_arm(number, arms, rules) for number in range(len(arms))]
    if all(one is not None for one in options):
        return [{**arm, **(one or {})} for arm, one in zip(arms, options, strict=True)]
    return [*_alone(rules), *chosen]


def _alone(rules: list[Keys]) -> list[Keys]:
    """Rules that name no queue, without those at the end that set nothing. UnknownError for one before others."""
    while rules and not set(rules[-1]) - {"when"}:
        rules = rules[:-1]
    if not all(set(rule) - {"when"} for rule in rules):
        raise UnknownError("some tasks have no options, though later conditions are theirs, too")
    return rules


def _of_arm(number: int, arms: list[Keys], rules: list[Keys]) -> Keys | None:
    """The options of tasks that come to this queue; None: they do not follow from its conditions."""
    before = [arm.get("when") for arm in arms[:number]]
    for rule in rules:
        if "when" not in rule or rule["when"] == arms[number].get("when"):
            return {key: value for key, value in rule.items() if key != "when"}
        if rule["when"] not in before:
            return None
    return {}


def container_options(code: Code, engine: str) -> object:
    """Options of the container, for the engine of the site; empty: another config enables it."""
    try:
        value = meaning(code)
    except UnknownError:
        value = asked(code, {}, None, {}, {"workflow": Known({"containerEngine": engine} if engine else {})})
    if not isinstance(value, str | Text):
        raise UnknownError("it is no text")
    return plain(value, by_shell=True) if isinstance(value, str) else str(value)


def when(bounds: Bounds) -> dict[str, object]:
    """The bounds as `when` of a profile. UnknownError if one has no key."""
    found: dict[str, object] = {}
    for bound in bounds:
        if bound.operator == "set" and any(other.what == bound.what and other is not bound for other in bounds):
            continue  # a bound does not hold for what is not set
        if bound.what == "accelerator":
            found["accelerator"] = _of_gpus(bound)
            continue
        if bound.operator in ("set", "unset"):
            raise UnknownError(f"a condition is whether task.{bound.what} is set")
        key = _BELOW[bound.operator]
        home = found.setdefault(key, {}) if key else found
        assert isinstance(home, dict)
        home[bound.what] = _plain(bound)
    return found


def _of_gpus(bound: Bound) -> bool:
    if (bound.operator, bound.value) in ((">", 0), (">=", 1)):
        return True
    if (bound.operator, bound.value) in (("<=", 0), ("<", 1)):
        return False
    raise UnknownError("a condition is about a number of GPUs")


def _plain(bound: Bound) -> object:
    if bound.what in ("memory", "memory_per_cpu") and isinstance(bound.value, Memory):
        return memory_of(bound.value)
    if bound.what == "time" and isinstance(bound.value, Duration):
        return time_of(bound.value)
    if bound.what in ("cpus", "attempt") and isinstance(bound.value, int):
        return bound.value
    raise UnknownError(f"a condition compares task.{bound.what} with another kind of value")
