"""The page without a browser: opened, moved and read through Streamlit's AppTest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import jobs, widgets
from sim.scenario import Scenario, load

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60

TINY = """
title = "A *tiny* scenario for $5 and :red[more]"
question = "Does # everything_run?"
start = "2025-01"
horizon_years = 3
budget = { total = 40e6, years = 2 }
modelled = ["All there is"]

[world.demand]
groups = 500

[world.cloud]
price_usd = 9  # above the plausible range

[world.queue]
windows = 2
most_windows = 2
window_weeks = 0.1
warm_up_weeks = 0.05
backfill_scan = "fcfs"  # as the queue is: jobs wait as long, but the surface was made with another name

[[option]]
instrument = "public_cluster"
tranche_months = [0]
tranche_shares = [1]

[[option]]
instrument = "cloud_credits"
label = "Vouchers | *all*"

[[option]]
instrument = "portfolio"
key = "mix"
label = "A mix"
public_cluster_share = 0.5
cloud_credits_share = 0.5
research_grants_share = 0
"""


class Page:
    """The page as a user meets it."""

    def __init__(self, **state: Any) -> None:
        """Opened with the least effort, and at the chart that is drawn fastest, unless `state` says otherwise."""
        self.at = AppTest.from_file(ROOT / "dashboard" / "app.py", default_timeout=PATIENCE_SECONDS)
        for name, value in {"draws": 0, "queue": False, "chart": "waits", **state}.items():
            self.at.session_state[name] = value
        self.run()

    def run(self) -> Page:
        """Run the script; no exception may come out of it."""
        self.at.run()
        assert not self.at.exception, [error.value for error in self.at.exception]
        return self

    def finish(self) -> Page:
        """Run until nothing is under way, and once more to see what came out of it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (job := self.state("job")) is not None and job.poll() in ("queued", "running"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return self.run()

    def state(self, name: str) -> Any:
        """A value of the session, None where there is none."""
        return self.at.session_state.get(name)

    def upload(self, text: str | bytes, name: str = "tiny.toml") -> Page:
        """Open a file."""
        content = text.encode() if isinstance(text, str) else text
        self.at.file_uploader(key="upload").upload(name, content)
        return self.run()

    @property
    def base(self) -> Scenario:
        """The scenario without what was moved."""
        chosen = self.state("scenario")
        assert not chosen.startswith("mine:"), "give key() the scenario"
        return load(chosen)

    def slider(self, path: str, scenario: Scenario | None = None) -> Any:
        """The slider of a parameter."""
        return self.at.slider(key=widgets.key_of(scenario or self.base, path))

    def move(self, path: str, value: float, scenario: Scenario | None = None) -> Page:
        """Move a slider."""
        self.slider(path, scenario).set_value(value)
        return self.run()

    def click(self, key: str) -> Page:
        """Click a button."""
        self.at.button(key=key).click()
        return self.run()

    def text(self) -> str:
        """All text on the page."""
        kinds = ("markdown", "caption", "info", "warning", "error", "header", "code")
        return "\n".join(str(element.value) for kind in kinds for element in getattr(self.at, kind))


@pytest.fixture(autouse=True)
def no_run_is_left_behind() -> Iterator[None]:
    """Every test starts without results and ends without workers."""
    st.cache_resource.clear()
    yield
    for run in list(jobs._running):
        run.stop("cancelled")


@pytest.fixture
def open_page() -> Callable[..., Page]:
    """`open_page(scenario="nairr_us", draws=0)` opens the page in this state."""
    return Page


@pytest.fixture
def tiny(tmp_path: Path) -> Scenario:
    """A scenario of a few options, quick to run, full of characters that mean something in Markdown."""
    path = tmp_path / "tiny.toml"
    path.write_text(TINY, encoding="utf8")
    return load(path)
