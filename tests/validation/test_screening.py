"""What data/screening.csv says is what the screening finds, and what draws do."""

import csv

import numpy as np
import pytest

import sim
from sim import sources
from sim.comparison.worlds import draw_worlds
from sim.mechanisms.sampling import KINDS, held, uncertain
from sim.scenario import load
from tests.validation import screening

RERUN = "run `make screen`"


def test_the_file_lists_every_uncertain_parameter():
    assert list(sources.screening()) == list(uncertain()), RERUN


def test_every_row_says_where_its_effect_was_found():
    for path, row in sources.screening().items():
        assert row["drawn"] in KINDS
        assert (float(row["effect"]) >= screening.THRESHOLD) == (row["drawn"] != "all"), path
        assert bool(row["outcome"] and row["scenario"] and row["options"]) == (float(row["effect"]) > 0), path


@pytest.mark.parametrize("name", ["isambard_ai_uk", "lumi_fi"])
def test_what_moves_the_headline_is_drawn(name):
    """Two scenarios afresh: nothing that is left at its default reaches the threshold there."""
    paths = list(uncertain())
    [found] = screening.largest(load(name), paths, name, screening.HEADLINE)
    missed = {path for path, effect in found.items() if effect.size >= 1.01 * screening.THRESHOLD} & held("headline")
    assert not missed, RERUN


@pytest.mark.slow
def test_the_file_is_what_the_screening_writes():
    with (sources.share("data") / sources.SCREENING).open(encoding="utf8", newline="") as file:
        assert list(csv.reader(file)) == [list(screening.HEADS), *screening.rows(*screening.table())], RERUN


@pytest.mark.parametrize("draw", KINDS)
def test_draws_vary_what_they_are_asked_to(draw):
    scenario = load("small_country")
    world = draw_worlds(scenario, 1, 30, draw)
    for path in uncertain():
        group, name = path.split(".")
        values = getattr(getattr(world, group), name)
        assert (np.ptp(values) == 0) == (path in held(draw) | scenario.fixed), path


def test_a_parameter_that_was_never_screened_is_drawn(monkeypatch):
    known = {path: row for path, row in sources.screening().items() if path != "carbon.fall_per_year"}
    monkeypatch.setattr("sim.mechanisms.sampling.screening", lambda: known)
    assert "carbon.fall_per_year" not in held("headline") and "carbon.grid_kg_per_kwh" in held("headline")


def test_the_effect_of_a_parameter_is_its_move_over_the_largest():
    """A sum of one part that moves by 8 and another that moves by 2; a third moves nothing, noise is no move."""
    values = np.array([10.0, 6, 14, 9, 11, 10, 10 + 1e-9])
    assert screening.moves(values, values) == pytest.approx([8, 2, 0])
    found = {"one": {"sum": values}, "none": {"sum": np.zeros(7)}}
    sizes = {options: size for _, options, size in screening.effects(found, ["sum"])}
    assert sizes["one"] == pytest.approx([1, 0.25, 0]) and sizes["one - none"] == pytest.approx([1, 0.25, 0])


def test_runs_that_vary_other_numbers_have_other_ids():
    runs = {draw: sim.compare("small_country", draws=2, draw=draw, queue=False) for draw in KINDS}
    assert len({run.run_id for run in runs.values()}) == len(KINDS)
    assert len({sim.argue("small_country", only=("safety",), draws=2, draw=draw).run for draw in KINDS}) == len(KINDS)
    central = {sim.compare("small_country", draw=draw, queue=False).run_id for draw in KINDS}
    assert len(central) == 1
