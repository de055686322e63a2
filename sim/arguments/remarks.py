"""Further sentences of arguments, computed for the central case: what licences permit, seeds, spending on models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.formatting import format_in_unit, format_percent, format_short, join_words
from sim.mechanisms.complement import chosen, spending_needed_usd
from sim.mechanisms.openness import CLASSES, Openness, class_shares, index_of
from sim.mechanisms.reproduction import Reproduction, errors_per_study, rerun_ratio
from sim.scenario import Scenario
from sim.scenario.ranges import range_of
from sim.sources import deflator, facts
from sim.units import BASE_PRICE_YEAR, MONTHS_PER_YEAR

SPENDING = "P904"  # published spending on interfaces to models, in billions a year
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
    """Errors found and compute taken with the same bits for all, and with seeds for all in their place."""
    world = scenario.world
    shares = class_shares(replace(world.openness, mandate_share=1.0))

    def worth(**practice: float) -> tuple[float, float]:
        """Errors found for each study, and further compute over that of the study."""
        asked: Reproduction = replace(world.reproduction, **practice)
        return errors_per_study(shares, asked).item(), rerun_ratio(asked).item() - 1

    bits = worth(deterministic_share=1.0, replicated_share=0.0)
    seeds = worth(deterministic_share=0.0, replicated_share=1.0)
    each = [found / taken if taken > 0 else float("inf") for found, taken in (bits, seeds)]
    better = "seeds find more" if each[1] > each[0] else "the same bits find more"
    return (
        f"Seeds in their place would find {format_short(seeds[0])} errors for each study for {format_short(seeds[1])} "
        f"times its compute on top, the same bits {format_short(bits[0])} for {format_short(bits[1])}: for the same "
        f"compute, {better}."
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
