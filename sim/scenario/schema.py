"""A JSON schema of scenario files, generated from the declarations, so that editors complete and check them.

The schema knows names, kinds and possible ranges. What it cannot express is left to the reader of
files: sums of shares, plausible ranges, whether a file that is extended has what this one lacks,
and waivers, which let a value out of the range that the schema gives.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from sim.formatting import format_bound, format_range, unit_text
from sim.instruments import INSTRUMENTS
from sim.mechanisms.coverage import PARTS
from sim.mechanisms.sampling import uncertain
from sim.mechanisms.world import World
from sim.parameters import GRADES, Parameters, Spec
from sim.scenario import budget, entries, model, options, overrides, reader, values, waivers
from sim.scenario.fitted import fitted_numbers
from sim.scenario.question import USUAL_YARDSTICK, YARDSTICKS
from sim.sources import grid_intensities
from sim.units import BASE_PRICE_YEAR

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def schema() -> Schema:
    """The schema of one scenario file, JSON Schema draft 2020-12."""
    complete: Schema = {
        "required": list(overrides.WHOLE),
        "properties": {
            "option": {"items": {"required": ["instrument"]}},
            "budget": {"oneOf": [{"required": ["total"]}, {"required": ["path"]}]},
        },
    }
    tables = {"world": _world(), "ranges": _ranges(), "fitted": _fitted(), "option": _options(), "waiver": _waivers()}
    return {
        "$schema": DIALECT,
        "title": "Scenario of Heavy Press",
        "description": "One world, one budget, several options side by side. Dates are TOML dates, here as strings.",
        **_table(_heading() | _money() | tables),
        "if": {"not": {"required": ["extends"]}},
        "then": complete,
        "$defs": {**_groups(), **_instruments()},
    }


def _table(properties: Schema, **more: Any) -> Schema:
    """A table that has no other entries."""
    return {"type": "object", "properties": properties, "additionalProperties": False, **more}


def _text(description: str, longest: int = entries.LONGEST_SENTENCE) -> Schema:
    """A sentence."""
    return {"type": "string", "pattern": r"\S", "maxLength": longest, "description": description}


def _whole(low: int, high: int, description: str, **more: Any) -> Schema:
    """A whole number."""
    return {"type": "integer", "minimum": low, "maximum": high, "description": description, **more}


def _heading() -> Schema:
    """Title, question, time and sources."""
    sentences = {"type": "array", "items": _text("A sentence."), "maxItems": entries.MOST_SENTENCES}
    another = (
        "A scenario file in the same folder, or a shipped one, of which this file changes some values. Options are "
        "found by their key; options under new keys are added, none is taken away."
    )
    table = (
        "A CSV file in the same folder, or the name of a shipped table, with research groups: columns tier, groups, "
        "need, own and where wanted apply, large, crowd_out, odds. What [world] sets itself stays."
    )
    return {
        "extends": {"type": "string", "pattern": r"^[^/\\]+\.toml$", "description": another},
        "groups": {"type": "string", "pattern": r"^[^/\\]+$", "description": table},
        "title": _text("What the scenario is called.", reader.LONGEST_TITLE),
        "question": _text("The question it answers."),
        "yardstick": {
            "enum": list(YARDSTICKS),
            "default": USUAL_YARDSTICK,
            "description": "The outcome that answers the question.",
        },
        "between": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 2,
            "maxItems": 2,
            "uniqueItems": True,
            "description": "Keys of the two options that the question is about: by default machine and credits.",
        },
        "start": {
            "type": "string",
            "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$",
            "description": "Year and month of month 0, as 2023-11: all dates count from it.",
        },
        "country": {
            "enum": list(grid_intensities()),
            "description": "Country whose grid and price of electricity hold where [world] does not set them.",
        },
        "horizon_years": _whole(*model.HORIZON_YEARS, "Years that are compared.", default=reader.USUAL_HORIZON_YEARS),
        "fixed": {
            "type": "array",
            "items": {"enum": list(reader.world_paths())},
            "description": "Parameters that draws of the world leave at their value.",
        },
        "modelled": {**sentences, "description": "What the scenario takes into account."},
        "not_modelled": {**sentences, "description": "What it leaves out."},
        "sources": {**sentences, "description": "Keys of data/sources.toml, and fact rows as programmes:P012."},
    }


def _ranges() -> Schema:
    """Ranges of a scenario's own, by path."""
    about = "Low and high of uncertain numbers, the 5 % and 95 % quantiles of draws, in the place of those declared."
    pair: Schema = {"type": "array", "minItems": 2, "maxItems": 2}
    return _table({path: {**pair, "items": _bounded(spec)} for path, spec in uncertain().items()}, description=about)


def _fitted() -> Schema:
    """Ranges of numbers that were read off a log, by path."""
    about = "Low and high of what was fitted to a log: plausible, beside the declared range. No draw reads them."
    pair: Schema = {"type": "array", "minItems": 2, "maxItems": 2}
    properties = {path: {**pair, "items": _bounded(spec)} for path, spec in fitted_numbers().items()}
    return _table(properties, description=about)


