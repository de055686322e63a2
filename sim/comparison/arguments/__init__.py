"""Every argument of the debate is a switch: the registry, and how a scenario answers it."""

from __future__ import annotations

from sim.comparison.arguments.declaring import Argument, Evidence, Reading
from sim.comparison.arguments.machines import ABOUT_MACHINES
from sim.comparison.arguments.models import ABOUT_MODELS
from sim.comparison.arguments.people import ABOUT_PEOPLE
from sim.comparison.arguments.systems import SYSTEMS
from sim.comparison.arguments.weighing import Answer, Weighed, weigh

__all__ = ["ARGUMENTS", "BY_KEY", "Answer", "Argument", "Evidence", "Reading", "Weighed", "weigh"]

ARGUMENTS: tuple[Argument, ...] = (*SYSTEMS, *ABOUT_PEOPLE, *ABOUT_MACHINES, *ABOUT_MODELS)
BY_KEY = {argument.key: argument for argument in ARGUMENTS}
