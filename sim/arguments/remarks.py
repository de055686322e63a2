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
    """The spending at which a free model pays for itself beside the published one, both in the scenario's money."""
    row, block = facts("programmes")[SPENDING], scenario.world.complement
    nothing = np.zeros((1, scenario.horizon_years * MONTHS_PER_YEAR))
    trade = chosen(block, nothing).trade
    margins = (float(block.complement_margin_share), *reversed(range_of(scenario, MARGIN)))
    needed, least, most = (
        spending_needed_usd(replace(block, complement_margin_share=each), trade).item() / scenario.usd_per_currency
        for each in margins
    )
    today = deflator(BASE_PRICE_YEAR) / deflator(int(row["price_year"])) / scenario.usd_per_currency
    known = float(row["value"]) * 1e9 * today
    published, unit = format_in_unit(known, "USD/year"), f"{scenario.currency} a year"
    beside = f"firms spent {published} {unit} on interfaces to models in {row['year']}, by one account"
    if not np.isfinite(needed):
        return f"At no spending on models does what a free one pulls pay for making it; {beside}."
    verdict = "less" if known < needed else "more"
    return (
        f"What a free model pulls pays for making it from {format_in_unit(needed, 'USD/year')} {unit} of spending on "
        f"models on, {format_in_unit(least, 'USD/year')} to {format_in_unit(most, 'USD/year')} over the plausible "
        f"margin on further sales; {beside}, which is {verdict}."
    )
