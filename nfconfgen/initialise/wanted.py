"""What the options of a first profile set, and whether they agree."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nfconfgen.errors import UsageError
from nfconfgen.executors.interface import Executor
from nfconfgen.initialise import key_rules
from nfconfgen.wording import listed

Executors = Mapping[str, Executor]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options set. `sites` are executors, each with the name of its site if one is given."""

    sites: Sequence[str] = ()
    partitions: Sequence[str] = ()
    queues: Sequence[str] = ()
    region: str = ""
    work_dirs: Sequence[str] = ()
    cli_path: str = ""


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


def implied(wanted: Wanted, executors: Executors) -> dict[str, str]:
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


def checked(executor: str, key: str, text: str, option: str) -> str:
    wrong = key_rules.fault(executor, key, text)
    if wrong:
        raise UsageError(f"{option} {text}: {wrong}")
    return text


def split(text: str) -> list[str]:
    return list(dict.fromkeys(filter(None, re.split(r"[,\s]+", text))))
