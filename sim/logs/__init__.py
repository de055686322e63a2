"""Logs of real machines: read, checked, replayed.

>>> from sim.logs import read_log, replay  # doctest: +SKIP
>>> replay(read_log("cluster.swf.gz"), discipline="easy").summary()  # doctest: +SKIP
"""

from __future__ import annotations

from sim.logs.log import Log
from sim.logs.problems import Faults, LogError
from sim.logs.reading import read_log
from sim.logs.replay import Replay, replay

__all__ = ["Faults", "Log", "LogError", "Replay", "read_log", "replay"]
