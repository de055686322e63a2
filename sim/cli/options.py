"""What several commands ask for: a scenario with values on top, a seed, draws, a format; and the types of values."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sim.cli.commands import Argument, Option, RefusedError
from sim.formatting import nearest_name, short_repr, unknown_name
from sim.sources import share

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

DEFAULT_SCENARIO = "nairr_us"
MOST_DRAWS = 20_000  # that of sim.comparison.run
DRAWN = ("headline", "arguments", "all")  # loading sim.mechanisms.sampling takes longer than refusing a word
SEQUENCES = ("random", "antithetic", "sobol", "latin")  # those of sim.mechanisms.sampling
FORMATS = ("table", "json", "csv", "markdown")

_Function = TypeVar("_Function", bound=Callable[..., Any])
Decorator = Callable[[_Function], _Function]

option = partial(click.option, cls=Option)
argument = partial(click.argument, cls=Argument)


class OneOf(click.Choice[str]):
    """A type of values: one of a few words."""

    def __init__(self, choices: Sequence[str], also: Mapping[str, str] | None = None) -> None:
        """`also`: words that others have for one of them, to hint at it."""
        super().__init__(choices)
        self.also = also or {}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word; refused with all words, and the nearest of them, where it is none of them."""
        if value in self.choices:
            return str(value)
        near = self.also.get(str(value).casefold()) or nearest_name(value, self.choices)
        hint = f"; did you mean {near!r}?" if near else ""
        raise click.BadParameter(f"{short_repr(value)} must be one of {', '.join(self.choices)}{hint}", ctx, param)


class SomeOf(OneOf):
    """A type of values: one of a few words, or several with commas between them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The words; refused where one is none of the words, or stands there twice."""
        return _separate(value, lambda word: super(SomeOf, self).convert(word, param, ctx))

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Words that end what is typed, behind those before the last comma."""
        before, comma, begun = incomplete.rpartition(",")
        found = super().shell_complete(ctx, param, begun)
        for item in found:
            item.value = f"{before}{comma}{item.value}"
        return found


def several(read: Callable[[str], int]) -> Callable[[str], tuple[int, ...]]:
    """A type of values: what `read` takes, once or several times with commas between; refused where one is repeated."""
    return lambda text: _separate(text, read)


def _separate(text: str, read: Callable[[str], Any]) -> tuple[Any, ...]:
    """The values between the commas of a text, each read."""
    found = tuple(read(part.strip()) for part in text.split(","))
    if twice := [value for place, value in enumerate(found) if value in found[:place]]:
        raise click.BadParameter(f"{twice[0]} is given twice")
    return found


def integer(low: int, high: int) -> Callable[[str], int]:
    """A type of values: a whole number in a range, refused with one sentence."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise click.BadParameter(f"{short_repr(text)} is not a whole number from {low} to {high}")
        return value

    return read


