"""The words and shapes of a chart: bars of a distribution, who leads, findings, titles, the square code."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.charts.code import id_in, squares
from sim.charts.distribution import ALIKE, FIRST, SECOND, bars_of
from sim.charts.findings import NO_MACHINE, capacity, cash_flow, delivered, gap_unit, lorenz
from sim.charts.leads import CLOSE, NOT_CLEAR, Lead, lead
from sim.charts.numbers import ALL, FRONTIER
from sim.charts.sheet import EDGE, TITLE, WIDTH, wrap
from sim.charts.titles import Finding, fitted
from sim.comparison.verdict import FEWEST_DRAWS

# ------------------------------------------------------------------------------------------- bars of a distribution

DRAWS = 40
VALUES = st.floats(-1e9, 1e9).map(lambda value: value if abs(value) > 1e-6 else 0.0)


@given(st.lists(VALUES, min_size=1, max_size=60))
def test_every_draw_is_in_one_bar_on_its_own_side(values: list[float]) -> None:
    gain = np.array(values)
    rows = bars_of(gain)
    counted = {side: sum(row[3] for row in rows if row[0] == side) for side in (FIRST, SECOND, ALIKE)}
    assert counted == {FIRST: (gain > 0).sum(), SECOND: (gain < 0).sum(), ALIKE: (gain == 0).sum()}
    for side, start, end, _, _ in rows:
        assert {FIRST: 0 <= start < end, SECOND: start < end <= 0, ALIKE: start == end == 0}[side]


def test_bars_have_one_round_width_and_begin_at_multiples_of_it() -> None:
    rows = bars_of(np.random.default_rng(1).normal(37.0, 11.0, 500))
    widths = {round(end - start, 9) for _, start, end, _, _ in rows}
    width = widths.pop()
    assert not widths and width / 10 ** np.floor(np.log10(width)) in (1.0, 2.0, 2.5, 5.0)
    assert all(abs(start / width - round(start / width)) < 1e-6 for _, start, *_ in rows)


def test_far_draws_go_into_the_outermost_bar_which_says_so() -> None:
    gain = np.append(np.linspace(1.0, 2.0, 100), 1e6)
    rows = bars_of(gain)
    assert [row[4] for row in rows] == [False] * (len(rows) - 1) + [True]
    assert rows[-1][2] < 10 and sum(row[3] for row in rows) == 101
    assert not any(row[4] for row in bars_of(gain[:-1]))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_far_draw_on_the_other_side_of_zero_stays_there(sign: float) -> None:
    rows = bars_of(sign * np.append(np.linspace(100.0, 101.0, 50), -5.0))
    (far,) = (row for row in rows if row[0] == (SECOND if sign > 0 else FIRST))
    assert far[3:] == (1, True) and 0.0 in far[1:3]


def test_without_a_difference_there_is_one_bar_without_width_and_without_draws_none() -> None:
    assert bars_of(np.zeros(7)) == [(ALIKE, 0.0, 0.0, 7, False)]
    assert bars_of(np.zeros(0)) == []


# --------------------------------------------------------------------------------------------------------- who leads


def made(outcome: str, **totals: Any) -> Any:
    """What a chart asks of a comparison whose options have these totals [draw], the central case first."""
    drawn = {key: np.asarray(values, dtype=float) for key, values in totals.items()}
    return SimpleNamespace(
        draws=len(next(iter(drawn.values()))) - 1, own_totals=lambda key, _: drawn[key],
        baseline=SimpleNamespace(key="nothing"),
        results={key: SimpleNamespace(label=f"Option {key}", waits=None) for key in drawn},
    )  # fmt: skip


def spread(middle: float) -> Any:
    """Totals about a value, which move together in all options."""
    return middle + np.linspace(-1.0, 1.0, DRAWS + 1)


def test_who_is_ahead_in_every_world_leads_and_the_sign_is_that_of_the_outcome() -> None:
    found = made("gini", a=spread(5.0), b=spread(6.0), c=spread(9.0))
    shown = {"a": 5.0, "b": 6.0, "c": 9.0}
    low, high = lead(found, "gini", shown), lead(found, "need_met", shown)
    assert (low.keys, low.doubt, high.keys, high.doubt) == (("a",), "", ("c",), "")
    assert low.pair is not None and (low.pair.second, low.pair.share) == ("b", 1.0)  # the nearest, not the farthest


def test_options_always_alike_lead_together() -> None:
    found = lead(made("gini", a=spread(5.0), b=spread(5.0), c=spread(9.0)), "gini", {"a": 5.0, "b": 5.0, "c": 9.0})
    assert set(found.keys) == {"a", "b"} and not found.doubt


def test_an_even_split_of_worlds_is_too_close_to_call() -> None:
    other = spread(5.0) + np.where(np.arange(DRAWS + 1) % 2, 0.3, -0.3)
    found = lead(made("gini", a=spread(5.0), b=other), "gini", {"a": 5.0, "b": 5.1})
    assert found.doubt == CLOSE and found.pair is not None and found.pair.share == pytest.approx(0.5)


def test_the_best_median_does_not_lead_where_another_is_better_in_most_worlds() -> None:
    often = spread(5.0) - np.where(np.arange(DRAWS + 1) % 10, 0.1, -30.0)
    found = lead(made("gini", a=spread(5.0), b=often), "gini", {"a": 4.0, "b": 4.5})
    assert (found.keys, found.doubt) == (("a",), NOT_CLEAR)


def test_with_too_few_draws_for_a_verdict_the_best_value_shown_leads() -> None:
    few = [5.0] * FEWEST_DRAWS  # the central case and one draw fewer than it takes
    assert lead(made("gini", a=few, b=few), "gini", {"a": 5.0, "b": 4.0}) == Lead(("b",))
    assert lead(made("gini", a=few, b=few), "gini", {"a": 5.0, "b": 5.0 + 1e-12}).keys == ("a", "b")


def test_an_option_without_a_value_in_most_worlds_cannot_lead() -> None:
    rare = np.where(np.arange(DRAWS + 1) < 5, 0.1, np.nan)
    found = made("gini", a=spread(5.0), b=rare)
    assert lead(found, "gini", {"a": 5.0, "b": 0.1}).keys == ("a",)
    assert lead(found, "gini", {"a": np.nan, "b": 0.1}) == Lead(())


# ---------------------------------------------------------------------------------------------------------- findings


def years(**outlays: list[float]) -> pd.DataFrame:
    """A chart of outlays by option, the whole horizon below the years."""
    rows = [
        {"option": key, "label": key.upper(), "year": 2025 + at, "outlay": each, "unit": "USD"}
        for key, values in outlays.items() for at, each in enumerate(values)
    ]  # fmt: skip
    return pd.DataFrame([*rows, {"option": "a", "label": "A", "year": None, "outlay": 1e12, "unit": "USD"}]).astype(
        {"year": "Int64"}
    )


def test_outlay_is_highest_in_a_year_and_not_over_the_horizon() -> None:
    comparison = made("cash_peak", a=[8e6], b=[4e6], c=[0.0])
    found = cash_flow(years(a=[1e6, 7e6], b=[3e6, 2e6], c=[0.0, 0.0]), comparison)
    assert found.result == (
        "in the central case yearly outlay peaks at 7.00m USD under A in 2026, "
        "the lowest peak at 3.00m USD under B in 2025"
    )
    assert found.brief and found.result.startswith(found.brief)
    assert "lowest" not in cash_flow(years(a=[1e6]), comparison).result
    # b pays three millions on the last day of a year and three on the next, and a never more than five in a row
    turned = cash_flow(years(a=[4e6, 1e6], b=[3e6, 3e6]), made("cash_peak", a=[5e6], b=[6e6])).result
    assert turned == "in the central case yearly outlay peaks at 4.00m USD under A in 2025"
    assert cash_flow(years(a=[0.0, 0.0]), comparison).result == "no option spends public money in any year"


@pytest.mark.parametrize(
    ("service", "peak", "more"),
    [
        ([100, 300, 200, 0], "300 H100e in 2026, then worth 150 ", "in its last whole month of service it has 200 "),
        ([100, 200, 250, 200], "250 H100e in 2027, then worth 125 ", "in the last month of the horizon it has 200 "),
        ([100, 200, 300, 0], "300 H100e in 2027, then worth 150 ", ""),
    ],
)
def test_a_machine_has_a_peak_and_an_end(service: list[float], peak: str, more: str) -> None:
    rows = [
        {"series": name, "value": factor * each, "year": 2025.0 + at, "label": "A"}
        for name, factor in ((ALL, 1.0), (FRONTIER, 0.5)) for at, each in enumerate(service)
    ]  # fmt: skip
    found = capacity(pd.DataFrame(rows), made("gini", a=[1.0]))
    assert peak in found.result and found.more.startswith(more) and bool(found.more) == bool(more)
    assert capacity(pd.DataFrame(), made("gini", a=[1.0])).result == NO_MACHINE


def test_hours_are_ranked_in_the_central_case_and_it_is_said_so() -> None:
    rows = [
        {"option": key, "outcome": "fe_hours", "value": value, "unit": "FE-hour"}
        for key, value in (("a", 2e6), ("b", 5e6), ("nothing", 0.0))
    ]
    comparison = made("fe_hours", a=[2e6], b=[5e6], nothing=[0.0])
    found = delivered(pd.DataFrame(rows), comparison)
    assert found.result.startswith("in the central case most FE-hours come under Option b")
    assert found.more == "FE-hours 5.00m under Option b"
    none = delivered(pd.DataFrame(rows[2:]), comparison)
    assert none.result == "no option delivers public compute"


def test_equality_is_held_against_doing_nothing() -> None:
    def found(**gini: float) -> Finding:
        rows = [{"option": key, "gini": value, "hours_share": 1.0} for key, value in gini.items()]
        return lorenz(pd.DataFrame(rows), made("gini", **{key: [value] for key, value in gini.items()}))

    best = found(a=0.5, b=0.75, nothing=0.625)
    assert best.result == (
        "in the central case hours are spread most equally under Option a: Gini coefficient 0.5, against 0.625 "
        "with doing nothing"
    )
    assert best.more == "the highest of the options that change it is 0.75, under Option b"
    assert found(a=0.75, nothing=0.625).result.startswith("no option spreads hours more equally than doing nothing")
    assert found(a=0.75).result == "no group has any hours"


def test_a_difference_of_shares_is_in_percentage_points_and_of_ratios_without_unit() -> None:
    assert (gap_unit("fraction"), gap_unit("ratio")) == ("percentage points", "")
    assert gap_unit("year") == "years"


# ------------------------------------------------------------------------------------------------------------ titles


def lines(title: str) -> int:
    """How many lines a title takes at the head of a sheet."""
    return len(wrap(title, WIDTH - 2 * EDGE, TITLE, bold=True))


def test_a_result_that_fits_is_the_title_and_the_rest_stands_below() -> None:
    assert Finding("credits are cheaper", "by a third").above("What an hour costs.") == (
        "Credits are cheaper", "What an hour costs. By a third.",
    )  # fmt: skip
    assert Finding("credits are cheaper").above("What an hour costs.")[1] == "What an hour costs."
    assert (Finding("a", "b").whole, Finding("a").whole) == ("a; b", "a")


def test_a_long_result_gives_way_to_its_brief_form_and_stands_whole_below() -> None:
    long = "most hours come under one option " * 12
    title, below = Finding(long, "and more", "most hours come under credits").above("Hours.")
    assert title == "Most hours come under credits" and below.endswith(f"{long}; and more.".replace("most", "Most", 1))


def test_names_are_cut_only_as_far_as_a_title_needs() -> None:
    names = ["National research cloud of the northern provinces and their islands", "Credits"]
    text = f"an hour is cheapest under {names[0]}, then under {names[0]}, then under {names[0]}, not {names[1]}"
    assert lines(text) > 2 >= lines(found := fitted([text], names))
    assert found.count("…") == 3 and "not Credits" in found and "National r" in found
    assert fitted(["a short one"], names) == "a short one"


# ------------------------------------------------------------------------------------------------------- square code

SOURCE = "Source: Heavy Press 0.2.0, run {}, seed 1."


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (SOURCE.format("0123456789ab"), "0123456789ab"),
        (SOURCE.format("0123456789ab").replace("run", "sweep"), "0123456789ab"),
        (SOURCE.format("0123456789a"), ""),  # too short
        (SOURCE.format("0123456789AB"), ""),  # ids have small letters
        (SOURCE.format("0123456789abcdef0"), ""),  # too long: no part of a word is an id
        (f"See: {SOURCE.format('0123456789ab')}", ""),
    ],
)
def test_a_source_line_names_an_id_at_its_beginning_alone(source: str, found: str) -> None:
    assert id_in(source) == found and (squares(source) is None) == (not found)


def test_the_code_has_its_three_corners_and_is_of_this_id() -> None:
    one, other = (squares(SOURCE.format(name)) for name in ("0123456789ab", "0123456789ac"))
    assert one is not None and other is not None
    middles = [(column + 0.5) / 25 for column in range(25)]
    dark = np.array([[one.contains_point((x, 1 - y)) for x in middles] for y in middles])
    eye = np.ones((7, 7), bool)
    eye[1:6, 1:6] = False
    eye[2:5, 2:5] = True
    for rows, columns in ((slice(7), slice(7)), (slice(7), slice(-7, None)), (slice(-7, None), slice(7))):
        assert (dark[rows, columns] == eye).all()
    assert not (dark[-7:, -7:] == eye).all()  # by which a camera knows what is up
    assert one.vertices.min() == 0 and one.vertices.max() == 1
    assert one.vertices.shape != other.vertices.shape or (one.vertices != other.vertices).any()
