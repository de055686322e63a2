"""What a user says about the columns of a table: which one it is, in which unit, or a product of several."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sim.formatting import escape, join_words, short_repr, unknown_name

TIMES = ("submit", "eligible", "start", "end")
DURATIONS = ("run", "request", "suspended")
SECONDS: dict[str, Fraction] = {
    "seconds": Fraction(1),
    "minutes": Fraction(60),
    "hours": Fraction(3_600),
    "days": Fraction(86_400),
    "milliseconds": Fraction(1, 1_000),
    "microseconds": Fraction(1, 1_000_000),
    "nanoseconds": Fraction(1, 1_000_000_000),
}
ORDERS = {"day/month": True, "month/day": False}
_GPUS = {"gpus": Fraction(1), "percent": Fraction(1, 100), "thousandths": Fraction(1, 1_000)}
# Names that only Slurm's database, its REST service and what reads them have.
_SLURM = frozenset(
    (
        *("id_job", "id_user", "id_assoc", "id_group", "job_db_inx", "time_submit", "time_eligible", "time_suspended"),
        *("tres_alloc", "tres_req", "tres_alloc_str", "tres_req_str", "tres_fmt_str", "job_state", "state_reason_prev"),
        *("derived_ec", "array_task_str", "het_job_id", "pack_job_id", "nodes_alloc", "cpus_req", "accrue_time"),
    )
)
SLURM_LIMITS = ("timelimit", "time_limit")
MINUTES_OF_LIMITS = ("timelimitraw", "timelimit_raw")  # of sacct: minutes whatever stands beside it


@dataclass(frozen=True)
class Term:
    """What a column of ours is made of: the table's columns, multiplied, times a factor.

    given: the user named the unit. day_first: in dates between strokes, where the user says so.
    """

    columns: tuple[str, ...]
    factor: Fraction = Fraction(1)
    given: bool = False
    day_first: bool | None = None


def units_of(ours: str) -> tuple[str, ...]:
    """The units that a column of ours may be in."""
    if ours in TIMES:
        return (*SECONDS, *ORDERS)
    return tuple(SECONDS) if ours in DURATIONS else tuple(_GPUS) if ours == "gpus" else ()


def folded(name: str) -> str:
    """The name of a column as names are compared.

    >>> folded("Job-ID "), folded("Submit Time")
    ('job_id', 'submit_time')
    """
    return name.strip().casefold().replace("-", "_").replace(" ", "_")


def is_slurm(names: Sequence[str]) -> bool:
    """True for a table with the names of Slurm's database.

    >>> is_slurm(["id_job", "time_submit"]), is_slurm(["job_id", "submit_time"])
    (True, False)
    """
    return bool(_SLURM & {folded(name) for name in names})


def terms(names: Sequence[str], mapped: Mapping[str, str]) -> tuple[dict[str, Term], list[str]]:
    """(term of each column that the user maps, faults); `OURS=THEIRS`, `THEIRS:unit`, `ONE*OTHER`, `ONE*8:percent`.

    >>> terms(["limit", "inst", "gpu"], {"request": "limit:minutes", "gpus": "inst*gpu:percent"})[0]["gpus"]
    Term(columns=('inst', 'gpu'), factor=Fraction(1, 100), given=True, day_first=None)
    >>> terms(["limit"], {"request": "limit:minuets"})[1]
    ["--column request=limit:minuets: no unit 'minuets'; did you mean 'minutes'?"]
    """
    found, faults, shown = {}, [], [escape(name) for name in names]
    for ours, text in mapped.items():
        term = Term((text,)) if text in names else _term(ours, text, names, shown)
        if isinstance(term, str):
            faults.append(f"--column {ours}={escape(text)}: {term}")
        else:
            found[ours] = term
    return found, faults


def _term(ours: str, text: str, names: Sequence[str], shown: Sequence[str]) -> Term | str:
    """A term out of its text, or what is wrong with it; `shown` are the names as a sentence may hold them."""
    body, colon, unit = text.rpartition(":")
    known = units_of(ours)
    if not colon:
        body = text
    elif unit not in known:
        if not known and body in names:
            return f"{short_repr(ours)} has no unit"
        if not known:
            return unknown_name("column", text, shown)
        return (
            unknown_name("unit", unit, known) if body in names or "*" in body else unknown_name("column", text, shown)
        )
    parts = [body] if body in names else [part.strip() for part in body.split("*")]
    if len(parts) > 1 and ours != "gpus":
        return f"only gpus may be a product, {short_repr(ours)} is one column"
    factor = {**SECONDS, **_GPUS}.get(unit, Fraction(1)) if colon else Fraction(1)
    columns = [part for part in parts if part in names or not part.isdecimal()]
    for part in parts:
        if part not in names and part.isdecimal():
            factor *= int(part)
    lacking = [unknown_name("column", part, shown) for part in columns if part not in names]
    if lacking or not columns:
        return join_words(lacking) if lacking else "names no column"
    return Term(tuple(columns), factor, bool(colon), ORDERS.get(unit) if colon else None)


def scaled(read: Callable[[str], tuple[int, int, bool]], factor: Fraction) -> Callable[[str], tuple[int, int, bool]]:
    """The same reader for plain numbers in other units than seconds; what names its own units is read as it says.

    Two numbers in minutes are hours and minutes.

    >>> from sim.queue.logs.values import duration
    >>> [scaled(duration, Fraction(60))(text)[0] for text in ("120", "02:00:00", "2:00")]
    [7200, 7200, 7200]
    """

    def read_scaled(text: str) -> tuple[int, int, bool]:
        found = _PLAIN.fullmatch(text.strip())
        if found is None:
            return read(f"{text.strip()}:00" if factor == _MINUTE and _HOURS.fullmatch(text.strip()) else text)
        if found[1]:  # of 1e999999 no whole number must be made
            return read(repr(float(text) * float(factor)))
        exact = Fraction(text.strip()) * factor
        return read(str(exact.numerator) if exact.denominator == 1 else repr(float(exact)))

    return read_scaled


_PLAIN = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,9})?")
_HOURS = re.compile(r"\d{1,9}:[0-5]\d")
_MINUTE = 60
