"""Run times and requests of the job model in closed form, one distribution at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.queue.jobs import Reals
from sim.queue.workload.model import (
    TIGHT,
    JobModel,
    limit_seconds,
    log_piece,
    longest_seconds,
    run_distributions,
    whole_pieces,
)
from sim.units import SECONDS_PER_HOUR


def mean_run_hours(model: JobModel, share_below: Callable[[Reals], Reals] | None = None) -> float:
    """Mean run time of a job, none longer than the wall limit, hours; `share_below` is a normal distribution function.

    Of runs that are cut into pieces, the mean of a piece; else of the runs that end within the limit.
    """
    if share_below is None:
        # Here, not above: SciPy takes longer to load than a scenario to check.
        from scipy.special import ndtr

        share_below = ndtr
    if model.beyond_limit == "pieces":
        return _mean_whole_hours(model, share_below) / (1 + whole_pieces(model, share_below))
    share, mean, spread = run_distributions(model)
    cut = (np.log(limit_seconds(model)) - mean) / np.maximum(spread, np.finfo(float).eps)
    kept = share * np.exp(mean + spread**2 / 2) * share_below(cut - spread)
    return float(kept.sum() / (share * share_below(cut)).sum() / SECONDS_PER_HOUR)


def _mean_whole_hours(model: JobModel, share_below: Callable[[Reals], Reals]) -> float:
    """Mean of the runs before they are cut into pieces, each at most the longest, hours."""
    share, mean, spread = run_distributions(model)
    longest = longest_seconds(model)
    cut = (np.log(longest) - mean) / np.maximum(spread, TIGHT)
    below = np.exp(mean + spread**2 / 2) * share_below(cut - spread)
    return float((share * (below + longest * share_below(-cut))).sum() / SECONDS_PER_HOUR)


def run_seconds(model: JobModel, share: Reals) -> Reals:
    """Run time below which `share` of the jobs stay, seconds: the quantile of one lognormal distribution, limited."""
    if model.beyond_limit == "pieces":
        return np.asarray(np.exp(log_piece(model, share)))
    from scipy.special import ndtr, ndtri

    cut = (np.log(limit_seconds(model)) - model.run_log_mean) / max(model.run_log_spread, np.finfo(float).eps)
    score = ndtri(np.clip(share, np.finfo(float).eps, 1) * ndtr(float(cut)))
    return np.asarray(np.exp(model.run_log_mean + model.run_log_spread * score))


def requested_seconds(model: JobModel, run: Reals, score: Reals) -> Reals:
    """Wall time that a user asks for: never less than the run, rounded up to what users type, at most the limit."""
    typical = model.request_log_mean + model.request_log_slope * np.log(run)
    asked = np.exp(typical + model.request_log_spread * score)
    menu = np.append(np.array(model.request_menu_hours) * SECONDS_PER_HOUR, np.inf)
    typed = menu[np.searchsorted(menu, np.maximum(asked, run))]
    return np.asarray(np.minimum(typed, max(limit_seconds(model), 1.0)))
