"""One Chromium and one server for all tests in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright import sync_api

from tests.browser.driving import CHROMIUM, open_tab
from tests.dashboard.serving import Served, served


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium."""
    if not CHROMIUM:
        pytest.skip("needs Chromium: on the path, or its place in CHROMIUM")
    with sync_api.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Served]:
    """A dashboard as its command starts it."""
    with served() as found:
        yield found


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """A tab that nobody has used."""
    found = open_tab(browser)
    yield found
    found.close()
