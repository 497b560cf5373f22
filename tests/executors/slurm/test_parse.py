"""What Slurm's commands print, read: the lab's own output, and what is broken, cut off or hostile."""

from __future__ import annotations

import json
import re
import time
import tracemalloc

import pytest

from nfconfgen.executors.slurm.facts import nodes
from nfconfgen.executors.slurm.facts.accounting import Association, Ceilings
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts, NodeGroup
from nfconfgen.executors.slurm.facts.parse import Answers, parse
from nfconfgen.executors.slurm.facts.values import time_s, tres
from tests.executors.slurm.samples import FILES, NOW, SAMPLES, answers, facts, node, row, sample, small

DAY_S = 86400
EVERYWHERE = ("fewcpus", "fewpercpu", "infinite", "long", "mixed", "percpu", "short")
ON_C1 = ("closed", "denyqos", "excl", "noqos", "pdown", "pdrain", "pinact", "pqos")


def nodes_of(given: Answers) -> dict[str, NodeGroup]:
    return dict(parse(given, NOW).nodes)


def test_nodes_of_the_lab() -> None:
    """c1 is in more partitions than c2; himem1 keeps 12000 MB for itself; sick1 is drained, Reason=… and all."""
    assert facts().nodes == {
        "c1": NodeGroup(16, 64000, tuple(sorted(EVERYWHERE + ON_C1)), ("avx2", "ib")),
        "c2": NodeGroup(16, 64000, EVERYWHERE, ("avx2", "ib")),
        "gpu1": NodeGroup(16, 128000, ("gpu",), ("avx2",), {"gpu:a100": 2}),
        "himem1": NodeGroup(32, 500000, ("himem",)),
        "ht1": NodeGroup(8, 32000, ("ht",)),
        "sick1": NodeGroup(64, 256000, ("mixed", "sick"), up=False, out="sick1"),
    }


def test_sinfo_gives_the_same_except_for_what_it_lacks() -> None:
    known = dict(facts().nodes)
    himem = known["himem1"]
    # MemSpecLimit is not subtracted there
    assert facts(nodes="").nodes == {**known, "himem1": NodeGroup(32, 512000, himem.partitions)}


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        (
            "short",
            {"max_time_s": 4 * 3600, "cpus": 32, "nodes": 2, "max_memory_per_node_mib": None, "accounts": None},
        ),
        ("long", {"max_time_s": 7 * DAY_S, "max_memory_per_node_mib": 48000, "max_memory_per_cpu_mib": None}),
        ("himem", {"max_memory_per_cpu_mib": 16000, "default_memory_per_cpu_mib": 8000}),
        ("fewcpus", {"max_cpus_per_node": 8, "max_memory_per_cpu_mib": None}),
        ("fewpercpu", {"max_cpus_per_node": 8, "max_memory_per_cpu_mib": 3000}),
        ("infinite", {"max_time_s": None}),
        ("closed", {"accounts": ("other",), "state": "UP"}),
        ("noqos", {"qos_allowed": ("big",), "denied_qos": ()}),
        ("denyqos", {"qos_allowed": None, "denied_qos": ("big",)}),
        ("pqos", {"qos": "partqos"}),
        ("pdown", {"state": "DOWN"}),
        ("pdrain", {"state": "DRAIN"}),
        ("pinact", {"state": "INACTIVE"}),
        ("excl", {"exclusive": True, "reserved": False, "allowed": True}),
    ],
)
def test_partitions_of_the_lab(name: str, keys: dict[str, object]) -> None:
    found = facts().partitions[name]
    assert {key: getattr(found, key) for key in keys} == keys


def test_the_cluster_itself() -> None:
    found = facts()
    assert (found.cluster, found.version, found.part_limits, found.memory_counts) == ("lab", "22.05.8", False, True)
    assert found.enforce == ("associations", "limits", "qos")
    assert (found.default_account, found.default_memory_per_cpu_mib) == ("lab", 1000)


