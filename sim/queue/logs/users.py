"""Logs without users: fair share has nothing to share between, which is said, and refused where it was asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sim.queue.disciplines.priority import Priority
from sim.queue.logs.log import UNKNOWN, Log
from sim.queue.logs.problems import LogError

OF_FAIR_SHARE = ("fair_share_weight", "half_life_seconds")
"""Settings of the discipline `multifactor` that speak of users alone."""


def noting_users(log: Log, policies: Iterable[str], priority: Priority | None = None) -> Log:
    """The log, with a doubt where `multifactor` is among the policies and no job has a user.

    LogError where settings of fair share are given as well, other than their defaults.
    """
    if "multifactor" not in policies or bool((log.user != UNKNOWN).any()):
        return log
    why = "no users in the log: fair share does nothing"
    why += " (--column user=NAME)" if log.format in ("csv", "parquet") else ""
    usual, given = Priority(), priority or Priority()
    if idle := [name for name in OF_FAIR_SHARE if getattr(given, name) != getattr(usual, name)]:
        raise LogError(log.source, [f"--priority {name} does nothing: {why}" for name in idle])
    if why in log.faults.doubts:
        return log
    faults = log.faults.copy()
    faults.doubts.append(why)
    return replace(log, faults=faults)
