"""Every declaration keeps the promises that faces rely on, the moment it is written."""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pint
import pytest
from scipy.special import ndtri

from sim import sources
from sim.documents import groups
from sim.instruments import INSTRUMENTS
from sim.mechanisms.sampling import sample, uncertain
from sim.mechanisms.world import World
from sim.parameters import GRADES, HOWS, ROLES
from sim.streams import uniforms
from sim.units import UNIT_WORDS, unit_parts
from tests.every import every

DECLARED = [(f"{g}.{name}", default, spec) for g, kind in groups().items() for name, default, spec in kind.described()]
NUMBERS = [row for row in DECLARED if row[2].kind in ("number", "series")]
every_parameter = every(("path", "default", "spec"), DECLARED)
every_number = every(("path", "default", "spec"), NUMBERS)

# What is counted one by one, and may divide a price or a yearly sum.
THINGS = (
    "GPU", "accelerator", "group", "person", "award", "code", "wafer", "package", "Mtoken", "institution", "vendor",
    "firm", "model_year",
)  # fmt: skip


def registry() -> pint.UnitRegistry:
    """The project's units for pint: each with the dimension that its meaning gives it."""
    units = pint.UnitRegistry(None)
    for name in ("USD", "currency", "die", *THINGS):
        units.define(f"{name} = [{name}_count]")
    units.define("hour = [time]")
    units.define("second = hour / 3600")
    units.define("minute = hour / 60")
    units.define("day = 24 * hour")
    units.define("week = 7 * day")
    units.define("month = 730 * hour")
    units.define("year = 12 * month")
    units.define("kW = [power]")
    units.define("kWh = kW * hour")
    units.define("MWh = 1000 * kWh")
    units.define("kgCO2e = [emissions]")
    units.define("project = [project_count]")
    units.define("tCO2e = 1000 * kgCO2e")
    units.define("fraction = []")
    units.define("ratio = []")
    units.define("percent = 0.01 * fraction")
    units.define("GPU_hour = GPU * hour")
    units.define("H100e_hour = [work]")
    units.define("FE_hour = [frontier_work]")
    units.define("researcher_day = person * day")
    return units


UNITS = registry()
ENDINGS = {  # a dimensional name ends in its unit
    "_usd": "USD", "_months": "month", "_years": "year", "_hours": "hour", "_seconds": "second", "_minutes": "minute",
    "_days": "researcher_day", "_kw": "kW", "_share": "fraction", "_ratio": "ratio",
    "floor_hours": "H100e_hour/year", "least_hours": "H100e_hour/year",
    "day_usd": "USD/researcher_day", "lease_usd": "USD/GPU_hour",
    "_per_year": "1/year", "_per_month": "1/month", "_usd_per_year": "USD/year",
    "_usd_per_kwh": "USD/kWh", "_usd_per_kw": "USD/kW",
}  # fmt: skip
OF_BASIS = {"recalled": "C", "assumed": "D"}  # the best grade of what was not read or derived
OF_CONFIDENCE = {
    "high": "B",
    "medium": "C",
    "low": "D",
}  # the best grade of a row: most pages read are not the original
COUNTED = {f"[{name}_count]" for name in THINGS} | {"[work]"}


def test_the_unit_words_are_what_pint_knows():
    unknown = [unit for unit in UNIT_WORDS if unit not in UNITS]
    assert not unknown


@every_number
def test_units_are_known(path, default, spec):
    assert set(unit_parts(spec.unit)) <= set(UNIT_WORDS), spec.unit
    UNITS.Unit(spec.unit if not spec.unit.startswith("1/") else spec.unit[2:])


@every_number
def test_a_dimensional_name_ends_in_its_unit(path, default, spec):
    ending = max((e for e in ENDINGS if path.endswith(e)), key=len, default=None)
    if ending is None:
        return
    wanted = UNITS.parse_expression(ENDINGS[ending])
    found = UNITS.parse_expression(spec.unit)
    # a price is per something and a yearly sum may be per head: counted things may divide it
    # counted things may divide it: a price is per accelerator, a wage per person
    left = {str(unit) for unit in (found / wanted).dimensionality}
    assert left <= COUNTED, f"{path} is in {spec.unit}, not in {ENDINGS[ending]}"


@every_parameter
def test_every_source_leads_somewhere_or_admits_that_there_is_none(path, default, spec):
    assert sources.resolve(spec.source)
    if sources.is_assumption(spec.source):
        assert spec.grade in ("D", "-"), "a number without a source cannot have a better grade than D"
        assert len(spec.source) > len(sources.ASSUMPTION) + 5