def test_accounting_of_the_lab() -> None:
    found = facts()
    assert found.qos is not None
    assert found.qos["big"] == Ceilings(job={"cpu": 24, "mem": 102400})
    assert found.qos["strict"] == Ceilings(7200, {"mem": 51200}, flags=("DenyOnLimit",))
    assert found.qos["pernode"] == Ceilings(node={"cpu": 4, "mem": 10240})
    assert found.qos["peruser"] == Ceilings(user={"cpu": 6, "mem": 30720})
    assert found.qos["grp"] == Ceilings(group={"cpu": 6, "mem": 30720})
    assert found.qos["minq"] == Ceilings(least={"cpu": 4})
    assert found.qos["partover"] == Ceilings(2 * DAY_S, flags=("PartitionTimeLimit",))
    assert found.associations is not None
    own = {association.account: association for association in found.associations if association.user}
    assert own["small"] == Association("small", True, "", ("normal",), "", Ceilings(3600, {"cpu": 4, "mem": 8192}))
    assert own["lab"].qos[:2] == ("big", "grp")
    assert own["lab"].default_qos == "normal"
    of_all = {association.account: association for association in found.associations if not association.user}
    assert of_all["small"].ceilings == Ceilings(job={"cpu": 4})
    assert "other" in of_all
    assert "other" not in own


def test_without_accounting_there_is_none() -> None:
    lines = (SAMPLES / "without-accounting/sacctmgr-show-qos.txt").read_text("utf-8")
    given = answers(qos=lines, associations=lines)
    given.accounting = False
    found = parse(given, NOW)
    assert (found.qos, found.associations) == (None, None)
    assert given.doubts == []


def test_what_others_may_is_left_out() -> None:
    """Those of other users and of other clusters that share the database."""
    who = [("lab", "anna", "normal"), ("else", "root", "normal"), ("lab", "root", "big")]
    lines = "".join(row("assoc", cluster=c, account="lab", user=u, qos=q, defaultqos=q) for c, u, q in who)
    assert facts(associations=lines).associations == (Association("lab", True, "", ("big",), "big"),)


@pytest.mark.parametrize("field", FILES)
def test_cut_off_anywhere(field: str) -> None:
    """A connection that breaks: what was read so far, or a doubt, but nothing that was not there."""
    whole, text = facts(nodes="") if field == "sinfo" else facts(), sample(field)
    other = {"nodes": ""} if field == "sinfo" else {}
    for end in [*range(0, len(text), 37), len(text)]:
        found = parse(answers(**{**other, field: text[:end]}), NOW)
        assert isinstance(found, ClusterFacts)
        assert set(found.partitions) <= {*whole.partitions, _last_word(text[:end])}
        if found.cluster:
            assert ClusterFacts.from_json(json.loads(json.dumps(found.to_json()))) == found
    assert found == whole


def _last_word(text: str) -> str:
    return re.split(r"[=\s]", text)[-1]


@pytest.mark.parametrize("field", FILES)
def test_line_ends_of_windows(field: str) -> None:
    assert facts(**{field: sample(field).replace("\n", "\r\n")}) == facts()


@pytest.mark.parametrize("field", FILES)
@pytest.mark.parametrize("noise", ["\ufffd\ufffd", "\x00\x07\x1b[31m", "NodeName", "=", "= =", "|" * 20, "x=" * 5000])
def test_lines_of_noise_are_passed_over(field: str, noise: str) -> None:
    given = answers(**{field: f"{noise}\n{sample(field)}{noise}\n"})
    found = parse(given, NOW)
    assert (found.partitions, found.cluster) == (facts().partitions, "lab")
    assert found.nodes == facts().nodes


@pytest.mark.parametrize("field", FILES)
def test_bytes_of_another_alphabet(field: str) -> None:
    text = sample(field).encode().replace(b"a", b"\xe4").decode("utf-8", "replace")
    assert isinstance(parse(answers(**{field: text}), NOW), ClusterFacts)


@pytest.mark.parametrize("key", ["Reason", "Comment", "Extra"])
@pytest.mark.parametrize(
    "typed", ["disk is  bad = really", "RealMemory=1 CPUTot=99 State=DOWN Partitions=other", "[root@x] a=b=c |"]
)
def test_what_an_administrator_typed_is_not_read(key: str, typed: str) -> None:
    given = small(f"{node()} BootTime=now {key}={typed}")
    assert nodes_of(given) == {"n1": NodeGroup(4, 8000, ("p",))}
    assert given.doubts == []


@pytest.mark.parametrize(
    ("keys", "size"),
    [
        ({"RealMemory": "64000+"}, (4, 64000)),
        ({"CPUEfctv": "2"}, (2, 8000)),
        ({"MemSpecLimit": "500"}, (4, 7500)),
        ({"MemSpecLimit": "(null)"}, (4, 8000)),
        ({"Unknown": "1", "NewKey": "[a=b]"}, (4, 8000)),
    ],
)
def test_sizes_of_a_node(keys: dict[str, str], size: tuple[int, int]) -> None:
    assert nodes_of(small(node(**keys))) == {"n1": NodeGroup(*size, ("p",))}


