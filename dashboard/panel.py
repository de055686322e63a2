"""The panel: the parameters declared as `main`, the budget, and the shares of a portfolio that sum to one."""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

import streamlit as st

from dashboard import markdown, widgets, words
from dashboard.shares import balanced, moved_share
from dashboard.widgets import Control
from sim.formatting import format_value, lower_first
from sim.instruments import Portfolio
from sim.labels import parameter_label
from sim.mechanisms.sampling import uncertain
from sim.mechanisms.world import World
from sim.parameters import Parameters
from sim.scenario import Scenario
from sim.scenario.overrides import FIXED

MEMORY = 20  # earlier positions of the shares


@dataclass(frozen=True)
class Section:
    """Controls under one heading."""

    title: str
    controls: tuple[Control, ...]
    shares: bool = False  # they sum to one

    @property
    def changed(self) -> int:
        """How many differ from the scenario."""
        return sum(control.changed for control in self.controls)


@dataclass(frozen=True)
class Panel:
    """All that can be moved in a scenario."""

    scenario: Scenario
    policy: tuple[Section, ...]
    world: tuple[Section, ...]

    @staticmethod
    def of(scenario: Scenario) -> Panel:
        """The panel of a scenario, from the declarations."""
        print_ = widgets.fingerprint(scenario)
        policy = [
            Section(
                option.label,
                tuple(_controls(print_, option.key, option.instrument)),
                shares=isinstance(option.instrument, Portfolio),
            )
            for option in scenario.options
        ]
        kinds, free = World.kinds(), uncertain().keys() - set(scenario.text.get(FIXED, []))
        world = [
            Section(kinds[name].about, tuple(_controls(print_, name, group, scenario.dated, free)))
            for name, group in scenario.world.groups().items()
        ]
        kept = ([section for section in sections if section.controls] for sections in (policy, world))
        return Panel(scenario, *(tuple(sections) for sections in kept))

    @property
    def sections(self) -> tuple[Section, ...]:
        """Policy first, then the world."""
        return self.policy + self.world

    @property
    def controls(self) -> list[Control]:
        """Every control."""
        return [control for section in self.sections for control in section.controls]

    def settings(self) -> dict[str, Any]:
        """What differs from the scenario, by path: the rest of the file stays as it is, and so does its digest."""
        # a share that is not named is nothing: with one of them, those that stayed are named as well
        chosen = {
            control.path: control.value if control.changed else control.scenario
            for section in self.sections
            for control in section.controls
            if control.changed or (section.shares and section.changed and control.scenario)
        }
        known = [control.path for control in self.controls if control.known]
        return chosen | ({FIXED: known} if known else {}) | _budget_setting(self.scenario)

    def options(self) -> list[str]:
        """What differs from the scenario, as options of the command line."""
        chosen = self.settings()
        known = chosen.pop(FIXED, [])
        texts = {path: value if isinstance(value, str) else json.dumps(value) for path, value in chosen.items()}
        return [
            f"--{'fix' if path in known else 'set'} {shlex.quote(f'{path}={text}')}" for path, text in texts.items()
        ]

    def changes(self) -> list[str]:
        """What differs from the scenario, a sentence each."""
        found = [
            words.change(section.title, control.name, control.scenario, control.value, control.spec, control.known)
            for section in self.sections
            for control in section.controls
            if control.changed
        ]
        if budget_changed(self.scenario):
            old, new = _millions(self.scenario), st.session_state[_budget_key(self.scenario)]
            label = words.BUDGET.format(currency=self.scenario.currency, year=self.scenario.price_year)
            found.insert(0, f"{label}: {format_value(old)} to {format_value(new)}")
        return found

    def reset(self) -> None:
        """Set everything back to the scenario."""
        for section in self.sections:
            _reset(section)
        reset_budget(self.scenario)

    def evidence(self) -> str:
        """The sentence on how many of the controls rest on assumptions."""
        grades = [control.spec.grade for control in self.controls]
        assumed = [
            f"{lower_first(parameter_label(control.name, control.spec))} ({section.title})"
            for section in self.sections
            for control in section.controls
            if control.spec.grade == "D"
        ]
        return words.evidence(grades, assumed)


def _controls(
    print_: str,
    group: str,
    values: Parameters,
    dated: Mapping[str, str] = MappingProxyType({}),
    free: Collection[str] = (),
) -> Iterator[Control]:
    """Controls of the main parameters of a group or an option; the source of a dated price is its rows.

    `free`: paths of what draws vary.
    """
    for name, default, spec in values.described():
        if spec.main:
            path = f"{group}.{name}"
            spec = replace(spec, source=dated.get(path, spec.source))
            yield Control(path, name, spec, default, getattr(values, name), f"{print_}:{path}", path in free)


