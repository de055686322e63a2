"""A control for any declared parameter: its range, unit, evidence and sources come from the declaration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import floor, isclose, log10
from typing import Any

import streamlit as st

from dashboard import markdown, words
from sim.labels import choice_label
from sim.parameters import Spec
from sim.scenario import Scenario

FEWEST_STEPS = 100  # of a slider
_FINER = (1, 2, 5, 10, 20, 50, 100, 1000)  # parts of a step, until the scenario's value falls on one


@dataclass(frozen=True)
class Control:
    """One parameter on the panel."""

    path: str  # as `--set` knows it
    name: str
    spec: Spec
    default: Any  # of the model
    scenario: Any  # what the scenario has
    key: str  # of the widget, stable over reruns and different in every scenario
    free: bool = False  # draws vary it, unless it is taken as known

    @property
    def value(self) -> Any:
        """The value that the control has."""
        return st.session_state.get(self.key, self.scenario)

    @property
    def changed(self) -> bool:
        """True where it is not what the scenario has."""
        return bool(self.value != self.scenario)

    @property
    def known_key(self) -> str:
        """Key of the box that takes the value as known."""
        return f"{self.key}/known"

    @property
    def known(self) -> bool:
        """True where the user has set it and takes it as known."""
        return self.free and self.changed and bool(st.session_state.get(self.known_key))

    def reset(self) -> None:
        """Set the control back to the scenario."""
        st.session_state[self.key] = self.scenario
        st.session_state.pop(self.known_key, None)


def fingerprint(scenario: Scenario) -> str:
    """Short digest of a scenario's file: what its widgets' keys begin with."""
    text = json.dumps(scenario.text, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def key_of(scenario: Scenario, path: str) -> str:
    """Key of the widget for a value of the scenario."""
    return f"{fingerprint(scenario)}:{path}"


# --- ranges ---


def bounds(spec: Spec, value: float) -> tuple[float, float]:
    """The plausible range, made wider where the scenario is outside."""
    return float(min(spec.low, value)), float(max(spec.high, value))


def step_of(low: float, high: float, value: float) -> float:
    """The largest round step that divides the range finely enough and meets the value.

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
        if all(_on_grid(point - low, step) for point in (value, high)):
            return float(f"{step:.6g}")
    return float(f"{coarse:.6g}")


def _on_grid(distance: float, step: float) -> bool:
    """True where a distance is a whole number of steps."""
    steps = distance / step
    return isclose(steps, round(steps), abs_tol=1e-6)


def slider_format(spec: Spec, step: float) -> str:
    """How a slider writes its number."""
    if spec.unit in words.PER_CENT_UNITS:
        return "percent"
    return "localized" if spec.high >= words.THOUSAND else f"%.{decimals(step)}f"


def decimals(step: float) -> int:
    """Digits after the point that distinguish one step from the next.

    >>> decimals(0.05), decimals(0.2), decimals(200)
    (2, 1, 0)
    """
    return next((digits for digits in range(words.MOST_DECIMALS) if isclose(round(step, digits), step)), 0)


# --- controls ---


def show(control: Control, on_change: Callable[[], None] | None = None, own_reset: bool = True) -> Any:
    """The value of one control; shows it, with a mark and a reset where it differs from the scenario."""
    st.session_state.setdefault(control.key, control.scenario)
    fixed = control.spec.kind == "number" and control.spec.low == control.spec.high == control.scenario
    value = (_text if fixed else _WIDGETS[control.spec.kind])(control, on_change)
    if control.changed and own_reset:
        mark_changed(control)
    return value


def mark_changed(control: Control) -> None:
    """Show the mark of a changed value, its reset, and whether it is taken as known."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(markdown.literal(words.changed(control.value, control.scenario, control.spec)), width="stretch")
        label = markdown.literal(f"{words.RESET}: {words.label(control.name, control.spec)}")
        st.button(words.RESET, key=f"{control.key}/reset", type="tertiary", on_click=control.reset, help=label)
    if control.free:
        st.checkbox(words.KNOWN, key=control.known_key, help=words.KNOWN_HELP, persist_state="session")


def _common(control: Control, on_change: Callable[[], None] | None) -> dict[str, Any]:
    """What every widget is given. Values outlive a look at another scenario."""
    return {
        "label": markdown.literal(words.label(control.name, control.spec)),
        "key": control.key,
        "help": words.help_text(control.spec, control.default),
        "on_change": on_change or "rerun",
        "persist_state": "session",
    }


def _slider(control: Control, on_change: Callable[[], None] | None) -> float:
    spec = control.spec
    low, high = bounds(spec, control.scenario)
    step = step_of(low, high, control.scenario)
    text = slider_format(spec, step)
    return float(st.slider(min_value=low, max_value=high, step=step, format=text, **_common(control, on_change)))


def _selectbox(control: Control, on_change: Callable[[], None] | None) -> str:
    labels: Mapping[str, str] = {word: choice_label(word, control.spec) for word in control.spec.choices}
    common = _common(control, on_change)
    return str(st.selectbox(options=control.spec.choices, format_func=labels.__getitem__, **common))


def _toggle(control: Control, on_change: Callable[[], None] | None) -> bool:
    return bool(st.toggle(**_common(control, on_change)))


def _text(control: Control, on_change: Callable[[], None] | None) -> Any:
    """Shown, not changed: a list, whose entries belong together, or a number that has no range."""
    text = f"{words.label(control.name, control.spec)}: {words.value_text(control.value, control.spec)}"
    st.caption(markdown.literal(text), help=words.help_text(control.spec, control.default))
    return control.value


_WIDGETS: dict[str, Callable[[Control, Callable[[], None] | None], Any]] = {
    "number": _slider,
    "choice": _selectbox,
    "switch": _toggle,
    "series": _text,
}
