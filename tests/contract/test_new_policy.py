"""A new policy is one file and its name: registered, it appears everywhere, and nothing that ships changes or breaks.

The policy of this test is what such a file would hold: the state rents a pool of machines for as long as money is
appropriated, a year at a time, and lends it to researchers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import jsonschema
import numpy as np
import pytest

from sim.arguments import ARGUMENTS, weigh
from sim.arguments.text import sentence
from sim.calendar.calendar import Calendar, Process
from sim.calendar.records import Kind, Ledger, placed, spread
from sim.charts import CHARTS, alt, figures
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.comparison.table import as_json, markdown, texts
from sim.comparison.timeline import timeline
from sim.documents import generated, stale
from sim.export import write
from sim.instruments import INSTRUMENTS, SINGLE, registry
from sim.instruments.base import Flows, Grid, Instrument, Supply, Trade
from sim.instruments.cloud_credits import rented_footprint, useful_hours
from sim.mechanisms.world import World
from sim.outcomes import OUTCOMES
from sim.parameters import param
from sim.scenario import Option, Scenario, ScenarioError, load, names
from sim.units import MONTHS_PER_YEAR


@dataclass(frozen=True, kw_only=True)
class RentedPool(Instrument):
    """Machines rented by the state, a year at a time."""

    name: ClassVar[str] = "rented_pool"
    label: ClassVar[str] = "Rented pool"
    size_unit: ClassVar[str] = "appropriation"
    buys_compute: ClassVar[bool] = True

    idle_share: float = param(
        0.1, "fraction", low=0, high=0.3, floor=0, ceiling=1, grade="D",
        source="assumption: a pool that nobody has run yet", help="Part of the rented hours that nobody uses.",
    )  # fmt: skip

    def schedule(self, calendar: Calendar, part: int) -> None:
        """One contract a year."""
        calendar.env.process(self._contracts(calendar, part))

    def _contracts(self, calendar: Calendar, part: int) -> Process:
        for year in range(calendar.budget_usd.size):
            signed = calendar.month
            due = calendar.appropriated_usd(signed, signed + MONTHS_PER_YEAR)
            calendar.record(Kind.CREDIT_ROUND, part, year, due, until=signed + MONTHS_PER_YEAR)
            yield calendar.wait(MONTHS_PER_YEAR)

    def flows(self, ledger: Ledger, part: int, world: World, grid: Grid) -> Flows:
        """Rent paid when a contract is signed; hours over its year."""
        items = ledger.items(Kind.CREDIT_ROUND, part)
        signed = ledger.months_of(Kind.CREDIT_ROUND, part, items)
        rent = ledger.values_of(Kind.CREDIT_ROUND, part, items)
        used = spread(rent, signed, signed + MONTHS_PER_YEAR, grid.months) * (1 - self.idle_share)
        hours = useful_hours(used, 1.0, world, grid)
        kwh, accelerators = rented_footprint(used, 1.0, world, grid)
        return Flows(
            unit_cash={"rent": placed(rent, signed, grid.months)},
            supplies=(Supply("cloud", hours / grid.frontier, hours),),
            kwh={"cloud": kwh},
            embodied={"cloud": accelerators},
            trade=Trade(rent=used),
        )


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    """The registry with the policy in it, and as it was afterwards."""
    shipped = dict(INSTRUMENTS)
    with pytest.MonkeyPatch.context() as patch:
        for name, kind in registry((*SINGLE, RentedPool)).items():
            patch.setitem(INSTRUMENTS, name, kind)
        yield
    assert shipped == INSTRUMENTS


@pytest.fixture(scope="module", params=names())
def with_it(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """A shipped scenario with the policy as a further option, and in its portfolio where it has one."""
    path = tmp_path_factory.mktemp("new") / "with_it.toml"
    added = f'extends = "{request.param}.toml"\n[[option]]\ninstrument = "rented_pool"\n'
    path.write_text(f"{added}idle_share = 0.2\n", encoding="utf8")
    mixes = [option.key for option in load(path).options if option.instrument.name == "portfolio"]
    given: dict[str, Any] = {}
    for key in mixes:
        given |= {f"{key}.public_cluster_share": 0.5, f"{key}.rented_pool_share": 0.5}
        given |= {f"{key}.{name}_share": 0.0 for name in ("cloud_credits", "research_grants")}
    return load(path, given)


@pytest.fixture(scope="module")
def compared(with_it: Scenario) -> Comparison:
    """Every option of it, in a few draws."""
    return compare(with_it, draws=3, queue=False)


@pytest.mark.parametrize("name", names())
def test_what_ships_loads_and_gives_the_same_numbers(name: str) -> None:
    """Portfolios as well: a share that a scenario does not name is nothing. Only equal shares are shared by more."""
    scenario = load(name)
    with_policy = compare(scenario, draws=2, queue=False)
    with pytest.MonkeyPatch.context() as patch:
        for own, kind in registry(SINGLE).items():
            patch.setitem(INSTRUMENTS, own, kind)
        patch.delitem(INSTRUMENTS, "rented_pool")
        without = compare(load(name), draws=2, queue=False)
    assert set(without.results) == set(with_policy.results)
    equal = {row.get("key", "portfolio") for row in scenario.text["option"] if not any("_share" in key for key in row)}
    for key in set(without.results) - equal.intersection({"portfolio"}):
        for outcome, values in without.results[key].totals.items():
            np.testing.assert_array_equal(with_policy.results[key].totals[outcome], values, err_msg=f"{key}.{outcome}")


@pytest.mark.slow
def test_it_is_compared_in_every_table(compared: Comparison) -> None:
    for outcome in OUTCOMES:
        assert compared.results["rented_pool"].totals[outcome.name].shape == (4,)
    assert (compared.results["rented_pool"].totals["h100e_hours"] > 0).all()
    assert "Rented pool" in markdown(compared)
    assert all(len(row) == 1 + len(compared.results) for row in texts(compared, True, ("fe_hours",)))
    assert "rented_pool" in json.dumps(json.loads(as_json(compared)))
    assert list(timeline(compared.scenario, compared.results["rented_pool"], routine=True))


@pytest.mark.slow
def test_it_stands_in_every_chart(compared: Comparison) -> None:
    for name, figure in figures(compared).items():
        assert figure.texts and alt(compared, name)


@pytest.mark.slow
def test_its_results_are_written(tmp_path: Path) -> None:
    scenario = load("small_country")
    pool = Option("rented_pool", "Rented pool", RentedPool())
    write(compare(replace(scenario, options=(*scenario.options[:1], pool)), queue=False), tmp_path / "out")
    assert {path.stem for path in (tmp_path / "out").rglob("*.svg")} >= set(CHARTS)


@pytest.mark.slow
def test_every_argument_is_answered_beside_it(with_it: Scenario) -> None:
    for answer in weigh(with_it, ARGUMENTS, draws=0):
        assert not answer.refusal or "has no option" in answer.refusal
        assert sentence(answer)


def test_every_document_names_it() -> None:
    documents = generated()
    assert "`rented_pool`" in documents["parameters.md"] and "`rented_pool_share`" in documents["parameters.md"]
    assert stale(Path("docs")) == ["parameters.md", "scenario.schema.json"]
    schema = json.loads(documents["scenario.schema.json"])
    jsonschema.Draft202012Validator(schema).validate(
        {"extends": "nairr_us.toml", "option": [{"instrument": "rented_pool", "idle_share": 0.1}]}
    )


@pytest.mark.parametrize(
    ("path", "hint"),
    [("rented_pool.idle_shar", "idle_share"), ("rented_pol.idle_share", "rented_pool")],
)
def test_its_names_are_suggested(tmp_path: Path, path: str, hint: str) -> None:
    file = tmp_path / "with_it.toml"
    file.write_text('extends = "small_country.toml"\n[[option]]\ninstrument = "rented_pool"\n', encoding="utf8")
    with pytest.raises(ScenarioError, match=hint):
        load(file, {path: 0.1})


@pytest.mark.slow
@pytest.mark.usefixtures("shared_waits")
def test_it_stands_beside_a_machine_whose_queue_is_simulated(with_it: Scenario) -> None:
    assert compare(with_it, queue=True).results["rented_pool"].totals["h100e_hours"] > 0
