"""The page in headless Chromium: it is shown whole, asks the network for nothing, and what was injected does not
run.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serve.report.contents import Inputs, gather
from serve.report.page import page
from tests.serve.report.report_inputs import checked, episode, evaluated, filtered, three, trained

pytestmark = pytest.mark.slow
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--window-size=1280,1500",
)
INJECTED = (
    "<script>document.title = 'ran'</script><img src='http://127.0.0.1:9/x.png' onerror=\"document.title = 'ran'\">"
    "<link rel=stylesheet href='http://127.0.0.1:9/x.css'></div></details><svg onload=\"document.title = 'ran'\">"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium that keeps its console and every request."""
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("no Chromium with its driver; apt-get install chromium chromium-driver")
    webdriver = pytest.importorskip("selenium.webdriver", reason="no selenium; pip install selenium")
    with tempfile.TemporaryDirectory(prefix="chromium-") as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
        driver.set_page_load_timeout(60)
        yield driver
        driver.quit()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on everything, written."""
    folder = tmp_path_factory.mktemp("report")
    general = [
        checked(folder / "general-base", "SmolLM2-135M-Instruct", 1.62, 0.3),
        checked(folder / "general-tuned", "tuned", 1.66, 0.27),
    ]
    inputs = Inputs(three(folder, 6), [trained(folder / "training")], [filtered(folder / "data")], general)
    written = folder / "report.html"
    written.write_text(page(gather(inputs)), encoding="utf-8")
    return written


def opened(browser: Any, place: Path) -> list[str]:
    """Open the page; the addresses that were asked for since the last look, but for the page itself."""
    browser.get(place.as_uri())
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert place.as_uri() in asked
    return [url for url in asked if url.startswith(("http", "ws", "ftp", "file")) and url != place.as_uri()]


def test_the_page_is_shown_without_a_request_and_without_a_complaint(browser: Any, place: Path):
    assert opened(browser, place) == []
    assert browser.get_log("browser") == []
    tables = browser.find_elements("css selector", "main table")
    cells = [cell.text for cell in tables[0].find_elements("xpath", ".//tr[th='tuned'][1]/td")]
    assert (cells[0], cells[3]) == ("1.000", "+1.000")
    folded = browser.find_elements("css selector", "main details:not([open]) table")
    assert all(table.is_displayed() or table in folded for table in tables)
    assert all(table.find_elements("css selector", "th[scope]") for table in tables)
    assert browser.find_element("css selector", "figure.curves svg").size["width"] > 600
    strip = browser.find_element("css selector", "td.chart svg.strip")
    (point,) = strip.find_elements("css selector", "circle")
    assert strip.rect["x"] - 5 <= point.rect["x"] <= strip.rect["x"] + strip.rect["width"] + 5
    _keep_picture(browser, "wide")


@pytest.mark.parametrize("width", [1280, 500])
def test_nothing_stands_out_of_the_window(browser: Any, place: Path, width: int):
    browser.set_window_size(width, 1500)
    opened(browser, place)
    assert browser.execute_script("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    _keep_picture(browser, str(width))


def test_an_example_opens_and_the_two_plays_stand_side_by_side(browser: Any, place: Path):
    browser.set_window_size(1280, 1500)
    opened(browser, place)
    folded = browser.find_element("css selector", "main details:not([open])")
    folded.find_element("css selector", "summary").click()
    first, second = browser.find_elements("css selector", "main details[open] .plays")[0].find_elements(
        "css selector", ".play"
    )
    assert first.rect["y"] == second.rect["y"]
    assert first.rect["x"] + first.rect["width"] <= second.rect["x"]
    assert (
        first.find_element("css selector", ".failed").text,
        second.find_element("css selector", ".solved").text,
    ) == ("failed", "solved")
    assert _colour(first, ".observation .label") != _colour(first, ".agent .label") != _colour(second, ".agent .label")


def test_on_paper_everything_is_unfolded_and_whole(browser: Any, place: Path):
    opened(browser, place)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        shown = browser.execute_script(
            "return [...document.querySelectorAll('.said .text')].map(message => message.checkVisibility())"
        )
        assert len(shown) > 10
        assert all(shown)
        assert not browser.find_element("css selector", "nav").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_what_a_model_wrote_is_shown_and_does_not_run(browser: Any, tmp_path: Path):
    said = {"replies": (INJECTED, INJECTED), "observation": INJECTED, "family": INJECTED}
    folders = [
        str(
            evaluated(
                tmp_path / name, f"{name} {INJECTED}", [("new", episode("database", "new", 0, solved, name, **said))]
            )
        )
        for name, solved in (("base", False), ("tuned", True))
    ]
    hostile = tmp_path / "report.html"
    hostile.write_text(page(gather(Inputs(folders))), encoding="utf-8")
    assert opened(browser, hostile) == []
    assert browser.get_log("browser") == []
    assert browser.title.startswith("Report: base <script>")
    assert browser.find_element("css selector", ".agent .text").text == INJECTED
    assert not browser.find_elements("css selector", "script, img, link")


def _colour(element: Any, selector: str) -> str:
    colour: str = element.find_element("css selector", selector).value_of_css_property("color")
    return colour


def _keep_picture(browser: Any, name: str) -> None:
    """Where a person asks for pictures, keep one of each; else see that there is one."""
    if folder := os.environ.get("REPORT_PICTURES"):
        browser.save_screenshot(str(Path(folder) / f"report-{name}.png"))
    assert browser.get_screenshot_as_png().startswith(b"\x89PNG")
