"""Multifactor priority: who is first in line when users share a machine, after Slurm's priority/multifactor.

A job's priority is a weighted sum of three factors between 0 and 1: how long it has waited, how little its user has
lately used, and how large it is, and of the points of its quality of service (QOS). Fair share is Slurm's classic
formula (Fair Tree apart): 2 to the minus effective usage over share, where usage decays by half in every half-life and
users of an account that has used much count as having used some of it themselves.

The functions are plain arithmetic on scalars, in a fixed order, so that a compiler turns the same text into the same
bits. `Priority` holds the settings, `Usage` what users of a running machine have used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.queue.jobs import Integers, Reals, refuse
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR

WEEK_SECONDS = int(7 * HOURS_PER_DAY * SECONDS_PER_HOUR)
MOST_HALVINGS = 60.0  # beyond them the factor is nothing to any weight
HEAVIEST = 2.0**512  # usage is kept in units that grow; before they overflow, everything is divided by this
MOST_HALF_LIVES = 512 - 1  # in one period: one more, and the units would overflow before they can be divided

# Coefficients ln(2)^k / k! of the series of 2^f, -1 < f <= 0: good to 2e-5, and the same on every machine.
C1, C2, C3 = 0.6931471805599453, 0.2402265069591007, 0.05550410866482158
C4, C5, C6 = 0.009618129107628477, 0.0013333558146428441, 0.00015403530393381608


@dataclass(frozen=True)
class Priority:
    """Settings of the discipline `multifactor`; the defaults of ages and half-life are Slurm's.

    age_weight, fair_share_weight, size_weight: points that a factor of 1 is worth.
    longest_age_seconds: a job that has waited so long has the whole of its points of age.
    half_life_seconds: after which usage counts half.
    period_seconds: priorities are computed again at every multiple of it.
    largest_gpus: size that has the whole of its points.
    accounts [user]: account of each user, numbered from 0; accounts have equal shares, and so have users of an account.
    qos_points [tier]: points of a job for the quality of service that its tier has; tiers beyond the last have none.
    """

    age_weight: int = 1000
    fair_share_weight: int = 10_000
    size_weight: int = 0
    longest_age_seconds: int = WEEK_SECONDS
    half_life_seconds: int = WEEK_SECONDS
    period_seconds: int = int(SECONDS_PER_HOUR)
    largest_gpus: int = 1
    accounts: tuple[int, ...] = (0,)
    qos_points: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse impossible settings, all of them in one message."""
        faults = []
        for name in ("age_weight", "fair_share_weight", "size_weight"):
            faults += [f"{name} = {value}: must be at least 0 points"] if (value := getattr(self, name)) < 0 else []
        for name in ("longest_age_seconds", "half_life_seconds", "period_seconds", "largest_gpus"):
            faults += [f"{name} = {value}: must be at least 1"] if (value := getattr(self, name)) < 1 else []
        if set(self.accounts) != set(range(len(set(self.accounts)))) or not self.accounts:
            faults.append(f"accounts = {self.accounts}: must be numbered from 0 without a gap")
        if not faults and self.period_seconds > MOST_HALF_LIVES * self.half_life_seconds:
            both = f"period_seconds = {self.period_seconds} and half_life_seconds = {self.half_life_seconds}"
            faults.append(f"{both}: a period must be at most {MOST_HALF_LIVES} half-lives")
        refuse("priority", faults)


def qos_points(priority: Priority, tier: Integers) -> Reals:
    """Points of jobs for the quality of service of their tier [job].

    >>> qos_points(Priority(qos_points=(500, 0)), np.array([1, 0, 3]))
    array([  0., 500.,   0.])
    """
    points = np.array([*priority.qos_points, 0], np.float64)
    return points[np.minimum(tier, len(priority.qos_points))]


def refuse_unknown_users(largest_user: int, users: int) -> None:
    """ValueError for a user that has no account."""
    if largest_user >= users:
        raise ValueError(
            f"user = {largest_user}: must be less than {users}, for `accounts` of the priority has no more"
        )


