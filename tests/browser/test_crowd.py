"""Many at once: twenty sessions that drag sliders. HEAVYPRESS_CROWD_SECONDS says for how long, by default a moment.

A session is what a browser keeps open, a websocket with Streamlit's messages; twenty browsers would measure themselves.
"""

from __future__ import annotations

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests.dashboard.serving import Served, Visitor, served

pytestmark = pytest.mark.browser

SESSIONS = 20
SECONDS = float(os.environ.get("HEAVYPRESS_CROWD_SECONDS", "15"))
QUERY = "scenario=small_country&draws=64&queue=off"
MOST_GROWTH_MB = 1_000  # of the server under twenty sessions
MEGABYTE = 2**20


def drag(server: Served, seed: int) -> int:
    """Move one slider after the other in a session of its own; how many moves were answered without an exception."""
    chance, moves = random.Random(seed), 0
    with server.session() as link:
        visitor = Visitor(link, f"{QUERY}&seed={seed}")
        assert len(visitor.sliders) >= 13
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            slider = chance.choice(visitor.sliders)
            elements = visitor.move(slider, chance.randint(0, round((slider.max - slider.min) / slider.step)))
            faults = [each.exception.message for each in elements if each.HasField("exception")]
            assert not faults, faults
            moves += 1
        assert visitor.changed
    return moves


def megabytes(server: Served) -> float:
    """Memory of the server and of all that it started."""
    every = [psutil.Process(server.process.pid), *server.children()]
    return sum(each.memory_info().rss for each in every) / MEGABYTE


def test_twenty_sessions_at_once_are_all_answered_in_bounded_memory() -> None:
    with served() as server:
        with server.session() as link:
            Visitor(link, QUERY)
        before = megabytes(server)
        with ThreadPoolExecutor(SESSIONS) as crowd:
            moves = list(crowd.map(lambda seed: drag(server, seed), range(SESSIONS)))
        assert min(moves) >= 1 and sum(moves) > 2 * SESSIONS
        assert megabytes(server) - before < MOST_GROWTH_MB
