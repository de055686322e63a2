"""`groups = "file.csv"`: research groups from a table, a row a tier or many, put where [world] has them.

Columns: tier, groups (how many there are), need and own (H100e-hours of one of them a year), and where
wanted apply, large, crowd_out and odds, one value for every row. Rows of a tier are size classes or
institutions: their sums and means become the tier's values, and their needs its sizes. What the
scenario itself sets in [world] stays. The file lies beside the scenario, or is a shipped one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim.formatting import nearest_name, short_repr
from sim.mechanisms.access import Access
from sim.mechanisms.demand import TIERS, Demand, quantile_means
from sim.parameters import Spec
from sim.scenario.files import is_file, text_of
from sim.scenario.group_rows import Row, read_rows
from sim.scenario.problems import Problems, ScenarioError
from sim.sources import share

KEY = "groups"
SHIPPED = "groups_"  # what the names of shipped tables begin with
# column: (group of parameters, its stem, what a row weighs in the mean of its tier)
WEIGHED: dict[str, tuple[str, Callable[[Row], float]]] = {
    "need": ("demand", lambda row: row["groups"]),
    "own": ("demand", lambda row: row["groups"]),
    "large": ("demand", lambda row: row["groups"] * row["need"]),
    "apply": ("access", lambda row: row["groups"]),
    "crowd_out": ("access", lambda row: row["groups"] * row["own"]),
    "odds": ("access", lambda row: row["groups"]),
}
SPECS: dict[str, Spec] = {
    column: (Demand if group == "demand" else Access).spec(f"{column}_elite") for column, (group, _) in WEIGHED.items()
} | {"groups": Demand.spec("groups")}
NEEDED = ("tier", "groups", "need", "own")


def filled(table: dict[str, Any], path: Path, problems: Problems) -> dict[str, Any]:
    """The table of the scenario at `path` with the groups of the file that it names under [world]; that name is gone.

    The values say everything: a record of the run needs no other file.
    """
    if KEY not in table:
        return table
    rest = {name: value for name, value in table.items() if name != KEY}
    found = _found(path, table[KEY], problems)
    world = rest.get("world", {})
    if found is None or not isinstance(world, dict):
        return rest
    try:
        text = text_of(found, str(path), "a table of groups")
    except ScenarioError as error:
        problems.fault(KEY, f"{short_repr(table[KEY])} {error.faults[0]}")
        return rest
    before = len(problems.faults)
    rows = read_rows(text, str(table[KEY]), SPECS, NEEDED, problems)
    if len(problems.faults) > before:
        return rest
    merged = dict(world)
    for group, values in merged_values(rows).items():
        own = world.get(group, {})
        merged[group] = values | own if isinstance(own, dict) else own
    return rest | {"world": merged}


def merged_values(rows: list[Row]) -> dict[str, dict[str, Any]]:
    """Values of each tier by group of parameters, as the scenario's own tables would give them."""
    values: dict[str, dict[str, Any]] = {"demand": {}, "access": {}}
    every = sum(row["groups"] for row in rows)
    values["demand"]["groups"] = every
    for tier in TIERS:
        here = [row for row in rows if row.tier == tier]
        values["demand"][f"share_{tier}"] = sum(row["groups"] for row in here) / every
        for column, (group, weight) in WEIGHED.items():
            if column in here[0].values:
                values[group][f"{column}_{tier}"] = _mean(here, column, weight)
        values["demand"][f"size_{tier}"] = _sizes(here)
    return {group: found for group, found in values.items() if found}


def _mean(rows: list[Row], column: str, weight: Callable[[Row], float]) -> float:
    """Weighted mean of a column; the plain one where nothing weighs."""
    weights = [weight(row) for row in rows]
    if not sum(weights):
        weights = [1.0] * len(rows)
    return sum(w * row[column] for w, row in zip(weights, rows, strict=True)) / sum(weights)


def _sizes(rows: list[Row]) -> list[float]:
    """Relative sizes within a tier; none where one row, or rows of no need, leave them lognormal."""
    some = sorted((row["need"], row["groups"]) for row in rows if row["groups"] > 0)
    if len(some) < 2 or not any(need for need, _ in some):
        return []
    return [float(size) for size in quantile_means(*zip(*some, strict=True))]


def _found(path: Path, named: Any, problems: Problems) -> Path | None:
    """The file that is named; None after a fault."""
    where = "a CSV file in the same folder or of a shipped table"
    if not isinstance(named, str) or not named.strip():
        problems.fault(KEY, f"{short_repr(named)} is not the name of {where}")
        return None
    # no folders: a file from elsewhere must not make the program open what its reader did not mean to show
    if Path(named).name != named or "\\" in named:
        problems.fault(KEY, f"{short_repr(named)} is not the bare name of {where}{_nearest(path, named)}")
        return None
    stem = named.removesuffix(".csv")
    for candidate in (path.parent / named, share("data") / f"{SHIPPED}{stem}.csv"):
        try:
            if candidate.suffix == ".csv" and is_file(candidate, str(path), "a table of groups (.csv)"):
                return candidate
        except ScenarioError as error:
            problems.fault(KEY, f"{short_repr(named)} {error.faults[0]}")
            return None
    problems.fault(KEY, f"no file {short_repr(named)}, neither in the same folder nor shipped{_nearest(path, named)}")
    return None


def shipped() -> list[str]:
    """Names of the tables of groups that ship with the package."""
    return sorted(path.stem.removeprefix(SHIPPED) for path in share("data").glob(f"{SHIPPED}*.csv"))


def _nearest(path: Path, named: str) -> str:
    """'; did you mean ...?' where a file of a like name could be read."""
    try:
        beside = [other.name for other in path.parent.glob("*.csv")]
    except OSError:
        beside = []
    stem = Path(named.replace("\\", "/")).stem
    near = nearest_name(stem, [name.removesuffix(".csv") for name in beside])
    if near:
        return f"; did you mean {near + '.csv'!r}?"
    near = nearest_name(stem, shipped())
    return f"; did you mean {near!r}?" if near else f"; shipped are: {', '.join(shipped()) or 'none'}"
