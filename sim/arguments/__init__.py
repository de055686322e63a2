"""Every argument of the debate is a switch: the registry, and how a scenario answers it."""

from __future__ import annotations

from sim.arguments.base import Argument, Evidence, Reading
from sim.arguments.claims import CLAIMS
from sim.arguments.evaluation import Answer, Weighed, weigh
from sim.arguments.systems import SYSTEMS

__all__ = ["ARGUMENTS", "BY_KEY", "Answer", "Argument", "Evidence", "Reading", "Weighed", "weigh"]

ARGUMENTS: tuple[Argument, ...] = (*SYSTEMS, *CLAIMS)
BY_KEY = {argument.key: argument for argument in ARGUMENTS}