def between(low: float, high: float) -> Callable[[str], float]:
    """A type of values: a number in a range, ends left out, refused with one sentence."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = low
        if not low < value < high:
            raise click.BadParameter(f"{short_repr(text)} is not a number between {low:g} and {high:g}, ends left out")
        return value

    return read


def file_path() -> click.Path:
    """A type of values: a path, whatever is there."""
    return click.Path(path_type=Path)


def stacked(*decorators: Decorator[Any]) -> Decorator[Any]:
    """Several decorators as one, in the order that `--help` shows their options in."""

    def decorate(function: Any) -> Any:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def settings_of(pairs: Sequence[str], flag: str = "--set") -> dict[str, Any]:
    """`group.name=value` texts as a mapping; values are read as TOML, bare words as text.

    >>> settings_of(["cloud.price_usd=2.5", "queue.discipline=fcfs"])
    {'cloud.price_usd': 2.5, 'queue.discipline': 'fcfs'}
    """
    chosen: dict[str, Any] = {}
    for pair in pairs:
        path, equals, text = pair.partition("=")
        if not equals or not path.strip():
            raise RefusedError(f"{flag} {pair}: write it as group.name=value")
        try:
            chosen[path.strip()] = tomllib.loads(f"value = {text}")["value"]
        except (tomllib.TOMLDecodeError, RecursionError):
            chosen[path.strip()] = text.strip()
    return chosen


def fixed_of(pairs: Sequence[str]) -> dict[str, Any]:
    """`group.name=value` texts as settings that draws leave alone; a path without a value keeps the one it has.

    >>> fixed_of(["cloud.price_usd=2.5", "hardware.doubling_years"])
    {'cloud.price_usd': 2.5, 'fixed': ['cloud.price_usd', 'hardware.doubling_years']}
    """
    paths = [pair.partition("=")[0].strip() for pair in pairs]
    return settings_of([pair for pair in pairs if "=" in pair], "--fix") | ({"fixed": paths} if paths else {})


def ranges_of(pairs: Sequence[str]) -> dict[str, Any]:
    """`group.name=low:high` texts as settings that give uncertain numbers a range of one's own.

    >>> ranges_of(["cloud.price_usd=2:4"])
    {'ranges': {'cloud.price_usd': [2.0, 4.0]}}
    """
    found: dict[str, list[float]] = {}
    for pair in pairs:
        path, _, text = pair.partition("=")
        low, _, high = text.partition(":")
        try:
            found[path.strip().removeprefix("world.")] = [float(low), float(high)]
        except ValueError:
            raise RefusedError(f"--range {pair}: write it as group.name=low:high") from None
    return {"ranges": found} if found else {}


def _with_fixed(function: _Function) -> _Function:
    """The function of a command that takes `--fix` and `--range` with its settings."""

    @wraps(function)
    def run(
        *, settings: dict[str, Any], fixed: dict[str, Any], ranges: dict[str, Any], who: str, why: str, date: str,
        **others: Any,
    ) -> Any:  # fmt: skip
        signed = [f"--{name}" for name, text in (("who", who), ("why", why), ("date", date)) if text]
        if signed and not (settings or fixed or ranges or others.get("storyline")):
            raise RefusedError(f"{signed[0]}: nothing is changed; it goes with --set, --fix, --range or --storyline")
        if twice := settings.keys() & fixed.keys():
            raise RefusedError(f"{min(twice)} is given to --set and to --fix; --fix {min(twice)}=VALUE does both")
        from sim.scenario.overrides import Settings

        values = Settings(settings | fixed | ranges, "--set", "--fix", "--range", who=who, why=why, date=date)
        return function(settings=values, **others)

    return run  # type: ignore[return-value]


def _complete_scenario(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Shipped scenarios that begin so, else files."""
    from click.shell_completion import CompletionItem

    shipped = sorted(path.stem for path in share("scenarios").glob("*.toml"))  # sim.scenario takes longer to load
    found = [CompletionItem(name) for name in shipped if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


_scenario = partial(argument, "scenario", shell_complete=_complete_scenario)
_settings = option(
    "--set", "settings", multiple=True, metavar="GROUP.NAME=VALUE",
    callback=lambda ctx, param, pairs: settings_of(pairs),
    help="override a value, whose uncertainty goes with it: cloud.price_usd=2.5, budget.total=1e9 (repeat)",
)  # fmt: skip
_fixed = option(
    "--fix", "fixed", multiple=True, metavar="GROUP.NAME[=VALUE]", callback=lambda ctx, param, pairs: fixed_of(pairs),
    help="take a number as known, as it is or at a value: draws leave it alone (repeat)",
)  # fmt: skip
_ranges = option(
    "--range", "ranges", multiple=True, metavar="GROUP.NAME=LOW:HIGH",
    callback=lambda ctx, param, pairs: ranges_of(pairs),
    help="draw an uncertain number from your own range, 5 % below it and 5 % above: cloud.price_usd=2:4 (repeat)",
)  # fmt: skip
_signed = stacked(
    option("--why", default="", metavar="TEXT", help="why values are changed; it stands with each change"),
    option("--who", default="", metavar="NAME", help="who answers for the changes"),
    option("--date", default="", metavar="DAY", help="day of the changes, as 2026-11-29; none is put by itself"),
)
values = stacked(_settings, _fixed, _ranges, _signed, _with_fixed)
run_or_scenario = stacked(
    _scenario(
        default=DEFAULT_SCENARIO,
        help=f"run.json, a folder that compare --out wrote, or a scenario by its file or name"
        f"  [default: {DEFAULT_SCENARIO}]",
    ),
    values,
)
scenario = stacked(_scenario(help="file or name of a shipped scenario"), values)
optional_scenario = stacked(
    _scenario(default=DEFAULT_SCENARIO, help=f"file or name of a shipped scenario  [default: {DEFAULT_SCENARIO}]"),
    values,
)
seed = option("--seed", type=integer(0, 2**63 - 1), default=1, metavar="S", help="random seed")
sampling = stacked(
    seed,
    option("--draws", type=integer(0, MOST_DRAWS), default=64, metavar="N", help="states beside the central case"),
)
as_needed = stacked(
    seed,
    option(
        "--draws", type=integer(0, MOST_DRAWS), metavar="N",
        help="states beside the central case  [default: as many as the answer needs, 128 to 1,024]",
    ),
    option("--sequence", type=OneOf(SEQUENCES), default="random", help="how states of the world are spread"),
)  # fmt: skip


def varied(default: str) -> Decorator[Any]:
    """The option that says which uncertain numbers the draws vary; its words are those of `sim.mechanisms.sampling`."""
    what = "uncertain numbers to vary: those that move the headline, also what an argument is read in, or all"
    return option("--draw", type=OneOf(DRAWN), default=default, help=what)


output_format = option("--format", "style", type=OneOf(FORMATS), default="table", help="what to print")
appraisal = option(
    "--profile",
    "profile",
    metavar="NAME",
    help="discount the options anew by an appraisal profile (docs/appraisal.md); their sizes stay",
)


def _known_storyline(name: str | None) -> str | None:
    """The name; refused with the nearest where there is no such storyline."""
    if name is None:
        return None
    from sim.scenario.storylines import storylines

    if name not in storylines():
        raise click.BadParameter(unknown_name("storyline", name, storylines()))
    return name


overlaid = option(
    "--storyline", callback=lambda ctx, param, name: _known_storyline(name), metavar="NAME",
    help="lay a storyline over the scenario: scarcity, plateau, slow_state, ... (docs/storylines.md)",
)  # fmt: skip
