"""What makes a mix more than the weighted sum of its parts: who contributes, and how little they fare alike."""

from __future__ import annotations

from sim.decision.contributions import mix_contributions
from sim.decision.mix_words import result, spread, together
from sim.formatting import upper_first
from sim.scenario import Scenario

_DRAWS = 32  # worlds: enough for a spread, and quick


def mixture_sentence(scenario: Scenario, seed: int) -> str:
    """Sentences on the contributions to the scenario's own mix (Shapley values), their surplus and their spread."""
    found = mix_contributions(scenario, yardstick="additional_fe_hours", seed=seed, draws=_DRAWS)
    if len(found.parts) == 1:
        return "The mix is one instrument."
    return f"{upper_first(result(found))} (Shapley value, mean of {_DRAWS} draws). {together(found)} {spread(found)}"
