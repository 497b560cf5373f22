"""The sites of a first profile: from options, from what was found, or from what the user answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from nfconfgen.errors import UsageError
from nfconfgen.executors.interface import Executor, Offers
from nfconfgen.initialise import key_rules
from nfconfgen.suggest import near
from nfconfgen.wording import listed

Executors = Mapping[str, Executor]
_MOST_QUEUES = 4
"""More queues than these are hardly all for one pipeline."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options set. `sites` are executors, each with the name of its site if one is given."""

    sites: Sequence[str] = ()
    partitions: Sequence[str] = ()
    queues: Sequence[str] = ()
    region: str = ""
    work_dirs: Sequence[str] = ()
    cli_path: str = ""


@dataclass(frozen=True, slots=True)
class FirstSite:
    """One site of the profile; what is empty is left out. `offered` lists the queues that there are."""

    name: str
    executor: str
    queues: Sequence[str] = ()
    offered: str = ""
    scope: str = ""
    work_dir: str = ""
    cli_path: str = ""
    engine: str = ""
    limits: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asking:
    """How questions are answered. `ask` takes a question and a default, and is None if nobody can answer; `report`
    prints a line."""

    ask: Callable[[str, str], str] | None
    report: Callable[[str], None]


def named(wanted: Wanted, executors: Executors) -> dict[str, str]:
    """Executor → the name of its site, empty if none is given. UsageError."""
    found: dict[str, str] = {}
    for text in wanted.sites:
        name, _, executor = text.rpartition("=")
        if executor not in executors:
            raise UsageError(f"--site {text}: must be {listed(executors, word='or')}, as in --site cluster=slurm")
        if executor in found:
            raise UsageError(f"--site {text}: a first profile has one site for {executor}: add others to it")
        if name and not key_rules.is_site_name(name):
            raise UsageError(f"--site {text}: {name} is no name of a site: letters and digits")
        found[executor] = name
    return found


