"""A gallery of wrong sweep files: every kind of mistake, and the sentences it must get; see test_refused.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.scenario import ScenarioError
from sim.sweeps.reader import read_sweep
from tests.refused.test_refused import expected

HERE = Path(__file__).parent / "sweeps"
GALLERY = sorted(path.stem for path in HERE.glob("*.toml") if path.stem != "good")


def faults(path: Path) -> list[str]:
    """Faults of a sweep that must be refused, each on one printable line."""
    with pytest.raises(ScenarioError) as caught:
        read_sweep(path)
    assert all(fault.isprintable() and len(fault) < 1000 for fault in caught.value.faults)
    return caught.value.faults


@pytest.mark.parametrize("name", GALLERY)
def test_each_wrong_sweep_gets_its_sentences_and_no_other(name: str) -> None:
    text = (HERE / f"{name}.toml").read_text(encoding="utf8")
    assert sorted(faults(HERE / f"{name}.toml")) == sorted(expected(text)) != []


def test_every_wrong_sweep_says_first_what_is_wrong_with_it() -> None:
    for name in GALLERY:
        first = (HERE / f"{name}.toml").read_text(encoding="utf8").splitlines()[0]
        assert first.startswith("# ") and first.endswith("."), name


def test_the_gallery_is_large_and_has_one_good_sweep() -> None:
    assert len(GALLERY) > 80
    assert read_sweep(HERE / "good.toml").runs == 2


def test_reading_a_sweep_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(HERE.iterdir())
    for name in GALLERY[::9]:
        faults(HERE / f"{name}.toml")
    assert sorted(HERE.iterdir()) == before and not list(tmp_path.iterdir())


# --- what lies beside a sweep, or is given with it ---


def beside(folder: Path, scenario: str, name: str = "mine.toml") -> Path:
    """The good sweep of a scenario that lies beside it."""
    (folder / name).write_text(scenario, encoding="utf8")
    sweep = folder / "sweep.toml"
    text = (HERE / "good.toml").read_text(encoding="utf8")
    sweep.write_text(text.replace('"small_country"', f'"{name}"'), encoding="utf8")
    return sweep


def test_a_scenario_beside_a_sweep_is_taken_with_or_without_its_suffix(tmp_path: Path) -> None:
    sweep = beside(tmp_path, 'extends = "small_country.toml"\ntitle = "Mine"\n')
    assert read_sweep(sweep).base.title == "Mine"
    sweep.write_text(sweep.read_text(encoding="utf8").replace("mine.toml", "mine"), encoding="utf8")
    assert read_sweep(sweep).base.title == "Mine"


def test_the_faults_of_a_scenario_are_reported_as_its_own(tmp_path: Path) -> None:
    sweep = beside(tmp_path, 'extends = "small_country.toml"\nbudget.total = -5\n')
    [fault] = faults(sweep)
    assert fault.startswith("scenario: budget.total: -5 is not possible; allowed: ")


def test_a_scenario_that_is_misspelt_gets_the_nearest_beside_the_sweep(tmp_path: Path) -> None:
    sweep = beside(tmp_path, 'extends = "small_country.toml"\n', "our_country_2030.toml")
    text = sweep.read_text(encoding="utf8").replace("our_country_2030", "our_contry_2030")
    sweep.write_text(text, encoding="utf8")
    assert faults(sweep)[0].endswith("neither in the same folder nor shipped; did you mean 'our_country_2030'?")


@pytest.mark.parametrize("path", ["cloud.price_usd", "world.cloud.price_usd"])
def test_a_setting_of_the_command_that_an_axis_overrides_is_refused(path: str) -> None:
    with pytest.raises(ScenarioError, match=r"--set: cloud\.price_usd is on an axis, which sets it in every run"):
        read_sweep(HERE / "good.toml", {path: 2.5})


def test_a_setting_of_the_command_that_is_wrong_is_named_as_such() -> None:
    with pytest.raises(ScenarioError, match=r"--set: world\.cloud\.prize_usd: no parameter 'prize_usd'"):
        read_sweep(HERE / "good.toml", {"cloud.prize_usd": 2.5})


def test_values_of_a_zipped_list_may_repeat(tmp_path: Path) -> None:
    sweep = tmp_path / "zip.toml"
    head = (HERE / "good.toml").read_text(encoding="utf8").partition("[[axis]]")[0]
    rows = '{ path = "cloud.price_usd", values = [2, 2] }, { path = "budget.total", values = [1e8, 2e8] }'
    sweep.write_text(f"{head}[[axis]]\nzip = [{rows}]\n", encoding="utf8")
    assert read_sweep(sweep).axes[0].points == ((2, 1e8), (2, 2e8))


def test_a_path_of_the_world_has_one_name_and_is_taken_as_known_under_both(tmp_path: Path) -> None:
    sweep = tmp_path / "world.toml"
    text = (HERE / "good.toml").read_text(encoding="utf8").replace("cloud.price_usd", "world.cloud.price_usd")
    sweep.write_text(text, encoding="utf8")
    plan = read_sweep(sweep)
    assert plan.paths == ("cloud.price_usd",)
    assert "cloud.price_usd" in plan.scenario(plan.run(0)).fixed
