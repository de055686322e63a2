"""A block of draws: every option in each, simulated, costed and measured; waits apart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from sim.calendar.records import Ledger
from sim.comparison.calendars import Calendars, Draws
from sim.comparison.measured import Measured
from sim.costs.context import build_context
from sim.costs.embargo import compute_disrupted, with_embargo
from sim.costs.option import compute_option
from sim.costs.result import OptionResult
from sim.costs.sizing import outside_usd
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.independence import Embargo
from sim.outcomes import OF_THE_EMBARGO, OUTCOMES, Measures, Outcome
from sim.outcomes.measures import Measure
from sim.scenario import Option, Scenario

BLOCK = 256  # draws computed at once: enough to make NumPy worth its calls, few enough for the processor's cache


def computed(
    scenario: Scenario, draws: Draws, keys: Collection[str] | None = None
) -> Iterator[tuple[Option, Ledger, OptionResult]]:
    """Every option in a block of draws, or those of `keys`: its records in each, and its result; waits apart."""
    calendars = Calendars(scenario, draws)
    context = None
    # where the budget covers a machine only in part, the first option of one shows what another purse pays for it
    machine = None if scenario.budget.coverage.complete else scenario.by_instrument.get(PublicCluster.name)
    if machine is not None:
        ledger = calendars.ledger(machine.instrument)
        context = build_context(draws.world, ledger, scenario.budget.coverage)
        context = replace(context, outside=outside_usd(machine.instrument, 0, ledger, context))
    for option in scenario.options:
        if keys is None or option.key in keys:
            ledger = calendars.ledger(option.instrument)
            context = context or build_context(draws.world, ledger, scenario.budget.coverage)
            yield option, ledger, compute_option(option.instrument, ledger, context)


@dataclass(frozen=True)
class Piece:
    """One option in one block of draws."""

    measured: Measured  # totals by outcome, yearly series by 'outcome/yearly'
    result: OptionResult
    ledger: Ledger
    measures: Measures
    under_embargo: Ledger | None = None  # the records where there is an embargo


def run_block(
    scenario: Scenario,
    draws: Draws,
    advance: Callable[[str], None] = lambda what: None,
    lazy: bool = False,
    keys: Collection[str] | None = None,
) -> dict[str, Piece]:
    """Every option in a block of draws, or those of `keys`; waits apart."""
    pieces = {}
    for option, ledger, result in computed(scenario, draws, keys):
        measures = Measures(result)
        measured = measurable(measures)
        pieces[option.key] = Piece(measured if lazy else measured.all_measured(), result, ledger, measures)
        advance(option.label)
    return _disrupted(scenario, draws.with_embargo(), pieces, advance) if draws.world.independence.shock else pieces


def _disrupted(
    scenario: Scenario, draws: Draws, usual: dict[str, Piece], advance: Callable[[str], None]
) -> dict[str, Piece]:
    """The options of a block with the outcomes of the embargo filled in, by a second pass of the same stages."""
    pieces = {}
    disrupted = disrupted_results(scenario, draws, {key: piece.result for key, piece in usual.items()})
    for option, ledger, result in disrupted:
        piece = usual[option.key]
        measured = measurable(Measures(piece.result, disrupted=result), OF_THE_EMBARGO)
        pieces[option.key] = replace(piece, measured=piece.measured | measured, under_embargo=ledger)
        advance(option.label)
    return pieces


def disrupted_results(
    scenario: Scenario, draws: Draws, usual: Mapping[str, OptionResult]
) -> Iterator[tuple[Option, Ledger, OptionResult]]:
    """The options of `usual` under the embargo of each draw: records and results."""
    calendars, context = Calendars(scenario, draws), None
    for option in scenario.options:
        if option.key in usual:
            before, ledger = usual[option.key], calendars.ledger(option.instrument)
            context = context or with_embargo(before.context, Embargo.of(draws.world.independence, draws.months))
            yield option, ledger, compute_disrupted(option.instrument, ledger, context, before)


def measurable(measures: Measures, outcomes: tuple[Outcome, ...] = OUTCOMES) -> Measured:
    """Outcomes of a block of draws: totals by name, yearly series by 'name/yearly'; nothing is measured yet."""
    found: dict[str, Measure] = {}
    for outcome in outcomes:
        found[outcome.name] = outcome.total
        if outcome.yearly is not None:
            found[f"{outcome.name}/yearly"] = outcome.yearly
    return Measured({}, tuple(found), lambda name: found[name](measures))
