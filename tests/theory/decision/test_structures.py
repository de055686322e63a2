"""Chance, unknown numbers and structural choices: each is there without the others, and the table is what was run."""

from __future__ import annotations

import json
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from sim.charts.structures import COLUMNS, SPAN, save_structures, structures_alt, structures_chart, structures_frame
from sim.comparison.evaluation import evaluate
from sim.comparison.run import compare
from sim.comparison.verdict import APART, FEWEST_DRAWS, LEVEL, holm
from sim.comparison.worlds import draw_worlds
from sim.decision.structures import alternatives as choices
from sim.decision.structures import structures
from sim.decision.structures.alternatives import alternatives
from sim.decision.structures.differences import BOTH, NOISE, PARAMETERS, STRUCTURE, advantage
from sim.decision.structures.table import document, heads, notes, rows
from sim.decision.structures.words import KINDS, sentence
from sim.formatting import format_percent
from sim.mechanisms.sampling import uncertain
from sim.outcomes import BY_NAME
from sim.scenario import load, with_settings

SEED, DRAWS = 2, 24
TWO = """
title = "A machine or credits"
question = "Which?"
start = "2023-11"
horizon_years = 3
budget = { total = 40e6, years = 2 }
world.demand.groups = 500
[[option]]
instrument = "public_cluster"
[[option]]
instrument = "cloud_credits"
"""
NO_CHANCE = {
    "cloud.scarcity_ratio": 1.0, "cloud.volatility_share": 0.0, "reliability.interruptions_per_gpu_hour": 0.0,
    "money.cut_per_year": 0.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    path = tmp_path_factory.mktemp("structures") / "two.toml"
    path.write_text(TWO, encoding="utf8")
    return load(path)


@pytest.fixture(scope="module")
def found(scenario):
    return structures(scenario, seed=SEED, draws=DRAWS)


@pytest.fixture
def few(monkeypatch):
    """Alternatives of these subjects only, where the others are not looked at."""

    def only(*subjects):
        kept = lambda scenario: [each for each in alternatives(scenario) if each.subject in subjects]  # noqa: E731
        monkeypatch.setattr("sim.decision.structures.evaluation.alternatives", kept)

    return only


def known(values):
    """Settings with all that they say of the world known."""
    return {**values, "fixed": [path for path in values if path in uncertain()]}


# ------------------------------------------------------------------------------------------ kinds of uncertainty


def test_without_shocks_there_is_no_noise_and_all_uncertainty_is_of_parameters(scenario, few) -> None:
    few()
    quiet = structures(with_settings(scenario, known(NO_CHANCE)), seed=SEED, draws=DRAWS)
    noise = quiet.of(NOISE).advantage
    assert np.ptp(noise) == 0 and quiet.of(NOISE).interval == (noise[0], noise[0])
    assert quiet.of(PARAMETERS).deviation > 0
    np.testing.assert_array_equal(quiet.of(PARAMETERS).advantage, quiet.of(BOTH).advantage)


def test_where_all_numbers_are_known_all_uncertainty_is_chance(scenario, few) -> None:
    few()
    certain = structures(with_settings(scenario, {"fixed": list(uncertain())}), seed=SEED, draws=DRAWS)
    assert np.ptp(certain.of(PARAMETERS).advantage) == 0 and certain.of(NOISE).deviation > 0
    np.testing.assert_array_equal(certain.of(NOISE).advantage, certain.of(BOTH).advantage)


def test_the_rows_are_those_of_the_worlds_and_the_chance_that_they_name(scenario, found) -> None:
    numbers = np.arange(1, DRAWS + 1)
    drawn = draw_worlds(scenario, SEED, DRAWS).rows(numbers)
    central = draw_worlds(scenario, SEED, 0).rows(0 * numbers)
    for kind, world, chance in ((NOISE, central, numbers), (PARAMETERS, drawn, 0 * numbers), (BOTH, drawn, numbers)):
        totals = evaluate(scenario, world, chance, seed=SEED, outcomes=[scenario.yardstick])
        first, second = (totals[key][scenario.yardstick] for key in scenario.between)
        np.testing.assert_array_equal(found.of(kind).advantage, advantage(first, second, "higher"))
        np.testing.assert_array_equal(found.of(kind).pair.difference, first - second)


def test_both_together_is_what_the_answer_rests_on(scenario, found) -> None:
    pair = compare(scenario, seed=SEED, draws=DRAWS, queue=False).answer.pair
    np.testing.assert_array_equal(found.of(BOTH).pair.difference, pair.difference)
    assert found.of(BOTH).pair.share == pair.share


# ------------------------------------------------------------------------------------------ structural choices


def test_an_alternative_differs_from_the_scenario_in_its_choice_alone(scenario, found) -> None:
    own = scenario.text.get("world", {})
    assert {row.subject for row in found.structural} == {
        choices.UNIT, choices.ALLOCATION, choices.PRICES, choices.DISCIPLINE, choices.MONEY_RULE, choices.APPRAISAL,
    }  # fmt: skip
    for row in found.structural:
        changed = with_settings(scenario, row.settings)
        said = {path: value for path, value in row.settings.items() if path != "fixed"}
        assert all(changed.world.value(path) == value != scenario.world.value(path) for path, value in said.items())
        differing = [
            f"{group}.{name}"
            for group, values in changed.text.get("world", {}).items()
            for name in values
            if values[name] != own.get(group, {}).get(name)
        ]
        assert differing == list(said)
        assert (row.outcome.name == scenario.yardstick) == bool(row.settings)
        assert {key: value for key, value in changed.text.items() if key not in ("world", "fixed", "option")} == {
            key: value for key, value in scenario.text.items() if key not in ("world", "fixed", "option")
        }


def test_an_alternative_meets_the_same_draws(scenario, found) -> None:
    numbers = np.arange(1, DRAWS + 1)
    for row in found.structural:
        other = with_settings(scenario, row.settings)
        world = draw_worlds(other, SEED, DRAWS).rows(numbers)
        if row.settings and not row.same and row.subject in (choices.PRICES, choices.MONEY_RULE):
            totals = evaluate(other, world, numbers, seed=SEED, outcomes=[row.outcome.name])
            first, second = (totals[key][row.outcome.name] for key in scenario.between)
            np.testing.assert_array_equal(row.pair.difference, first - second)


def test_what_a_scenario_cannot_be_is_left_out_with_the_reason(found) -> None:
    (left,) = found.left_out
    assert left[:2] == (choices.PRICES, "Rents of one-year contracts") and "2024-02" in left[2]
    assert not any(row.label == left[1] for row in found.structural)
    assert any(left[2] in note for note in notes(found))


def test_what_changes_nothing_is_marked_and_has_the_verdict_of_the_scenario(found) -> None:
    base = found.of(BOTH)
    same = [row for row in found.structural if row.same]
    assert same and {row.subject for row in same} >= {choices.DISCIPLINE}
    for row in found.structural:
        alike = row.outcome == base.outcome and np.array_equal(row.advantage, base.advantage)
        assert row.same == alike
        assert not row.same or row.pair.chance == base.pair.chance


def test_verdicts_of_the_alternatives_are_held_together(scenario, found) -> None:
    apart = [row for row in found.structural if not row.same]
    alone = [min(1.0, 2 * binomial_tail(row.pair.ahead, row.pair.behind)) for row in apart]
    assert [row.pair.chance for row in apart] == pytest.approx(holm(alone), rel=1e-9)
    assert all((row.winner is not None) == (row.pair.chance <= LEVEL) for row in apart)


def binomial_tail(ahead, behind):
    """Chance of so few on the smaller side, or fewer, by summing Pascal's triangle."""
    row = [1]
    for _ in range(ahead + behind):
        row = [a + b for a, b in zip([0, *row], [*row, 0], strict=True)]
    return sum(row[: min(ahead, behind) + 1]) / 2 ** (ahead + behind)


@pytest.mark.parametrize(
    ("yardstick", "units"),
    [
        ("additional_fe_hours", ["fe_hours", "h100e_hours", "gpu_hours"]),
        ("cost_per_h100e_hour", ["cost_per_fe_hour", "cost_per_gpu_hour"]),
        ("need_met", []),
    ],
)
def test_other_units_are_those_of_the_same_quantity(scenario, yardstick, units) -> None:
    every = alternatives(with_settings(scenario, {"yardstick": yardstick}))
    assert [each.outcome.name for each in every if each.subject == choices.UNIT] == units
    assert all(each.outcome.name == yardstick for each in every if each.settings)


def test_every_choice_is_offered_but_the_one_that_was_made(scenario) -> None:
    made = {"access.rule": "lottery", "money.normalisation": "equal_cash", "market.feedback": True}
    for path, value in made.items():
        before = [each.settings[path] for each in alternatives(scenario) if path in each.settings]
        after = [
            each.settings[path]
            for each in alternatives(with_settings(scenario, {path: value}))
            if path in each.settings
        ]
        assert value in before and value not in after
        assert scenario.world.value(path) in after and len(before) == len(after)


# ------------------------------------------------------------------------------------------ differences in any unit

FINITE = st.floats(0, 1e9, allow_subnormal=False) | st.just(float("nan"))
PAIRS = st.integers(1, 9).flatmap(lambda n: st.tuples(*[arrays(np.float64, n, elements=FINITE)] * 2))


@given(PAIRS, st.sampled_from(["higher", "lower"]), st.integers(-20, 20))
def test_an_advantage_is_bounded_has_no_unit_and_is_the_other_ones_disadvantage(pair, better, power) -> None:
    first, second = pair
    found = advantage(first, second, better)
    assert np.isfinite(found).all() and (np.abs(found) <= 2 * (1 + 1e-12)).all()
    np.testing.assert_array_equal(found, -advantage(second, first, better))
    one, other = first[first > 1e-200], second[first > 1e-200]  # no part of a number is lost that far from zero
    np.testing.assert_array_equal(
        advantage(one, other, better), advantage(one * 2.0**power, other * 2.0**power, better)
    )
    both = np.isfinite(first) & np.isfinite(second)
    up = {"higher": first > second, "lower": first < second}[better]
    assert ((found > 0) == np.where(both, up, np.isfinite(first) & ~both)).all()


def test_the_sides_change_with_the_order_of_the_question(scenario, few) -> None:
    few(choices.UNIT, choices.MONEY_RULE)
    one = structures(scenario, seed=SEED, draws=DRAWS)
    other = structures(with_settings(scenario, {"between": list(scenario.between[::-1])}), seed=SEED, draws=DRAWS)
    turned = {"better": "worse", "worse": "better"}
    for row, back in zip(one.rows, other.rows, strict=True):
        np.testing.assert_array_equal(row.advantage, -back.advantage)
        assert turned.get(row.pair.verdict, row.pair.verdict) == back.pair.verdict and row.winner == back.winner


def test_where_less_is_better_the_cheaper_option_is_on_its_own_side(scenario, few) -> None:
    few(choices.UNIT)
    found = structures(with_settings(scenario, {"yardstick": "cost_per_fe_hour"}), seed=SEED, draws=DRAWS)
    for row in found.rows:
        assert (row.advantage > 0).sum() == row.pair.ahead and (row.advantage < 0).sum() == row.pair.behind


# ------------------------------------------------------------------------------------------ refusals


def test_one_option_is_not_held_against_itself(tmp_path) -> None:
    path = tmp_path / "one.toml"
    path.write_text(TWO[: TWO.index("[[option]]")] + '[[option]]\ninstrument = "do_nothing"\n', encoding="utf8")
    alone = load(path)
    with pytest.raises(ValueError, match="has one option only"):
        structures(alone, seed=SEED, draws=DRAWS)


def test_too_few_draws_are_refused(scenario) -> None:
    with pytest.raises(ValueError, match=rf"draws = {FEWEST_DRAWS - 1}, must be at least {FEWEST_DRAWS}"):
        structures(scenario, seed=SEED, draws=FEWEST_DRAWS - 1)


# ------------------------------------------------------------------------------------------ table, document, chart


def test_the_table_has_a_row_each_and_the_span_of_the_structures(found) -> None:
    table = rows(found)
    assert {len(row) for row in table} == {len(heads(found))}
    assert [row[0] for row in table[:4]] == [KINDS[kind][0] for kind in (NOISE, PARAMETERS, BOTH, STRUCTURE)]
    assert [row[:2] for row in table[4:]] == [[row.subject, row.label] for row in found.structural]
    middles = [row.middle for row in found.rows if row.kind in (BOTH, STRUCTURE)]
    assert found.reach == (min(middles), max(middles))
    assert [row[-1].removesuffix(" (no change)") for row in table[4:]] == [r.pair.verdict for r in found.structural]
    own, verdicts = found.of(BOTH).pair.verdict, [row.pair.verdict for row in found.structural]
    if own == APART:
        assert table[3][-1] == f"a verdict in {sum(verdict != APART for verdict in verdicts)} of {len(verdicts)}"
    else:
        opposite = "worse" if own == "better" else "better"
        counts = verdicts.count(opposite), len(verdicts), verdicts.count(APART)
        assert table[3][-1] == "the opposite in {} of {}, too close to call in {}".format(*counts)


def test_the_sentence_names_the_spreads_and_every_structure_with_another_verdict(found) -> None:
    text, own = sentence(found), found.of(BOTH).pair.verdict
    for kind in (NOISE, PARAMETERS, BOTH):
        deviation = found.of(kind).deviation
        assert format_percent(deviation, ".0f" if deviation >= 0.1 else ".1f") in text
    for row in found.structural:
        assert (row.label in text) == (row.pair.verdict != own)


def test_the_document_is_json_and_holds_every_row(found) -> None:
    written = json.loads(json.dumps(document(found), allow_nan=False))
    assert [each["verdict"] for each in written["rows"]] == [row.pair.verdict for row in found.rows]
    assert [each["advantage_median"] for each in written["rows"]] == [row.middle for row in found.rows]
    assert [each["unit"] for each in written["rows"]] == [BY_NAME[row.outcome.name].unit for row in found.rows]


@pytest.fixture(scope="module")
def figure(found):
    drawn = structures_chart(found, "0123456789ab")
    FigureCanvasAgg(drawn).draw()
    return drawn


def test_the_chart_shows_the_numbers_of_the_table(found, figure) -> None:
    frame = structures_frame(found)
    rows_drawn = frame[frame.kind != SPAN]
    shown = [row for row in found.rows if not row.same]
    assert list(frame.columns) == list(COLUMNS)
    assert rows_drawn.value.tolist() == [row.middle for row in shown]
    assert list(zip(rows_drawn.low, rows_drawn.high, strict=True)) == [row.interval for row in shown]
    (panel,) = [axes for axes in figure.axes if axes.get_label() != "key"]
    lines = {label: [line for line in panel.lines if line.get_label() == label] for label in ("median", "range", SPAN)}
    assert [line.get_xdata()[0] for line in lines["median"]] == rows_drawn.value.tolist()
    assert [tuple(line.get_xdata()) for line in lines["range"]] == [row.interval for row in shown]
    assert tuple(lines[SPAN][0].get_xdata()) == found.reach
    filled = [line.get_markerfacecolor() != "#FFFFFF" for line in lines["median"]]
    assert filled == [row.winner is not None for row in shown] and True in filled and False in filled
    heights = [line.get_ydata()[0] for line in chain(lines["median"])]
    assert heights == sorted(heights) and len(set(heights)) == len(shown)


def test_the_chart_is_whole_on_its_sheet_and_says_what_it_leaves_out(found, figure) -> None:
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    sheet = figure.bbox
    key = next(axes for axes in figure.axes if axes.get_label() == "key")
    unseen = {text for axis in (key.xaxis, key.yaxis) for text in axis.findobj(Text)}
    for text in (each for each in texts if each not in unseen):
        box = text.get_window_extent()
        assert box.x0 >= sheet.x0 and box.x1 <= sheet.x1 and box.y0 >= sheet.y0 and box.y1 <= sheet.y1, text.get_text()
    said = " ".join(" ".join(text.get_text() for text in texts).split())
    assert all(row.label in said for row in found.structural) and APART in said


def test_the_files_of_the_chart_can_be_read_out(found, tmp_path) -> None:
    save_structures(tmp_path, found, "0123456789ab", "{}")
    svg, png = (tmp_path / f"structures.{suffix}" for suffix in ("svg", "png"))
    drawing = svg.read_text(encoding="utf8")
    assert 'role="img"' in drawing and structures_alt(found).partition("'")[0] in drawing
    assert png.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
