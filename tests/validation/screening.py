"""Which uncertain numbers matter: each moved alone, in every shipped scenario. Writes data/screening.csv.

    make screen                                    # or: python -m tests.validation.screening

The move of an outcome by a parameter is how far it changes between the 5 % and the 95 % value of the parameter, or from
the default to either where that is further, with all others at their default. The effect is that move over the largest
that any parameter makes in the same outcome of the same option, or in the same difference between two options.

- *headline*: the effect reaches THRESHOLD in a headline outcome of a shipped scenario, or of ARGUED with an argument
  switched on. Drawn always.
- *arguments*: it reaches THRESHOLD only in another outcome that an argument is read in, with its switch on. Drawn by
  `argue`, and by `compare --draw arguments`.
- *all*: it reaches THRESHOLD in none of these. Left at its default unless every number is drawn, by `--draw all`.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from sim.arguments import ARGUMENTS
from sim.arguments.evaluation import switches
from sim.comparison.blocks import run_block
from sim.comparison.calendars import Draws
from sim.comparison.run import DEFAULT_SEED
from sim.mechanisms.sampling import KINDS, uncertain
from sim.mechanisms.world import World
from sim.outcomes import HEADLINE
from sim.parameters import HIGH_SHARE, LOW_SHARE, Array
from sim.scenario import Scenario, ScenarioError, load, names, with_settings
from sim.sources import SCREENING, share

THRESHOLD = 0.01  # of the largest move of the same outcome
DIGITS = 9  # of an effect
NOISE = 1e-6  # of an outcome: smaller moves are sums taken in another order
ARGUED = "isambard_ai_uk"
HEADS = ("path", "drawn", "effect", "scenario", "outcome", "options", "basis", "source")


@dataclass(frozen=True, order=True)
class Effect:
    """The largest effect of a parameter, and where it was found."""

    size: float = 0.0
    scenario: str = ""
    outcome: str = ""
    options: str = ""


def moved(world: World, paths: Sequence[str]) -> World:
    """Draw 0 is the central case; in draws 2n + 1 and 2n + 2 the n-th path has its 5 % and its 95 % value."""
    specs, count = uncertain(), 1 + 2 * len(paths)
    groups = world.groups()
    values = {path: np.full(count, float(getattr(groups[path.split(".")[0]], path.split(".")[1]))) for path in specs}
    for n, path in enumerate(paths):
        values[path][2 * n + 1 : 2 * n + 3] = specs[path].quantile(values[path][0], np.array([LOW_SHARE, HIGH_SHARE]))
    for path, drawn in values.items():
        group, name = path.split(".")
        groups[group] = replace(groups[group], **{name: drawn[:, None]})
    return world.having(groups)


def totals(scenario: Scenario, world: World) -> dict[str, dict[str, Array]]:
    """Outcomes [draw] by option and name; chance is that of draw 1 in all, for without any its scale moves nothing."""
    pieces = run_block(scenario, Draws(world, [1] * len(world.hardware.price_usd), DEFAULT_SEED, scenario.months))
    return {key: piece.measured for key, piece in pieces.items()}


def moves(values: Array, scale: Array) -> Array:
    """Move by each parameter [parameter] of an outcome [draw]; zero where it is noise beside `scale` [draw]."""
    ends = np.stack([values[1::2], values[2::2]])
    both = np.concatenate([ends - values[0], ends[1:] - ends[:1]])
    known = np.where(np.isfinite(both), np.abs(both), 0.0).max(axis=0)
    finite = np.abs(scale[np.isfinite(scale)])
    return np.where(known > NOISE * finite.max(initial=0.0), known, 0.0)


def effects(found: dict[str, dict[str, Array]], outcomes: Iterable[str]) -> Iterator[tuple[str, str, Array]]:
    """(outcome, options, effect [parameter]) of every option and of every difference between two."""
    for outcome in outcomes:
        rows = [(key, found[key][outcome], found[key][outcome]) for key in found]
        for one, other in combinations(found, 2):
            values, beside = found[one][outcome], found[other][outcome]
            rows.append((f"{one} - {other}", values - beside, np.maximum(np.abs(values), np.abs(beside))))
        for options, values, scale in rows:
            size = moves(values, scale)
            if size.max(initial=0.0) > 0:
                yield outcome, options, np.round(size / size.max(), DIGITS)  # rounding must not decide between equals


def largest(scenario: Scenario, paths: Sequence[str], name: str, *kinds: Iterable[str]) -> list[dict[str, Effect]]:
    """The largest effect of each path in one scenario, for each kind of outcomes; what the scenario fixes has none."""
    paths = [path for path in paths if path not in scenario.fixed]
    found = totals(scenario, moved(scenario.world, paths))
    best = [dict.fromkeys(paths, Effect()) for _ in kinds]
    for outcomes, here in zip(kinds, best, strict=True):
        for outcome, options, sizes in effects(found, outcomes):
            for path, size in zip(paths, sizes, strict=True):
                if size > here[path].size:
                    here[path] = Effect(float(size), name, outcome, options)
    return best


def argued(scenario: Scenario) -> dict[str, tuple[Scenario, set[str]]]:
    """By name: the scenario with arguments of equal settings switched on, and the outcomes that they are read in."""
    found: dict[str, tuple[Scenario, set[str]]] = {}
    for argument in ARGUMENTS:
        settings = switches(argument, scenario)[1]
        name = " ".join([scenario.key, *sorted(f"{path}={value}" for path, value in settings.items())])
        try:
            changed = with_settings(scenario, settings)
        except ScenarioError:
            continue
        found.setdefault(name, (changed, set()))[1].update(reading.outcome for reading in argument.readings)
    return found


def table() -> tuple[dict[str, Effect], dict[str, Effect]]:
    """The largest effect of every uncertain parameter on a headline outcome, and on what an argument is read in."""
    paths = list(uncertain())
    headline, arguments = dict.fromkeys(paths, Effect()), dict.fromkeys(paths, Effect())
    runs = {name: (load(name), set[str]()) for name in names()}
    runs.update(argued(load(ARGUED)))
    for name, (scenario, read) in runs.items():
        print(name, file=sys.stderr)
        for best, here in zip(
            (headline, arguments), largest(scenario, paths, name, HEADLINE, sorted(read)), strict=True
        ):
            best.update({path: max(best[path], effect) for path, effect in here.items()})
    return headline, arguments


def rows(headline: dict[str, Effect], arguments: dict[str, Effect]) -> Iterator[list[str]]:
    """Rows of the file, in the order of the declarations."""
    for path in headline:
        drawn, effect = "all", max(headline[path], arguments[path])
        for kind, found in (("arguments", arguments[path]), ("headline", headline[path])):
            drawn, effect = (kind, found) if found.size >= THRESHOLD else (drawn, effect)
        where = [effect.scenario, effect.outcome, effect.options]
        yield [path, drawn, f"{effect.size:.2g}", *where, "derived", "own_derivation"]


def main() -> int:
    """Write the file."""
    found = list(rows(*table()))
    with (share("data") / SCREENING).open("w", encoding="utf8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADS, *found])
    for kind in KINDS:
        print(f"{sum(row[1] == kind for row in found)} of {len(found)} parameters: {kind}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
