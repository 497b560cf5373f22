"""The sites of a first profile: from options, from what was found, or from what the user answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nfconfgen.errors import UsageError
from nfconfgen.executors.interface import Offers
from nfconfgen.initialise import key_rules
from nfconfgen.initialise.brought import Brought
from nfconfgen.initialise.wanted import Executors, Wanted, checked, implied, named, split
from nfconfgen.suggest import near
from nfconfgen.wording import listed

_MOST_QUEUES = 4
"""More queues than these are hardly all for one pipeline."""


@dataclass(frozen=True, slots=True)
class FirstSite:
    """One site of the profile; what is empty is left out. `offered` lists the queues that there are, `brought` is
    what an existing config says about it. `gpu_limits` are by process."""

    name: str
    executor: str
    queues: Sequence[str] = ()
    offered: str = ""
    scope: str = ""
    work_dir: str = ""
    cli_path: str = ""
    engine: str = ""
    limits: Mapping[str, object] = field(default_factory=dict)
    gpu_limits: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    brought: Brought | None = None

    @property
    def has(self) -> frozenset[str]:
        """The keys that the existing config sets, and `account` if its tasks have one."""
        keys = self.brought.keys if self.brought is not None else {}
        of_tasks = keys.get("tasks", {}).get("default", {})
        return frozenset([*keys, *(["account"] if "account" in of_tasks else [])])


@dataclass(frozen=True, slots=True)
class Asking:
    """How questions are answered. `ask` takes a question and a default, and is None if nobody can answer; `report`
    prints a line."""

    ask: Callable[[str, str], str] | None
    report: Callable[[str], None]

    def answer(self, question: str, default: str, wrong: Callable[[str], str]) -> str:
        """The answer, asked for until it is right."""
        while self.ask is not None:
            text = self.ask(question, default)
            found = wrong(text)
            if not found:
                return text
            self.report(found)
        return default

    def agrees(self, question: str) -> bool:
        """Whether the answer is yes, which is the default."""
        answers = {"y": True, "yes": True, "n": False, "no": False}
        text = self.answer(
            question, "yes", lambda text: "" if text.lower() in answers else "the answer must be yes or no"
        )
        return answers[text.lower()]


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

    def chosen(self, offers: Mapping[str, Offers], brought: Sequence[Brought] = ()) -> dict[str, str]:
        """The executors of the profile with names of their sites; the user chooses, by default what was found, and
        those of existing configs."""
        given = named(self._wanted, self._executors)
        options = implied(self._wanted, self._executors)
        for name, option in options.items():
            if given and name not in given:
                raise UsageError(f"{option} is for {name}, which --site leaves out: add --site {name}")
        if given:
            return given
        found = [name for name, offer in offers.items() if not offer.missing and self._may_be_all(name, offer)]
        found = [name for name in found if self._executors[name].has_queues]
        found += [*options, *(one.origin.executor for one in brought if self.complete(one, offers))]
        default = [name for name in offers if name in found] or ["local"]
        question = f"Sites: {', '.join(offers)}"

        def fault(text: str) -> str:
            wrong = [name for name in split(text) if name not in self._executors]
            return f"there is no executor {wrong[0]}" if wrong else ""

        return dict.fromkeys(split(self._asking.answer(question, ", ".join(default), fault)), "")

    def complete(self, brought: Brought, offers: Mapping[str, Offers]) -> bool:
        """Whether a site of this config can be built, with answers if somebody can be asked."""
        name = brought.origin.executor
        offer = offers.get(name, Offers())
        if self._executors[name].plans_blind:
            return True
        if offer.missing and not offer.queues:
            return False
        return self._asking.ask is not None or "queues" in brought.keys or self._may_be_all(name, offer)

    def site(self, executor: str, name: str, offer: Offers, brought: Brought | None = None) -> FirstSite:
        """One site, with what the existing config says; options take precedence. UsageError names the option for
        what must be known."""
        if name in self._taken:
            raise UsageError(
                f"--site {name}={executor}: the pipeline has a profile {name}, which Nextflow would merge"
            )
        name = name or next(each for each in self._names(executor, brought) if each not in self._taken)
        self._taken |= {name}
        if brought is not None:
            brought = self._agreeing(brought, offer)
        has = brought.keys if brought is not None else {}
        asked_about = f"{self._executors[executor].words.scheduler}{f' ({name})' if brought is not None else ''}"
        cli_path = "The AWS CLI on the instances, .../bin/aws (empty: the images have it)"
        return FirstSite(
            name,
            executor,
            scope=offer.scope if "region" in has else self._scope(executor, offer),
            queues=self._default(executor, offer) if "queues" in has else self._queues(executor, offer, asked_about),
            offered=listed(offer.queues, 12),
            work_dir=self._work_dir(executor, name, brought),
            cli_path="" if "cli_path" in has else self._value(executor, "cli_path", cli_path),
            engine=self._engines.get(executor, ""),
            brought=brought,
        )

    def _names(self, executor: str, brought: Brought | None) -> list[str]:
        """In the order of preference. That of the existing config is taken if it is a profile of the pipeline."""
        first = self._executors[executor].first_names
        numbered = [f"{first[0]}{number}" for number in range(2, len(self._taken) + 3)]
        own = brought.name if brought is not None else ""
        if not key_rules.is_site_name(own):
            return [*first, *numbered]
        return [own, *(first if own in first else [f"{own}_site"]), *numbered]

    def _agreeing(self, brought: Brought, offer: Offers) -> Brought:
        """What the config says, unless an option sets it otherwise, or the cluster does not have it."""
        executor = self._executors[brought.origin.executor]
        given = {
            "queues": self._wanted.partitions if key_rules.chooses(executor.name) else self._wanted.queues,
            "region": self._wanted.region,
            "work_dir": self._fitting(executor.name),
            "cli_path": self._wanted.cli_path,
        }
        for key, option in given.items():
            if option:
                brought = brought.without((key,), "an option sets it")
        unknown = [_unknown(name, offer, executor.words.queue) for name in brought.queues if name != key_rules.AUTO]
        if any(unknown):
            brought = brought.without(("queues",), next(filter(None, unknown)))
            self._asking.report(brought.aside[-1])
        return brought

    def _scope(self, executor: str, offer: Offers) -> str:
        """The cluster, if it is known, or the region."""
        if "cluster" in key_rules.keys(executor):
            return "" if key_rules.fault(executor, "cluster", offer.scope) else offer.scope
        if "region" not in key_rules.keys(executor):
            return ""
        region = self._wanted.region or offer.scope
        if region:
            return checked(executor, "region", region, "--region")
        return self._needed(
            "AWS Batch: region", "", "--region", lambda text: key_rules.fault(executor, "region", text)
        )

    def _queues(self, executor: str, offer: Offers, scheduler: str) -> list[str]:
        words = self._executors[executor].words
        if "queues" not in key_rules.keys(executor):
            return []
        automatic = key_rules.chooses(executor)
        given, option = (self._wanted.partitions, "--partition") if automatic else (self._wanted.queues, "--queue")

        def wrong(text: str) -> str:
            names = [name for name in split(text) if not (automatic and name == key_rules.AUTO)]
            found = [key_rules.fault(executor, "queues", name) for name in names]
            found += [_unknown(name, offer, words.queue) for name in names]
            return next(filter(None, found), "")

        if given:
            if why := wrong(" ".join(given)):
                raise UsageError(f"{option} {' '.join(given)}: {why}")
            return split(" ".join(given))

        question = f"{scheduler}: {words.queue}s in the order of preference"
        default = ", ".join(self._default(executor, offer))
        if automatic:
            return split(self._asking.answer(question, default, wrong))
        return split(self._needed(question, default, option, wrong))

    def _default(self, executor: str, offer: Offers) -> Sequence[str]:
        if key_rules.chooses(executor):
            return [key_rules.AUTO] if offer.queues else []
        return offer.queues if self._may_be_all(executor, offer) else []

    def _may_be_all(self, executor: str, offer: Offers) -> bool:
        return key_rules.chooses(executor) or len(offer.queues) <= _MOST_QUEUES

    def _fitting(self, executor: str) -> Iterable[str]:
        return [text for text in self._wanted.work_dirs if not key_rules.fault(executor, "work_dir", text)]

    def _work_dir(self, executor: str, name: str, brought: Brought | None) -> str:
        known = brought.keys.get("work_dir") if brought is not None else None
        if known is not None:
            return known if isinstance(known, str) else ""
        fitting = self._fitting(executor)
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
            return checked(executor, key, given, f"--{key.replace('_', '-')}")
        return self._asking.answer(question, "", lambda text: key_rules.fault(executor, key, text) if text else "")

    def _needed(self, question: str, default: str, option: str, wrong: Callable[[str], str]) -> str:
        def fault(text: str) -> str:
            return wrong(text) if text else "this must be known"

        if not default and self._asking.ask is None:
            raise UsageError(f"{option} is needed, as there is no terminal to ask: {question}")
        return self._asking.answer(question, default, fault)


def _unknown(name: str, offer: Offers, queue: str) -> str:
    if not offer.queues or name in offer.queues:
        return ""
    return f"there is no {queue} {name} in use: {near(name, offer.queues) or f'there are {listed(offer.queues, 8)}'}"
