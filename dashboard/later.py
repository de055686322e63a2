"""What takes longer than a repaint may: computed once, in a thread of its own, when nothing has moved for a while.

Charts that are drawn to be exported go through here, all of them: Matplotlib's settings are shared by all threads.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

import streamlit as st

from dashboard import markdown, session, words
from sim.comparison.results import Comparison

LOOK_SECONDS = 0.4  # between looks; the first of them comes after nothing has moved for so long
MOST_KEPT = 80  # values, a few hundred kilobytes each
Value = TypeVar("Value")
Key = tuple[str, ...]

_thread = ThreadPoolExecutor(1, thread_name_prefix="later")
_kept: OrderedDict[Key, Future[Any]] = OrderedDict()
_lock = Lock()


def key_of(comparison: Comparison, *names: str) -> Key:
    """What a thing is kept under that is made of a run; titles and labels are part of a run."""
    return (comparison.scenario.key, comparison.run_id, *names)


def ask(key: Key, make: Callable[[], Value]) -> Future[Value]:
    """The value of a key, on its way: from the cache, or else from `make`, as soon as the thread is free."""
    with _lock:
        found = _kept.pop(key, None)
        if found is None or found.cancelled():
            found = _thread.submit(make)
        _kept[key] = found
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found


def now(key: Key, make: Callable[[], Value]) -> Value:
    """The value of a key, waited for: for a file that is made when it is asked for."""
    return ask(key, make).result()


def known(key: Key) -> Future[Any] | None:
    """The value of a key if it has been computed, or why it could not be."""
    with _lock:
        found = _kept.get(key)
    return found if found is not None and found.done() and not found.cancelled() else None


# --- on the page ---


def show(place: str, key: Key, make: Callable[[], Value], view: Callable[[Value], None], height: int = 300) -> None:
    """Show a value: at once where it is known, else a mark until it is. What this place asked for before is dropped."""
    found = known(key)
    if found is not None:
        _show(found, view)
        return
    before = st.session_state.get(f"later/{place}")
    if before is not None and before[0] != key and before[1] is not None:
        before[1].cancel()
    if before is None or before[0] != key:
        st.session_state[f"later/{place}"] = (key, None)
    _wait(place, key, make, height)


@st.fragment(run_every=LOOK_SECONDS)
def _wait(place: str, key: Key, make: Callable[[], Value], height: int) -> None:
    """Look whether the value is there; ask for it at the second look, so that no move of a slider is waited for."""
    found, looks = known(key), f"later/{place}/looks"
    if found is not None:
        session.rerun()
    seen, count = st.session_state.get(looks, (None, 0))
    st.session_state[looks] = (key, count + 1 if seen == key else 1)
    if seen == key:
        st.session_state[f"later/{place}"] = (key, ask(key, make))
    st.caption(f":material/hourglass_top: {markdown.literal(words.LATER)}")
    st.skeleton(height)


def _show(found: Future[Any], view: Callable[[Any], None]) -> None:
    """Show the value, or that there is none: what fails here must not take the rest of the page with it."""
    error = found.exception()
    if error is not None:
        st.error(markdown.literal(words.DRAWING_FAILED.format(kind=type(error).__name__)))
        return
    view(found.result())
