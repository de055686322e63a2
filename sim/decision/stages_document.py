"""What deciding later is worth, as a document."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from sim.comparison.results import unit_of
from sim.comparison.verdict import interval_of
from sim.decision.adaptive import Gain, Rule, gain_of
from sim.decision.flexibility import Decision, Flexibility
from sim.decision.rules import rule_sentence, seen_in_own, sentences
from sim.decision.yardstick import in_own, turned
from sim.outcomes import BY_NAME
from sim.parameters import Array
from sim.version import __version__

SCHEMA = "heavypress/stages/1"


def as_json(flexibility: Flexibility) -> str:
    """The whole as a document; money in the scenario's own."""
    plans, outcome = flexibility.plans, BY_NAME[flexibility.yardstick]
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "run": flexibility.run,
        "version": __version__,
        "scenario": flexibility.scenario.key,
        "yardstick": flexibility.yardstick,
        "unit": unit_of(outcome, flexibility.scenario),
        "better": outcome.better,
        "seed": flexibility.seed,
        "draws": flexibility.draws,
        "draw": flexibility.draw,
        "decision_month": plans.decision_month,
        "second_share": plans.second_share,
        "wait_months": plans.wait_months,
        "best_fixed": flexibility.best,
        "plans": [_plan(flexibility, key) for key in flexibility.ordered],
        "decisions": [_decision(flexibility, each) for each in flexibility.every],
        "pilot": {
            "share": plans.pilot_share,
            "groups": flexibility.pilot.groups,
            "reveals": _gain(flexibility, flexibility.pilot.reveals),
            "costs": _gain(flexibility, flexibility.pilot.costs),
        },
        "notes": sentences(flexibility),
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plan(flexibility: Flexibility, key: str) -> dict[str, Any]:
    """One plan: its values as the outcome has them, and its difference from the best, more is better."""
    values = flexibility.values[key]
    own = _own(flexibility, turned(values, flexibility.yardstick))
    low, high = interval_of(own)
    return {
        "key": key,
        "label": flexibility.label(key),
        "fixed": key in flexibility.fixed,
        "unspent_share": flexibility.unspent_shares.get(key, 0.0),
        "mean": float(own.mean()),
        "low": low,
        "high": high,
        "against_best": _gain(flexibility, gain_of(values - flexibility.values[flexibility.best])),
    }


def _decision(flexibility: Flexibility, decision: Decision) -> dict[str, Any]:
    """One decision: its plans, what is seen, both rules and what they gain."""
    found, split = decision.found, decision.found.split
    seen = decision.seen.names[split.observable] if split.observable >= 0 else None
    threshold = None if seen is None else seen_in_own(flexibility, seen, split.threshold)[0]
    return {
        "key": decision.key,
        "label": decision.label,
        "month": decision.month,
        "plans": list(decision.plans),
        "seen": [
            {"key": each.key, "label": each.label, "unit": seen_in_own(flexibility, each, 0.0)[1]}
            for each in decision.seen.names
        ],
        "rule": {
            "seen": seen and seen.key,
            "threshold": threshold,
            "from_threshold": decision.plans[split.above],
            "below": decision.plans[split.below],
            "words": rule_sentence(flexibility, decision),
        },
        "by_rule": _rule(flexibility, decision, found.simple),
        "by_all_seen": _rule(flexibility, decision, found.smooth),
        "foresight": float(_own(flexibility, np.array(found.foresight))),
    }


def _rule(flexibility: Flexibility, decision: Decision, rule: Rule) -> dict[str, Any]:
    """What a rule is worth, and how often it chooses each plan."""
    value = turned(np.array(rule.value), flexibility.yardstick)
    return {
        "mean": float(_own(flexibility, value)),
        "against_best_fixed": _gain(flexibility, rule.gain),
        "against_own_best": _gain(flexibility, rule.own_gain),
        "chosen_shares": dict(zip(decision.plans, map(float, rule.shares), strict=True)),
    }


def _gain(flexibility: Flexibility, gain: Gain) -> dict[str, Any]:
    """A difference, more is better, with its standard error and whether it differs from zero."""
    settled = flexibility.settled(gain)
    mean, error = (float(_own(flexibility, np.array(value))) for value in settled)
    return {"mean": mean, "standard_error": error, "different_from_zero": bool(settled.sign)}


def _own(flexibility: Flexibility, values: Array) -> Array:
    """Values in the scenario's own money."""
    return in_own(values, flexibility.yardstick, flexibility.scenario)
