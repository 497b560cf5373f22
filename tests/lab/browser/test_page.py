"""The page of `nfconfgen explain --html`, opened in a real browser: nothing is fetched, nothing overflows."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli import nfconfgen
from tests.commands.test_prices import PRICES
from tests.conftest import ROOT

EXAMPLES = sorted((ROOT / "profiles").glob("*.yml"))
PHONE = 390
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
PROBE = """<script>addEventListener("load", () => {
  const page = document.documentElement;
  const all = [...document.querySelectorAll("body *")];
  const wide = all.filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1);
  page.setAttribute("data-seen", `${innerWidth} ${page.scrollWidth} ${wide.map(e => e.className || e.tagName)}`);
})</script>"""


@pytest.fixture(autouse=True)
def _browser() -> None:
    if CHROMIUM:
        return
    if os.environ.get("CI") == "true":
        pytest.fail("chromium is missing")
    pytest.skip("the page needs a browser: apt-get install chromium")


@pytest.fixture(params=[*EXAMPLES, "costs"], ids=lambda path: Path(path).stem)
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    file = tmp_path / "page.html"
    profile: Path | str = request.param
    options: tuple[object, ...] = ()
    if profile == "costs":
        profile, options = ROOT / "profiles/salmon.yml", ("--prices", tmp_path / "prices.json")
        (tmp_path / "prices.json").write_text(json.dumps(PRICES))
    assert nfconfgen("explain", profile, *options, "--html", file).code == 0
    return file


def browse(page: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}", *options]
    command += ["--disable-background-networking", "--disable-component-update", "--no-first-run", "--disable-sync"]
    return subprocess.run([*command, page.as_uri()], capture_output=True, text=True, check=True, timeout=120)


def requests(log: Path) -> set[str]:
    """What the page asked for: requests of the browser's own (updates, the time) have no origin."""
    begun = (event.get("params", {}) for event in json.loads(log.read_text())["events"])
    return {
        params["url"]
        for params in begun
        if params.get("initiator", "not an origin") != "not an origin" and not params["url"].startswith("file:")
    }


def is_silent(page: Path, folder: Path) -> None:
    """Nothing is fetched, and nothing complained about."""
    log = folder / "net.json"
    ended = browse(page, folder / "user", f"--log-net-log={log}", "--enable-logging=stderr", "--dump-dom")
    assert "<h2" in ended.stdout
    assert "CONSOLE" not in ended.stderr
    assert not requests(log)


def test_nothing_is_fetched_and_nothing_complained_about(page: Path, tmp_path: Path) -> None:
    is_silent(page, tmp_path)


def test_a_request_would_be_noticed(page: Path, tmp_path: Path) -> None:
    text = re.sub(r"<meta http-equiv[^>]*>", "", page.read_text())
    page.write_text(text.replace("</body>", '<img src="http://127.0.0.1:9/x.png"><script>throw 1</script></body>'))
    log = tmp_path / "net.json"
    ended = browse(page, tmp_path / "user", f"--log-net-log={log}", "--enable-logging=stderr", "--dump-dom")
    assert "CONSOLE" in ended.stderr
    assert requests(log) == {"http://127.0.0.1:9/x.png"}


def on_a_phone(page: Path, folder: Path) -> tuple[int, int, str]:
    """The width of the screen, that of the page, and the elements that are wider than their place."""
    text = re.sub(r"<meta http-equiv[^>]*>", "", page.read_text())
    page.write_text(text.replace("</head>", f"{PROBE}</head>"))
    frame = page.with_name("phone.html")
    frame.write_text(
        f'<iframe src="page.html" width="{PHONE}" height="800" style="border:0" '
        'onload="setTimeout(() => document.title = this.contentDocument.documentElement.dataset.seen)"></iframe>'
    )
    ended = browse(
        frame, folder / "user", "--allow-file-access-from-files", "--virtual-time-budget=5000", "--dump-dom"
    )
    seen = re.search(r"<title>(\d+) (\d+) ([^<]*)</title>", ended.stdout)
    assert seen is not None, ended.stdout[:500]
    return int(seen[1]), int(seen[2]), seen[3]


def test_a_phone_shows_all_of_it(page: Path, tmp_path: Path) -> None:
    screen, width, wider = on_a_phone(page, tmp_path)
    assert screen == PHONE
    assert width <= PHONE
    assert not wider
