"""Further sentences of arguments, computed for the central case: what licences permit, seeds, spending on models."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from sim.formatting import format_in_unit, format_percent, format_short, join_words
from sim.mechanisms.complement import chosen, spending_needed_usd
from sim.mechanisms.openness import CLASSES, Openness, class_shares, index_of
from sim.mechanisms.reproduction import Reproduction, errors_per_rerun, errors_per_study, rerun_ratio
from sim.parameters import Array
from sim.scenario import Scenario
from sim.scenario.ranges import range_of
from sim.sources import deflator, facts
from sim.units import BASE_PRICE_YEAR, MONTHS_PER_YEAR

SPENDING = "P904"  # published spending on interfaces to models, in billions a year
FOR_BITS = {"determinism_overhead_ratio": False, "checked_share": True, "chance_share": False}
"""Numbers of reproduction that move together: whether more of each favours the same bits."""
_STEPS = 101  # steps to the ends of their ranges
MARGIN = "complement.complement_margin_share"


def permitted_sentence(scenario: Scenario, _: int) -> str:
    """Part of the demanded uses that each form of release permits, the least first."""
    openness = scenario.world.openness
    spec = Openness.spec("licence")
    found = {
        label: _permitted("restricted", replace(openness, licence=name))
        for name, label in zip(spec.choices, spec.choice_labels, strict=True)
    }
    found |= {
        "an interface": _permitted("api", openness),
        "free weights": _permitted("open_weights", openness),
        "the open-source definition": _permitted("open_code", openness),
    }
    by_share: dict[str, list[str]] = {}
    for label in sorted(found, key=found.__getitem__):
        by_share.setdefault(format_percent(found[label], ".0f"), []).append(label)
    parts = [f"{part} by {join_words(who)}" for part, who in by_share.items()]
    return f"Permitted of the uses demanded: {', '.join(parts)}."


def _permitted(kind: str, openness: Openness) -> float:
    """Part of the demanded uses that a class permits."""
    return index_of(np.eye(len(CLASSES))[[CLASSES.index(kind)]], openness).item()


def seeds_sentence(scenario: Scenario, _: int) -> str:
    """Errors and compute of the same bits and of seeds for all, and where three numbers turn which is ahead."""
    bits, seeds = _practices(scenario, scenario.world.reproduction)
    bits_lead = bool(bits[2] >= seeds[2])
    better = "the same bits find more" if bits_lead else "seeds find more"
    said = [format_short(each.item()) for each in (*seeds[:2], *bits[:2])]
    return (
        f"Seeds find {said[0]} errors for each study for {said[1]} times its compute on top, the same bits {said[2]} "
        f"for {said[3]}: for the same compute, {better}. {_joint_turn(scenario, bits_lead)}"
    )


def _practices(scenario: Scenario, block: Reproduction) -> list[tuple[Array, Array, Array]]:
    """Errors for each study, further compute over its own, and errors for such compute: with bits, with seeds.

    Where it takes none, no seeds find as many.
    """
    shares, found = class_shares(replace(scenario.world.openness, mandate_share=1.0)), []
    for part in (1.0, 0.0):
        practice = replace(block, deterministic_share=part, replicated_share=1 - part)
        taken = rerun_ratio(practice) - 1
        rate = np.where(taken > 0, errors_per_rerun(shares, practice), np.inf)
        found.append((errors_per_study(shares, practice), taken, rate))
    return found


def _joint_turn(scenario: Scenario, bits_lead: bool) -> str:
    """Where FOR_BITS, each the same part of the way to the end of its range that favours the other, turn the lead."""
    block, parts = scenario.world.reproduction, np.linspace(0, 1, _STEPS)
    moved: dict[str, Any] = {}
    for name, more_favours in FOR_BITS.items():
        low, high = range_of(scenario, f"reproduction.{name}")
        own, end = float(getattr(block, name)), high if more_favours != bits_lead else low
        moved[name] = (own + parts * (end - own))[:, None]
    bits, seeds = _practices(scenario, replace(block, **moved))
    turned = np.flatnonzero((bits[2] >= seeds[2]) != bits_lead)
    if not turned.size:
        return "No three ends of the plausible ranges of overhead, checks and chance together turn that."
    overhead, checked, chance = (float(each[turned[0], 0]) for each in moved.values())
    return (
        f"It turns where three numbers are together {format_percent(parts[turned[0]], '.0f')} of the way to the ends "
        f"of their plausible ranges: the same bits take {format_short(overhead)} times a study's compute on top, "
        f"{format_percent(checked, '.0f')} of what could be checked is, and {format_percent(chance, '.0f')} of results "
        "hang on chance."
    )


def spending_sentence(scenario: Scenario, _: int) -> str:
    """What the firm's gain is made of, and from what spending it pays beside what was published, in own money."""
    block = scenario.world.complement
    trade = chosen(block, np.zeros((1, scenario.horizon_years * MONTHS_PER_YEAR))).trade
    low, high = range_of(scenario, MARGIN)
    centre = float(block.complement_margin_share)
    needed, least, most = (
        spending_needed_usd(replace(block, complement_margin_share=each), trade).item() for each in (centre, high, low)
    )
    kept, lost, cost = (_money(part.item(), scenario) for part in (trade.pulled * centre, trade.lost, trade.cost))
    if np.isfinite(needed):
        pays = f"It pays from {_money(needed, scenario)} a year of spending on models worldwide on."
    else:
        pays = (
            "No spending on models makes it pay, for the margin given up grows with it and is more than what is kept "
            "of the complement."
        )
    if np.isfinite(most):
        ends = f"{_money(least, scenario)} to {_money(most, scenario)}"
        plausible = f"Over the plausible margins on further sales it does so from {ends} a year on."
    elif np.isfinite(least):
        plausible = (
            f"At the upper end of the plausible margin on further sales, {format_short(high)}, it does so from "
            f"{_money(least, scenario)} a year on; at the lower end at no spending."
        )
    else:
        plausible = f"It does so at no plausible margin on further sales, up to {format_short(high)}."
    return " ".join(
        [
            f"Of the complement that the free model pulls the firm keeps {kept}, the margin given up on the model "
            f"is {lost}, and making it costs {cost}.",
            pays,
            plausible,
            _published(scenario, needed),
        ]
    )


def _money(usd: float, scenario: Scenario) -> str:
    """Dollars of the world in the money of the scenario."""
    return f"{format_in_unit(usd / scenario.usd_per_currency, 'USD')} {scenario.currency}"


def _published(scenario: Scenario, needed: float) -> str:
    """What firms spent on models, in the money of the scenario, and whether it is more than is needed, if any is."""
    row = facts("programmes")[SPENDING]
    known = float(row["value"]) * 1e9 * deflator(BASE_PRICE_YEAR) / deflator(int(row["price_year"]))
    said = f"Firms spent {_money(known, scenario)} a year on interfaces to models in {row['year']}, by one account"
    if not np.isfinite(needed):
        return f"{said}."
    return f"{said}, which is {'less' if known < needed else 'more'}."
