"""The model held against the record: published results, the model's own in the same setting, and what lies between."""

from sim.validation.evaluation import Verdict, validate
from sim.validation.report import Report
from sim.validation.targets import Case, Target, cases, chosen, names

__all__ = ["Case", "Report", "Target", "Verdict", "cases", "chosen", "names", "validate"]
