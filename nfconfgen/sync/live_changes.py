"""Compares the lock with the present infrastructure: what is new (+), different (~) and gone (-). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nfconfgen.facts.gather import Known
from nfconfgen.plan.model import Attempt, Plan
from nfconfgen.profile.units import time_text

Sign = Literal["+", "~", "-"]


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` is named as in the lock or the plan; `site` is empty for facts."""

    sign: Sign
    what: str
    before: str = ""
    after: str = ""
    site: str = ""

    @property
    def text(self) -> str:
        values = " → ".join(value for value in (self.before, self.after) if value)
        return f"{self.sign} {self.what}: {values}" if values else f"{self.sign} {self.what}"


def of_facts(before: Known, after: Known) -> list[Difference]:
    """What a build would write into the lock."""
    return [Difference(*found) for found in _compared(_tree(before), _tree(after), ())]


def of_plans(before: Plan, after: Plan) -> list[Difference]:
    """What tasks would request instead."""
    was, will = _requests(before), _requests(after)
    found = []
    for key in dict.fromkeys([*was, *will]):
        if was.get(key) != will.get(key):
            sign: Sign = "+" if key not in was else "-" if key not in will else "~"
            found.append(Difference(sign, " ".join(key), was.get(key, ""), will.get(key, ""), site=key[0]))
    return found


def counted(differences: list[Difference]) -> str:
    """As in `1 to add, 2 to change, 0 to remove`."""
    signs = [difference.sign for difference in differences]
    return f"{signs.count('+')} to add, {signs.count('~')} to change, {signs.count('-')} to remove"


def _tree(known: Known) -> dict[str, Any]:
    return {
        executor: {scope: facts.to_json() for scope, facts in scopes.items()} for executor, scopes in known.items()
    }


def _compared(
    before: Mapping[str, Any], after: Mapping[str, Any], at: tuple[str, ...]
) -> Iterator[tuple[Sign, str, str, str]]:
    for key in sorted({*before, *after}):
        here = (*at, key)
        old, new = before.get(key), after.get(key)
        if old == new and (key in before) == (key in after):
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _compared(old, new, here)
        elif key not in before:
            yield "+", " ".join(here), "", _value(new)
        elif key not in after:
            yield "-", " ".join(here), _value(old), ""
        else:
            yield "~", " ".join(here), _value(old), _value(new)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_value(each)}" for key, each in value.items()) or "nothing"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_value, value)) or "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value in (None, "") else str(value)


def _requests(plan: Plan) -> dict[tuple[str, str, str], str]:
    return {
        (site.site.name, f"{part.task.kind} {part.task.name}".strip(), f"attempt {attempt.number}"): _text(attempt)
        for site in plan.sites
        for part in site.task_plans
        for attempt in part.attempts
    }


def _text(attempt: Attempt) -> str:
    request = attempt.request
    time = f", {time_text(request.time_s)}" if request.time_s is not None else ""
    return f"{request.queue}, {request.cpus} CPUs, {request.memory_mib} MiB{time}"
