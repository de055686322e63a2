"""Whatever settings a scenario takes, it can be compared: no warning, no infinite number, and the sums close."""

from __future__ import annotations

from math import isfinite
from random import Random
from typing import Any

import numpy as np
import pytest

from sim.comparison.run import compare
from sim.documents import groups
from sim.outcomes import BY_NAME
from sim.scenario import ScenarioError, load

SCENARIOS = ("isambard_ai_uk", "nairr_us", "small_country", "heavy_press_1950")
OF_THE_QUEUE = ("workload", "queue", "reliability")  # `tests/theory/queue/test_properties.py` moves them
SWITCHES = {"independence.shock": 0.4, "market.feedback": 0.3, "complement.counted": 0.2, "safety.harm": 0.2}
MOST = 8  # settings at once
DECLARED = [
    (f"{group}.{name}", spec)
    for group, kind in groups().items()
    if group not in OF_THE_QUEUE and group != "portfolio"  # whose shares sum to one
    for name, _, spec in kind.described()
    if spec.kind != "series"
]
SHARES = tuple(name for name, outcome in BY_NAME.items() if outcome.unit == "fraction" and outcome.section != "Waiting")
BELOW_NOTHING = ("lower_tiers_share",)  # additional hours of one tier may be fewer than nothing
BEYOND_ONE = ("lower_tiers_share", "accelerator_shock_share", "rental_shock_share")  # a market may be smaller
ROUNDING = 1e-9


def somewhere(random: Random) -> dict[str, Any]:
    """Settings at an end of what is plausible or possible, or between."""
    found: dict[str, Any] = {path: True for path, part in SWITCHES.items() if random.random() < part}
    for path, spec in random.sample(DECLARED, random.randint(1, MOST)):
        if spec.kind == "switch":
            found[path] = random.random() < 0.5
        elif spec.kind == "choice":
            found[path] = random.choice(spec.choices)
        else:
            ends = [end for end in (spec.low, spec.high, spec.floor, spec.ceiling) if isfinite(end)]
            found[path] = random.choice([*ends, random.uniform(spec.low, spec.high)])
    return found


@pytest.mark.parametrize("seed", [*range(25), *(pytest.param(n, marks=pytest.mark.slow) for n in range(25, 250))])
def test_what_is_taken_can_be_compared(seed: int) -> None:
    random = Random(seed)
    settings = somewhere(random)
    try:
        scenario = load(random.choice(SCENARIOS), settings)
    except ScenarioError:  # combinations that cannot be are refused in sentences: `tests/refused`
        return
    comparison = compare(scenario, draws=random.choice([0, 3]), queue=False)
    for key, result in comparison.results.items():
        total = result.totals
        paid = total["public_cost"] + total["excess_burden"] + total["private_cost"]
        np.testing.assert_allclose(
            paid, total["social_cost"], rtol=ROUNDING, atol=ROUNDING, err_msg=f"{key} {settings}"
        )
        for name, values in total.items():
            assert not np.isinf(values).any(), (key, name, settings)
        for name in SHARES:
            held = total[name][np.isfinite(total[name])]
            assert name in BELOW_NOTHING or (held >= -ROUNDING).all(), (key, name, held, settings)
            assert name in BEYOND_ONE or (held <= 1 + ROUNDING).all(), (key, name, held, settings)
