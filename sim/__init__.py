"""Heavy Press: public compute policy, simulated.

>>> import sim
>>> sim.compare("isambard_ai_uk").table  # doctest: +SKIP
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.version import __version__

if TYPE_CHECKING:
    from sim.arguments.report import Debate
    from sim.comparison.results import Comparison, Fidelity
    from sim.decision.contributions import MixContributions, Rest
    from sim.decision.decision import Decision
    from sim.decision.flexibility import Flexibility
    from sim.mechanisms.sampling import Drawn, Sequence
    from sim.scenario import Scenario
    from sim.sweeps.api import Sweep
    from sim.validation import Report

__all__ = ["__version__", "argue", "compare", "decide", "mix", "rediscount", "stages", "sweep", "validate"]


def compare(
    scenario: str | Path | Scenario,
    *,
    settings: dict[str, Any] | None = None,
    seed: int = 1,
    draws: int | None = 0,
    draw: Drawn = "headline",
    sequence: Sequence = "random",
    queue: bool = True,
    fidelity: Fidelity | None = None,
    storyline: str | None = None,
    profile: str | None = None,
) -> Comparison:
    """Compare the options of a scenario: its path, the name of a shipped one, or what `sim.scenario.load` has loaded.

    `settings` overrides values by path, as `--set` does: {"cloud.price_usd": 2.5}.
    Draw 0 is the central case, `draws` more are states of the world, or with None as many as
    the answer needs (128 to 1,024); `.answer.text` of the result says who is better, and how
    surely. `sequence` spreads them "random", "antithetic", "sobol" or "latin" (hypercube). They vary the
    uncertain numbers that move a headline outcome ("headline"), also those that move
    what an argument is read in ("arguments"), or all of them ("all"). `queue` simulates
    the waits of public machines, `fidelity` how: "instant" (read from the response surface),
    "windows" or "full"; by default as the scenario says. `storyline` names a set of values to lay over the
    scenario (docs/storylines.md). `profile` names an appraisal profile by which sums are
    discounted anew, as `rediscount` does. Raises sim.scenario.ScenarioError with every
    fault, KeyError for a storyline or profile that does not exist.
    """
    from sim.comparison.run import compare as run
    from sim.mechanisms.appraisal import profile as named
    from sim.scenario.storylines import load_under

    by = None if profile is None else named(profile)
    loaded = load_under(scenario, settings or {}, storyline)
    return run(loaded, seed=seed, draws=draws, draw=draw, sequence=sequence, queue=queue, fidelity=fidelity, profile=by)


def rediscount(comparison: Comparison, profile: str | None) -> Comparison:
    """The comparison with its sums discounted by an appraisal profile, without running it again; sizes and hours stay.

    None: by the scenario's own rates. Raises KeyError for a profile that does not exist, ValueError for a comparison
    of more draws than are kept.
    """
    from sim.comparison.discounting import rediscount as again

    return again(comparison, profile)


def decide(
    scenario: str | Path | Scenario,
    *,
    settings: dict[str, Any] | None = None,
    seed: int = 1,
    draws: int | None = None,
    draw: Drawn = "headline",
    storyline: str | None = None,
) -> Decision:
    """Analyse the decision between the two options of a scenario's question, on its yardstick.

    `.text` of the result is the answer, `.section("switching")` where it turns; sections are made
    when first asked for, and `sim.decision.decision.SECTIONS` has their names. For the other
    arguments see `compare`. Raises sim.scenario.ScenarioError with every fault, KeyError for a
    storyline that does not exist, sim.decision.case.UndecidableError for one option, or fewer
    draws than a verdict can rest on.
    """
    from sim.decision.case import Case
    from sim.decision.decision import Decision
    from sim.scenario.storylines import load_under

    return Decision(Case.of(load_under(scenario, settings or {}, storyline), seed, draws, draw))


def mix(
    scenario: str | Path | Scenario,
    *,
    settings: dict[str, Any] | None = None,
    option: str | None = None,
    yardstick: str | None = None,
    rest: Rest = "unspent",
    seed: int = 1,
    draws: int = 256,
    draw: Drawn = "headline",
) -> MixContributions:
    """Measure what each instrument of a portfolio contributes to it: Shapley values over all its subsets.

    `option` is the first portfolio by default, `yardstick` the scenario's. Money of instruments left out is "unspent"
    or goes "pro_rata" to those that stay. `.table` of the result has a row an instrument and measure. Raises
    sim.scenario.ScenarioError with every fault, KeyError for a portfolio or yardstick that does not exist.
    """
    from sim.decision.contributions import mix_contributions
    from sim.scenario import load

    return mix_contributions(load(scenario, settings), option, yardstick, seed, draws, draw=draw, rest=rest)


def stages(
    scenario: str | Path | Scenario,
    *,
    settings: dict[str, Any] | None = None,
    yardstick: str | None = None,
    decision_month: float | None = None,
    second_share: float | None = None,
    unspent_worth: float = 0.0,
    seed: int = 1,
    draws: int = 512,
    draw: Drawn = "headline",
) -> Flexibility:
    """Value what is decided later: a second tranche, waiting a year, a pilot, each against the best fixed plan.

    `decision_month` and `second_share` of the money are those of the second tranche, `unspent_worth` is what one of
    the scenario's money that is not spent is worth by the yardstick. `.decisions` and `.pilot` of the result hold rules
    and gains, `sim.decision.rules.sentences` states them. Raises sim.scenario.ScenarioError with every fault,
    KeyError without a machine to decide on, ValueError for fewer than 50 draws.
    """
    from sim.decision.flexibility import flexibility
    from sim.scenario import load

    return flexibility(
        load(scenario, settings), yardstick, seed, draws, draw=draw, decision_month=decision_month,
        second_share=second_share, unspent_worth=unspent_worth,
    )  # fmt: skip


def sweep(sweep: str | Path, *, settings: dict[str, Any] | None = None) -> Sweep:
    """Read a sweep, given by path or by the name of a shipped one; `.run(progress=True).frame` computes it.

    `settings` overrides values of its scenario by path. `.run(out="folder")` keeps a ledger that any later run goes on
    with, `for row in ....run():` gives rows as they come. Raises sim.scenario.ScenarioError with every fault.
    """
    from sim.sweeps.api import Sweep
    from sim.sweeps.reader import read_sweep

    return Sweep(read_sweep(sweep, settings))


def argue(
    scenario: str | Path | Scenario,
    *,
    settings: dict[str, Any] | None = None,
    only: tuple[str, ...] = (),
    seed: int = 1,
    draws: int = 64,
    draw: Drawn = "arguments",
) -> Debate:
    """Read the arguments of the debate with their switches off and on, in the same draws.

    `only` names some of them by key, `draw` what the draws vary, see `compare`.
    `.table` of the result has a row an outcome read. Raises
    KeyError for an argument that does not exist, sim.scenario.ScenarioError with every fault.
    """
    from sim.arguments import ARGUMENTS, BY_KEY, weigh
    from sim.arguments.report import Debate
    from sim.scenario import load

    chosen, loaded = tuple(BY_KEY[key] for key in only) or ARGUMENTS, load(scenario, settings)
    answers = weigh(loaded, chosen, seed=seed, draws=draws, draw=draw)
    return Debate(loaded, tuple(answers), seed, draws, settings or {}, draw)


def validate(only: tuple[str, ...] = (), *, seed: int = 1, draws: int = 200) -> Report:
    """Hold the model against published results, each in a scenario of its own.

    `only` names cases or targets; `.verdicts` of the result has an entry a target. Raises KeyError
    for a name that does not exist.
    """
    from sim.validation import Report, chosen
    from sim.validation import validate as run

    return Report(run(chosen(only), seed=seed, draws=draws), seed, draws)
