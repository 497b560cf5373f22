"""Lists of node names, to and fro."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from nfconfgen.executors.slurm.facts.hostlist import MOST, compress, expand, readable


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("c1", "c1"),
        ("c[1-3]", "c1 c2 c3"),
        ("c[1-2,07-09]", "c1 c2 c07 c08 c09"),
        ("c[099-101]", "c099 c100 c101"),
        ("c[9-11]", "c9 c10 c11"),
        ("c[5]", "c5"),
        ("a,b[1-2],c", "a b1 b2 c"),
        ("r[1-2]n[1-2]", "r1n1 r1n2 r2n1 r2n2"),
        ("gpu[1-2]-ib", "gpu1-ib gpu2-ib"),
        ("n[0-1]", "n0 n1"),
        ("n[00-01]", "n00 n01"),
    ],
)
def test_names(text: str, names: str) -> None:
    assert expand(text) == names.split()


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ("c1", "c1"),
        ("c2 c1", "c[1-2]"),
        ("c1 c2 c4 c10 c11", "c[1-2,4,10-11]"),
        ("n099 n100 n101", "n[099-101]"),
        ("n9 n10 n08", "n9,n[08,10]"),
        ("gpu1-ib gpu2-ib", "gpu[1-2]-ib"),
        ("login himem1 himem1", "himem1,login"),
        ("r1n1 r1n2 r2n1", "r1n[1-2],r2n1"),
        ("", ""),
    ],
)
def test_short_form(names: str, text: str) -> None:
    assert compress(names.split()) == text


@pytest.mark.parametrize("seed", range(20))
def test_there_and_back(seed: int) -> None:
    dice = random.Random(seed)
    heads, tails = ("c", "n0", "r1-n", "x-", ""), ("", "-ib", ".hpc")
    names = {
        f"{dice.choice(heads)}{dice.randrange(120):0{dice.choice((0, 2, 3))}}{dice.choice(tails)}" for _ in range(200)
    }
    text = compress(names)
    assert sorted(expand(text)) == sorted(names)
    assert compress(expand(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "c1,",
        "c[",
        "c]",
        "c[]",
        "c[1-]",
        "c[-1]",
        "c[1-2",
        "c1-2]",
        "c[2-1]",
        "c[1-2-3]",
        "c[a-b]",
        "c[[1-2]]",
        "c[1-[2-3]]",
        "c[1,]",
        "c[1-999999999]",
        f"c[1-{'9' * 5000}]",
        "c[1-99999][1-99999][1-99999]",
        ",".join(f"c{number}n[1-99999]" for number in range(50)),
        f"c[{','.join(['1-99999'] * 50)}]",
    ],
)
def test_what_is_no_list_or_too_long_a_one(text: str) -> None:
    """Refused before so many names are made."""
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="nodes"):
            expand(text)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def test_so_many_and_not_one_more() -> None:
    assert len(expand(f"c[1-{MOST}]")) == MOST
    with pytest.raises(ValueError, match="nodes"):
        expand(f"c[0-{MOST}]")
    with pytest.raises(ValueError, match="nodes"):
        expand(f"c[1-{MOST}],d")


def test_names_of_nothing_but_digits() -> None:
    assert compress(["1", "2", "007"]) == "007,[1-2]"


@pytest.mark.parametrize("digits", [20, 21, 40, 254])
def test_every_short_form_can_be_expanded(digits: int) -> None:
    """Numbers as long as no list may hold stay names."""
    names = [f"n{number}" for number in (10**digits - 3, 10**digits - 2, 10**digits - 1)]
    assert sorted(expand(compress(names))) == sorted(names)


def test_a_name_longer_than_any() -> None:
    with pytest.raises(ValueError, match="nodes"):
        expand("1a" * 100_000)


def test_lists_that_are_too_long_together() -> None:
    many = tuple(f"c{number}n[1-{MOST // 2}]" for number in range(1000))
    assert readable(many) == many[:2]
    assert readable(["c[2-1]", "c1", f"c[1-{2 * MOST}]", "c[1-2]"]) == ("c1", "c[1-2]")
