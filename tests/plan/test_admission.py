"""What a partition makes of a request: the largest that it takes, and what becomes of one MiB more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nfconfgen.executors.slurm.facts.accounting import Association, Ceilings
from nfconfgen.facts.model import Pool, Shape
from nfconfgen.plan import placement
from nfconfgen.plan.admission import Need, faults, holds, raised_cpus
from nfconfgen.profile.model import Accelerator
from tests.plan.clusters import CLUSTER, DAY_S, HOUR_S, changed, pools_of

NODE = Shape("n1", 16, 64000, "configured")


def first(pool: Pool, need: Need) -> tuple[str, str, str] | None:
    """What, how and why a request is not taken."""
    found = faults(pool, need)
    return (found[0].what, found[0].kind, found[0].reason) if found else None


@pytest.mark.parametrize(
    ("name", "most_mib", "beyond"),
    [
        ("short", 64000, ("memory", "refused", "Memory specification can not be satisfied")),
        ("long", 48000, ("memory", "pends", "MaxMemPerLimit")),
        ("himem", 500000, ("memory", "refused", "Memory specification can not be satisfied")),
        ("percpu", 48000, ("memory", "refused", "Memory specification can not be satisfied")),
        ("gpu", 128000, ("memory", "refused", "Memory specification can not be satisfied")),
    ],
)
def test_the_largest_memory_of_a_partition_and_one_mib_more(
    name: str, most_mib: int, beyond: tuple[str, str, str]
) -> None:
    pool = pools_of(f"queues: [{name}]")[name]
    assert placement.most_memory_mib(pool, Need(1, 1)) == most_mib
    assert first(pool, Need(1, most_mib)) is None
    assert first(pool, Need(1, most_mib + 1)) == beyond


@pytest.mark.parametrize("how", ["per-node", "per-cpu"])
@pytest.mark.parametrize("name", sorted(CLUSTER.partitions))
@pytest.mark.parametrize("cpus", [1, 3, 16, 17, 32, 33])
def test_what_is_taken_of_memory_has_one_end(name: str, cpus: int, how: str) -> None:
    """A request for less than what is taken is taken too."""
    pool = pools_of(f"queues: [{name}], ask_memory: {how}")[name]
    mibs = sorted({cpus * each + more for each in (1, 3000, 4000, 16000, 64000) for more in (0, 1, cpus)})
    taken = [not faults(pool, Need(cpus, mib)) for mib in mibs]
    assert taken == sorted(taken, reverse=True), list(zip(mibs, taken, strict=True))


@pytest.mark.parametrize(
    ("name", "most_s"), [("short", 4 * HOUR_S), ("himem", 2 * DAY_S), ("percpu", DAY_S), ("long", 7 * DAY_S)]
)
@pytest.mark.parametrize(("at_once", "kind"), [(False, "pends"), (True, "refused")])
def test_time_counts_in_minutes_begun(name: str, most_s: int, at_once: bool, kind: str) -> None:
    pool = pools_of(f"queues: [{name}]", replace(CLUSTER, part_limits=at_once))[name]
    assert first(pool, Need(1, 1, most_s)) is None
    assert first(pool, Need(1, 1, most_s + 1)) == ("time", kind, "PartitionTimeLimit")
    assert first(pool, Need(1, 1, None)) is None


def test_a_time_without_limit() -> None:
    pool = pools_of("queues: [short]", changed("short", max_time_s=None))["short"]
    assert pool.time_s is None
    assert first(pool, Need(1, 1, 10**9)) is None


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (None, None),
        (Accelerator(0), None),
        (Accelerator(2), None),
        (Accelerator(2, "a100"), None),
        (Accelerator(3), "gres"),
        (Accelerator(3, "a100"), "gres"),
        (Accelerator(1, "v100"), "gres"),
    ],
)
def test_gpus(wanted: Accelerator | None, reason: str | None) -> None:
    pool = pools_of("queues: [gpu]")["gpu"]
    found = first(pool, Need(1, 1, None, wanted))
    assert (found and found[2]) == reason


def test_a_partition_without_gpus_holds_tasks_without_gpus() -> None:
    pool = pools_of("queues: [short]")["short"]
    assert first(pool, Need(1, 1, None, Accelerator(1))) == ("gpus", "refused", "gres")
    assert first(pool, Need(1, 1, None, Accelerator(0))) is None


@pytest.mark.parametrize(
    ("cpus", "memory_mib", "granted"),
    [(1, 3000, 1), (1, 3001, 2), (2, 6001, 2), (2, 9000, 2), (2, 9001, 4), (3, 24000, 6), (4, 47996, 16)],
)
def test_raised_cpus_by_node(cpus: int, memory_mib: int, granted: int) -> None:
    """In multiples of the requested number, rounded down."""
    assert raised_cpus(Pool("p", memory_per_cpu_mib=3000), Need(cpus, memory_mib)) == granted


@pytest.mark.parametrize(
    ("cpus", "memory_mib", "granted"), [(2, 6000, 2), (2, 6001, 2), (2, 6002, 4), (3, 27000, 9), (3, 27003, 12)]
)
def test_raised_cpus_by_cpu(cpus: int, memory_mib: int, granted: int) -> None:
    """Rounded up, of the memory for each CPU, which sbatch gets as a whole number."""
    assert raised_cpus(Pool("p", memory_per_cpu_mib=3000, by_cpu=True), Need(cpus, memory_mib)) == granted


@pytest.mark.parametrize(
    ("pool", "need", "held"),
    [
        (Pool("p", rules_known=True), Need(16, 64000), True),
        (Pool("p", rules_known=True), Need(17, 64000), False),
        (Pool("p", rules_known=True), Need(16, 64001), False),
        # what is raised beyond the node is of no account by node, but is by CPU
        (Pool("p", memory_per_cpu_mib=1000), Need(1, 17000), True),
        (Pool("p", memory_per_cpu_mib=1000, by_cpu=True), Need(1, 16000), True),
        (Pool("p", memory_per_cpu_mib=1000, by_cpu=True), Need(1, 16001), False),
        # a whole node by CPU: memory for each of its CPUs
        (Pool("p", by_cpu=True, whole_nodes=True), Need(2, 8000), True),
        (Pool("p", by_cpu=True, whole_nodes=True), Need(2, 8002), False),
        (Pool("p", by_cpu=False, whole_nodes=True), Need(2, 64000), True),
    ],
)
def test_holds(pool: Pool, need: Need, held: bool) -> None:
    assert holds(NODE, pool, need) == held


def test_nodes_that_take_no_jobs_make_it_wait() -> None:
    sick = replace(CLUSTER.nodes["c[1-2]"], up=False)
    facts = replace(CLUSTER, nodes={**CLUSTER.nodes, "c[1-2]": sick})
    pool = pools_of("queues: [short]", facts)["short"]
    assert first(pool, Need(1, 64000)) == ("site", "pends", "ReqNodeNotAvail")
    # too large for them even when they are up again
    assert first(pool, Need(1, 64001)) == ("memory", "refused", "Memory specification can not be satisfied")


def test_a_partition_without_nodes_refuses() -> None:
    pool = pools_of("queues: [himem], constraint: avx2")["himem"]
    assert first(pool, Need(1, 1)) == ("site", "refused", "no nodes")


@pytest.mark.parametrize(
    ("limits", "need", "found"),
    [
        (Ceilings(job={"mem": 1024}), Need(1, 1024), None),
        (Ceilings(job={"mem": 1024}), Need(1, 1025), ("memory", "pends", "QOSMaxMemoryPerJob")),
        (Ceilings(job={"cpu": 2}), Need(3, 1), ("cpus", "pends", "QOSMaxCpuPerJobLimit")),
        (Ceilings(node={"cpu": 2}), Need(3, 1), ("cpus", "pends", "QOSMaxCpuPerNode")),
        (Ceilings(user={"mem": 5}), Need(1, 6), ("memory", "pends", "QOSMaxMemoryPerUser")),
        (Ceilings(group={"cpu": 2}), Need(3, 1), ("cpus", "pends", "QOSGrpCpuLimit")),
        (Ceilings(least={"cpu": 4}), Need(3, 1), ("cpus", "pends", "QOSMinCpuNotSatisfied")),
        (Ceilings(least={"cpu": 4}), Need(4, 1), None),
        (Ceilings(wall_s=600), Need(1, 1, 601), ("time", "pends", "QOSMaxWallDurationPerJobLimit")),
        (
            Ceilings(job={"mem": 5}, flags=("DenyOnLimit",)),
            Need(1, 6),
            ("memory", "refused", "QOSMaxMemoryPerJob"),
        ),
    ],
)
def test_limits_of_a_qos(limits: Ceilings, need: Need, found: tuple[str, str, str] | None) -> None:
    facts = replace(CLUSTER, qos={"normal": Ceilings(), "big": limits})
    assert first(pools_of("queues: [short], qos: big", facts)["short"], need) == found
    # where limits are not enforced, they are none
    free = replace(facts, enforce=("associations", "qos"))
    assert first(pools_of("queues: [short], qos: big", free)["short"], need) is None


def test_limits_of_qos_count_the_raised_cpus() -> None:
    """48000 MB of 1 CPU are 16 CPUs here."""
    facts = replace(CLUSTER, qos={"normal": Ceilings(job={"cpu": 8})})
    pool = pools_of("queues: [percpu]", facts)["percpu"]
    assert first(pool, Need(1, 24000)) is None
    assert first(pool, Need(1, 24001)) == ("cpus", "pends", "QOSMaxCpuPerJobLimit")


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("UP", None),
        ("DOWN", ("site", "pends", "PartitionDown")),
        ("DRAIN", ("site", "refused", "Required partition not available")),
        ("INACTIVE", ("site", "refused", "Required partition not available")),
    ],
)
def test_states_of_a_partition(state: str, found: tuple[str, str, str] | None) -> None:
    assert first(pools_of("queues: [short]", changed("short", state=state))["short"], Need(1, 1)) == found


def test_in_a_partition_that_is_down_refusals_come_first() -> None:
    pool = pools_of("queues: [short]", changed("short", state="DOWN"))["short"]
    assert first(pool, Need(1, 64001)) == ("memory", "refused", "Memory specification can not be satisfied")
    # a time beyond the limit keeps the nodes from being looked at (measured)
    assert first(pool, Need(1, 64001, 5 * HOUR_S)) == ("site", "pends", "PartitionDown")


def test_a_reservation_opens_what_is_reserved() -> None:
    facts = changed("short", reserved=True)
    assert first(pools_of("queues: [short]", facts)["short"], Need(1, 1)) == ("site", "refused", "reservation")
    assert first(pools_of("queues: [short], reservation: course", facts)["short"], Need(1, 1)) is None


@pytest.mark.parametrize(
    ("keys", "site", "reason"),
    [
        ({"accounts": ("other",)}, "queues: [short]", "AccountNotAllowed"),
        ({"denied_accounts": ("lab",)}, "queues: [short]", "AccountNotAllowed"),
        ({"accounts": ("lab",)}, "queues: [short]", None),
        ({"qos_allowed": ("big",)}, "queues: [short]", "QOSNotAllowed"),
        ({"qos_allowed": ("big",)}, "queues: [short], qos: big", None),
        ({"denied_qos": ("big",)}, "queues: [short], qos: big", "QOSNotAllowed"),
        ({"allowed": False}, "queues: [short]", "User's group not permitted"),
        ({}, "queues: [short], account: nope", "Invalid account"),
        ({}, "queues: [short], qos: nope", "Invalid qos specification"),
    ],
)
def test_access_to_a_partition(keys: dict[str, object], site: str, reason: str | None) -> None:
    found = first(pools_of(site, changed("short", **keys))["short"], Need(1, 1))
    assert (found and found[2]) == reason


def test_a_task_without_a_time_gets_the_default_one() -> None:
    """Which a QOS may not allow: measured with 22.05."""
    facts = replace(changed("short", default_time_s=HOUR_S), qos={"normal": Ceilings(wall_s=HOUR_S // 2)})
    pool = pools_of("queues: [short]", facts)["short"]
    assert first(pool, Need(1, 1000)) == ("time", "pends", "QOSMaxWallDurationPerJobLimit")
    assert first(pool, Need(1, 1000, HOUR_S // 2)) is None


def test_lists_of_accounts() -> None:
    closed = changed("short", accounts=("other",))
    assert first(pools_of("queues: [short]", closed)["short"], Need(1, 1000)) is not None
    # also without accounting, where nobody has an account (measured); lists of QOS count for nothing there
    nobody = replace(closed, enforce=(), associations=None, qos=None)
    found = first(pools_of("queues: [short], account: other", nobody)["short"], Need(1, 1000))
    assert found == ("site", "pends", "AccountNotAllowed")
    of_qos = replace(changed("short", qos_allowed=("big",)), enforce=(), associations=None, qos=None)
    assert first(pools_of("queues: [short], qos: normal", of_qos)["short"], Need(1, 1000)) is None


@pytest.mark.parametrize(
    ("limit", "taken", "beyond"),
    [
        (Ceilings(job_minutes={"cpu": 240}), Need(4, 1000, HOUR_S), Need(4, 1000, HOUR_S + 60)),
        (Ceilings(running={"mem": 60000}), Need(1, 1000, HOUR_S), Need(1, 1001, HOUR_S)),
        (Ceilings(job={"billing": 4}), Need(4, 1000, HOUR_S), Need(5, 1000, HOUR_S)),
        (Ceilings(per_account={"cpu": 4}), Need(4, 1000, HOUR_S), Need(5, 1000, HOUR_S)),
        (Ceilings(user={"cpu": 4}), Need(4, 1000), Need(5, 1000)),
    ],
)
def test_limits_of_accounting(limit: Ceilings, taken: Need, beyond: Need) -> None:
    pool = pools_of("queues: [short]", replace(CLUSTER, qos={"normal": limit}))["short"]
    assert first(pool, taken) is None
    found = first(pool, beyond)
    assert found is not None
    assert found[1] == "pends"
    assert found[2].startswith(("QOS", "Max"))


@pytest.mark.parametrize("count", ["maxjobspu", "grpjobs", "maxsubmitpu"])
def test_a_qos_without_jobs_is_closed(count: str) -> None:
    pool = pools_of("queues: [short]", replace(CLUSTER, qos={"normal": Ceilings(counts={count: 0})}))["short"]
    assert [fault.kind for fault in pool.closed] == ["refused" if "submit" in count else "pends"]


def test_limits_of_the_accounts_above() -> None:
    above = (Association("lab", False, parent="uni"), Association("uni", False, ceilings=Ceilings(group={"cpu": 4})))
    facts = replace(CLUSTER, associations=(*(CLUSTER.associations or ()), *above))
    pool = pools_of("queues: [short]", facts)["short"]
    assert first(pool, Need(4, 1000)) is None
    assert first(pool, Need(5, 1000)) == ("cpus", "pends", "AssocGrpCpuLimit")


@pytest.mark.parametrize(
    ("qos", "default", "taken"),
    [
        (("big",), "", "big"),
        (("big", "normal"), "", "normal"),
        (("big", "normal"), "big", "big"),
        (("a", "b"), "", ""),
    ],
)
def test_the_qos_of_a_job_that_names_none(qos: tuple[str, ...], default: str, taken: str) -> None:
    """Measured with 22.05: without a default its only one, else normal, which it may not have."""
    own = Association("lab", qos=qos, default_qos=default)
    known = {"big": Ceilings(job={"cpu": 2}), "normal": Ceilings(), "a": Ceilings(), "b": Ceilings()}
    pool = pools_of("queues: [short]", replace(CLUSTER, qos=known, associations=(own,)))["short"]
    found = first(pool, Need(3, 1000))
    if taken == "big":
        assert found == ("cpus", "pends", "QOSMaxCpuPerJobLimit")
    elif taken:
        assert found is None
    else:
        assert found == ("site", "refused", "Invalid qos specification")


def test_qos_and_account_in_another_case() -> None:
    pool = pools_of("queues: [short], qos: BIG, account: LAB")["short"]
    assert first(pool, Need(24, 1000)) != ("site", "refused", "Invalid account")
    assert first(pool, Need(16, 1000)) is None
    assert pool.tightest("cpus") is not None