def _money() -> Schema:
    """Currency, prices and amounts."""
    years = budget.price_years()
    amount = {"type": "number", "maximum": budget.MOST}
    return {
        "currency": {
            "type": "string",
            "pattern": "^[A-Z]{3}$",
            "default": "USD",
            "description": "Money of the budget.",
        },
        "price_year": _whole(years[0], years[-1], "Year of its prices.", default=BASE_PRICE_YEAR),
        "usd_per_currency": {
            "type": "number",
            "minimum": budget.RATES[0],
            "maximum": budget.RATES[1],
            "description": "Dollars of the price year per unit; only where the data lack the rate.",
        },
        "budget": _table(
            {
                "total": {**amount, "minimum": budget.LEAST, "description": "All appropriations, in whole units."},
                "years": _whole(1, budget.MOST_YEARS, "Years over which the total is spread evenly."),
                "path": {
                    "type": "array",
                    "items": {**amount, "minimum": 0},
                    "minItems": 1,
                    "maxItems": budget.MOST_YEARS,
                    "description": "Amounts year by year, in place of a total.",
                },
                "covers": {
                    "type": "array",
                    "items": {"enum": list(PARTS)},
                    "minItems": 1,
                    "default": list(PARTS),
                    "description": "What of a public machine the money pays for; the rest comes out of another purse.",
                },
                "operations_years": {
                    "type": "number",
                    "exclusiveMinimum": 0,
                    "maximum": budget.MOST_YEARS,
                    "description": "Years of operation in the money, from the first service; all where it is left out.",
                },
            },
            description="What is appropriated: a total over years, or a path.",
        ),
    }


def _world() -> Schema:
    """Every group of the world."""
    groups = {name: {"$ref": f"#/$defs/world.{name}"} for name in World.kinds()}
    return _table(groups, description="What differs from the defaults; a value that is set is no longer drawn.")


def _groups() -> Schema:
    """Parameters of each group."""
    return {f"world.{name}": _table(_values(kind), description=_about(kind)) for name, kind in World.kinds().items()}


def _about(kind: type[Parameters]) -> str:
    """First sentence of a class's docstring."""
    return (kind.__doc__ or "").strip().split("\n")[0]


def _options() -> Schema:
    """Options: the levers allowed depend on the instrument."""
    by_instrument = [
        {
            "if": {"properties": {"instrument": {"const": name}}, "required": ["instrument"]},
            "then": {"$ref": f"#/$defs/option.{name}"},
        }
        for name in INSTRUMENTS
    ]
    override = {"if": {"not": {"required": ["instrument"]}}, "then": {"$ref": "#/$defs/option"}}
    item = {
        "type": "object",
        "properties": {"instrument": {"enum": list(INSTRUMENTS)}},
        "allOf": [*by_instrument, override],
    }
    named = "The options; where none is named every instrument takes part, and do_nothing always does."
    return {"type": "array", "items": item, "minItems": 1, "maxItems": options.MOST, "description": named}


def _instruments() -> Schema:
    """Levers of each instrument, and what an extending file may say of an option by its key alone."""
    common: Schema = {
        "instrument": {"enum": list(INSTRUMENTS), "description": "The policy."},
        "key": {
            "type": "string",
            "pattern": f"^{options.KEY}$",
            "description": "Name in tables, `--set` and waivers; the instrument's own where it is left out.",
        },
        "label": _text("Name on charts.", options.LONGEST_LABEL),
    }
    found = {
        f"option.{name}": _table({**common, **_values(kind)}, description=kind.label)
        for name, kind in INSTRUMENTS.items()
    }
    levers: Schema = {lever: {} for kind in INSTRUMENTS.values() for lever in kind.names()}
    return {
        **found,
        "option": _table({**common, **levers}, required=["key"], description="Levers of an option by key."),
    }


def _values(kind: type[Parameters]) -> Schema:
    """Parameters of a group or levers of an instrument by name."""
    return {name: _value(default, spec) for name, default, spec in kind.described()}


def _value(default: Any, spec: Spec) -> Schema:
    """One declaration."""
    common = {"default": list(default) if spec.kind == "series" else default, "description": description(spec)}
    if spec.kind == "switch":
        return {"type": "boolean", **common}
    if spec.kind == "choice":
        return {"enum": list(spec.choices), **common}
    number = _bounded(spec)
    if spec.kind == "series":
        least = 0 if spec.may_be_empty else 1
        return {"type": "array", "items": number, "minItems": least, "maxItems": values.LONGEST_SERIES, **common}
    return {**number, **common}


def _bounded(spec: Spec) -> Schema:
    """A number within what is possible."""
    number: Schema = {"type": "number"}
    number |= {"minimum": spec.floor} if isfinite(spec.floor) else {}
    return number | ({"maximum": spec.ceiling} if isfinite(spec.ceiling) else {})


def description(spec: Spec) -> str:
    """Help, unit, plausible range, evidence and source of a declaration in one paragraph."""
    parts = [spec.help]
    if spec.kind in ("number", "series"):
        how = f", the 5 % and 95 % quantiles by {spec.how}" if spec.role == "uncertainty" else ""
        one = format_bound(spec.low) if spec.low == spec.high else format_range(spec.low, spec.high)
        parts.append(f"Unit: {unit_text(spec.unit)}. Plausible: {one}{how}.")
    parts.append(f"Grade {spec.grade}: {GRADES[spec.grade]}. Source: {spec.source}.")
    return " ".join(parts)


def _waivers() -> Schema:
    """Signatures for values outside their ranges."""
    row = {
        "path": _text(f"What is waived, as cloud.price_usd, or {waivers.HORIZON_PATH}."),
        "who": _text("Who answers for it."),
        "why": _text("The reason."),
        "date": {"type": "string", "format": "date", "description": "The day, in TOML without quotes."},
    }
    about = "Values outside their ranges on purpose. This schema still marks those outside the possible range."
    return {"type": "array", "items": _table(row, required=list(waivers.WORDS)), "description": about}
