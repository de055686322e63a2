"""Every argument of the debate is a switch: the registry, and how a scenario answers it."""

from __future__ import annotations

from sim.arguments.base import Argument, Evidence, Reading
from sim.arguments.evaluation import Answer, Weighed, weigh
from sim.arguments.machines import ABOUT_MACHINES
from sim.arguments.models import ABOUT_MODELS
from sim.arguments.people import ABOUT_PEOPLE
from sim.arguments.systems import SYSTEMS

__all__ = ["ARGUMENTS", "BY_KEY", "Answer", "Argument", "Evidence", "Reading", "Weighed", "weigh"]

ARGUMENTS: tuple[Argument, ...] = (*SYSTEMS, *ABOUT_PEOPLE, *ABOUT_MACHINES, *ABOUT_MODELS)
BY_KEY = {argument.key: argument for argument in ARGUMENTS}
