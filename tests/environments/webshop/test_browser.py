"""A person with a browser shops once, in headless Chromium, and sees the reward; and the pages look like a shop."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
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
    "--window-size=1280,900",
)


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """The address of a shop that a person started."""
    command = [sys.executable, "-u", "-m", "environments.webshop.shop", "--port", "0"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "AGENTTUNING_WEBSHOP_TOKEN": "t"}
    )
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        assert "960 products of 'generated-1' at http://127.0.0.1:" in said
        yield said.split()[-1]
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """A headless Chromium."""
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("no Chromium with its driver; apt-get install chromium chromium-driver")
    webdriver = pytest.importorskip("selenium.webdriver", reason="no selenium; pip install selenium")
    with tempfile.TemporaryDirectory(prefix="chromium-") as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
        driver.set_page_load_timeout(60)
        driver.implicitly_wait(10)
        yield driver
        driver.quit()


def test_a_person_shops_once_and_sees_the_reward(shop: str, browser: object) -> None:
    from selenium.webdriver.common.by import By

    assert hasattr(browser, "get")
    driver: object = browser
    find = driver.find_element  # type: ignore[attr-defined]
    find_all = driver.find_elements  # type: ignore[attr-defined]
    driver.get(shop)  # type: ignore[attr-defined]
    assert "Instruction:" in find(By.ID, "instruction-text").text
    _keep_picture(driver, "index")
    find(By.ID, "search_input").send_keys("blue hoodie")
    find(By.CSS_SELECTOR, ".search button").click()
    assert len(find_all(By.CSS_SELECTOR, "article.card")) == 10
    assert len({card.location["y"] for card in find_all(By.CSS_SELECTOR, "article.card")}) < 5, (
        "products stand beside each other"
    )
    _keep_picture(driver, "results")
    title = find(By.CSS_SELECTOR, "article.card .product-title").text
    find(By.CSS_SELECTOR, "article.card").click()
    assert find(By.CSS_SELECTOR, ".about h2").text == title
    label = find(By.CSS_SELECTOR, "fieldset label")
    value = label.text
    label.click()
    assert find(By.CSS_SELECTOR, "fieldset input:checked + label").text == value
    _keep_picture(driver, "item")
    for button, shown in (
        ("Features", ".details li"),
        ("Reviews", ".details"),
        ("Description", ".details .product-info"),
    ):
        _button(driver, button).click()
        assert find(By.CSS_SELECTOR, shown).text
        driver.back()  # type: ignore[attr-defined]
    assert find(By.CSS_SELECTOR, "fieldset input:checked + label").text == value, (
        "the back button keeps what was chosen"
    )
    _button(driver, "Buy Now").click()
    assert 0.0 <= float(find(By.ID, "reward").text) <= 1.0
    assert value in find(By.CSS_SELECTOR, ".thanks").text
    _keep_picture(driver, "done")
    logged = [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]  # type: ignore[attr-defined]
    assert logged == [], "nothing is missing and nothing is fetched from elsewhere"


def _button(driver: object, text: str) -> object:
    from selenium.webdriver.common.by import By

    return driver.find_element(By.XPATH, f"//button[text()='{text}']")  # type: ignore[attr-defined]


def _keep_picture(driver: object, name: str) -> None:
    """Where a person asks for pictures, keep one of each page."""
    if folder := os.environ.get("WEBSHOP_PICTURES"):
        driver.save_screenshot(str(Path(folder) / f"{name}.png"))  # type: ignore[attr-defined]
