"""Every sentence of the page about the arguments of the debate."""

from __future__ import annotations

from dashboard.words import grade_text

DEBATE = "The arguments of the debate"
DEBATE_HELP = (
    "Each argument is a switch of the model: the scenario as it stands on this page, with the switch off and on, in "
    "the central case. The command below gives the range over draws."
)
ARGUMENT = "Argument"
CHOOSE_ARGUMENT = "Choose an argument"
CLAIM = "What is said"
COUNTER = "What is said against it"
WEIGHING = "Weighing"
READINGS = "What the switch changes"
CHANGE = "Change"
OFF = "Off"
ON = "On"
EVIDENCE = "Evidence"
FOR = "For"
AGAINST = "Against"
SOURCE = "Source:"
SWITCH = "The switch"
AGAIN = "The same with ranges, from the scenario file on the command line:"


def argue(name: str, argument: str) -> str:
    """The command that weighs one argument in the draws of the world."""
    return f"heavypress argue {name}.toml --only {argument}"


def grade_of_argument(grade: str) -> str:
    """How good the evidence is on which the switch rests.

    >>> grade_of_argument("D")
    'The weakest number that this rests on: evidence grade D: assumed: no evidence found.'
    """
    text = grade_text(grade)
    return f"The weakest number that this rests on: {text[0].lower()}{text[1:]}"
