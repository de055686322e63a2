"""What is said of a mix: planted values of its subsets give the sentence and the table that theory has for them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.decision.contributions import ALONE, CONTRIBUTES, LAST, MIX, mix_contributions, portfolio_of
from sim.decision.mix_document import as_csv, heads, rows
from sim.decision.mix_words import lines, of_whole, reading, spread, together
from sim.scenario import load


@pytest.fixture(scope="module")
def found():
    """A mix of two instruments, of which the tests replace the values."""
    return mix_contributions(load("isambard_ai_uk"), draws=20)


def planted(found, *subsets: float, noise: float = 0.0):
    """The mix with these values of nothing, the first alone, the second alone and both."""
    shocks = np.random.default_rng(1).normal(0, noise, size=(200, 1)) if noise else np.zeros((200, 1))
    values = np.tile(np.array(subsets, dtype=float), (200, 1))
    values[:, [3]] += shocks
    return replace(found, values=values)


def test_instruments_that_add_up_get_what_they_add_alone(found) -> None:
    """Without any effect on one another all three readings are the same."""
    frame = planted(found, 1e6, 3e6, 5e6, 7e6).table.set_index(["part", "measure"])["mean"]
    for part, worth in (("public_cluster", 2e6), ("cloud_credits", 4e6)):
        assert [frame[part, measure] for measure in (CONTRIBUTES, ALONE, LAST)] == pytest.approx([worth] * 3)
    assert frame["portfolio", MIX] == pytest.approx(6e6)


def test_a_surplus_of_both_together_is_allocated_in_halves(found) -> None:
    frame = planted(found, 0, 2e6, 4e6, 10e6).table.set_index(["part", "measure"])["mean"]
    assert frame["public_cluster", CONTRIBUTES] == pytest.approx(4e6)
    assert frame["cloud_credits", CONTRIBUTES] == pytest.approx(6e6)


@pytest.mark.parametrize(
    ("whole", "noise", "words"),
    [
        (10e6, 1e5, "they complement each other"),
        (3e6, 1e5, "they serve the same need"),
        (6e6, 1e6, "is not different from what the same money of each"),
        (6e6, 0.0, "is not different from what the same money of each"),
    ],
)
def test_whether_instruments_go_together_is_said_by_sign_and_error(found, whole, noise, words) -> None:
    assert words in together(planted(found, 0, 2e6, 4e6, whole, noise=noise))


def test_the_spread_of_a_mix_is_told_beside_that_of_its_parts(found) -> None:
    """Two parts that offset one another: no spread is left, and all but the worst tenth is gained in full."""
    one = np.linspace(0, 1e6, 200)
    values = np.stack([one * 0, one, 1e6 - one, one * 0 + 1e6], axis=1)
    text = spread(replace(found, values=values))
    assert "0 % of the sum of its instruments'" in text and "is 800k FE-hours more" in text
    assert spread(planted(found, 0, 2e6, 4e6, 6e6)) == "No world differs from another in what they add."


def test_differences_of_rounding_are_none(found) -> None:
    mix = planted(found, 0, 2e6, 4e6, 6e6 + 1e-7)
    assert not mix.gap.any() and "0 +- 0" in together(mix)


def test_the_sentence_names_each_instrument_with_its_part(found) -> None:
    text = reading(planted(found, 0, 1e6, 3e6, 4e6))
    assert text == (
        "of the 4.00m FE-hours that Portfolio adds to doing nothing, Public cluster contributes 1.00m (25 %) and Cloud "
        "credits 3.00m (75 %)"
    )


def test_who_adds_nothing_is_said_to_contribute_nothing(found) -> None:
    assert "Public cluster contributes nothing and Cloud credits 3.00m (100 %)" in reading(
        planted(found, 0, 0, 3e6, 3e6)
    )
    assert reading(planted(found, 5, 5, 5, 5)) == "Portfolio adds no FE-hours to doing nothing"


def test_parts_of_nothing_have_no_share() -> None:
    assert of_whole(1.0, 4.0) == "25 %" and of_whole(-1.0, 4.0) == "-25 %" and of_whole(1.0, 0.0) == "n/a"


def test_the_last_row_of_the_table_is_the_sum(found) -> None:
    mix = planted(found, 0, 1e6, 3e6, 5e6)
    *parts, whole = rows(mix)
    assert [len(row) for row in (*parts, whole)] == [len(heads(mix))] * 3
    assert [row[2] for row in (*parts, whole)] == ["1.50m +- 0", "3.50m +- 0", "5.00m +- 0"]
    assert whole[0] == "Portfolio, less doing nothing" and whole[1] == whole[3] == "100 %"
    assert parts[0][6:] == ["1.00m +- 0", "2.00m +- 0"]


def test_the_sum_is_stated(found) -> None:
    assert any("their means to 5,000,000 of 5,000,000" in line for line in lines(planted(found, 0, 1e6, 3e6, 5e6)))


def test_costs_are_written_as_costs_and_less_of_them_together_is_better(found) -> None:
    """Values are turned so that more is better; what is printed is the outcome itself, in the scenario's money."""
    rate = found.scenario.usd_per_currency
    mix = replace(planted(found, 0, -2e6 * rate, -4e6 * rate, -4.5e6 * rate), yardstick="public_cost")
    frame = mix.table.set_index(["part", "measure"])["mean"]
    assert frame["portfolio", MIX] == pytest.approx(4.5e6) and frame["cloud_credits", ALONE] == pytest.approx(4e6)
    assert "is better by 1.50m +- 0 GBP" in together(mix)
    assert (mix.table.low <= mix.table.high).all() and "GBP" in as_csv(mix)


def test_the_digest_knows_the_question(found) -> None:
    others = [replace(found, rest="pro_rata"), replace(found, yardstick="fe_hours"), replace(found, seed=2)]
    assert len({found.run, *(other.run for other in others)}) == 4


def test_without_a_name_it_is_the_first_portfolio(found) -> None:
    assert portfolio_of(found.scenario, None) == portfolio_of(found.scenario, "portfolio")
