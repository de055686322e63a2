"""Heavy Press: public compute policy, simulated.

>>> import sim
>>> sim.compare("isambard_ai_uk").table  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Several
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
    from sim.queue.logs import Log
    from sim.scenario import Scenario
    from sim.sweeps.api import Sweep
    from sim.validation import Report
    from sim.what_if.results import WhatIf

__all__ = [
    "__version__",
    "argue",
    "compare",
    "decide",
    "mix",
    "rediscount",
    "replay",
    "report",
    "stages",
    "sweep",
    "validate",
]


def compare(
    scenario: str | Path | Scenario,
    *,
    settings: dict[str, Any] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
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

    `settings` overrides values by path, as `--set` does: {"cloud.price_usd": 2.5}. `ranges` has low and high of
    uncertain numbers, as `--range` does: {"cloud.price_usd": (2, 4)}, the 5 % and 95 % quantiles of what is drawn.
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
    loaded = load_under(scenario, _own(settings, ranges), storyline)
    return run(loaded, seed=seed, draws=draws, draw=draw, sequence=sequence, queue=queue, fidelity=fidelity, profile=by)


def _own(settings: dict[str, Any] | None, ranges: Mapping[str, tuple[float, float]] | None) -> dict[str, Any]:
    """Settings with ranges of one's own among them."""
    from sim.scenario.overrides import ranged

    return ranged(settings, ranges)


def rediscount(comparison: Comparison, profile: str | None) -> Comparison:
    """The comparison with its sums discounted by an appraisal profile, without running it again; sizes and hours stay.

    None: by the scenario's own rates. Raises KeyError for a profile that does not exist, ValueError for a comparison
    of more draws than are kept.
    """
    from sim.comparison.discounting import rediscount as again

    return again(comparison, profile)


def report(comparison: Comparison, out: str | Path, *, template: str | Path | None = None) -> None:
    """Write a comparison as a brief for a reader, or as a workbook: by the ending of `out` .html, .docx, .pdf or .xlsx.

    The record of the run travels in the file, whose bytes are the same whenever the same run is written. `template`
    is one's own (docs/reports.md). Raises sim.reports.ReportError for another ending, a template that cannot be
    followed, and a file that is no report, which stays as it is.
    """
    from sim.reports import form_of, write

    write(comparison, Path(out), form_of(Path(out)), None if template is None else Path(template))


def decide(
    scenario: str | Path | Scenario,
    *,
    settings: dict[str, Any] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
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

    return Decision(Case.of(load_under(scenario, _own(settings, ranges), storyline), seed, draws, draw))


def mix(
    scenario: str | Path | Scenario,
    *,
    settings: dict[str, Any] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
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

    return mix_contributions(
        load(scenario, _own(settings, ranges)), option, yardstick, seed, draws, draw=draw, rest=rest
    )


def stages(
    scenario: str | Path | Scenario,
    *,
    settings: dict[str, Any] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
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
        load(scenario, _own(settings, ranges)), yardstick, seed, draws, draw=draw, decision_month=decision_month,
        second_share=second_share, unspent_worth=unspent_worth,
    )  # fmt: skip


def sweep(
    sweep: str | Path,
    *,
    settings: dict[str, Any] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> Sweep:
    """Read a sweep, given by path or by the name of a shipped one; `.run(progress=True).frame` computes it.

    `settings` overrides values of its scenario by path. `.run(out="folder")` keeps a ledger that any later run goes on
    with, `for row in ....run():` gives rows as they come. Raises sim.scenario.ScenarioError with every fault.
    """
    from sim.sweeps.api import Sweep
    from sim.sweeps.reader import read_sweep

    return Sweep(read_sweep(sweep, _own(settings, ranges)))


def replay(
    log: str | Path | Log,
    policies: Several[str] = ("easy",),
    gpus: int | Several[int] | None = None,
    *,
    tau_seconds: int = 10,
    **rules: Any,
) -> WhatIf:
    """Replay the log of a machine under each of some policies, on machines of each of some sizes.

    log: a file, or what `sim.queue.logs.read_log` has read of one with choices of its own. gpus: sizes; None takes the
    log's own. rules: other rules of the queue, as `sim.queue.logs.replay` takes them: order="per_event". `.table` of
    the result has a row a replay, `.waits` one a replay and class of job size, `.starts` one a replay and job, `.cells`
    the map of job size by run time. What a machine is too small for is left out, and its share of the jobs and of the
    GPU-hours stands in each of the first two. Raises sim.queue.logs.LogError, whose `faults` are sentences.
    """
    from numbers import Integral

    from sim.queue.logs import read_log
    from sim.queue.logs.log import Log
    from sim.what_if.results import what_if

    given: Several[int] = () if gpus is None else (gpus,) if isinstance(gpus, int | Integral) else gpus
    sizes = [int(size) for size in given]
    names = [policies] if isinstance(policies, str) else list(policies)
    jobs = log if isinstance(log, Log) else read_log(log, gpus=max(sizes, default=None))
    return what_if(jobs, names, sizes, tau_seconds=tau_seconds, **rules)


def argue(
    scenario: str | Path | Scenario,
    *,
    settings: dict[str, Any] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
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

    chosen, loaded = tuple(BY_KEY[key] for key in only) or ARGUMENTS, load(scenario, _own(settings, ranges))
    answers = weigh(loaded, chosen, seed=seed, draws=draws, draw=draw)
    return Debate(loaded, tuple(answers), seed, draws, _own(settings, ranges), draw)


def validate(only: tuple[str, ...] = (), *, seed: int = 1, draws: int = 200) -> Report:
    """Hold the model against published results, each in a scenario of its own.

    `only` names cases or targets; `.verdicts` of the result has an entry a target. Raises KeyError
    for a name that does not exist.
    """
    from sim.validation import Report, chosen
    from sim.validation import validate as run

    return Report(run(chosen(only), seed=seed, draws=draws), seed, draws)
