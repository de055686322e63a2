"""What an option does not spend, and why; and why an option has nothing to show at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.formatting import format_percent, format_short, join_words
from sim.instruments import INSTRUMENTS
from sim.instruments.do_nothing import DoNothing
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.finance import present_value
from sim.outcomes.industry import FAB

if TYPE_CHECKING:
    from sim.comparison.results import Result
    from sim.costs.result import OptionResult
    from sim.scenario import Scenario

WORTH_A_NOTE = 0.005  # of the money: less is a rounding of months
NO_MACHINE = "the fixed costs of {}, such as its operating team, are more than its part of the money, so none is bought"
NO_UNIT = "nothing of {} can be paid for within the horizon"
NO_MORE = "more than the whole public share of one {} is not spent"
UNPAID = "vouchers that expire unpaid stay with the treasury"
ENTERED = "it is taken as entered"


def leftover_note(result: Result, scenario: Scenario) -> list[str]:
    """How much of the money that all options are given one leaves over, and why; no line where it spends it."""
    central = result.central
    if DoNothing.name in central.size:
        return []
    given, spent = money_usd(central)
    left = given - spent
    if left <= WORTH_A_NOTE * given:
        return []
    amount, whole = (format_short(usd / scenario.usd_per_currency) for usd in (left, given))
    part = f"{amount} ({format_percent(left / given, '.2g')})" if spent else "all"
    counted = "undiscounted" if _rule(central) == "equal_cash" else "present value"
    why = join_words(reasons(central)) or "it spends no more within the horizon"
    return [f"{part} of its {whole} {scenario.currency}, {counted}, is left over: {why}."]


def money_usd(central: OptionResult) -> tuple[float, float]:
    """(what the option is given, what it spends of it) in the central case, counted as options are made equal."""
    context, rule = central.context, _rule(central)
    discount = np.ones_like(context.grid.discount) if rule == "equal_cash" else context.grid.discount
    given = context.budget
    if context.outside is not None and rule != "as_entered":
        given = given + context.outside
    spent = central.cost if rule == "equal_pv" else central.outlay
    return float(present_value(given, discount)[0]), float(present_value(spent, discount)[0])


def reasons(central: OptionResult) -> list[str]:
    """Why money is left over, a clause each."""
    found = [ENTERED] if _rule(central) == "as_entered" else []
    for name, size in central.size.items():
        label = INSTRUMENTS[name].label.lower()
        if size[0] == 0:
            found.append((NO_MACHINE if name == PublicCluster.name else NO_UNIT).format(f"a {label}"))
        elif size[0] < central.afforded[name][0]:
            found.append(NO_MORE.format("fab" if name == FAB else label))
    return found + [UNPAID] * bool(np.any(np.asarray(central.trade.returned)[:1]) and ENTERED in found)


def _rule(central: OptionResult) -> str:
    """How options are made equal."""
    return str(central.context.world.money.normalisation)


# --- an option with nothing to show ---


def headed(label: str, result: Result) -> str:
    """The head of an option's column: its label, and behind it why the column is empty, where it is.

    Labels come from `Result.label`, or from what distinguishes options of one label.
    """
    why = remark(result)
    return f"{label} ({why})" if why else label


def remark(result: Result) -> str:
    """Why an option gives no hours in the central case, in a few words; empty where it does, or is to do nothing."""
    central, hours = result.central, result.totals["h100e_hours"]
    if DoNothing.name in central.size or hours[0] > 0:
        return ""
    if FAB in central.size:
        return _of_a_fab(result)
    if not any(size[0] for size in central.size.values()):
        return "too little money: none is bought" + _in_draws(hours > 0)
    return "no hours within the horizon" + _in_draws(hours > 0)


def _of_a_fab(result: Result) -> str:
    """Why a stake in a fab gives no hours."""
    made = result.totals["accelerators_made"] > 0
    if not made[0]:
        return "nothing is made within the horizon" + _in_draws(made)
    if result.central.size[FAB][0] < result.central.least_size[FAB][0]:
        return "below scale: joins a plant of others"
    return "makes accelerators, gives no hours"


def _in_draws(there: NDArray[np.bool_]) -> str:
    """In how many draws it is so, where not in all of them."""
    drawn = there[1:]
    return f" in {format_percent(1 - float(drawn.mean()), '.0f')} of draws" if drawn.any() else ""
