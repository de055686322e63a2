"""Units the model keeps inside, and how numbers are written for people.

Time is counted in hours by the calendar and in months by the money; a year has
12 months of 730 hours. Money is real US dollars of `BASE_PRICE_YEAR`.
"""

from __future__ import annotations

import re

HOURS_PER_MONTH = 730.0
HOURS_PER_YEAR = 8_760.0
HOURS_PER_DAY = 24.0
DAYS_PER_WEEK = 7
WORKING_DAYS_PER_WEEK = 5
SECONDS_PER_HOUR = 3_600.0
SECONDS_PER_MINUTE = 60.0
MINUTES_PER_HOUR = 60.0
MONTHS_PER_YEAR = 12
GPUS_PER_NODE = 8
JOB_SIZES_GPUS = (1, 2, 4, 8, 16, 32, 64, 128)  # sizes that simulated jobs have
GROUP_QUANTILES = 20  # representative groups that stand for one tier
KWH_PER_MWH = 1_000.0
KG_PER_TONNE = 1_000.0
BASE_PRICE_YEAR = 2025
REFERENCE_ORDER_USD = 100e6  # size of an order at which the system ratio holds as it is

# Every unit a declaration may use, with its meaning; compounds join them by '/' and '*'.
UNIT_WORDS: dict[str, str] = {
    "fraction": "share between nothing and the whole",
    "ratio": "a pure number",
    "USD": f"US dollar of {BASE_PRICE_YEAR}",
    "year": "12 months",
    "month": "730 hours",
    "week": "7 days",
    "day": "24 hours",
    "hour": "hour",
    "minute": "minute",
    "second": "second",
    "kW": "kilowatt of IT load",
    "kWh": "kilowatt-hour",
    "MWh": "1,000 kilowatt-hours",
    "kgCO2e": "kilogram of carbon dioxide, other gases counted by their warming",
    "tCO2e": "1,000 kgCO2e",
    "project": "project supported with compute",
    "GPU": "physical accelerator",
    "GPU_hour": "hour on one physical accelerator",
    "H100e_hour": "work of one H100 in one hour",
    "FE_hour": "an hour's work of one H100 at the start, later of a new accelerator of the same price",
    "accelerator": "accelerator of the H100 class at constant price",
    "group": "research group",
    "person": "full-time equivalent",
    "researcher_day": "working day of a researcher",
    "award": "grant awarded",
    "code": "research code, as its authors maintain it",
    "wafer": "processed wafer",
    "die": "good die",
    "package": "packaged accelerator",
    "Mtoken": "million tokens read or written by a language model",
    "institution": "university or laboratory that runs machines of its own",
    "vendor": "firm that makes accelerators",
    "firm": "firm with a language model at the frontier",
    "model_year": "year in which one model is misused",
    "currency": "unit of the scenario's own money",
    "percent": "hundredth part",
}


def unit_parts(unit: str) -> tuple[str, ...]:
    """The simple units a compound is made of: 'USD/kW' gives ('USD', 'kW').

    >>> unit_parts("USD/H100e_hour")
    ('USD', 'H100e_hour')
    """
    return tuple(part for part in re.split(r"[/*]", unit) if part != "1")