def halved(halvings: float) -> float:
    """2 to the power of -halvings, for halvings of at least 0; never below 2 to the power of -60.

    >>> halved(0.0), halved(1.0), halved(2.0)
    (1.0, 0.5, 0.25)
    >>> abs(halved(0.5) - 2**-0.5) < 2e-5
    True
    """
    halvings = min(halvings, MOST_HALVINGS)
    whole = int(halvings)
    rest = whole - halvings
    part = 1.0 + rest * (C1 + rest * (C2 + rest * (C3 + rest * (C4 + rest * (C5 + rest * C6)))))
    return part * 2.0**-whole


def fair_share(
    user_usage: float, account_usage: float, total_usage: float, users_in_account: int, accounts: int
) -> float:
    """Fair-share factor of a user: 1 where it has used nothing, 1/2 where just its share, down to 0.

    A user alone in one of two accounts that has used half of all; one that has used nothing in an account of two
    that has used half of all, so that a quarter counts as its own; and before anybody has used anything:

    >>> fair_share(5.0, 5.0, 10.0, 1, 2), fair_share(0.0, 5.0, 10.0, 2, 2), fair_share(0.0, 0.0, 0.0, 2, 2)
    (0.5, 0.5, 1.0)
    """
    if total_usage <= 0:
        return 1.0
    of_account = account_usage / total_usage
    of_user = user_usage / total_usage
    each = 1 / users_in_account
    effective = of_user + (of_account - of_user) * each
    share = (1 / accounts) * each
    return halved(effective / share)


def multifactor(
    age_seconds: int, fair: float, held_gpus: int, age_weight: float, fair_share_weight: float, size_weight: float,
    longest_age_seconds: int, largest_gpus: int,
) -> int:  # fmt: skip
    """Priority of a job, whole points.

    Half of the longest age is worth 500 of 1000 points, a fair share of one half 5000 of 10,000, and 16 GPUs of at
    most 8 all 100 points:

    >>> multifactor(50, 0.5, 16, 1000, 10_000, 100, 100, 8)
    5600
    """
    age = min(age_seconds, longest_age_seconds) / longest_age_seconds
    size = min(held_gpus, largest_gpus) / largest_gpus
    return int(age_weight * age + fair_share_weight * fair + size_weight * size)


class Usage:
    """What every user has used, decayed; it is brought up to date at ticks.

    Decay is reversed: the past keeps its numbers and the present weighs more and more, so that a tick costs one sum a
    user. Only shares are asked for, and they are the same either way.

    After one half-life the GPU-seconds of the second user count twice those of the first:

    >>> usage = Usage(Priority(half_life_seconds=10, period_seconds=10, accounts=(0, 1)))
    >>> usage.tick([60, 0]); usage.tick([0, 60])
    >>> usage.of_user, usage.total
    ([60.0, 120.0], 180.0)
    """

    def __init__(self, priority: Priority) -> None:
        """Nobody has used anything."""
        self.priority = priority
        self.of_user = [0.0] * len(priority.accounts)
        self.of_account = [0.0] * (max(priority.accounts) + 1)
        self.users_in_account = [priority.accounts.count(account) for account in range(len(self.of_account))]
        self.total, self.weight = 0.0, 1.0

    def tick(self, accrued_gpu_seconds: list[int]) -> None:
        """Book the GPU-seconds [user] held since the last tick."""
        for user, accrued in enumerate(accrued_gpu_seconds):
            self.of_user[user] += accrued * self.weight
        self.weight *= 2.0 ** (self.priority.period_seconds / self.priority.half_life_seconds)
        if self.weight > HEAVIEST:
            self.weight *= 1 / HEAVIEST
            self.of_user = [usage * (1 / HEAVIEST) for usage in self.of_user]
        self.of_account = [0.0] * len(self.of_account)
        for user, account in enumerate(self.priority.accounts):
            self.of_account[account] += self.of_user[user]
        self.total = 0.0
        for usage in self.of_account:
            self.total += usage

    def priority_of(self, user: int, age_seconds: int, held_gpus: int) -> int:
        """Priority of a job by the usage at the last tick, whole points."""
        settings, account = self.priority, self.priority.accounts[user]
        used, sharing = (self.of_user[user], self.of_account[account], self.total), self.users_in_account[account]
        weights = settings.age_weight, settings.fair_share_weight, settings.size_weight
        limits = settings.longest_age_seconds, settings.largest_gpus
        fair = fair_share(*used, sharing, len(self.of_account))
        return multifactor(age_seconds, fair, held_gpus, *weights, *limits)
