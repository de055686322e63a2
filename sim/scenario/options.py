"""The options of a scenario: instruments with their levers, side by side."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from sim.formatting import entry_path, short_repr, unknown_name
from sim.instruments import INSTRUMENTS, Instrument, Portfolio
from sim.mechanisms.world import World
from sim.scenario.entries import sentence
from sim.scenario.model import Option
from sim.scenario.problems import Problems
from sim.scenario.values import read_group
from sim.scenario.waivers import Waivers

BASELINE = "do_nothing"  # all is measured against it: it is added where it is not named, under its own name
WORDS = ("instrument", "key", "label")  # what an option has besides levers
MOST = 20
LONGEST_LABEL = 60
KEY = "[a-z][a-z0-9_]{0,39}"
RESERVED = frozenset({*World.kinds(), "budget", "scenario", "world", "option"})


def default_rows() -> list[dict[str, Any]]:
    """The options of a scenario that names none: every instrument with its defaults."""
    return [{"instrument": name} for name in INSTRUMENTS]


def row_key(row: dict[str, Any]) -> str:
    """The key of an option as the file has it: its own, or the instrument's name."""
    return str(row.get("key", row.get("instrument")))


def read_options(rows: Any, months: int | None, waivers: Waivers, problems: Problems) -> tuple[Option, ...]:
    """The options in their order; those that can be used after a fault."""
    if rows is None:
        rows = default_rows()
    if rows == []:
        problems.fault("option", "is an empty list; leave it out to compare every instrument, or write [[option]]")
        return ()
    if not isinstance(rows, list):
        problems.fault("option", f"{short_repr(rows)} is not a list; write each as [[option]] with an instrument")
        return ()
    if len(rows) > MOST:
        problems.fault("option", f"there are {len(rows):,} options; at most {MOST}")
        return ()
    tables = []
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict):
            tables.append((number, row))
        else:
            table = f"{short_repr(row)} is not a table; write [[option]] with an instrument"
            problems.fault(entry_path("option", number), table)
    if not any(row.get("instrument") == BASELINE for _, row in tables):
        tables.insert(0, (0, {"instrument": BASELINE}))
    options = [option for number, row in tables if (option := _option(number, row, months, waivers, problems))]
    keys = [row_key(row) for _, row in tables]
    for key in sorted({key for key in keys if keys.count(key) > 1} & {option.key for option in options}):
        problems.fault("option", f"{keys.count(key)} options have the key {key!r}; give each a key of its own")
    return tuple(_with_members(option, options) for option in options)


def _option(
    number: int, row: dict[str, Any], months: int | None, waivers: Waivers, problems: Problems
) -> Option | None:
    """One option; None where it cannot be used."""
    kind = _instrument(entry_path("option", number, "instrument"), row, problems)
    if kind is None or not _good_key(entry_path("option", number, "key"), row, kind, problems):
        return None
    key, faults = row_key(row), len(problems.faults)
    label = sentence(row, "label", f"{key}.label", problems, like="a label", longest=LONGEST_LABEL, default=kind.label)
    levers = {name: value for name, value in row.items() if name not in WORDS}
    instrument = kind.of(read_group(key, kind, levers, waivers, problems))
    # what contradicts a default that stands in for a faulty value is no further fault
    if months is not None and len(problems.faults) == faults:
        for lever, wrong in instrument.faults(months):
            problems.fault(f"{key}.{lever}", f"{wrong}; {_given(instrument, lever, levers)}")
    return Option(key, label, instrument)


def _instrument(path: str, row: dict[str, Any], problems: Problems) -> type[Instrument] | None:
    """The class behind the instrument's name."""
    name = row.get("instrument")
    if isinstance(name, str) and name in INSTRUMENTS:
        return INSTRUMENTS[name]
    if name is None:
        problems.fault(path, f"is missing; there are: {', '.join(INSTRUMENTS)}")
    else:
        problems.fault(path, unknown_name("instrument", name, INSTRUMENTS))
    return None


def _good_key(path: str, row: dict[str, Any], kind: type[Instrument], problems: Problems) -> bool:
    """A key names one option everywhere: in `--set`, in waivers, in tables. It must not mislead there."""
    key = row.get("key", kind.name)
    if not isinstance(key, str) or not re.fullmatch(KEY, key):
        problems.fault(path, f"{short_repr(key)} is not a key; allowed: a letter a-z, then up to 39 of a-z, 0-9 and _")
    elif key in RESERVED:
        problems.fault(path, f"{key!r} is the name of a part of the scenario; choose another key")
    elif key in INSTRUMENTS and key != kind.name:
        problems.fault(path, f"{key!r} is the name of another instrument than {kind.name}; choose another key")
    elif kind.name == BASELINE and key != BASELINE:
        problems.fault(
            path, f"{key!r} cannot stand for {BASELINE}: all is measured against it, so it keeps its own name"
        )
    else:
        return True
    return False


def _given(instrument: Instrument, lever: str, levers: dict[str, Any]) -> str:
    """Text of the values that do not go together; of a portfolio all shares, named or not."""
    mixed = isinstance(instrument, Portfolio)
    unnamed = " (not named)" if mixed else " (default)"
    parts = [
        f"{name} = {_value_text(getattr(instrument, name))}" + unnamed * (name not in levers)
        for name in (instrument.names() if mixed else (lever,))
    ]
    return f"given: {', '.join(parts)}"


def _value_text(value: float | tuple[float, ...]) -> str:
    """Text of a number, or of a list of them, with enough digits to show by what a sum differs from 1."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value_text, value))}]"
    return f"{value:.10g}"


def _with_members(option: Option, options: list[Option]) -> Option:
    """A portfolio mixes the scenario's own options; an instrument without one comes with its defaults."""
    if not isinstance(option.instrument, Portfolio):
        return option
    found: dict[str, Instrument] = {name: INSTRUMENTS[name]() for name in option.instrument.shares()}
    for other in reversed(options):
        if other.instrument.name in found:
            found[other.instrument.name] = other.instrument
    return replace(option, instrument=replace(option.instrument, members=tuple(found.values())))


def lever_paths(options: tuple[Option, ...]) -> list[str]:
    """Every lever as `--set` and waivers name it."""
    return [f"{option.key}.{name}" for option in options for name in option.instrument.names()]
