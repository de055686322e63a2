"""The record of a run: what it was, what came out, and all that is needed to run it again and see whether it holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np

from sim.comparison.identity import canonical, code_digest, data_digest, digest, versions
from sim.comparison.results import Comparison, Fidelity
from sim.comparison.run import MOST_DRAWS, compare
from sim.comparison.sample import Progress
from sim.formatting import escape, format_count, format_short, join_words, short_repr
from sim.mechanisms.appraisal import profile, profiles
from sim.mechanisms.sampling import KINDS, Sequence
from sim.outcomes import BY_NAME, HEADLINE
from sim.parameters import Parameters
from sim.scenario import Scenario, ScenarioError
from sim.scenario.reader import load_record
from sim.scenario.records import FORM, parse_record, read_record
from sim.version import __version__
from sim.waits.cache import Cache

SCHEMA = f"{FORM}1"
NUMBERS = ("central", "value", "low", "high")  # of an option by an outcome, as in the summary
LIMIT = "This shows that the program gives these numbers, not that its assumptions are right."
SAME = 1e-9  # of a number: what another processor may add otherwise


def record(comparison: Comparison) -> dict[str, Any]:
    """The run as plain lists and mappings: settings, scenario, digests, headline, changes, waivers and sources."""
    scenario, by = comparison.scenario, comparison.profile
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "run": comparison.run_id,
        "version": __version__,
        "seed": comparison.seed,
        "draws": comparison.draws,
        "draw": comparison.draw,
        "sequence": comparison.sequence,
        "queue": comparison.queue,
        "fidelity": comparison.fidelity,
        "profile": by.name if by else None,
        "digests": {"code": code_digest(), "data": data_digest(), "results": results_digest(comparison)},
        "versions": versions(),
        "changes": [asdict(change) for change in scenario.changes],
        "waivers": [dict(waiver) for waiver in scenario.waivers],
        "results": headline(comparison),
        "sources": sources_of(scenario),
        "key": scenario.key,
        "scenario": scenario.text,
    }
    found["digests"]["entries"] = entries_digest(found)
    return found


def entries_digest(kept: Mapping[str, Any]) -> str:
    """Digest of all entries of a record but this one: it shows what was changed by hand, where nobody made it anew."""
    others = {name: value for name, value in kept["digests"].items() if name != "entries"}
    return digest(canonical({**kept, "digests": others}))


def record_text(comparison: Comparison) -> str:
    """The record as the text of its file, run.json."""
    return json.dumps(record(comparison), indent=2, default=str) + "\n"


def command(comparison: Comparison, scenario: str) -> str:
    """The command that gives the same numbers, of a file with the scenario as it was run."""
    words = ["heavypress compare", scenario, f"--seed {comparison.seed} --draws {comparison.draws}"]
    words += [f"--sequence {comparison.sequence}"] if comparison.sequence != "random" else []
    words += [f"--draw {comparison.draw}"] if comparison.draw != "headline" else []
    words += (
        ["--no-queue"] if not comparison.queue else [f"--fidelity {each}" for each in [comparison.fidelity] if each]
    )
    words += [f"--profile {comparison.profile.name}"] if comparison.profile else []
    return " ".join(words)


def results_digest(comparison: Comparison) -> str:
    """Digest of every total of every option and draw, to the last bit."""
    parts: list[str | bytes] = []
    for key, result in comparison.results.items():
        for name, values in result.totals.items():
            parts += [key, name, np.ascontiguousarray(values).tobytes()]
    return digest(*parts)


def headline(comparison: Comparison) -> dict[str, dict[str, dict[str, float | None]]]:
    """The headline numbers by option and outcome, in the scenario's money; null where there is none."""
    frame = comparison.summary.set_index(["option", "outcome"])
    return {
        key: {
            name: {column: _known(float(frame.at[(key, name), column])) for column in NUMBERS}  # type: ignore[arg-type]
            for name in HEADLINE
        }
        for key in comparison.results
    }


def _known(value: float) -> float | None:
    """A number; null in the place of one that does not exist."""
    return value if np.isfinite(value) else None


