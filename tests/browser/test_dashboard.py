"""The dashboard in a real browser: what AppTest cannot see. Run with `make browser`.

Needs a Chromium, which `make browser` installs where it can: on the path, or its place in CHROMIUM.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright import sync_api

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE_MS = 60_000
PRICE = "Rent at the start (USD per H100e-hour)"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A running dashboard."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", "--server.port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{address}/_stcore/health")
            yield address
        finally:
            server.terminate()


def wait_for(health: str) -> None:
    """Wait until the server answers."""
    for _ in range(300):
        try:
            if urlopen(health).read() == b"ok":
                return
        except URLError:
            pass
        time.sleep(0.1)
    pytest.fail(f"no answer from {health}")


@pytest.fixture
def tab(address: str) -> Iterator[Any]:
    """A browser tab with the page, and in `tab.foreign` every address elsewhere that it asked for."""
    if not CHROMIUM:
        pytest.skip("needs Chromium: on the path, or its place in CHROMIUM")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page(viewport={"width": 1400, "height": 1600})
        tab.set_default_timeout(PATIENCE_MS)
        tab.foreign = []
        tab.on("request", lambda sent: tab.foreign.append(sent.url) if foreign(sent.url, address) else None)
        tab.goto(address)
        tab.wait_for_selector("[data-testid=stTable]")
        yield tab
        browser.close()


def foreign(url: str, address: str) -> bool:
    """True for what is not on this machine."""
    return not url.startswith((address, "data:", "blob:", address.replace("http", "ws")))


def test_a_slider_is_moved_by_keyboard_alone_and_nothing_leaves_the_machine(tab: Any) -> None:
    tab.get_by_text("Cloud market", exact=True).click()
    slider = tab.get_by_role("slider", name=PRICE)
    slider.focus()
    for _ in range(4):
        tab.keyboard.press("ArrowLeft")
    tab.get_by_text("1 number differs from the scenario").wait_for()
    assert slider.get_attribute("aria-valuetext") == "2.28"
    tab.get_by_text("Take as known", exact=True).click()
    tab.get_by_text("--fix cloud.price_usd=2.28").wait_for()
    tab.get_by_role("button", name="Reset", exact=True).first.click()
    tab.get_by_text("1 number differs from the scenario").wait_for(state="detached")
    assert tab.get_by_role("slider", name=PRICE).get_attribute("aria-valuetext") == "2.32"  # the rent of the start
    assert tab.foreign == []


def test_a_share_keeps_its_place_under_a_fast_hand(tab: Any) -> None:
    tab.get_by_role("slider", name="Public cluster share").focus()
    for _ in range(10):
        tab.keyboard.press("ArrowLeft")
    tab.get_by_text("The shares sum to 100 %").wait_for()
    tab.wait_for_timeout(2_000)
    names = ("Public cluster", "Cloud credits", "Research grants", "Domestic fab")
    shares = [tab.get_by_role("slider", name=f"{name} share").get_attribute("aria-valuetext") for name in names]
    assert shares[0] == "50%"
    assert sum(int(share.rstrip("%")) for share in shares) == 100


def test_ranges_arrive_and_the_scenario_file_is_downloaded(tab: Any, tmp_path: Path) -> None:
    tab.get_by_text("Upper line: the median of").wait_for()
    # a button that is drawn anew under the hand takes no click
    tab.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    with tab.expect_download() as begun:
        tab.get_by_role("button", name="Scenario as it stands").click()
    path = tmp_path / begun.value.suggested_filename
    begun.value.save_as(path)
    check = [sys.executable, "-m", "sim", "check", path]
    assert subprocess.run(check, cwd=ROOT, check=False).returncode == 0


def test_every_chart_speaks(tab: Any) -> None:
    image = tab.locator("[data-testid=stImage] img").first
    image.wait_for()
    assert len(image.get_attribute("alt")) > 20
