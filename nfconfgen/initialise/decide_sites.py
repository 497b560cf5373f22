"""Decides on the sites of a first profile: by configs to import, by what can be queried, and by answers."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nfconfgen.errors import AskingError, UnreadableError, UsageError
from nfconfgen.executors.interface import Offers
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.facts.query import Collected, Query
from nfconfgen.initialise import key_rules
from nfconfgen.initialise.brought import Brought, bring
from nfconfgen.initialise.first_sites import Asking, FirstSite, Sites
from nfconfgen.initialise.found import Existing, Found
from nfconfgen.initialise.installed import engines
from nfconfgen.initialise.wanted import Wanted, check_work_dirs, named
from nfconfgen.terminal.console import Console
from nfconfgen.wording import counted, listed

_MOST = 4


@dataclass(frozen=True, slots=True)
class Given:
    """What options set. `imports`: whether existing configs are imported (None: it is asked). With `yes` nothing is
    asked."""

    wanted: Wanted
    imports: bool | None
    yes: bool


def _imports(given: Given, found: Found, asking: Asking, console: Console) -> list[Brought]:
    """The existing configs to import: those that say more than their executor, and that the user agrees to."""
    agreed = []
    for one in _few(given, found, console):
        command = f"nfconfgen import {shlex.quote(one.file)}"
        command += f" --profile {shlex.quote(one.profile)}" if one.profile else ""
        try:
            made = bring(one, found)
        except (UsageError, UnreadableError) as error:
            console.info(f"{one.title} is for {one.executor}, and is not imported: {error}")
            continue
        if not made.keys:
            console.info(f"{one.title} only names its executor, {one.executor}: there is nothing to import")
        elif given.imports or (given.imports is None and asking.agrees(f"Import {one.title} ({one.executor})")):
            console.info(f"importing {one.title} ({one.executor}): {listed(made.keys, 12)}")
            agreed.append(made)
        else:
            console.info(f"{one.title} is for {one.executor}: {command}")
    return agreed


def _few(given: Given, found: Found, console: Console) -> Iterator[Existing]:
    """The existing configs, without those of an executor that has more than a pipeline has sites: a profile for each
    genome or each user, mostly."""
    for executor in dict.fromkeys(one.executor for one in found.existing):
        configs = [one for one in found.existing if one.executor == executor]
        if len(configs) <= _MOST or given.imports:
            yield from configs
            continue
        titles = listed([one.profile or one.file for one in configs], 6)
        console.info(
            f"{len(configs)} configs are for {executor} ({titles}): none is imported unasked; to import one that is "
            f"a site: nfconfgen import {shlex.quote(configs[0].file)} --profile NAME; all: nfconfgen init --import"
        )


def decided(given: Given, found: Found, query: Query, console: Console) -> tuple[list[FirstSite], Query]:
    """The sites, and the query with what has been answered already."""
    asks = not given.yes and console.can_ask
    asking = Asking(console.answer if asks else None, lambda line: console.info(f"  {line}"))
    brought = _imports(given, found, asking, console)
    sites = Sites(given.wanted, EXECUTORS, found.profiles, engines(containers=found.containers), asking)
    executors = named(given.wanted, EXECUTORS)
    console.info("looking for partitions and queues …")
    offers = {name: _offers(name, given, brought, query, console) for name in executors or key_rules.executors()}
    chosen = sites.chosen(offers, brought)
    check_work_dirs(given.wanted, list(chosen))
    for one in brought:
        if one.origin.executor not in chosen:
            console.info(f"{one.origin.title} is not imported: there is no site for {one.origin.executor}")
    made = []
    for executor, name in chosen.items():
        offer = offers.get(executor, Offers())
        configs = [one for one in brought if one.origin.executor == executor]
        made += [
            sites.site(executor, name if at == 0 else "", offer, one) for at, one in enumerate(configs or [None])
        ]
        if offer.facts is not None and not query.collected:
            query = replace(query, collected=(Collected(EXECUTORS[executor], offer.facts, offer.doubts),))
    return made, query


def _offers(name: str, given: Given, brought: Sequence[Brought], query: Query, console: Console) -> Offers:
    executor = EXECUTORS[name]
    regions = (str(one.keys["region"]) for one in brought if one.origin.executor == name and "region" in one.keys)
    region = given.wanted.region or next(regions, "")
    try:
        found = executor.offers(region, query)
    except AskingError as error:
        found = Offers(region, missing=error.message)
    words = executor.words
    if found.queues:
        console.info(f"{words.scheduler}: {counted(len(found.queues), words.queue)}: {listed(found.queues, 8)}")
    elif found.missing:
        console.info(f"{words.scheduler}: {found.missing}")
    return found
