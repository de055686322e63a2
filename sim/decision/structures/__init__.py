"""Chance, unknown numbers and structural choices kept apart, in the difference of the two options of the question."""

from sim.decision.structures.differences import Row, Structures
from sim.decision.structures.evaluation import structures

__all__ = ["Row", "Structures", "structures"]