@pytest.mark.parametrize(
    "keys",
    [
        {"RealMemory": "N/A"},
        {"RealMemory": "lots"},
        {"RealMemory": "-5"},
        {"RealMemory": "8_000"},
        {"RealMemory": "9" * 5000},
        {"RealMemory": "0"},
        {"RealMemory": "\u0665"},
        {"CPUEfctv": "0", "CPUTot": "0"},
        {"CPUEfctv": "UNLIMITED"},
        {"MemSpecLimit": "8000"},
    ],
)
def test_a_node_without_a_size_is_left_out_and_reported(keys: dict[str, str]) -> None:
    given = small(node(**keys), node("n2"))
    assert list(nodes_of(given)) == ["n2"]
    assert "the size of node n1 cannot be read" in given.doubts
    assert max(map(len, given.doubts)) < 100


@pytest.mark.parametrize(
    "name", ["n[1-2]", "n[1-999999999]", "n[1-[2-3]]", "n1,", "a,b", "n" * 300, "9" * 5000, "[", "]"]
)
def test_an_invalid_node_name_is_left_out_and_reported(name: str) -> None:
    given = small(node(name), node(name), node("n7"), node("n8"))
    assert list(nodes_of(given)) == ["n[7-8]"]
    assert f"{name[:40]!r} is not the name of a node" in given.doubts
    by_sinfo = small(sinfo=f"{name}|p*|4|8000|1:00|(null)|(null)|up|idle\nn7|p|4|8000|1:00|(null)|(null)|up|idle\n")
    assert list(nodes_of(by_sinfo)) == ["n7"]


@pytest.mark.parametrize("second", [{"RealMemory": "9000"}, {"State": "DOWN"}, {}])
def test_a_node_that_is_there_twice(second: dict[str, str]) -> None:
    given = small(node(), node(**second))
    assert list(nodes_of(given)) == ["n1"]
    assert given.doubts == ["node n1 is listed twice, the last entry counts"]


@pytest.mark.parametrize("partitions", ["", "(null)", "elsewhere"])
def test_a_node_in_no_partition_is_none(partitions: str) -> None:
    assert nodes_of(small(node(Partitions=partitions))) == {}


def test_a_partition_called_all() -> None:
    """ALL stands for every one elsewhere; here it can only be a name, and no partition is called so."""
    assert nodes_of(small(node(Partitions="ALL"))) == {}


@pytest.mark.parametrize(
    ("state", "up"),
    [
        ("IDLE", True),
        ("MIXED+CLOUD", True),
        ("ALLOCATED*", True),
        ("IDLE~", True),
        ("IDLE+RESERVED", False),
        ("MAINT", False),
        ("RESERVED+MAINT", False),
        ("COMPLETING", True),
        ("IDLE+DRAIN", False),
        ("MIXED+DRAIN", False),
        ("DOWN*", False),
        ("DOWN*+DRAIN+INVALID_REG", False),
        ("FAIL", False),
        ("UNKNOWN", False),
    ],
)
def test_states(state: str, up: bool) -> None:
    assert nodes_of(small(node(State=state)))["n1"].up == up


def test_nodes_of_the_future_are_none_yet() -> None:
    assert nodes_of(small(node(State="FUTURE"))) == {}


@pytest.mark.parametrize(
    ("text", "gres"),
    [
        ("(null)", {}),
        ("gpu:2", {"gpu": 2}),
        ("gpu", {"gpu": 1}),
        ("gpu:a100:2(S:0-1)", {"gpu:a100": 2}),
        ("gpu:a100:2(S:0,1),gpu:v100:4(S:1)", {"gpu:a100": 2, "gpu:v100": 4}),
        ("gpu:a100:2,tmp:100G", {"gpu:a100": 2, "tmp": 100 * 1024**3}),
        ("gpu:tesla:no_consume:4(S:0-1)", {"gpu:tesla": 4}),
        ("gpu:a100:1,gpu:a100:1", {"gpu:a100": 2}),
        ("gpu:\u00b2", {}),
        (f"gpu:{'9' * 5000}", {}),
    ],
)
def test_gres(text: str, gres: dict[str, int]) -> None:
    assert nodes_of(small(node(Gres=text)))["n1"].gres == gres


def test_alike_nodes_are_one_group_up_while_one_is() -> None:
    given = small(*(node(f"n{number:03}", State="DOWN" if number % 2 else "IDLE") for number in range(8, 12)))
    assert nodes_of(given) == {"n[008-011]": NodeGroup(4, 8000, ("p",), out="n[009,011]")}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1-00:00:00", DAY_S),
        ("1-12", 129600),
        ("1-12:30", 131400),
        ("04:00:00", 14400),
        ("30:00", 1800),
        ("60", 3600),
        ("UNLIMITED", None),
        ("INFINITE", None),
        ("N/A", None),
        ("", None),
    ],
)
def test_times(text: str, seconds: int | None) -> None:
    assert time_s(text) == seconds


