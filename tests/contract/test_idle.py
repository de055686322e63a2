"""No parameter is idle: moved from one end of its range to the other, each changes something that is printed.

A parameter that acts only under a switch, a rule or another number is declared with what it needs. Money and hours
are compared without queues; what jobs are like and how they are served, with the queue of a small and busy machine.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from sim.documents import groups
from sim.instruments.public_cluster import PublicCluster
from sim.waits.simulation import Waits, simulate_waits

DECLARED = {f"{g}.{name}": (default, spec) for g, kind in groups().items() for name, default, spec in kind.described()}
QUEUED = ("workload.", "queue.")  # groups that only the queue reads
LONG = ("queue.placement", "workload.pattern", "workload.mixture_shares", "workload.preset")  # take seconds

# ---------------------------------------------------------------------------------------------- money and hours

# A machine bought in part when a fab of the same portfolio makes something.
FAB_AND_MACHINE = {
    "portfolio.public_cluster_share": 0.5,
    "portfolio.cloud_credits_share": 0.0,
    "portfolio.research_grants_share": 0.0,
    "portfolio.domestic_fab_share": 0.5,
    "public_cluster.tranche_months": [0, 80],
}
# Numbers that move nothing in the central case of a scenario that uses no switch, and what wakes them.

WAKES = {
    "market.labour_supply_elasticity": {"market.wage_incidence": True},
    "market.labour_demand_elasticity": {"market.wage_incidence": True},
    "domestic_fab.reserved_share": FAB_AND_MACHINE,
    "domestic_fab.priority_share": {"independence.shock": True, "independence.shock_start_months": 80},
    "fab.inputs_at_home_share": {"independence.shock": True, "independence.shock_start_months": 80},
    "fab.margin_given_up_share": FAB_AND_MACHINE | {"domestic_fab.reserved_share": 0.1},
    "money.later_rate": {"money.later_from_years": 2.0},
    "money.last_rate": {"money.later_from_years": 1.0, "money.last_from_years": 2.0},
    "reliability.support_needed_per_1000_gpus": {"reliability.user_support": True},
    "reliability.support_exponent": {
        "reliability.user_support": True,
        "reliability.support_needed_per_1000_gpus": 10.0,
    },
    "fab.dies_per_wafer": {"fab.packaging_share": 0.5, "fab.memory_share": 0.5},
    "fab.dies_per_accelerator": {"fab.packaging_share": 0.5, "fab.memory_share": 0.5},
    "cloud.commit_discount_share": {"cloud_credits.committed_share": 0.5},
    "public_cluster.accelerators": {"money.normalisation": "as_entered"},
    "domestic_fab.stake_usd": {"money.normalisation": "as_entered", "domestic_fab.minimum_scale": False},
    "public_cluster.lease_usd": {"public_cluster.leased_share": 0.3},
    "output.spillover_ratio": {"output.spillover": True},
    "output.spillover_lag_years": {"output.spillover": True},
    "openness.legal_ceiling_share": {"openness.mandate_share": 0.5},
    "openness.compliance_share": {"openness.mandate_share": 0.5},
    "openness.private_data_share": {"openness.mandate_share": 0.5},
    "reproduction.determinism_overhead_ratio": {"reproduction.deterministic_share": 0.5},
    "equity.least_hours": {"demand.own_regional": 0.0},
    "procurement.paid_at_order_share": {"procurement.paid_at_acceptance_share": 0.0},
    "procurement.paid_at_acceptance_share": {"procurement.paid_at_order_share": 0.0},
    "procurement.overrun_ratio": {"procurement.contract": "cost_plus"},
    "procurement.fit_out_share": {"procurement.build": "existing_hall"},
    "access.merit_exponent": {"access.rule": "merit"},
    **{
        f"access.{name}": {"access.help_share": 0.4}
        for name in ("help_usd", "ineligible_share", "uninformed_share", "saved_share")
    },
    "access.lower_tier_share": {"access.rule": "tier_floor"},
    **{
        f"complement.{name}": {"complement.counted": True}
        for name, _, spec in groups()["complement"].described()
        if spec.kind == "number"
    },
    **{
        f"complement.{name}": {"complement.counted": True, "complement.release": "always"}
        for name in ("release_lag_months", "complement_margin_share")
    },
    "safety.screening_usd": {"safety.screening": True},
    "safety.screening_delay": {"safety.screening": True},
    "safety.caught_share": {"safety.screening": True, "safety.harm": True},
    "safety.false_reject_share": {"safety.screening": True},
    **{
        f"safety.{name}": {"safety.harm": True}
        for name in (
            "guardrail_share",
            "catch_up_months",
            "theft_per_year",
            "spread_share",
            "event_usd",
            "averted_share",
            "defence_delay_months",
            "defence_life_months",
        )
    },
    "safety.misuse_share": {"safety.harm": True},
    "safety.counterfactual_share": {"safety.harm": True},
    "safety.release_delay_months": {"safety.harm": True},
}
SHOCK = {"independence.shock": True}
PORTED = {"public_cluster.alternative_share": 0.3, "public_cluster.porting_usd": 6e6}
LAYERED = {"public_cluster.alternative_share": 0.3, "public_cluster.compatibility_layer": True}
WAKES |= {f"independence.{name}": SHOCK for name in ("shock_start_months", "shock_months", "cut_share")}
WAKES |= {f"independence.{name}": SHOCK for name in ("parts_share_per_year", "chance_per_year")}
WAKES["fab.memory_per_month"] = {"fab.memory_share": 0.015}  # which in the central case is less tight than packaging
WAKES["independence.cloud_growth_per_year"] = SHOCK | {"independence.domestic_cloud_share": 0.5}
WAKES |= {f"vendors.{name}": PORTED for name in ("discount_share", "retained_at_start_share", "half_life_years")}
WAKES |= {f"vendors.{name}": PORTED for name in ("codes", "port_usd", "effort_spread", "rot_per_year", "legal_usd")}
WAKES |= {f"vendors.{name}": PORTED for name in ("bargaining_share", "rebate_share")}
WAKES |= {f"vendors.layer_{name}": LAYERED for name in ("coverage_share", "retained_share", "hazard_per_year", "score")}
WAKES |= {
    "public_cluster.porting_months": {"public_cluster.porting_usd": 6e6},
    "cloud.list_step_share": {"cloud.segment": "list"},
}
# Numbers of draws and of windows, moved in tests of their own; shares of a portfolio move together.
ELSEWHERE = ("money.cut_", "money.later_from", "money.last_from", "reliability.overdispersion", "cloud.volatility")
ELSEWHERE += ("portfolio.", *QUEUED)
MONEY = [path for path, (_, spec) in DECLARED.items() if spec.kind == "number" and not path.startswith(ELSEWHERE)]


@pytest.mark.parametrize("path", [*MONEY, "workload.mean_gpus"])
def test_no_parameter_is_idle(path, tmp_path):
    """Moved from one end of its range to the other, every number changes some outcome of some option."""
    from sim.comparison.run import compare
    from sim.scenario import load

    file = tmp_path / "decade.toml"
    file.write_text('title = "T"\nquestion = "Q?"\nstart = "2027-01"\nbudget = { total = 5e9, years = 6 }\n')
    spec = DECLARED[path][1]
    runs = [compare(load(file, {**WAKES.get(path, {}), path: value}), queue=False) for value in (spec.low, spec.high)]
    moved = [
        not np.array_equal(values, runs[1].results[key].totals[name], equal_nan=True)
        for key, result in runs[0].results.items()
        for name, values in result.totals.items()
    ]
    assert any(moved), f"{path} moves nothing"


# ------------------------------------------------------------------------------------------- jobs and their queue

# A small machine that is nearly full, so that everything matters, and few jobs.
FULL = PublicCluster(target_utilisation=0.95)
BUSY = {
    "queue.window_weeks": 0.1,
    "queue.warm_up_weeks": 0.05,
    "queue.windows": 2.0,
    "queue.most_windows": 2.0,
    "demand.new_only_share_per_year": 0.0,
    "demand.groups": 20_000.0,
    "workload.wall_limit_hours": 4.0,
}
CAMPAIGNS = {"workload.pattern": "campaigns"}
DEADLINES = CAMPAIGNS | {"workload.deadline_rise": 1.0}
MIXTURE = {"workload.run_law": "mixture"}
TABLE, FRACTIONS = ({"workload.size_law": name} for name in ("table", "fractions"))
# priorities that change while a job waits need long waits
PRIORITY = CAMPAIGNS | {
    "queue.discipline": "multifactor", "queue.window_weeks": 0.4, "workload.backlog_hours": 200.0,
    "workload.wall_limit_hours": 24.0,
}  # fmt: skip
RESERVED = {"queue.interactive_share": 0.2}
LARGE = {"workload.mean_gpus": 20.0, "workload.run_log_mean": 8.0}  # few jobs: some rules plan each beside all others
WHOLE = {"queue.fidelity": "full"}
# What a parameter of the queue needs beside a busy machine in order to act.
NEEDS = {
    "workload.deadline_days": DEADLINES,
    "workload.deadline_ramp_days": DEADLINES,
    "workload.mixture_shares": MIXTURE,
    "workload.mixture_log_means": MIXTURE,
    "workload.mixture_log_spreads": MIXTURE,
    "workload.size_gpus": TABLE,
    "workload.size_shares": TABLE,
    "workload.fraction_quantiles": FRACTIONS,
    "workload.machine_fractions": FRACTIONS,
    "workload.doubling_share": FRACTIONS,
    **{f"workload.{name}": PRIORITY for name in ("users", "user_spread", "accounts")},
    "queue.backfill_scan": PRIORITY,
    "workload.shorter_share": {"queue.windows": 4.0, "queue.most_windows": 4.0},  # one with the newer design alone
    "queue.attained": {"workload.backlog_hours": 4.0},  # so that 0.95 cannot be attained
    "queue.qos_points": PRIORITY,
    "queue.discipline": LARGE,
    "queue.placement": LARGE,
    **{f"queue.{name}_weight": PRIORITY for name in ("age", "fair_share", "size")},
    **{f"queue.{name}": PRIORITY for name in ("longest_age_hours", "half_life_hours", "recount_minutes")},
    "queue.interactive_hours": RESERVED,
    "queue.interactive_gpus": RESERVED,
    "queue.converged_share": {"queue.most_windows": 8.0},
    "queue.most_windows": {"queue.converged_share": 0.02},
    "queue.most_runs": WHOLE | {"queue.converged_share": 0.02},
}
# Arrivals and what is alike within a campaign need campaigns.
NEEDS |= {
    f"workload.{name}": CAMPAIGNS
    for name in (
        *("hour_profile", "weekday_profile", "hourly_spread", "hourly_persistence", "deadline_rise", "daily_spread"),
        *("batch_single_share", "batch_tail", "batch_longest", "batch_size_correlation", "batch_machine_days"),
        *("daily_persistence", "gap_zero_share", "gap_log_mean", "gap_log_spread", "gap_minutes", "within_share"),
        *("size_run_correlation", "hit_limit_share"),
    )
}
# Lists, and numbers whose ranges are for more jobs than a test can wait for.
TRIED = {
    "workload.deadline_days": ((0.0,), (200.0,)),
    "workload.mixture_shares": ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
    "workload.fraction_quantiles": ((0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1), (*np.linspace(0, 1, 10),)),
    "workload.machine_fractions": (
        (0.001, 0.00417, 0.00833, 0.02778, 0.08, 0.17969, 0.29167, 0.64, 0.9375, 1),
        (*np.linspace(0.1, 1, 10),),
    ),
    "workload.request_menu_hours": ((0.5, 1.0, 2.0, 4.0), (4.0,)),
    "queue.converged_share": (0.02, 1.0),
    "queue.window_weeks": (0.1, 0.2),
    "queue.warm_up_weeks": (0.05, 0.4),
    "queue.most_gpus": (100.0, 200.0),
    "queue.qos_points": ((0.0,) * 4, (0.0, 0.0, 0.0, 50_000.0)),
    "queue.windows": (2.0, 3.0),
    "queue.most_windows": (2.0, 3.0),
    "queue.most_runs": (1.0, 2.0),
}


def tried(path):
    """The values that are compared: the ends of a range, all the words of a choice, a list and its reverse."""
    default, spec = DECLARED[path]
    if path in TRIED:
        return TRIED[path]
    by_kind = {"number": (spec.low, spec.high), "choice": spec.choices, "switch": (False, True)}
    return by_kind.get(spec.kind) or (default, default[::-1])


def printed(waits):
    """Every statistic of the waits, and the sentence below them."""
    columns = [getattr(waits, item.name) for item in fields(Waits)]
    return [waits.note(), *(column.tolist() for column in columns if isinstance(column, np.ndarray))]


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=[pytest.mark.slow] * (path in LONG)) for path in DECLARED if path.startswith(QUEUED)],
)
def test_no_parameter_of_the_queue_is_idle(reckoned, path):
    """Each value of a parameter gives other waits, or another precision, than the first of them."""
    whole = "full" in tried(path) or "queue.fidelity" in NEEDS.get(path, {})
    size = {"yearly_usd": (4e6,) * 2, "horizon_years": 2} if whole else {"yearly_usd": (8e6,) * 6}
    given = BUSY | NEEDS.get(path, {})
    first, *others = (
        printed(simulate_waits(reckoned(FULL, given | {path: value}, **size), seed=1)) for value in tried(path)
    )
    assert all(repr(other) != repr(first) for other in others), f"{path} moves nothing"


def test_what_a_parameter_needs_is_declared_for_parameters_that_are_there():
    assert {*WAKES, *NEEDS, *TRIED} <= set(DECLARED)
