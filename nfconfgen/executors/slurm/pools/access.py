"""Why a partition accepts no job of a site, whatever its size. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.executors.slurm.pools.job_options import JobOptions
from nfconfgen.executors.slurm.pools.rights import Rights, association
from nfconfgen.facts.model import Fault, Kind

OF_SEVERAL = ("AccountNotAllowed", "QOSNotAllowed")
"""Reasons of the faults that EnforcePartLimits turns into a refusal."""
_INVALID_QOS = "Invalid qos specification"
_NOT_PERMITTED = "Access/permission denied"


def closed(
    facts: ClusterFacts, partition: str, groups: Sequence[str], options: JobOptions, rights: Rights
) -> Iterator[Fault]:
    """Each reason; problems of the account come first. `groups` are the nodes of the partition."""
    part = facts.partitions[partition]
    yield from _no_right(facts, partition, options, rights)
    yield from _reservation(facts, options, rights)
    yield from _partition(facts, partition, options)
    yield from _not_allowed(facts, partition, rights)
    if part.state == "DOWN":
        yield Fault("site", f"partition {partition} is DOWN", "pends", "PartitionDown", temporary=True)
    if part.nodes and not groups:
        yield Fault("site", f"the nodes of {partition} do not exist yet", "pends", "ReqNodeNotAvail")


def _at_once(facts: ClusterFacts) -> Kind:
    """What becomes of a job that the partition can never start."""
    return "refused" if facts.part_limits else "pends"


def _partition(facts: ClusterFacts, name: str, options: JobOptions) -> Iterator[Fault]:
    part = facts.partitions[name]
    if part.state in ("DRAIN", "INACTIVE"):
        yield Fault("site", f"partition {name} is {part.state}", "refused", "Required partition not available")
    if not part.allowed:
        yield Fault("site", f"your groups may not use partition {name}", "refused", "User's group not permitted")
    if part.elsewhere:
        why = f"partition {name} accepts jobs only from other machines (AllocNodes)"
        yield Fault("site", why, "refused", _NOT_PERMITTED)
    if part.reserved and not options.reservation:
        yield Fault("site", f"partition {name} accepts only jobs with a reservation", "refused", "reservation")
    kind = _at_once(facts)
    if part.max_nodes is not None and part.max_nodes < part.min_nodes:
        why = f"MaxNodes of {name} is {part.max_nodes}"
        yield Fault("site", why, kind, "PartitionNodeLimit", late=kind == "pends")


def _not_allowed(facts: ClusterFacts, name: str, rights: Rights) -> Iterator[Fault]:
    part, kind = facts.partitions[name], _at_once(facts)
    if facts.associations is None and not facts.enforce:
        # without accounting there is no QOS to compare, and no account is known (measured)
        if part.accounts is not None:
            why = f"partition {name} is for some accounts, and the cluster has no accounting"
            yield Fault("site", why, kind, "AccountNotAllowed")
        return
    account, qos = rights.account, rights.qos.lower()
    if account and (_missing(account, part.accounts) or account in _lower(part.denied_accounts)):
        yield Fault("site", f"account {account} may not use partition {name}", kind, "AccountNotAllowed")
    if qos and (_missing(qos, part.qos_allowed) or qos in _lower(part.denied_qos)):
        yield Fault("site", f"QOS {rights.qos} may not be used in partition {name}", kind, "QOSNotAllowed")


def _lower(names: tuple[str, ...]) -> set[str]:
    return {name.lower() for name in names}


def _missing(name: str, allowed: tuple[str, ...] | None) -> bool:
    return allowed is not None and name not in _lower(allowed)


def _no_right(facts: ClusterFacts, partition: str, options: JobOptions, rights: Rights) -> Iterator[Fault]:
    if facts.associations is None or "associations" not in facts.enforce:
        return
    account, own = rights.account, association(facts, rights.account, partition)
    if account and own is None:
        usable = sorted({a.account for a in facts.associations if a.user})
        which = f" (there are {', '.join(usable)})" if usable else ""
        yield Fault("site", f"account {account} is not one of yours{which}", "refused", "Invalid account")
    qos, known = rights.qos, facts.qos or {}
    if not qos or "qos" not in facts.enforce:
        return
    if (options.qos and qos not in known) or (own is not None and own.qos and qos not in own.qos):
        which = f" (there are {', '.join(own.qos)})" if own is not None and own.qos else ""
        of = f" for account {account}" if account else ""
        named = "" if options.qos else ", and it has no default"
        yield Fault("site", f"QOS {qos} is not available{of}{which}{named}", "refused", _INVALID_QOS)
    if "RequiresReservation" in rights.qos_flags and not options.reservation:
        yield Fault("site", f"QOS {qos} accepts only jobs with a reservation", "refused", _INVALID_QOS)


def _reservation(facts: ClusterFacts, options: JobOptions, rights: Rights) -> Iterator[Fault]:
    name = options.reservation
    if not name or facts.reservations is None:
        return
    known = facts.reservations.get(name)
    if known is None:
        yield Fault("site", f"there is no reservation {name}", "refused", "Requested reservation is invalid")
    elif (known.users or known.accounts) and not _may_use(known.users, facts.user, known.accounts, rights.account):
        yield Fault("site", f"reservation {name} is not for you", "refused", _NOT_PERMITTED)
    elif not known.active:
        yield Fault("site", f"reservation {name} has not begun", "pends", "Reservation", temporary=True)


def _may_use(users: tuple[str, ...], user: str, accounts: tuple[str, ...], account: str) -> bool:
    """A name with a minus is excluded, and then all others may use it."""
    for names, own in ((users, user), (accounts, account)):
        if f"-{own}" in names:
            return False
        if names and all(name.startswith("-") for name in names):
            return True
    return user in users or account in accounts
