"""The page without a browser: opened, moved and read through Streamlit's AppTest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import controls, jobs, limits, widgets
from dashboard.address import OF_THE_MODEL
from dashboard.state import State
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
    """The page as a user meets it: opened at an address, moved and read."""

    def __init__(self, view: str = "answer", **query: Any) -> None:
        """Opened with the least effort unless the address says otherwise; `None` leaves a parameter away."""
        self.at = AppTest.from_file(ROOT / "dashboard" / "app.py", default_timeout=PATIENCE_SECONDS)
        for name, value in {"draws": "0", "queue": "off", **query}.items():
            if value is not None:
                self.at.query_params[name.replace("_", "-")] = value
        self.opened: list[str] = []
        self.go(view)

    def go(self, view: str) -> Page:
        """Open one of the pages."""
        self.at._page_hash = calc_hash("" if view == "answer" else view)
        return self.run()

    def run(self) -> Page:
        """Run the script; no exception may come out of it. AppTest forgets what is unfolded, a browser does not."""
        for key in self.opened:
            self.at.session_state[key] = True
        self.at.run()
        assert not self.at.exception, [error.value for error in self.at.exception]
        return self

    def finish(self) -> Page:
        """Run until nothing is under way, and once more to see what came out of it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (job := self.job) is not None and job.poll() in ("queued", "running"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return self.run()

    def session(self, name: str) -> Any:
        """A value of the session, None where there is none."""
        return self.at.session_state.get(name)

    @property
    def state(self) -> State:
        """The state of the page."""
        found: State = self.session("state")
        return found

    @property
    def job(self) -> jobs.Job | None:
        """What is being computed for the first scenario."""
        found: jobs.Job | None = self.session("job/0")
        return found

    @property
    def address(self) -> dict[str, list[str]]:
        """The parameters of the address, but for what says with which model it was made."""
        given = {name: value for name, value in self.at.query_params.items() if name not in OF_THE_MODEL}
        return {name: [value] if isinstance(value, str) else list(value) for name, value in given.items()}

    def upload(self, text: str | bytes, name: str = "tiny.toml") -> Page:
        """Open a file."""
        content = text.encode() if isinstance(text, str) else text
        self.at.file_uploader(key="upload").upload(name, content)
        return self.run()

    @property
    def panel(self) -> controls.Panel:
        """The controls of the first scenario; a shipped one."""
        side = self.state.sides[0]
        return controls.Panel.of(load(side.scenario), side)

    def key(self, path: str) -> str:
        """Key of the widget of a path."""
        return widgets.key_of(next(each for each in self.panel.controls if each.path == path))

    def unfold(self, *groups: str) -> Page:
        """Open the headings of these groups of controls."""
        return self.open(*(f"section/{group}" for group in groups))

    def open(self, *keys: str) -> Page:
        """Unfold what has these keys."""
        self.opened += keys
        return self.run()

    def slider(self, path: str) -> Any:
        """The slider of a parameter that is shown."""
        return self.at.slider(key=self.key(path))

    def move(self, path: str, value: Any) -> Page:
        """Move a slider."""
        self.slider(path).set_value(value)
        return self.run()

    def move_active(self, path: str, value: Any) -> Page:
        """Move a slider of the scenario that the controls move, one of two."""
        side = self.state.side
        panel = controls.Panel.of(load(side.scenario), side)
        key = widgets.key_of(next(each for each in panel.controls if each.path == path))
        self.at.slider(key=key).set_value(value)
        return self.run()

    def click(self, key: str) -> Page:
        """Click a button."""
        self.at.button(key=key).click()
        return self.run()

    def text(self) -> str:
        """All text on the page."""
        kinds = ("markdown", "caption", "info", "warning", "error", "header", "subheader", "code")
        return "\n".join(str(element.value) for kind in kinds for element in getattr(self.at, kind))


@pytest.fixture(autouse=True)
def no_run_is_left_behind() -> Iterator[None]:
    """Every test starts without results and sessions of others, and ends without workers."""
    st.cache_resource.clear()
    limits._seats.clear()
    yield
    for run in list(jobs._running):
        run.stop("cancelled")


@pytest.fixture
def open_page() -> Callable[..., Page]:
    """`open_page("money", scenario="nairr_us", draws="64")` opens a page at this address."""
    return Page


@pytest.fixture
def tiny(tmp_path: Path) -> Scenario:
    """A scenario of a few options, quick to run, full of characters that mean something in Markdown."""
    path = tmp_path / "tiny.toml"
    path.write_text(TINY, encoding="utf8")
    return load(path)