def sources_of(scenario: Scenario) -> dict[str, list[str]]:
    """The paths of all parameters of a scenario that are not its own, by the source of their value."""
    holders: list[tuple[str, Parameters]] = [*scenario.world.groups().items()]
    holders += [(option.key, option.instrument) for option in scenario.options]
    found: dict[str, list[str]] = {}
    for holder, group in holders:
        for name, default, spec in group.described():
            if f"{holder}.{name}" not in scenario.own and getattr(group, name) == default:
                found.setdefault(spec.source, []).append(f"{holder}.{name}")
    return found


# --- again ---


@dataclass(frozen=True)
class Moved:
    """A headline number that is another one now."""

    option: str
    outcome: str
    column: str  # one of NUMBERS
    then: float | None
    now: float | None


@dataclass(frozen=True)
class Rerun:
    """A recorded run, and the same run now. `causes`: what differs between then and now."""

    kept: Mapping[str, Any]
    now: Comparison
    same_bits: bool
    moved: tuple[Moved, ...]
    causes: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """'the same to the last digit', 'the same', 'moved' or 'altered': it is not what its digest was made of."""
        if self.moved:
            return "altered" if self.same_bits or not self.causes else "moved"
        return "the same to the last digit" if self.same_bits else "the same"


def read(path: Path) -> tuple[dict[str, Any], Scenario]:
    """A record and its scenario as it would be read now; ScenarioError where it is none that this program knows."""
    kept = checked(read_record(path), str(path))
    return kept, load_record(kept, str(path))


def parse(text: bytes | str, origin: str) -> tuple[dict[str, Any], Scenario]:
    """The same of the text of a record; `origin` is what it is called where it is refused."""
    kept = checked(parse_record(text, origin), origin)
    return kept, load_record(kept, origin)


def checked(kept: dict[str, Any], origin: str) -> dict[str, Any]:
    """A record that can be run again; ScenarioError where it is none that this program knows."""
    if kept.get("schema") != SCHEMA:
        made = f"is of the form {short_repr(kept.get('schema'))}, made by heavypress {kept.get('version', 'unknown')}"
        raise ScenarioError(origin, [f"{made}; this program reads {SCHEMA}"])
    if "kind" in kept:
        kind = escape(str(kept["kind"]), 40)
        raise ScenarioError(origin, [f"is the record of heavypress {kind}, not of a comparison"])
    if missing := [name for name in (*POSSIBLE, "run", "digests", "results") if name not in kept]:
        raise ScenarioError(origin, [f"lacks {join_words(missing)}; it is no whole record"])
    if faults := [f"{name}: {short_repr(kept[name])} is not {what}" for name, (good, what) in POSSIBLE.items()
                  if not good(kept[name])]:  # fmt: skip
        raise ScenarioError(origin, faults)
    return kept


def _whole(most: int) -> tuple[Callable[[Any], bool], str]:
    """Whole numbers from 0 on."""
    return lambda value: type(value) is int and 0 <= value <= most, f"a whole number from 0 to {most}"


def _one_of(words: Iterable[str | None]) -> tuple[Callable[[Any], bool], str]:
    """One of a few words; None is one too where it stands among them."""
    known = list(words)
    return lambda value: value in known, f"one of {', '.join(word or 'null' for word in known)}"


def _numbers(value: Any) -> bool:
    """Whether a value holds numbers by option, outcome and column."""
    options = value.values() if isinstance(value, dict) else [None]
    outcomes = [each for option in options for each in (option.values() if isinstance(option, dict) else [None])]
    cells = [cell for each in outcomes for cell in (each.values() if isinstance(each, dict) else ["none"])]
    return all(cell is None or isinstance(cell, int | float) for cell in cells)


# What a record that can be run again holds: whether a value is possible, and what is.
POSSIBLE: dict[str, tuple[Callable[[Any], bool], str]] = {
    "seed": _whole(2**63 - 1),
    "draws": _whole(MOST_DRAWS),
    "draw": _one_of(KINDS),
    "sequence": _one_of(get_args(Sequence)),
    "queue": (lambda value: isinstance(value, bool), "true or false"),
    "fidelity": _one_of((None, *get_args(Fidelity))),
    "profile": _one_of((None, *profiles())),
    "digests": (lambda value: isinstance(value, dict) and "results" in value, "a table with that of the results"),
    "versions": (lambda value: isinstance(value, dict), "a table of releases"),
    "results": (_numbers, "numbers by option, outcome and column"),
}