class Sites:
    """Decides on the sites. `taken` are names of the pipeline's own profiles, `engine` is for tasks in containers, by
    executor."""

    def __init__(
        self, wanted: Wanted, executors: Executors, taken: frozenset[str], engines: Mapping[str, str], asking: Asking
    ) -> None:
        self._wanted = wanted
        self._executors = executors
        self._taken = taken
        self._engines = engines
        self._asking = asking

    def chosen(self, offers: Mapping[str, Offers]) -> dict[str, str]:
        """The executors of the profile with names of their sites; the user chooses, by default what was found."""
        given = named(self._wanted, self._executors)
        implied = _implied(self._wanted, self._executors)
        for name, option in implied.items():
            if given and name not in given:
                raise UsageError(f"{option} is for {name}, which --site leaves out: add --site {name}")
        if given:
            return given
        found = [name for name, offer in offers.items() if not offer.missing and self._may_be_all(name, offer)]
        found = [name for name in offers if name in implied or (name in found and self._executors[name].has_queues)]
        found = found or ["local"]
        question = f"Sites: {', '.join(offers)}"

        def fault(text: str) -> str:
            wrong = [name for name in _split(text) if name not in self._executors]
            return f"there is no executor {wrong[0]}" if wrong else ""

        return dict.fromkeys(_split(self._ask(question, ", ".join(found), fault)), "")

    def site(self, executor: str, name: str, offer: Offers) -> FirstSite:
        """One site. UsageError names the option for what must be known."""
        if name in self._taken:
            raise UsageError(
                f"--site {name}={executor}: the pipeline has a profile {name}, which Nextflow would merge"
            )
        name = name or next(each for each in self._names(executor) if each not in self._taken)
        self._taken |= {name}
        scope = self._scope(executor, offer)
        return FirstSite(
            name,
            executor,
            self._queues(executor, offer),
            listed(offer.queues, 12),
            scope,
            self._work_dir(executor, name),
            self._value(
                executor, "cli_path", "The AWS CLI on the instances, .../bin/aws (empty: the images have it)"
            ),
            self._engines.get(executor, ""),
        )

    def _names(self, executor: str) -> list[str]:
        first = self._executors[executor].first_names
        return [*first, *(f"{first[0]}{number}" for number in range(2, len(self._taken) + 3))]

    def _scope(self, executor: str, offer: Offers) -> str:
        """The cluster, if it is known, or the region."""
        if "cluster" in key_rules.keys(executor):
            return "" if key_rules.fault(executor, "cluster", offer.scope) else offer.scope
        if "region" not in key_rules.keys(executor):
            return ""
        region = self._wanted.region or offer.scope
        if region:
            return _checked(executor, "region", region, "--region")
        return self._needed(
            "AWS Batch: region", "", "--region", lambda text: key_rules.fault(executor, "region", text)
        )

    def _queues(self, executor: str, offer: Offers) -> list[str]:
        words = self._executors[executor].words
        if "queues" not in key_rules.keys(executor):
            return []
        automatic = key_rules.chooses(executor)
        given, option = (self._wanted.partitions, "--partition") if automatic else (self._wanted.queues, "--queue")

        def wrong(text: str) -> str:
            names = [name for name in _split(text) if not (automatic and name == key_rules.AUTO)]
            found = [key_rules.fault(executor, "queues", name) for name in names]
            found += [_unknown(name, offer, words.queue) for name in names]
            return next(filter(None, found), "")

        if given:
            if why := wrong(" ".join(given)):
                raise UsageError(f"{option} {' '.join(given)}: {why}")
            return _split(" ".join(given))

        question = f"{words.scheduler}: {words.queue}s in the order of preference"
        if automatic:
            return _split(self._ask(question, key_rules.AUTO if offer.queues else "", wrong))
        default = ", ".join(offer.queues) if self._may_be_all(executor, offer) else ""
        return _split(self._needed(question, default, option, wrong))

    def _may_be_all(self, executor: str, offer: Offers) -> bool:
        return key_rules.chooses(executor) or len(offer.queues) <= _MOST_QUEUES

    def _work_dir(self, executor: str, name: str) -> str:
        fitting = [text for text in self._wanted.work_dirs if not key_rules.fault(executor, "work_dir", text)]
        if fitting or not self._executors[executor].has_queues:
            return next(iter(fitting), "")
        example = "s3://BUCKET/work" if self._executors[executor].uploads else "/scratch/work"
        return self._value(executor, "work_dir", f"Work directory on {name}, such as {example} (empty: later)")

    def _value(self, executor: str, key: str, question: str) -> str:
        """An optional value; empty without one."""
        if key not in key_rules.keys(executor):
            return ""
        given = getattr(self._wanted, key, "")
        if given:
            return _checked(executor, key, given, f"--{key.replace('_', '-')}")
        return self._ask(question, "", lambda text: key_rules.fault(executor, key, text) if text else "")

    def _needed(self, question: str, default: str, option: str, wrong: Callable[[str], str]) -> str:
        def fault(text: str) -> str:
            return wrong(text) if text else "this must be known"

        if not default and self._asking.ask is None:
            raise UsageError(f"{option} is needed, as there is no terminal to ask: {question}")
        return self._ask(question, default, fault)

    def _ask(self, question: str, default: str, wrong: Callable[[str], str]) -> str:
        """The answer, asked for until it is right."""
        while self._asking.ask is not None:
            text = self._asking.ask(question, default)
            found = wrong(text)
            if not found:
                return text
            self._asking.report(found)
        return default


def _implied(wanted: Wanted, executors: Executors) -> dict[str, str]:
    """The executors for which options are set, each with one of these."""
    found = {}
    for name in executors:
        cloud = {"--queue": wanted.queues, "--region": wanted.region, "--cli-path": wanted.cli_path}
        options = {"--partition": wanted.partitions} if key_rules.chooses(name) else cloud
        if "queues" in key_rules.keys(name) and any(options.values()):
            found[name] = next(option for option, value in options.items() if value)
    return found


def check_work_dirs(wanted: Wanted, executors: Sequence[str]) -> None:
    """UsageError for one that no site can use."""
    for text in wanted.work_dirs:
        faults = [key_rules.fault(executor, "work_dir", text) for executor in executors]
        if all(faults):
            raise UsageError(f"--work-dir {text}: {faults[0] or 'no site uses it'}")


def _unknown(name: str, offer: Offers, queue: str) -> str:
    if not offer.queues or name in offer.queues:
        return ""
    return f"there is no {queue} {name} in use: {near(name, offer.queues) or f'there are {listed(offer.queues, 8)}'}"


def _checked(executor: str, key: str, text: str, option: str) -> str:
    wrong = key_rules.fault(executor, key, text)
    if wrong:
        raise UsageError(f"{option} {text}: {wrong}")
    return text


def _split(text: str) -> list[str]:
    return list(dict.fromkeys(filter(None, re.split(r"[,\s]+", text))))
