"""How many campaigns begin in each hour: the load of the month, the clock, the calendar and fluctuation."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.queue.jobs import Reals, refuse
from sim.queue.workload.counter import persistent_normals, stream_key
from sim.queue.workload.model import JobModel, day_spread
from sim.queue.workload.tables import campaign_gpu_hours
from sim.units import DAYS_PER_WEEK, HOURS_PER_DAY, HOURS_PER_MONTH, HOURS_PER_YEAR


@dataclass(frozen=True, eq=False)
class Demand:
    """What is brought to a machine over a horizon that begins at midnight before the first of January.

    gpus: size of the machine, for sizes and campaigns that are parts of it.
    hours: length of the horizon.
    gpu_hours_per_hour [month]: mean GPUs kept busy; months have 730 hours, and the last one goes on for ever.
    tier_share [month, tier] or [tier]: parts of the campaigns of each tier; users belong to one tier.
    age_gate_per_year: part of the jobs lost to a machine with every year since its design was frozen.
    first_day: weekday on which the horizon begins, 0 for Monday.
    """

    gpus: int
    hours: int
    gpu_hours_per_hour: Reals
    tier_share: Reals = field(default_factory=lambda: np.ones(1))
    age_gate_per_year: float = 0.0
    first_day: int = 0

    def __post_init__(self) -> None:
        """Flat float64 copies; what cannot be is refused, all faults in one message."""
        load = np.atleast_1d(np.asarray(self.gpu_hours_per_hour, dtype=np.float64))
        share = np.atleast_2d(np.asarray(self.tier_share, dtype=np.float64))
        object.__setattr__(self, "gpu_hours_per_hour", load)
        object.__setattr__(self, "tier_share", share)
        faults = [] if self.gpus >= 1 else [f"gpus = {self.gpus}: must be at least 1 GPU"]
        faults += [] if self.hours >= 0 else [f"hours = {self.hours}: must be at least 0 hours"]
        if not (np.isfinite(load) & (load >= 0)).all():
            faults.append(f"gpu_hours_per_hour = {load.min()}: must be at least 0 GPU-hours in every hour")
        if not ((share >= 0).all() and (share.sum(axis=1) > 0).all()):
            faults.append("tier_share: every month must have a tier with a share above 0")
        if not self.age_gate_per_year >= 0:
            faults.append(f"age_gate_per_year = {self.age_gate_per_year}: must be at least 0 a year")
        refuse("demand", faults)


def clock(model: JobModel, hours: int, first_day: int = 0) -> Reals:
    """The rate of campaigns by hour and weekday over its mean [hour]; a power of the profiles makes them burstier."""
    hour, day = np.array(model.hour_profile), np.array(model.weekday_profile)
    if hour.size != HOURS_PER_DAY:
        raise ValueError(f"hour_profile has {hour.size} numbers: must have {HOURS_PER_DAY:.0f}, one for each hour")
    if day.size != DAYS_PER_WEEK:
        raise ValueError(f"weekday_profile has {day.size} numbers: must have {DAYS_PER_WEEK}, one a day from Monday")
    for name, profile in (("hour_profile", hour), ("weekday_profile", day)):
        if not profile.sum() > 0:
            raise ValueError(f"{name} is 0 throughout: must have a number above 0, for campaigns to begin at all")
    hour, day = hour**model.burstiness_ratio, day**model.burstiness_ratio
    at = np.arange(hours)
    days = (at // hour.size + first_day) % day.size
    return np.asarray(hour[at % hour.size] / hour.mean() * day[days] / day.mean())


def calendar(model: JobModel, hours: int) -> Reals:
    """The rate of campaigns before deadlines over its mean of a year [hour]."""
    highest = model.deadline_rise * model.burstiness_ratio
    if not highest:
        return np.ones(hours)
    year = np.arange(HOURS_PER_YEAR) / HOURS_PER_DAY
    rise = np.ones(year.size)
    for deadline in model.deadline_days:
        until = (deadline - year) % (HOURS_PER_YEAR / HOURS_PER_DAY)
        rise *= 1 + highest * np.exp(-until / model.deadline_ramp_days)
    return np.asarray(np.resize(rise / rise.mean(), hours))


def fluctuation(model: JobModel, hours: int, seed: int, replication: int) -> Reals:
    """The random part of the rate of campaigns, mean one [hour]: a lognormal autoregression."""
    key = stream_key(seed, "busy hours", replication)
    spread = model.hourly_spread * model.burstiness_ratio
    level = persistent_normals(key, hours, model.hourly_persistence, spread)
    return np.asarray(np.exp(level - spread**2 / 2))


def busy_days(model: JobModel, hours: int, seed: int, replication: int) -> Reals:
    """What a day adds to the score of its campaigns' lengths [day]."""
    key = stream_key(seed, "busy days", replication)
    days = int(np.ceil(hours / HOURS_PER_DAY))
    level = persistent_normals(key, days, model.daily_persistence, day_spread(model))
    return np.asarray(day_spread(model) * level)


def campaigns_per_hour(demand: Demand, model: JobModel, seed: int, replication: int = 0) -> Reals:
    """The rate at which campaigns begin [hour]: its mean over many horizons offers what `demand` asks for."""
    load = demand.gpu_hours_per_hour
    month = (np.arange(demand.hours) / HOURS_PER_MONTH).astype(np.int64)
    rate = load[np.minimum(month, load.size - 1)] / campaign_gpu_hours(model, demand.gpus)
    if model.pattern != "campaigns":
        return np.asarray(rate)
    shape = clock(model, demand.hours, demand.first_day) * calendar(model, demand.hours)
    return np.asarray(rate * shape * fluctuation(model, demand.hours, seed, replication))
