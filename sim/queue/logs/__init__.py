"""Logs of real machines: read, checked, replayed.

>>> from sim.queue.logs import read_log, replay  # doctest: +SKIP
>>> replay(read_log("cluster.swf.gz"), discipline="easy").summary()  # doctest: +SKIP
"""

from __future__ import annotations

from sim.queue.logs.log import Log
from sim.queue.logs.problems import Faults, LogError
from sim.queue.logs.reader import read_log
from sim.queue.logs.replay import Replay, replay

__all__ = ["Faults", "Log", "LogError", "Replay", "read_log", "replay"]
