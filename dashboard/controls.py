"""The controls of a scenario, from the declarations: what they say, where they stand, and how they are moved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import isclose
from types import MappingProxyType
from typing import Any

from dashboard import names, words
from dashboard.state import Range, Side
from sim.instruments import Portfolio
from sim.mechanisms.sampling import uncertain
from sim.mechanisms.world import World
from sim.parameters import Parameters, Spec
from sim.scenario import Scenario, ScenarioError, with_settings
from sim.scenario.dated import LEVEL, RENT
from sim.scenario.overrides import FIXED

BUDGET = "budget"
# The first controls of the page, in this order: an instrument's levers are those of each option that it is the
# instrument of. What is left stands under its heading below. Of the two rents that one stands there which decides.
MAIN = (
    "public_cluster.life_years", "public_cluster.target_utilisation", "hardware.price_usd", "hardware.doubling_years",
    "procurement.lead_months", "procurement.slip_months", "procurement.system_ratio", RENT, LEVEL,
    "cloud.decline_per_year", "cloud.spent_share", "demand.groups", "demand.growth_per_year", "money.discount_rate",
)  # fmt: skip


@dataclass(frozen=True)
class Control:
    """One parameter as a side has it."""

    path: str  # as `--set` knows it
    name: str
    spec: Spec
    default: Any  # of the model
    scenario: Any  # as the scenario's file has it
    value: Any  # on this side
    free: bool = False  # draws vary it, unless it is taken as known
    known: bool = False  # the user takes it as known
    limits: Range | None = None  # an own range
    of_file: Range | None = None  # the one that the scenario's file gives it
    kind: str = ""  # the instrument or the group of the world that declares it
    follows: bool = False  # a record, as the file has it: any value that is set is another course of it
    given: bool = False  # a value on this side

    @property
    def declared(self) -> str:
        """Where it is declared: the instrument or the group of the world, and its name."""
        return f"{self.kind}.{self.name}"

    @property
    def label(self) -> str:
        """Its name and unit, short where it is one of those that come first."""
        return words.control_label(self.declared, self.spec)

    @property
    def zone(self) -> Range:
        """Its plausible range here: its own, that of the file, or the declared one round the value."""
        own = self.limits or self.of_file
        if own or not self.free or self.spec.kind != "number":
            return own or (self.spec.low, self.spec.high)
        around = self.spec.around(float(self.value))
        return around.low, around.high

    @property
    def changed(self) -> bool:
        """True where the value is not what the scenario has."""
        return not same(self.value, self.scenario) or (self.follows and self.given)

    @property
    def moved(self) -> bool:
        """True where anything about it is not what the scenario has."""
        return self.changed or self.known or self.limits is not None


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same, but for the rounding of a slider."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float | int) and isinstance(other, float | int):
        return isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return bool(one == other)


@dataclass(frozen=True)
class Section:
    """Controls under one heading."""

    title: str
    controls: tuple[Control, ...]
    shares: bool = False  # they sum to one

    @property
    def group(self) -> str:
        """The part of the paths before the point."""
        return self.controls[0].path.partition(".")[0]

    @property
    def changed(self) -> int:
        """How many differ from the scenario."""
        return sum(control.moved for control in self.controls)


@dataclass(frozen=True)
class Panel:
    """All that can be moved in a scenario."""

    scenario: Scenario  # as its file has it
    side: Side
    sections: tuple[Section, ...]  # policy first, then the world

    @staticmethod
    def of(scenario: Scenario, side: Side, every: bool = False) -> Panel:
        """The panel of a scenario, from the declarations; the source of a dated price is its rows.

        every: with what is declared as no main parameter, too.
        """
        follows = {RENT} & scenario.dated.keys() - side.settings.keys()
        made = partial(_controls, scenario, side, every, _idle(scenario, side, bool(follows)))
        free = uncertain().keys() - set(scenario.text.get(FIXED, [])) - follows
        policy = [
            Section(
                names.option(scenario, option),
                tuple(made(option.key, option.instrument, kind=option.instrument.name)),
                shares=isinstance(option.instrument, Portfolio),
            )
            for option in scenario.options
        ]
        kinds, whose = World.kinds(), _whose_rents(scenario, side)
        world = [
            Section(
                names.group(name, kinds[name].about),
                tuple(_as_recorded(each, whose) for each in made(name, group, scenario.dated, free)),
            )
            for name, group in scenario.world.groups().items()
        ]
        return Panel(scenario, side, tuple(section for section in policy + world if section.controls))

    @property
    def controls(self) -> list[Control]:
        """Every control."""
        return [control for section in self.sections for control in section.controls]

    @property
    def main(self) -> list[Control]:
        """The controls that come first, in the order of MAIN."""
        places = {path: place for place, path in enumerate(MAIN)}
        found = {}
        for control in self.controls:
            place = places.get(control.declared)
            if place is not None:
                found[place, control.path] = control
        return [found[place] for place in sorted(found)]

    @property
    def rest(self) -> list[Section]:
        """The sections without the controls that come first."""
        first = {control.path for control in self.main}
        left = (
            replace(section, controls=tuple(each for each in section.controls if each.path not in first))
            for section in self.sections
        )
        return [section for section in left if section.controls]

    def options(self) -> tuple[str, ...]:
        """What differs from the scenario, as options of the command line."""
        return words.command_options(self.side)


def _controls(
    scenario: Scenario,
    side: Side,
    every: bool,
    idle: str,
    group: str,
    values: Parameters,
    dated: Mapping[str, str] = MappingProxyType({}),
    free: Collection[str] = (),
    kind: str = "",
) -> Iterator[Control]:
    """Controls of a group or an option, of the main parameters or of every one; `free`: paths of what draws vary."""
    for name, default, spec in values.described():
        path = f"{group}.{name}"
        if every or ((spec.main or path == LEVEL) and path != idle):
            spec = replace(spec, source=dated.get(path, spec.source))
            own = getattr(values, name)
            yield Control(
                path, name, spec, default, own, side.settings.get(path, own), path in free, path in side.known,
                side.ranges.get(path), scenario.ranges.get(path), kind or group,
                follows=path == RENT and path in dated, given=path in side.settings,
            )  # fmt: skip


def _whose_rents(scenario: Scenario, side: Side) -> Scenario:
    """The scenario with the rents that this side asks for; as its file has it where that cannot be."""
    chosen = {path: side.settings[path] for path in ("cloud.segment", "cloud.hindsight") if path in side.settings}
    try:
        return with_settings(scenario, chosen) if chosen else scenario
    except ScenarioError:
        return scenario


def _as_recorded(control: Control, scenario: Scenario) -> Control:
    """The control with the rent at the start, where that follows a record, of this scenario; any other as it is."""
    if not control.follows or RENT not in scenario.dated:
        return control
    own, spec = scenario.world.cloud.price_usd, replace(control.spec, source=scenario.dated[RENT])
    return replace(control, spec=spec, scenario=own, value=control.value if control.given else own)


def _idle(scenario: Scenario, side: Side, follows: bool) -> str:
    """Which rent is no control of the page: that of the start where rents follow their record, else the long-run level.

    The list prices of a large provider have no level to return to.
    """
    segment = side.settings.get("cloud.segment", scenario.world.cloud.segment)
    return RENT if follows and segment != "list" else LEVEL


# --- the budget ---


def budget_of(scenario: Scenario, side: Side) -> float:
    """The whole budget of a side in the scenario's money."""
    if "budget.total" in side.settings:
        return float(side.settings["budget.total"])
    path = side.settings.get("budget.path")
    return float(sum(path)) if path else scenario.budget.total


def with_budget(scenario: Scenario, side: Side, total: float) -> Side:
    """The side with another whole budget, by the path that the scenario's file uses; every year is scaled alike."""
    if same(total, scenario.budget.total):
        return side.with_values({"budget.total": None, "budget.path": None})
    if "path" not in scenario.text["budget"]:
        return side.with_values({"budget.total": total, "budget.path": None})
    share = total / scenario.budget.total
    return side.with_values({"budget.path": [amount * share for amount in scenario.budget.yearly]})