# --- drawing ---


def show(panel: Panel) -> None:
    """Show the panel."""
    st.subheader(words.POLICY)
    _show_budget(panel.scenario)
    for section in panel.policy:
        _show_section(section, opened=section.shares)
    st.subheader(words.WORLD, help=words.WORLD_HELP)
    for section in panel.world:
        _show_section(section)
    changed = bool(panel.settings())
    st.button(words.RESET_ALL, key="reset_all", on_click=panel.reset, disabled=not changed, width="stretch")
    if text := panel.evidence():
        st.caption(markdown.literal(text))


def _show_section(section: Section, opened: bool = False) -> None:
    """Show one heading and its controls."""
    count = words.count_changed(section.changed)
    title = markdown.literal(section.title + (f" ({count})" if count else ""))
    # the key is the same in every scenario: what was opened stays open
    group = section.controls[0].path.partition(".")[0]
    with st.expander(title, expanded=opened, key=f"section/{group}"):
        for control in section.controls:
            moved = partial(_balance, section) if section.shares else None
            widgets.show(control, moved, own_reset=not section.shares)
        if section.shares and section.changed:
            st.caption(markdown.literal(_balance_note(section)))
            key = f"{section.controls[0].key}/reset"
            st.button(words.RESET, key=key, type="tertiary", on_click=partial(_reset, section))


# --- shares that sum to one ---


@dataclass(frozen=True)
class _Balance:
    """The shares when they were last made to sum to one."""

    shares: dict[str, float]  # by key of the control
    moved: str = ""
    earlier: tuple[dict[str, float], ...] = ()


def _balance_key(section: Section) -> str:
    return f"{section.controls[0].key}/balance"


def _balance_note(section: Section) -> str:
    """The note on what was done to the other shares at the last move."""
    last = st.session_state.get(_balance_key(section))
    if last is None:
        return ""
    names = {control.key: parameter_label(control.name, control.spec) for control in section.controls}
    return words.balanced(names[last.moved])


def _balance(section: Section) -> None:
    """Set the other shares so that all sum to one, and store a note on it."""
    own = {control.key: float(control.scenario) for control in section.controls}
    place = _balance_key(section)
    last = st.session_state.get(place) or _Balance(own)
    now = {key: float(st.session_state[key]) for key in own}
    moved = moved_share(now, last.shares, last.moved, last.earlier)
    if not moved:
        st.session_state.update(last.shares)
        return
    shares = balanced({**last.shares, moved: now[moved]}, moved, own)
    st.session_state.update(shares)
    st.session_state[place] = _Balance(shares, moved, (*last.earlier, last.shares)[-MEMORY:])


def _reset(section: Section) -> None:
    for control in section.controls:
        control.reset()
    st.session_state.pop(_balance_key(section), None)


# --- the budget ---


def _budget_key(scenario: Scenario) -> str:
    return widgets.key_of(scenario, "budget")


def _millions(scenario: Scenario) -> float:
    """The scenario's whole budget in millions of its money."""
    return scenario.budget.total / words.MILLION


def _show_budget(scenario: Scenario) -> None:
    """Show the control of the budget, the one number that is no parameter."""
    key = _budget_key(scenario)
    st.session_state.setdefault(key, _millions(scenario))
    st.number_input(
        markdown.literal(words.BUDGET.format(currency=scenario.currency, year=scenario.price_year)),
        min_value=0.0,
        step=widgets.step_of(0.0, _millions(scenario), _millions(scenario)) or None,
        format="%.6g",
        key=key,
        help=markdown.literal(words.BUDGET_HELP),
        persist_state="session",
    )
    if budget_changed(scenario):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(markdown.literal(words.BUDGET_CHANGED.format(value=_millions(scenario))), width="stretch")
            st.button(words.RESET, key=f"{key}/reset", type="tertiary", on_click=partial(reset_budget, scenario))


def budget_changed(scenario: Scenario) -> bool:
    """True where the budget differs from the scenario."""
    return bool(st.session_state.get(_budget_key(scenario), _millions(scenario)) != _millions(scenario))


def reset_budget(scenario: Scenario) -> None:
    """Set the budget back to the scenario."""
    st.session_state[_budget_key(scenario)] = _millions(scenario)


def _budget_setting(scenario: Scenario) -> dict[str, Any]:
    """The changed budget by the path that the scenario's file uses."""
    if not budget_changed(scenario):
        return {}
    total = st.session_state[_budget_key(scenario)] * words.MILLION
    if "path" not in scenario.text["budget"]:
        return {"budget.total": total}
    return {"budget.path": [amount * total / scenario.budget.total for amount in scenario.budget.yearly]}
