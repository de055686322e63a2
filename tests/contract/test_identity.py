"""The id of a run: equal ids have equal numbers, so that whatever can move a number changes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.comparison import identity
from sim.comparison.identity import canonical, digest, plain, resolved
from sim.comparison.results import run_id
from sim.comparison.run import compare
from sim.instruments import INSTRUMENTS
from sim.mechanisms.appraisal import profile
from sim.mechanisms.world import World
from sim.scenario import Scenario, load, with_settings

BASE = load("small_country")


def usual(scenario: Scenario = BASE, **more: Any) -> str:
    """The id of a run in which nothing else was changed."""
    settings: dict[str, Any] = {"seed": 1, "draws": 8, "queue": True, **more}
    return run_id(scenario, **settings)


INGREDIENTS: dict[str, Callable[[], str]] = {
    "a value": lambda: usual(with_settings(BASE, {"cloud.decline_per_year": 0.11})),
    "a lever": lambda: usual(with_settings(BASE, {"public_cluster.life_years": 7})),
    "money": lambda: usual(with_settings(BASE, {"budget.total": 1e8})),
    "the start": lambda: usual(with_settings(BASE, {"start": "2024-05"})),
    "what is known": lambda: usual(with_settings(BASE, {"fixed": ["cloud.decline_per_year"]})),
    "the yardstick": lambda: usual(with_settings(BASE, {"yardstick": "need_met"})),
    "a title": lambda: usual(with_settings(BASE, {"title": "Another"})),
    "the seed": lambda: usual(seed=2),
    "the draws": lambda: usual(draws=9),
    "what is drawn": lambda: usual(draw="all"),
    "how it is spread": lambda: usual(sequence="sobol"),
    "no waits": lambda: usual(queue=False),
    "the fidelity": lambda: usual(fidelity="full"),
}


@pytest.mark.parametrize("what", INGREDIENTS)
def test_each_ingredient_changes_the_id(what: str) -> None:
    assert INGREDIENTS[what]() != usual()


def test_the_same_run_has_the_same_id_however_it_was_written() -> None:
    spelt = with_settings(BASE, {})
    assert usual(spelt) == usual()
    assert resolved(with_settings(BASE, {"horizon_years": BASE.horizon_years})) == resolved(BASE)


def test_a_profile_changes_the_id() -> None:
    plain_run = compare(BASE, draws=4, queue=False)
    other = compare(BASE, draws=4, queue=False, profile=profile("omb_a94_1992"))
    assert other.run_id != plain_run.run_id


def test_every_default_is_in_the_id() -> None:
    """Each value of the world and each lever stands in what is digested: a default that moves is seen."""
    world = identity.group_text
    for group in BASE.world.groups().values():
        assert all(f'"{name}":' in world(group) for name in type(group).names())
    for option in BASE.options:
        assert all(f'"{name}":' in world(option.instrument) for name in INSTRUMENTS[option.instrument.name].names())
    assert len(World.kinds()) == len(BASE.world.groups())


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package and data of a few files in the place of the real ones."""
    names = ("model.py", "charts/bars.py", "cli/main.py", "_share/data/rows.csv", "sweeps/plan.py", "sweeps/lock.py")
    for name in names:
        (tmp_path / "sim" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sim" / name).write_text("x = 1\n")
    (tmp_path / "sim" / "comparison").mkdir()
    monkeypatch.setattr(identity, "__file__", str(tmp_path / "sim" / "comparison" / "identity.py"))
    monkeypatch.setattr(identity, "share", lambda name: tmp_path / "sim" / "_share" / name)
    for each in (identity.code_digest, identity.data_digest, identity.versions):
        each.cache_clear()
    yield tmp_path / "sim"
    monkeypatch.undo()
    for each in (identity.code_digest, identity.data_digest, identity.versions):
        each.cache_clear()


def anew() -> str:
    """The id after whatever was changed on the disk."""
    for each in (identity.code_digest, identity.data_digest, identity.versions):
        each.cache_clear()
    return usual()


@pytest.mark.parametrize(
    ("name", "moves"),
    [
        ("model.py", True),
        ("_share/data/rows.csv", True),
        ("charts/bars.py", False),
        ("cli/main.py", False),
        ("sweeps/plan.py", True),
        ("sweeps/lock.py", False),
    ],
)
def test_code_and_data_change_the_id_and_what_only_shows_numbers_does_not(copied: Path, name: str, moves: bool) -> None:
    before = anew()
    (copied / name).write_text("x = 2\n")
    assert (anew() != before) == moves


def test_a_file_that_is_renamed_or_added_changes_the_id(copied: Path) -> None:
    before = anew()
    (copied / "model.py").rename(copied / "other.py")
    renamed = anew()
    (copied / "more.py").write_text("")
    assert len({before, renamed, anew()}) == 3


def test_another_release_of_a_library_changes_the_id(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = anew()
    monkeypatch.setattr(identity, "version", lambda name: "99")
    assert anew() != before


def test_two_lists_of_texts_differ_by_where_they_are_cut() -> None:
    assert len({digest("ab", "c"), digest("a", "bc"), digest("abc"), digest("ab", "c", "")}) == 4


def test_equal_values_are_equal_texts() -> None:
    assert canonical({"a": 3, "b": np.float64(0.1)}) == canonical({"b": 0.1, "a": 3.0})
    assert canonical(np.array([1, 2])) == canonical((1.0, 2.0)) and canonical(-0.0) == canonical(0)
    assert plain(True) is True and canonical(True) != canonical(1.0) != canonical("1.0")
    assert plain(None) is None and canonical("1.0") != canonical(1.0)
