"""What people read in the place of names: of parameters, of the words that they choose from, and of short terms."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sim.formatting import unit_text, upper_first
from sim.parameters import GRADES, Spec
from sim.units import UNIT_WORDS

_UNIT_TAIL = re.compile(r"(_(usd|kw|kwh|hours|minutes|seconds|days|months|years))?(_per_[a-z]+)?$")
_LETTERS = {"gpus": "GPUs", "pue": "PUE", "h100e": "H100e"}
_GRADE = re.compile(r"\bgrade ([A-D])\b|-graded inputs \(([A-D])\)")
# Short terms of tables and charts that no reader knows beforehand, in the order in which they build on each other.
_TERMS = ("GPU_hour", "H100e_hour", "FE_hour")
_PLAIN = {
    r"\bH100es?\b(?!-)": "H100e: as much computing as one H100 does",
    r"\bfrontier-equivalents?\b": "frontier-equivalent: as much computing as a new accelerator of the same price does",
    r"\bpp\b": "pp: percentage points",
}


def name_words(name: str) -> str:
    """A name as a label; its unit stands beside it.

    >>> name_words("price_usd"), name_words("decline_per_year"), name_words("staff_per_1000_gpus")
    ('Price', 'Decline', 'Staff per 1000 GPUs')
    """
    bare = _UNIT_TAIL.sub("", name) or name
    return upper_first(" ".join(_LETTERS.get(word, word) for word in bare.split("_")))


def parameter_label(name: str, spec: Spec) -> str:
    """The label of a parameter, without its unit: the one declared with it, else the words of its name."""
    return spec.label or name_words(name)


def choice_label(word: str, spec: Spec) -> str:
    """A word that a parameter may have, as people read it.

    >>> choice_label("united_states", Spec("ratio", 0, 0, "-", "", "", choices=("united_states",)))
    'united states'
    """
    known = dict(zip(spec.choices, spec.choice_labels, strict=False))
    return known.get(word, word.replace("_", " "))


def glosses(lines: Iterable[str]) -> list[str]:
    """What the short terms in these lines mean, a clause each; nothing for terms that do not occur.

    >>> glosses(["Cost per GPU-hour"]), glosses(["Need met"])
    (['GPU-hour: hour on one physical accelerator'], [])
    """
    text = "\n".join(lines)
    found = [f"{unit_text(u)}: {UNIT_WORDS[u]}" for u in _TERMS if re.search(rf"\b{unit_text(u)}s?\b", text)]
    found += [meaning for pattern, meaning in _PLAIN.items() if re.search(pattern, text)]
    return found


def gloss(lines: Iterable[str]) -> list[str]:
    """The lines below a table or a chart that explain its short terms and its grades of evidence; none without any."""
    shown = list(lines)
    found = glosses(shown)
    grades = sorted({first or second for first, second in _GRADE.findall("\n".join(shown))})
    meanings = [f"Evidence of grade {grade}: {GRADES[grade].replace(': ', ', ')}." for grade in grades]
    return [*([f"{upper_first('; '.join(found))}."] if found else []), *meanings]