@pytest.mark.parametrize("text", ["1:2:3:4", "-5", "1-", "soon", "1e3", "9" * 5000, "1-1-1"])
def test_no_times(text: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        time_s(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("cpu=24,mem=100G", {"cpu": 24, "mem": 102400}),
        ("mem=0.50T,gres/gpu=2", {"mem": 524288, "gres/gpu": 2}),
        ("mem=62.50G", {"mem": 64000}),
        ("mem=500", {"mem": 500}),
        ("mem=512K", {"mem": 0}),
    ],
)
def test_tres(text: str, found: dict[str, int]) -> None:
    assert tres(text) == found


@pytest.mark.parametrize(
    "text", ["mem=", "mem=infG", "mem=nanG", "mem=1e999G", "cpu=many", "cpu", "cpu=-1", "mem=-1"]
)
def test_limits_that_cannot_be_read_are_reported(text: str) -> None:
    with pytest.raises(ValueError, match="not a "):
        tres(text)
    given = small(node(), qos=row("qos", name="normal", maxtres=text) + row("qos", name="other", maxtres="cpu=1"))
    found = parse(given, NOW)
    assert found.qos == {"normal": Ceilings(), "other": Ceilings(job={"cpu": 1})}
    assert given.doubts == ["the limits of QOS normal cannot be read"]


@pytest.mark.parametrize("key", ["MaxTime", "MaxMemPerNode", "MaxCPUsPerNode", "TotalCPUs"])
@pytest.mark.parametrize("value", ["?", "1_0", "-7", "9" * 5000])
def test_limits_of_a_partition_that_cannot_be_read_are_reported(key: str, value: str) -> None:
    given = small(node())
    given.partitions = f"PartitionName=p {key}={value}\n"
    found = parse(given, NOW)
    assert list(found.partitions) == ["p"]
    assert len(given.doubts) == 1
    assert len(given.doubts[0]) < 100


@pytest.mark.parametrize(
    ("groups", "allowed"),
    [("users", True), ("staff", False), ("users,staff", True), ("ALL", True)],
)
def test_groups(groups: str, allowed: bool) -> None:
    given = small(node(), partition=f"AllowGroups={groups}", user="anna|lab|anna users")
    assert parse(given, NOW).partitions["p"].allowed == allowed


def test_the_first_of_a_key_counts() -> None:
    given = small(f"{node()} RealMemory=1 CPUTot=1 NodeName=x")
    assert nodes_of(given) == {"n1": NodeGroup(4, 8000, ("p",))}


@pytest.mark.parametrize("kind", ["long line", "many keys", "many words", "brackets"])
def test_large_output_is_read_in_proportion_to_its_size(kind: str) -> None:
    """A few megabytes of it take seconds at most, and no more memory than some times their size."""
    lines = {
        "long line": f"{node()} Comment={'x' * 4_000_000}",
        "many keys": node() + "".join(f" K{number}=v" for number in range(300_000)),
        "many words": node() + " word" * 500_000,
        "brackets": "\n".join(node(f"n[{number}-{number + 9}]") for number in range(20_000)),
    }
    given = small(lines[kind], node("n2"))
    tracemalloc.start()
    began = time.process_time()
    try:
        assert "n2" in " ".join(nodes_of(given)) or "n[1-2]" in nodes_of(given)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < 20
    assert peak < 300_000_000


@pytest.mark.parametrize("amount", ["9" * 16, "9" * 18, "9" * 40, "99999999999999P"])
def test_what_is_larger_than_any_machine_is_doubted(amount: str) -> None:
    """What is kept can be read back: beyond 2^53 readers of JSON disagree."""
    given = small(node(RealMemory=amount), node("n2", Gres=f"gpu:{amount},gpu:{'9' * 15},gpu:{'9' * 15}"))
    given.qos = row("qos", name="big", maxtres=f" {amount}", maxtrespernode=f"cpu={amount},mem={amount}")
    found = parse(given, NOW)
    assert given.doubts
    assert ClusterFacts.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_more_nodes_than_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "MOST", 3)
    given = small(*(node(f"n{number}") for number in range(5)))
    assert list(parse(given, NOW).nodes) == ["n[0-2]"]
    assert len(given.doubts) == 1
