"""The reasons that follow from a limit of QOS or account, whose names are composed of what is limited. Pure.

https://slurm.schedmd.com/resource_limits.html has the limits, reasons.py the other reasons.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from nfconfgen.executors.slurm.doctor.reasons import CANCEL, Cause

_NAME = re.compile(
    r"(?P<of>QOS|Assoc)?(?P<scope>Grp|Max|Min)"
    r"(?P<what>CPUs?|Cpu|Memory|Mem|Node|GRES|License|BB|Billing|Energy|Unknown|SubmitJobs?|Jobs?|Wall(?:Duration)?)"
    r"(?P<minutes>Minutes|Mins|RunMinutes|RunMins)?(?P<per>PerJob|PerNode|PerUser|PerAccount)?"
    r"(?:Limit|NotSatisfied)?"
)
_OLD = re.compile(r"(?P<of>QOS|Association)(?P<what>Job|Resource|Time)Limit")
"""The words before Slurm 14.03, which every version still knows."""

_THINGS: Mapping[str, str] = {
    "cpu": "CPUs",
    "cpus": "CPUs",
    "mem": "memory",
    "memory": "memory",
    "node": "nodes",
    "gres": "GPUs or other GRES",
    "license": "licences",
    "bb": "burst buffer",
    "billing": "billing units",
    "energy": "energy",
    "unknown": "other resources",
}
_OWNERS = {"QOS": "its QOS", "Assoc": "its account", "Association": "its account", None: "its QOS"}


def of_limit(word: str) -> Cause | None:
    """The cause for the name of a limit; None if it is none. The numbers are not in the name."""
    old = _OLD.fullmatch(word)
    if old is not None:
        advice = "sacctmgr show qos and show assoc list the limits"
        return Cause(f"{_OWNERS[old['of']]} is at a limit ({old['what'].lower()})", advice)
    found = _NAME.fullmatch(word)
    if found is None:
        return None
    owner, what = _OWNERS[found["of"]], found["what"].lower()
    if what.startswith("wall"):
        return _wall(found["scope"], owner)
    if "job" in what:
        return _count(found, owner)
    return _amount(found, owner, _THINGS[what])


def _wall(scope: str, owner: str) -> Cause:
    if scope == "Grp":
        return Cause(
            f"the jobs of {owner} have used up the time that it allows in all (GrpWall)",
            "wait until it is reset, ask an administrator to raise it, or name another QOS or account",
        )
    return Cause(f"its time is beyond MaxWall of {owner}", "ask for less time", CANCEL, "error")


def _count(found: re.Match[str], owner: str) -> Cause:
    """A limit on how many jobs there are: the next one starts when another ends."""
    state = "pending or running" if "submit" in found["what"].lower() else "running"
    if found["scope"] == "Grp" or found["per"] == "PerAccount":
        who = "all users together have" if found["scope"] == "Grp" else "all users of its account together have"
        message = f"{who} as many {state} jobs as {owner} allows at once"
        return Cause(message, "it starts when others end; another QOS or account may start it sooner")
    message = f"you have as many {state} jobs as {owner} allows a user at once"
    return Cause(message, "it starts when one of them ends", level="note")


def _amount(found: re.Match[str], owner: str, thing: str) -> Cause:
    per = (found["per"] or "").removeprefix("Per").lower()
    if found["minutes"]:
        return _minutes(found, owner, thing)
    if found["scope"] == "Min":
        message = f"what it asks for in {thing} is below what {owner} requires of a job"
        return Cause(message, "ask for more", CANCEL, "error")
    if found["scope"] == "Grp" or per == "account":
        most = f"{owner} allows in all" if found["scope"] == "Grp" else f"{owner} allows an account"
        message = f"with it, the running jobs of all users would have more {thing} than {most}"
        return Cause(message, "it starts when others end; another QOS or account may start it sooner")
    if per == "user":
        message = f"with it, your running jobs would have more {thing} than {owner} allows a user"
        return Cause(message, "it starts when some of them end", level="note")
    on = "a node" if per == "node" else "a job"
    return Cause(f"it asks for more {thing} than {owner} allows {on}", "ask for less", CANCEL, "error")


def _minutes(found: re.Match[str], owner: str, thing: str) -> Cause:
    """Limits on an amount multiplied by time."""
    if found["scope"] == "Max":
        message = f"the product of its {thing} and its time is beyond what {owner} allows a job"
        return Cause(message, "ask for less, or for less time", CANCEL, "error")
    if found["minutes"].startswith("Run"):
        message = f"with it, the running jobs of {owner} would need more minutes of {thing} than it allows at once"
        return Cause(message, "it starts when others end; less time may start it sooner")
    return Cause(
        f"the budget of {owner} is used up, or less is left than it asks for ({thing} in minutes)",
        "wait until it is reset or has decayed, ask an administrator to raise it, or name another account",
    )
