"""The page of recommendations in a real browser: nothing is fetched, nothing overflows, whatever a trace contains."""

from __future__ import annotations

from pathlib import Path

import pytest

from nfconfgen.recommend.recommend_page import page as html
from nfconfgen.runs.observed import Observed
from tests.lab.browser import test_page
from tests.lab.browser.test_page import PHONE, is_silent, on_a_phone
from tests.recommend.observations import observed
from tests.recommend.test_recommend_page import HOSTILE, PEAKS, SEEN, model

_browser = test_page._browser
LONG = "NFCORE_MAG:MAG:BINNING:METABAT2_JGISUMMARIZEBAMCONTIGDEPTHS" + 200 * "X"


@pytest.fixture(params=["plain", "hostile"])
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    seen: list[Observed] = list(SEEN)
    if request.param == "hostile":
        seen = [observed(name, PEAKS) for name in (*HOSTILE, LONG)]
    file = tmp_path / "page.html"
    file.write_text(html(model(seen, name=HOSTILE[0] if request.param == "hostile" else "salmon-nf")))
    return file


def test_nothing_is_fetched_and_nothing_complained_about(page: Path, tmp_path: Path) -> None:
    is_silent(page, tmp_path)


def test_a_phone_shows_all_of_it(page: Path, tmp_path: Path) -> None:
    screen, width, wider = on_a_phone(page, tmp_path)
    assert screen == PHONE
    assert width <= PHONE
    assert not wider
