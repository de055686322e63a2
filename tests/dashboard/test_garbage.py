"""Garbage is collected now and then, and what has been loaded is left out of it."""

from __future__ import annotations

import gc
import weakref
from threading import Event, Thread

import pytest

from dashboard.serving import garbage
from dashboard.serving.options import FIXED
from tests.dashboard.serving import until


class Circle:
    """What only a collection can free: it refers to itself."""

    def __init__(self) -> None:
        self.self = self


@pytest.fixture
def collector():
    """Starts what collects every hundredth of a second; it ends with the test."""
    end = Event()
    yield Thread(target=garbage.collect, args=(end, 0.01), daemon=True).start
    end.set()


@pytest.fixture
def nothing_automatic():
    """No collection but those that are asked for, and no frozen objects left behind."""
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


def test_what_was_loaded_is_walked_through_no_more(nothing_automatic):
    before = gc.get_freeze_count()
    garbage.keep_loaded()
    assert gc.get_freeze_count() > before + 10_000


def test_garbage_of_sessions_goes_after_a_while_on_a_server_that_works(nothing_automatic, collector, monkeypatch):
    monkeypatch.setattr(garbage, "_young", iter(range(10**9)).__next__)  # something was made each time
    collector()
    gone = weakref.ref(Circle())
    assert until(lambda: gone() is None, 20)


def test_an_idle_server_collects_nothing(nothing_automatic, collector, monkeypatch):
    looks: list[int] = []
    monkeypatch.setattr(garbage, "_young", lambda: looks.append(0) or 0)
    kept = weakref.ref(Circle())
    collector()
    assert until(lambda: len(looks) > 6, 20) and kept() is not None


def test_streamlit_is_told_not_to_collect_after_every_run():
    assert FIXED["runner.postScriptGC"] is False
