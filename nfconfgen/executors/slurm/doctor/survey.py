"""Queries a cluster for everything that the checks read: one script, one connection. Changes nothing."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from nfconfgen.executors.examination import Examination, Examined
from nfconfgen.executors.slurm.doctor import answers
from nfconfgen.executors.slurm.doctor.examine import checked
from nfconfgen.executors.slurm.doctor.model import Live
from nfconfgen.executors.slurm.doctor.subjects import paths_of
from nfconfgen.executors.slurm.facts import observe
from nfconfgen.executors.slurm.facts.client import Asked
from nfconfgen.executors.slurm.settings import SlurmSettings, settings_of
from nfconfgen.facts.gather import Scope, findings_of, is_alone, scopes
from nfconfgen.findings import Finding
from nfconfgen.parallel import side_by_side
from nfconfgen.profile.model import Site

FOLDER_TIMEOUT_S = 20
MOST_KINDS = 100
"""Kinds of waiting jobs whose sizes are looked up, one call each."""

_SCRIPT = rf"""
unset ${{!SQUEUE_*}}
waiting() {{ squeue -a -h -u "$me" -t PD -o "$1"; }}
sizes() {{
    waiting '%r|%P|%a|%q|%l|%C|%D|%m|%A' | sort -t '|' -u -k 1,8 | head -n {MOST_KINDS} | sed 's/.*|//' |
        while read -r number; do scontrol -o show job "$number" 2> /dev/null | grep -m 1 ' JobState=PENDING '; done
    true
}}
part clock date +%Y-%m-%dT%H:%M:%S
part machine uname -n
part jobs waiting '{answers.JOB_FORMAT}'
part sizes sizes
part job_qos sacctmgr -nP show qos format={answers.QOS_FORMAT}
look='at=$1
until [ -e "$at" ]; do at=${{at%/*}}; at=${{at:-/}}; done
[ -e "$1" ] && there=yes || there=no
[ -d "$at" ] && kind=folder || kind=other
[ -w "$at" ] && [ -x "$at" ] && writable=yes || writable=no
echo "$there $kind $writable"
df -k --output=fstype,size,avail,itotal,iavail -- "$at"
printf "at %s" "$at"'
"""


def examine(examination: Examination) -> Examined | None:
    """The findings of all sites on Slurm; None if there is none, or none can be queried from here. SlurmError if a
    host does not answer."""
    every = scopes(examination.profile)
    own = [scope for scope in every if isinstance(scope.sites[0].settings, SlurmSettings)]
    if not own:
        return None
    reachable = [scope for scope in own if observe.reachable(scope.sites)]
    for scope in own:
        if scope not in reachable:
            examination.info(_not_reachable(scope))
    if not reachable:
        return None
    examination.info("querying Slurm about waiting jobs, limits, folders and preemption …")
    query = replace(examination.query, alone=is_alone(own[0].executor, every))

    def ask(scope: Scope) -> tuple[Live | None, list[Finding]]:
        known = observe.of_cluster(examination.known.get(scope.name))
        asked, problems = observe.live(scope.sites, known, query, script(scope.sites))
        if asked is None:
            return None, findings_of(scope, problems)
        problems += observe.unknown_queues(scope.sites, asked.facts)
        return live_of(asked, scope.sites), findings_of(scope, problems)

    found = side_by_side(ask, reachable, at_once=8)
    lives = {scope.name: live for scope, (live, _) in zip(reachable, found, strict=True) if live is not None}
    problems = [finding for _, findings in found for finding in findings]
    return checked(examination, lives, problems) if lives or problems else None


def _not_reachable(scope: Scope) -> str:
    names = ", ".join(site.name for site in scope.sites)
    return f"{names}: not checked, as this machine has no Slurm; run this command on a login node, or set host"


def script(sites: Sequence[Site]) -> str:
    """The further script. What the profile names is quoted: neither here nor in the generated files does a shell
    expand it."""
    lines = [
        f"part engine_{engine} command -v {shlex.quote(engine)}"
        for engine in dict.fromkeys(settings_of(site).containers.engine for site in sites)
        if engine
    ]
    lines += [
        f'part folder_{index} timeout -k 2 {FOLDER_TIMEOUT_S} bash -c "$look" look {shlex.quote(path)}'
        for index, path in enumerate(_paths(sites))
    ]
    return "\n".join([_SCRIPT, *lines, ""])


def _paths(sites: Sequence[Site]) -> list[str]:
    return list(dict.fromkeys(path for site in sites for _, path in paths_of(site)))


def live_of(asked: Asked, sites: Sequence[Site]) -> Live:
    """The answer as the checks read it."""
    parts, facts = asked.parts, asked.facts
    clock, qos = parts.get("clock", ""), parts.get("job_qos", "")
    engines = {settings_of(site).containers.engine for site in sites} - {""}
    return Live(
        facts,
        answers.jobs_of(parts.get("jobs", ""), parts.get("sizes", ""), clock),
        most_jobs=answers.most_jobs_of(parts["config"]),
        preemption=answers.preemption_of(parts["config"], parts["partitions"], qos),
        folders={path: answers.folder_of(parts.get(f"folder_{i}", "")) for i, path in enumerate(_paths(sites))},
        engines={engine: f"engine_{engine}" in parts for engine in engines},
        reservations=answers.reservations_of(parts.get("reservations", ""), clock),
        one_machine=answers.one_machine(parts.get("nodes", ""), parts.get("machine", "")),
        denied=tuple(_denied(parts)),
    )


def _denied(parts: Mapping[str, str]) -> list[str]:
    """What could not be queried; limits that were not are a finding of the plan."""
    by_qos = "preempt/qos" in parts["config"]
    wanted = {"jobs": "waiting jobs", **({"job_qos": "which QOS preempt others"} if by_qos else {})}
    return [what for part, what in wanted.items() if part not in parts]