def best_grade(text: str) -> str:
    """The best grade that a declaration with this `source` text may have; data/README.md gives the rule for a row."""
    return "D" if sources.is_assumption(text) else min(_grade(key.strip()) for key in text.split(";"))


def _grade(key: str) -> str:
    """Grade of one source or row: that of the worst of its origin, its basis and its confidence."""
    if ":" not in key:
        source = sources.sources()[key]
        return max(source["grade"], OF_BASIS.get(source["basis"], "A"))
    table, row_id = key.split(":", 1)
    row = sources.facts(table)[row_id]
    origin = [known["grade"] for part in row["source"].split(";") if (known := sources.sources().get(part))]
    return max([*origin, OF_BASIS.get(row["basis"], "A"), OF_CONFIDENCE[row.get("confidence", "medium")]])


@every_parameter
def test_no_grade_is_better_than_the_best_source(path, default, spec):
    """Grades are letters from A, the best, to D; what somebody chooses has none."""
    if spec.grade != "-":
        assert spec.grade >= best_grade(spec.source), spec.source


@pytest.mark.parametrize(
    ("source", "grade"),
    [
        ("green_book_discount", "A"),
        ("residual_pages; jupiter_press", "C"),
        ("residual_pages; programmes:P039", "B"),  # read, high confidence
        ("programmes:P233", "C"),  # read, medium confidence
        ("programmes:P022", "C"),  # derived, medium confidence
        ("programmes:P219", "D"),  # from general knowledge
        ("wright_1936", "C"),  # official, but recalled
        ("energy:EN003", "D"),  # assumed
        ("assumption: no census exists", "D"),
    ],
)
def test_the_best_grade_of_evidence(source, grade):
    assert best_grade(source) == grade


@every_parameter
def test_help_is_a_sentence_and_the_grade_is_known(path, default, spec):
    assert spec.grade in GRADES
    assert spec.help.endswith(".") and spec.help[0].isupper()


@every_parameter
def test_what_is_drawn_is_a_number_with_evidence_and_a_range(path, default, spec):
    """Choices, switches and lists are made by somebody: by the policy maker, or by whoever sets up the study."""
    assert spec.role in ROLES
    if spec.role == "uncertainty":
        assert spec.kind == "number" and spec.low < spec.high and spec.grade in "ABCD"
    assert (path in uncertain()) == (spec.role == "uncertainty")
    assert spec.role == "design" or path.partition(".")[0] not in INSTRUMENTS


def test_a_declaration_without_a_role_has_that_of_its_group():
    """One parameter of each kind: drawn, chosen by the policy maker, chosen by the study."""
    roles = [groups()[group].spec(name).role for group, name in (("cloud", "price_usd"), ("access", "rule"))]
    assert [*roles, groups()["money"].spec("discount_rate").role] == ["uncertainty", "design", "setting"]


@every_number
def test_ranges_hold_each_other(path, default, spec):
    values = default if spec.kind == "series" else [default]
    assert spec.floor <= spec.low <= spec.high <= spec.ceiling
    assert all(spec.low <= value <= spec.high for value in values)
    assert math.isfinite(spec.low) and math.isfinite(spec.high)


@every_parameter
def test_a_choice_defaults_to_one_of_its_words(path, default, spec):
    if spec.kind == "choice":
        assert default in spec.choices and len(spec.choices) > 1
    elif spec.kind == "switch":
        assert isinstance(default, bool)


def test_draws_stay_in_the_possible_range_and_the_first_is_the_central_case():
    world = World()
    specs = uncertain()
    drawn = sample(world, uniforms(3, 400, list(specs)), frozenset())
    for path, spec in specs.items():
        group, name = path.split(".")
        values, centre = getattr(getattr(drawn, group), name), getattr(getattr(world, group), name)
        assert values.shape == (401, 1) and values[0, 0] == centre
        assert (values >= spec.floor).all() and (values <= spec.ceiling).all(), path
        assert np.unique(values).size > 100, path


def test_what_the_user_sets_is_never_drawn():
    world = World()
    drawn = sample(world, uniforms(3, 50, list(uncertain())), frozenset({"cloud.price_usd"}))
    assert (drawn.cloud.price_usd == world.cloud.price_usd).all()


def test_more_draws_extend_the_draws_and_change_none():
    names = list(uncertain())
    few, many = uniforms(5, 10, names), uniforms(5, 40, names)
    for name in names:
        assert (few[name] == many[name][:10]).all()


