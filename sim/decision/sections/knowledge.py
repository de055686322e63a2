"""What knowledge is worth before choosing: of everything, of each number, of each group of them, of the best few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.decision.case import Case
from sim.decision.information import LEAST_DRAWS, Worth, information_of_each, partial_information, perfect_information
from sim.decision.ranking import HELD_SHARE
from sim.decision.sections.section import Section, Table, number, unit
from sim.formatting import format_count, format_percent, format_short
from sim.mechanisms.world import World
from sim.parameters import Array

MOST_HELD = 8  # numbers, of which it is asked how much they hold together
SHOWN = 12
ZERO = "not different from zero"
MOST_OF_ONE = 0.1  # of what the best choices of all worlds gain that one world may hold
PRICE = {"FE_hour": "cost_per_fe_hour", "H100e_hour": "cost_per_h100e_hour"}  # of a unit of the yardstick, by unit


@dataclass(frozen=True)
class Knowledge:
    """Worths in the unit of the yardstick: of all numbers, each, each group of the world, and the best 1, 2, ..."""

    everything: Worth
    largest: float  # share of it that the one world holds in which knowing is worth most
    each: dict[str, Worth]
    groups: dict[str, Worth]
    together: tuple[Worth, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """The numbers, the one worth most first."""
        return tuple(sorted(self.each, key=lambda path: -self.each[path].value))

    @property
    def holding(self) -> int | None:
        """How many of the best hold HELD_SHARE of everything; None where MOST_HELD do not."""
        wanted = HELD_SHARE * self.everything.value
        return next((n for n, worth in enumerate(self.together, 1) if worth.value >= wanted), None)


def knowledge(case: Case) -> Knowledge | None:
    """By regression of the gains on what is known; None where draws are too few."""
    if case.comparison.draws < LEAST_DRAWS:
        return None
    each = dict(zip(case.names, information_of_each(case.values, case.x), strict=True))
    order = sorted(each, key=lambda path: -each[path].value)[:MOST_HELD]
    groups: dict[str, list[str]] = {}
    for path in case.names:
        groups.setdefault(path.partition(".")[0], []).append(path)
    return Knowledge(
        perfect_information(case.values),
        largest(case.values),
        each,
        {name: _of(case, paths) for name, paths in groups.items()},
        tuple(_of(case, order[: n + 1]) for n in range(len(order))),
    )


def largest(values: Array) -> float:
    """Share of the gain from choosing the best in every world [draw, option] that the largest of them holds."""
    gain = values.max(axis=1) - values[:, int(values.mean(axis=0).argmax())]
    return float(gain.max() / gain.sum()) if gain.sum() > 0 else 0.0


def _of(case: Case, paths: list[str]) -> Worth:
    """What it is worth to know several numbers together."""
    return partial_information(case.values, case.x[:, [case.names.index(path) for path in paths]])


def section(case: Case, found: Knowledge | None) -> Section:
    """Sentences, the numbers worth most, and the groups."""
    name, title = "information", "What it is worth to know more before choosing"
    if found is None:
        draws = case.comparison.draws
        return Section(name, title, (f"Not known from {draws} worlds drawn: that takes {LEAST_DRAWS} or more.",))
    if found.largest > MOST_OF_ONE:
        share, draws = format_percent(found.largest, ".0f"), case.comparison.draws
        line = f"Not known: one of {draws} worlds drawn holds {share} of what it would be worth to know everything."
        return Section(name, title, (line,), (), {"largest": found.largest})
    lines = (
        f"To know everything before choosing would be worth {with_error(case, found.everything)} (EVPI)"
        f"{_in_money(case, found.everything)}.",
        _held(case, found),
        f"Values are those of a choice among {format_count(len(case.keys), 'option')}; a number is worth something "
        "only where it changes the choice.",
    )
    singles = [(case.words(path), found.each[path]) for path in found.order[:SHOWN]]
    groups = sorted(found.groups.items(), key=lambda item: -item[1].value)
    about = [(World.kinds()[name].about, worth) for name, worth in groups]
    tables = (_table(case, found, "Number", singles), _table(case, found, "Group of numbers", about))
    data = {
        "evpi": vars(found.everything),
        "largest": found.largest,
        "each": {path: vars(found.each[path]) for path in found.order},
        "groups": {name: vars(worth) for name, worth in groups},
        "together": [{"paths": found.order[: n + 1], **vars(worth)} for n, worth in enumerate(found.together)],
    }
    return Section(name, title, lines, tables, data)


def _held(case: Case, found: Knowledge) -> str:
    """How few numbers hold most of it."""
    if not found.everything.different_from_zero:
        return f"That is {ZERO}: the choice would be the same."
    count, total = found.holding, len(found.each)
    if count is not None:
        return f"{count} of {total} numbers hold {HELD_SHARE:.0%} of it, known together.".replace("%", " %")
    best = max(range(1, len(found.together) + 1), key=lambda few: found.together[few - 1].value)
    share = format_percent(found.together[best - 1].value / found.everything.value, ".0f")
    return (
        f"No few numbers hold {100 * HELD_SHARE:.0f} % of it: the best {best} of {total}, known together, hold {share}."
    )


def with_error(case: Case, worth: Worth) -> str:
    """A worth with its standard error and unit."""
    error = number(case, worth.standard_error)
    return f"{number(case, worth.value)} ± {error} {unit(case)}"


def _in_money(case: Case, worth: Worth) -> str:
    """The same in money, at what a unit of the yardstick costs under the option with the best mean."""
    if case.outcome.unit not in PRICE:
        return ""
    best = case.keys[int(case.values.mean(axis=0).argmax())]
    price = np.median(case.comparison.own_totals(best, PRICE[case.outcome.unit])[1:])
    if not np.isfinite(price):
        return ""
    money = f"{format_short(worth.value * float(price))} {case.scenario.currency}"
    return f", about {money} at the {format_short(float(price))} that a unit costs under {case.label(best)}"


def _table(case: Case, found: Knowledge, what: str, rows: list[tuple[str, Worth]]) -> Table:
    """Worths of numbers or groups, with what they are of everything."""
    heads = (what, f"Worth of knowing it ({unit(case)})", "Standard error", "Of everything", "Verdict")
    whole = found.everything.value
    return Table(
        heads,
        tuple(
            (
                name,
                number(case, worth.value),
                number(case, worth.standard_error) if worth.standard_error else "–",
                format_percent(worth.value / whole, ".0f") if whole else "–",
                "worth something" if worth.different_from_zero else ZERO,
            )
            for name, worth in rows
        ),
    )