def rerun(path: Path, progress: Progress = lambda done, of, what: None, store: Cache | None = None) -> Rerun:
    """Run what a record holds again, with the code and data of now, and compare the numbers; `store` keeps waits.

    Raises ScenarioError for what is no record, and where its scenario cannot be read any more.
    """
    return run_again(*read(path), progress, store)


def run_again(
    kept: Mapping[str, Any],
    scenario: Scenario,
    progress: Progress = lambda done, of, what: None,
    store: Cache | None = None,
) -> Rerun:
    """Run a checked record again; its scenario is the one that was read from it."""
    now = compare(scenario, **settings_of(kept), progress=progress, store=store)
    same = results_digest(now) == kept["digests"]["results"]
    found = tuple(_moved(kept["results"], headline(now)))
    return Rerun(kept, now, same, found, tuple(causes(kept)))


def settings_of(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a recorded run, as `compare` takes them."""
    by = kept["profile"] and profile(kept["profile"])
    same = ("seed", "draws", "draw", "sequence", "queue", "fidelity")
    return {**{name: kept[name] for name in same}, "profile": by or None}


def _moved(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Moved]:
    """The headline numbers that differ by more than SAME of themselves."""
    found = []
    for option in dict.fromkeys([*then, *now]):
        for outcome in HEADLINE:
            for column in NUMBERS:
                old, new = (side.get(option, {}).get(outcome, {}).get(column) for side in (then, now))
                if (old is None) != (new is None) or (
                    old is not None and new is not None and abs(old - new) > SAME * max(abs(old), abs(new))
                ):
                    found.append(Moved(option, outcome, column, old, new))
    return found


def causes(kept: Mapping[str, Any]) -> list[str]:
    """What differs between the program that made a record and this one."""
    found = []
    for name, ours in (("code", code_digest()), ("data", data_digest())):
        if (theirs := kept["digests"].get(name)) != ours:
            found.append(f"the {name} of the model ({theirs}, now {ours})")
    for name, release in versions().items():
        if (theirs := kept.get("versions", {}).get(name)) != release:
            found.append(f"{name} ({theirs}, now {release})")
    return found


def sentences(found: Rerun, reasons: Iterable[str] = ()) -> list[str]:
    """The verdict on a rerun, then what moved and what differs, a line each; `reasons`: what moved it, and how far."""
    kept, now = found.kept, found.now
    lines = [f"Run {kept['run']} (heavypress {kept['version']}), run again as {now.run_id}: {found.verdict}."]
    for each in found.moved:
        label = BY_NAME[each.outcome].label
        then, new = ("none" if value is None else format_short(value, 4) for value in (each.then, each.now))
        lines.append(f"{each.option}, {label} ({each.column}): in the record {then}, now {new}")
    if found.verdict == "altered":
        made = "The numbers in the record are not those that its digest was made of."
        lines[0] += f" {made if found.same_bits else 'The settings in the record do not give its numbers.'}"
    elif found.moved:
        lines[0] += f" {format_count(len(found.moved), 'headline number')} moved."
    return [*lines, *different(found.causes), *reasons, LIMIT]


def different(why: Iterable[str]) -> list[str]:
    """The sentence on what is different from then; none where nothing is."""
    words = "; ".join(why)
    return [f"Different from then: {words}."] if words else []


def document(found: Rerun, reasons: Mapping[str, Any] | None = None) -> str:
    """The same for programs."""
    about = {
        "schema": "heavypress/rerun/1", "run": found.kept["run"], "now": found.now.run_id, "verdict": found.verdict,
        "moved": [asdict(each) for each in found.moved], "causes": list(found.causes),
        "reasons": reasons,
    }  # fmt: skip
    return json.dumps(about, indent=2) + "\n"