@pytest.mark.parametrize(("path", "spec"), [(p, s) for p, s in uncertain().items() if s.moves_with])
def test_correlated_parameters_move_together(path, spec):
    """Rank correlation over 4,000 draws, within four standard errors of what is declared."""
    other, rho = spec.moves_with
    world = World()
    drawn = sample(world, uniforms(11, 4_000, list(uncertain())), frozenset())
    ranks = [np.argsort(np.argsort(_column(drawn, p))) for p in (path, other)]
    found = np.corrcoef(*ranks)[0, 1]
    wanted = 6 / np.pi * np.arcsin(rho / 2)  # Spearman's from the normal scores' correlation
    assert abs(found - wanted) < 4 * (1 - wanted**2) / np.sqrt(4_000)


@cache
def uniforms_of(seed, draws):
    """Numbers in (0, 1) for every uncertain parameter."""
    return uniforms(seed, draws, list(uncertain()))


def _column(world, path):
    group, name = path.split(".")
    return getattr(getattr(world, group), name)[1:, 0]


DRAWN = every(("path", "spec"), uncertain().items())
FINE = (np.arange(20_000) + 0.5) / 20_000
EDGES = np.array([0.05, 0.5, 0.95])


@DRAWN
def test_a_range_is_the_quantiles_of_what_is_drawn(path, spec):
    """5 % below low, half below the default, 5 % above high; nothing beyond what is possible."""
    group, name = path.split(".")
    centre = getattr(getattr(World(), group), name)
    assert spec.quantile(centre, EDGES) == pytest.approx([spec.low, centre, spec.high])
    values = spec.quantile(centre, FINE)
    assert (np.diff(values) >= 0).all()
    assert values[0] >= spec.floor and values[-1] <= spec.ceiling
    assert (values[0] < spec.low or spec.low in (centre, spec.floor)) and (
        values[-1] > spec.high or spec.high in (centre, spec.ceiling)
    )


@pytest.mark.slow
@DRAWN
def test_half_of_the_draws_lie_on_either_side_of_the_median(path, spec):
    """Within four standard errors, whatever a scenario sets and whatever the parameter moves with."""
    group, name = path.split(".")
    world, scores = World(), uniforms_of(7, 2_000)
    others = frozenset(uncertain()) - {path}  # which are drawn apart, so that they may stay as they are
    for centre in {getattr(getattr(world, group), name), (spec.low + 3 * spec.high) / 4}:
        changed = world.having({group: replace(getattr(world, group), **{name: centre})})
        values = _column(sample(changed, scores, others), path)
        most = 0.5 + 4 * 0.5 / np.sqrt(2_000)
        assert (values < centre).mean() <= most and (values > centre).mean() <= most


def test_a_range_keeps_its_proportions_around_the_value_of_a_scenario():
    """Two known rents: around one that is twice the default the range is twice as wide; a zero is nothing to spread."""
    spec = World().cloud.spec("price_usd")
    assert spec.quantile(2 * spec.median, EDGES) == pytest.approx([2 * spec.low, 2 * spec.median, 2 * spec.high])
    idle = World().cloud.spec("idle_share")
    assert (idle.quantile(0.0, EDGES) == 0).all()
    # below nothing there are no proportions: distances stay, up to what is possible
    overrun = World().procurement.spec("overrun_ratio")
    wanted = np.maximum([overrun.low - overrun.median - 0.1, -0.1, overrun.high - overrun.median - 0.1], overrun.floor)
    assert overrun.quantile(-0.1, EDGES) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("high", "floor", "multiplies"), [(3.9, -math.inf, False), (4.0, 0.0, True), (4.0, -math.inf, False)]
)
def test_a_range_of_factors_is_log_normal_on_either_side(high, floor, multiplies):
    """Its logarithm bends nowhere but at the median; of a narrow range, or of one below zero, its values do."""
    spec = replace(World().cloud.spec("price_usd"), low=1.0, median=2.0, high=high, floor=floor, ceiling=math.inf)
    assert spec.multiplies is multiplies
    values = spec.quantile(2.0, FINE)
    shape = np.log(values) if multiplies else values
    score = ndtri(FINE)
    for side in (score < 0, score > 0):
        assert np.ptp(np.gradient(shape[side], score[side])) < 1e-6


@every_number
def test_an_interval_that_is_not_judged_has_a_source(path, default, spec):
    assert spec.how in HOWS
    assert spec.how == "judgement" or not sources.is_assumption(spec.source)
