"""Steps of a slider, how it writes its numbers, and how a widget follows the state of the page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from math import floor, inf, isclose, log10
from typing import Any

import streamlit as st

from dashboard import session, words
from dashboard.amounts import is_foreign
from dashboard.controls import same
from sim.parameters import Spec

STALE_SECONDS = 2.0  # after a page was sent, in which a browser hears of what has replaced its value
_REPLACED = "replaced"  # its place in the state of a session: by key, what was, and when the page with the new was sent
FEWEST_STEPS = 100  # of a slider
MOST_LOCALIZED = 3  # digits after the point that a browser writes of its own
_FINER = (1, 2, 5, 10, 20, 50, 100, 1000)  # parts of a step, until the value falls on one


def follow(key: str, value: Any) -> None:
    """Give a widget the value of the state, where the user has not just given it that.

    A value that is written without need would be sent to the browser, and take a slider out of the user's hand. The
    widget is made with the same value as its default: where a browser never hears of the one that is written, for the
    run that wrote it was superseded, it must not take the lowest of a range for what its user has chosen.
    """
    if key not in st.session_state or not same(st.session_state[key], value):
        if key in st.session_state:
            _replaced()[key] = (st.session_state[key], inf)
        st.session_state[key] = value


def note_sent() -> None:
    """Note that the page has been sent, with all that has been replaced on it."""
    now, replaced = time.monotonic(), _replaced()
    replaced.update({key: (old, now) for key, (old, at) in replaced.items() if at == inf})


def unless_stale(key: str, take: Callable[[], None], seconds: float = STALE_SECONDS) -> Callable[[], None]:
    """What takes over the value of a widget, but not one that the state had replaced before its browser heard of it.

    seconds: how long ago; nil where what a user moves counts in any case. A browser sends all of its values with every
    request, those of the timer of a part of the page among them: such a request can be the first that carries what a
    user has moved, and then it alone does.
    """

    def taken() -> None:
        part = session.is_part()
        if _is_stale(key, STALE_SECONDS if part else seconds):
            if not part:
                session.note_move()
        else:
            _replaced().pop(key, None)
            take()

    return taken


def _is_stale(key: str, seconds: float) -> bool:
    """Whether a widget has sent what was replaced, on a page that was sent within so many seconds or is not yet."""
    old, at = _replaced().get(key, (None, -inf))
    return seconds > 0 and time.monotonic() - at < seconds and same(st.session_state.get(key), old)


def _replaced() -> dict[str, tuple[Any, float]]:
    """What the state has replaced, by the key of its widget."""
    found: dict[str, tuple[Any, float]] = st.session_state.setdefault(_REPLACED, {})
    return found


def select(
    label: str,
    options: Iterable[Any],
    key: str,
    on_change: Callable[[], None] | None = None,
    stale_seconds: float = STALE_SECONDS,
    **more: Any,
) -> Any:
    """A choice of one of some options, whose value is never anything else.

    A browser sends the label that it shows. Where labels are others by now, in another language or of another scenario,
    Streamlit hands the text on as if it were an option: that is no choice, and the state stands. The browser is then
    sent the new label, for it would go on to show the one it has.
    """
    known = list(options)
    labels, before = [str(more.get("format_func", str)(each)) for each in known], _labels().get(key)

    def changed() -> None:
        if on_change and st.session_state[key] in known:
            unless_stale(key, on_change, stale_seconds)()

    if key in st.session_state and st.session_state[key] not in known:
        st.session_state[key] = known[0]
    elif key in st.session_state and before not in (None, labels):
        st.session_state[key] = st.session_state[key]
    _labels()[key] = labels
    return st.selectbox(label, known, key=key, on_change=changed, **more)


def _labels() -> dict[str, list[str]]:
    """The labels that choices had when they were shown last, by key."""
    found: dict[str, list[str]] = st.session_state.setdefault("labels", {})
    return found


def step_of(low: float, high: float, *values: float) -> float:
    """The largest round step that divides the range finely enough and meets the values.

    >>> step_of(35_000, 60_000, 45_000), step_of(0.02, 0.07, 0.035), step_of(4, 24, 12)
    (200.0, 0.0005, 0.2)
    """
    if high <= low:
        return 1.0
    rough = (high - low) / FEWEST_STEPS
    power = 10.0 ** floor(log10(rough))
    coarse = max(part * power for part in (1, 2, 5) if part * power <= rough * (1 + 1e-9))
    for finer in _FINER:
        step = coarse / finer
        if all(_on_grid(point - low, step) for point in (*values, high)):
            return float(f"{step:.6g}")
    return float(f"{coarse:.6g}")


def _on_grid(distance: float, step: float) -> bool:
    """True where a distance is a whole number of steps."""
    steps = distance / step
    return isclose(steps, round(steps), abs_tol=1e-6)


def slider_format(spec: Spec, step: float, scenario: float = 0.0) -> str:
    """How a slider writes its number; on a page in another language than the model as the browser is set.

    Where thousands are in play and the value of the scenario is no whole number, its fraction would be false precision.
    """
    if spec.unit in words.PER_CENT_UNITS:
        return "percent"
    if spec.high >= words.THOUSAND and not float(scenario).is_integer():
        return "%.0f"
    if is_foreign() and decimals(step) <= MOST_LOCALIZED:
        return "localized"
    return "localized" if spec.high >= words.THOUSAND else f"%.{decimals(step)}f"


def decimals(step: float) -> int:
    """Digits after the point that distinguish one step from the next.

    >>> decimals(0.05), decimals(0.2), decimals(200)
    (2, 1, 0)
    """
    return next((digits for digits in range(words.MOST_DECIMALS) if isclose(round(step, digits), step)), 0)
