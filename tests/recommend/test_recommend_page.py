"""The page of recommendations: well-formed, complete, and nothing in it that a browser would fetch or run."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from nfconfgen.recommend.charts.fleet_view import Simulated
from nfconfgen.recommend.charts.process_view import Shown
from nfconfgen.recommend.fleet import Fleet, fleet, work
from nfconfgen.recommend.proposal import Proposal, proposals
from nfconfgen.recommend.recommend_page import RecommendPage, page
from nfconfgen.recommend.simulation.queue_machines import Queue
from nfconfgen.recommend.simulation.workload import Ask
from nfconfgen.runs.observed import Observed
from tests.recommend.observations import observed

HOSTILE = [
    "</script><svg onload=alert(1)>",
    '"><img src=http://127.0.0.1:9/x onerror="alert(1)">',
    "</title></svg><style>@import 'http://127.0.0.1:9/'</style>",
    "a\u202eb\x1b[31m\n{{ 7 * 7 }}{% raw %}<!--",
    "&lt;b&gt; ' \\ ]]>",
]
WORDS = {"title", "name", "content", "lang", "charset", "rel", "role", "scope", "aria-label", "aria-hidden"}
SHAPE = {
    "class",
    "id",
    "style",
    "width",
    "height",
    "viewbox",
    "preserveaspectratio",
    "d",
    "text-anchor",
    "http-equiv",
}
PLACE = {"x", "y", "x1", "x2", "y1", "y2", "dx", "href"}
VOID = {"meta", "link", "wbr", "br"}


class Reader(HTMLParser):
    """Elements that are nested as they should be, their attributes, and all text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.ids: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        for name, value in attrs:
            assert value is not None, (tag, name)
            self.attributes.append((name, value))
            if name == "id":
                assert value not in self.ids
                self.ids.add(value)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def run(found: list[Proposal], cpus: int = 1) -> Fleet:
    queues = [Queue("main", "c5.2xlarge", 8, 15400, 20, 0.4), Queue("excess", "c5.4xlarge", 16, 30800, 4, 0.8)]
    asks = [Ask("main", cpus, 8192), Ask("excess", cpus, 16384)]
    works = [work(each.observed, asks, 20) for each in found]
    return fleet([each for each in works if each is not None], queues, 100)


def model(seen: list[Observed], with_fleets: bool = True, name: str = "salmon-nf") -> RecommendPage:
    found = proposals(seen, 0.05)
    fleets = (Simulated("awsbatch", run(found, 2), run(found)), Simulated(name, None, run(found)))
    shown = [
        Shown(each, (each.memory.mib, 2 * each.memory.mib) if each.memory else (), f"c5.2xlarge {name}", 15400)
        for each in found
    ]
    return RecommendPage(name, (f"{name}.txt",), "today", 0.05, tuple(shown), fleets if with_fleets else ())


PEAKS = [float(3000 + 37 * number) for number in range(60)] + [9500.0, 11000.0]
SEEN = [
    observed("ALIGN", PEAKS),
    observed("QC:COUNT", [200.0, 210.0, 230.0], asked_mib=40960),
    observed("BLIND", count=20, unknown=20),
    observed("EVEN", [5000.0] * 20, asked_mib=None),
]


@pytest.mark.parametrize("with_fleets", [True, False], ids=["fleets", "no-fleets"])
def test_the_page_is_well_formed_and_has_each_process(with_fleets: bool) -> None:
    found = Reader(page(model(SEEN, with_fleets)))
    assert not found.open
    for each in SEEN:
        assert each.process in found.text
    targets = [value for name, value in found.attributes if name == "href" and value.startswith("#")]
    assert {target.removeprefix("#") for target in targets} <= found.ids


@pytest.mark.parametrize("with_fleets", [True, False], ids=["fleets", "no-fleets"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_from_a_trace_have_no_effect(hostile: str, with_fleets: bool) -> None:
    text = page(model([observed(hostile, PEAKS), observed(f"B{hostile}", [1.0])], with_fleets, hostile))
    plain = Reader(page(model([observed("A", PEAKS), observed("B", [1.0])], with_fleets, "C")))
    found = Reader(text)
    assert not found.open
    assert found.elements == plain.elements
    assert {name for name, _ in found.attributes} == {name for name, _ in plain.attributes}
    # what a process draws depends on its name
    assert with_fleets or len(found.attributes) == len(plain.attributes)
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_nothing_in_the_page_is_fetched_or_run() -> None:
    text = page(model([*SEEN, *(observed(name, PEAKS) for name in HOSTILE)]))
    found = Reader(text)
    assert not found.elements & {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "use",
        "image",
        "form",
        "base",
    }
    assert {name for name, _ in found.attributes} <= WORDS | SHAPE | PLACE
    assert {value for name, value in found.attributes if name == "href" and value[:1] != "#"} == {"data:,"}
    assert all(re.fullmatch(r"width: [\d.]+%", value) for name, value in found.attributes if name == "style")
    styles = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    assert len(styles) == 1
    assert "url(" not in styles[0]
    assert "@import" not in styles[0]


def test_charts_lie_within_their_frames() -> None:
    found = Reader(page(model(SEEN)))
    shares = [float(value[:-1]) for name, value in found.attributes if name in PLACE and value.endswith("%")]
    assert shares
    assert all(0 <= share <= 100 for share in shares)
    paths = [value for name, value in found.attributes if name == "d"]
    numbers = [int(number) for path in paths for number in re.findall(r"-?\d+", path)]
    assert all(re.fullmatch(r"[MVHz\d ]+", path) for path in paths)
    assert all(0 <= number <= 1000 for number in numbers)


def test_what_is_not_known_is_listed() -> None:
    unknown = Reader(page(model(SEEN))).text.rpartition("What is not known")[2]
    assert "BLIND" in unknown
    assert "QC:COUNT" in unknown
    assert "ALIGN" not in unknown


def test_a_run_without_processes_has_a_page() -> None:
    assert not Reader(page(RecommendPage("salmon-nf", (), "today", 0.05, ()))).open


def test_a_page_of_five_hundred_processes_stays_small() -> None:
    many = [
        observed(f"NFCORE_PIPELINE:PIPELINE:SUBWORKFLOW:PROCESS_NUMBER_{number}", [each + number for each in PEAKS])
        for number in range(500)
    ]
    assert len(page(model(many)).encode()) < 2_000_000
