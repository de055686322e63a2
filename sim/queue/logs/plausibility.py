"""A log held against itself: limits that most jobs exceed, starts before submissions, more work than time.

What has one likely cause is refused, with the way to say so; anything else is a doubt, reported beside the anomalies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from sim.formatting import escape, format_number
from sim.queue.logs.log import Log
from sim.queue.logs.mapping import TIMES
from sim.queue.logs.problems import LogError
from sim.queue.logs.records import Header, Reading
from sim.queue.logs.runs import UNITS

MOST_LOAD = 3.0
_FEW_RECORDS, _MANY_RECORDS = 2, 10  # least for a refusal, which names its cause, and for a doubt
_MANY_JOBS = 20
_LONG_DAYS = 15  # no site has half of its time limits above
_DOUBT, _MOST, _ALL = 0.1, 0.5, 0.9  # shares of the records
_FAR = 0.01  # of the jobs run twice as long as their limit; of 28,481 real ones 11 did
_EXPLAINED = 0.05  # of the jobs beyond their limit may remain so in another unit
_MINUTE_SECONDS, _DAY_SECONDS, _YEAR_SECONDS = 60, 86_400, 366 * 86_400
_LIMIT_UNITS = ("minutes", "hours")


def check(log: Log, chosen: Reading, header: Header, counts: Counter[str]) -> None:
    """Note what is not plausible in `log.faults`; LogError where a unit, or the order of times, is surely another one.

    counts: what the readers counted over all records.
    """
    _refuse_other_units(log, chosen, header, counts)
    _refuse_backwards(log, counts)
    log.faults.doubts.extend(
        (
            *_limits(log, chosen, header, counts),
            *_spreadsheet(log, chosen, header, counts),
            *_starts(log, chosen, header, counts),
            *_sizes(log),
            *_elsewhere(log, chosen),
            *_runs(log, counts),
            *_load(log),
        )
    )


def refuse_spreadsheet(origin: str, chosen: Reading, header: Header, counts: Counter[str]) -> None:
    """LogError where submissions are what a spreadsheet makes of dates, days with fractions, or dates without marks."""
    there, known = header.at.get("submit", ""), counts["submissions"]
    if known < _FEW_RECORDS or not _open(header, chosen, "submit"):
        return
    if counts["days"] >= _ALL * known:
        each = [f"--column {ours}={escape(header.at[ours])}:days" for ours in TIMES if ours in header.at]
        way = f"write {' '.join(each)}, or give the cells the format yyyy-mm-dd hh:mm:ss before saving"
        raise LogError(origin, [f"column {escape(there)} counts days, as Excel does for dates: {way}"])
    if counts["compact"] >= _ALL * known:
        way = f"write dates as 2024-05-01 12:00:00, or --column submit={escape(there)}:seconds if they are seconds"
        raise LogError(origin, [f"column {escape(there)} holds dates without marks, such as 20240501: {way}"])


def _spreadsheet(log: Log, chosen: Reading, header: Header, counts: Counter[str]) -> Iterator[str]:
    """Numbers that a spreadsheet cut short, and run times in hours or days."""
    if counts["exponents"] > _MOST * counts["submissions"] and _open(header, chosen, "submit"):
        cut = f"{format_number(counts['exponents'])} submissions are written with few digits, such as 1.71E+09"
        yield f"{cut}: did a spreadsheet round them? Give the cells the format 0 before saving"
    parts, runs = counts["parts of run"], counts["runs"]
    short = parts >= _FEW_RECORDS and parts >= _MOST * runs and np.median(log.run_seconds) < _MINUTE_SECONDS
    if short and _open(header, chosen, "run"):
        column = f"--column run={escape(header.at['run'])}"
        yield (
            f"{_of_jobs(parts, runs)} have run times with fractions, and half run for less than a minute: are they "
            f"in hours? Write {column}:hours or {column}:days, or {column}:seconds if they are not"
        )


def units_hint(log: Log) -> list[str]:
    """What to try where no job of a table is left because its numbers are too large."""
    if "huge" not in log.faults.found or log.format not in ("csv", "parquet"):
        return []
    return ["numbers in milliseconds are read with their unit, as --column submit=NAME:milliseconds"]


def _refuse_other_units(log: Log, chosen: Reading, header: Header, counts: Counter[str]) -> None:
    """LogError where time limits or run times are in another unit than seconds, and no unit was named."""
    question = _beyond_limit(log, chosen, header, counts)
    if question and chosen.over_request == "kill" and counts["beyond"] > _MOST * counts["limited"]:
        raise LogError(log.source, [question])
    for unit in UNITS:
        agree, both = counts[f"run in {unit}"], counts["both"]
        if agree >= _FEW_RECORDS and agree >= _ALL * both and _open(header, chosen, "run"):
            held = f"in {agree:,} of {both:,} records end less start is another time than"
            raise LogError(log.source, [f"{held} {_asked('run', unit, header)}"])


def _beyond_limit(log: Log, chosen: Reading, header: Header, counts: Counter[str]) -> str:
    """The question whether limits are in another unit, or nothing where none explains them or it was named."""
    beyond = counts["beyond"]
    unit = next((u for u in _LIMIT_UNITS if counts[f"beyond in {u}"] <= _EXPLAINED * beyond), None)
    minutes = "minutes" in log.faults.found  # they are taken for minutes already
    if not beyond or unit is None or minutes or not _open(header, chosen, "request"):
        return ""
    return f"{_of_jobs(beyond, counts['limited'])} run longer than {_asked('request', unit, header)}"


def _open(header: Header, chosen: Reading, ours: str) -> bool:
    """True where a table has the column and the user did not say in which unit it is."""
    return ours in header.at and chosen.columns.get(ours, header.at[ours]) == header.at[ours]


def _asked(ours: str, unit: str, header: Header) -> str:
    """The end of a sentence that asks for a unit."""
    theirs, what = escape(header.at[ours]), {"request": "their time limit", "run": "their run time"}[ours]
    column = f"--column {ours}={theirs}"
    return f"{what}: is it in {unit}? Write {column}:{unit}, or {column}:seconds if it is not"


def _of_jobs(some: int, of: int) -> str:
    """`some of so many jobs`."""
    return f"{some:,} of {of:,} jobs"


def _refuse_backwards(log: Log, counts: Counter[str]) -> None:
    """LogError where most records are wrong because they start before they are submitted."""
    found = log.faults.found.get("start_first")
    if found and found.count >= _FEW_RECORDS and found.count > _MOST * log.records:
        raise LogError(log.source, [_started(found.count, log.records)])


def _started(early: int, records: int) -> str:
    """Sentence for starts before submissions."""
    held = f"{early:,} of {records:,} records start before they are submitted"
    return f"{held}: are submission, start and end the columns that are meant, and all of one clock and time zone?"


def _limits(log: Log, chosen: Reading, header: Header, counts: Counter[str]) -> Iterator[str]:
    """Limits that do not limit."""
    if "minutes" in log.faults.found and np.median(log.request_seconds) > _LONG_DAYS * _DAY_SECONDS:
        days = format_number(round(float(np.median(log.request_seconds)) / _DAY_SECONDS, 1))
        yield f"half of the time limits are above {days} days if they are in minutes: are they in seconds?"
    beyond, limited = counts["beyond"], counts["limited"]
    question = _beyond_limit(log, chosen, header, counts)
    if limited >= _MANY_RECORDS and beyond > _DOUBT * limited:
        yield question or f"{_of_jobs(beyond, limited)} run longer than their time limit: is it one, and in seconds?"
    elif question and counts["twice"] >= max(_FEW_RECORDS, _FAR * limited):
        yield question


def _starts(log: Log, chosen: Reading, header: Header, counts: Counter[str]) -> Iterator[str]:
    """Starts before submissions, and times that do not say their zone beside others that do."""
    if len(header.zones) > 1:
        zone = chosen.time_zone or "UTC"
        yield f"some times say their time zone and some do not: are those in {zone}? --time-zone names another"
    if log.records >= _MANY_RECORDS and counts["early"] > _DOUBT * log.records:
        yield _started(counts["early"], log.records)


def _sizes(log: Log) -> Iterator[str]:
    """Jobs larger than the machine."""
    found = log.faults.found.get("too_large")
    judged = len(log) + (found.count if found else 0)
    if found and judged >= _MANY_JOBS and found.count > _DOUBT * judged:
        size = f"{log.machine_gpus:,}"
        yield f"{_of_jobs(found.count, judged)} ask for more than the {size} GPUs of the machine: is that its size?"


def _elsewhere(log: Log, chosen: Reading) -> Iterator[str]:
    """Part of a machine, whose jobs would have the whole of it."""
    steps = log.faults.found.get("step")
    jobs = log.records - (steps.count if steps else 0)
    of = {
        "cluster": "this cluster",
        "partition": "this partition" if len(chosen.partitions) == 1 else "these partitions",
    }
    for kind, these in of.items():
        found = log.faults.found.get(kind)
        if found and log.machine_gpus and found.count >= _FEW_RECORDS and found.count > _DOUBT * jobs:
            held = f"{format_number(found.count)} jobs of other {kind}s are left out"
            yield f"{held}: give --gpus the {'GPUs' if chosen.count == 'gpus' else chosen.count} of {these}"


def _runs(log: Log, counts: Counter[str]) -> Iterator[str]:
    """Jobs that run longer than the log, or than from their start to their end."""
    longer, both = counts["longer"], counts["both"]
    if both >= _MANY_RECORDS and longer > _DOUBT * both:
        yield f"{longer:,} of {both:,} records give a run time longer than end less start"
    long = log.run_seconds > max(log.span_seconds, _YEAR_SECONDS)
    if long.any():
        years = format_number(round(int(log.run_seconds.max()) / _YEAR_SECONDS, 1))
        verb = "runs" if long.sum() == 1 else "run"
        yield f"{_of_jobs(int(long.sum()), len(log))} {verb} longer than a year and than the log, up to {years} years"
    elif _long_enough(log) and np.mean(log.run_seconds > log.span_seconds) > _MOST:
        days = format_number(round(log.span_seconds / _DAY_SECONDS, 1))
        yield f"half of the jobs run longer than the {days} days of the log: are run times in seconds?"


def _load(log: Log) -> Iterator[str]:
    """More work than a machine of this size does."""
    load = log.offered_load(log.machine_gpus, log.machine_gpus)  # what does not fit is reported elsewhere
    if _long_enough(log) and load > MOST_LOAD:
        size = f"{log.machine_gpus:,}"
        yield (
            f"the offered load is {load:,.1f}, for a machine of {size} GPUs more than it can work off: "
            "is that its size, and are run times in seconds?"
        )


def _long_enough(log: Log) -> bool:
    """True for a log of which shares and loads mean something: not a few jobs, nor all submitted at once."""
    return len(log) >= _MANY_JOBS and log.span_seconds >= _DAY_SECONDS
