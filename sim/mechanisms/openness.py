"""Openness: what supported projects release, under which licence, and which uses others make of it.

Each project ends in one of six classes. What a class permits follows from data/licences.csv; the demand over uses, and
where projects end, are assumptions, the latter moved by a preset or a mandate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from sim.mechanisms.licences import COMPONENTS as COMPONENTS
from sim.mechanisms.licences import RESTRICTED, USES, shipped
from sim.parameters import Array, Parameters, choice, param
from sim.units import MONTHS_PER_YEAR

CLASSES = ("closed", "api", "restricted", "open_weights", "open_code", "fully_open")
# What a class publishes: nothing; an interface; weights under terms that forbid some uses; weights free to use; the
# code that trained them and an account of the data as well; the data too.
FLAGS: Array = np.array(
    [[0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 1, 0], [1, 1, 1, 1, 1]], float
)
PRESETS = ("mixed", "osi", "open_weights", "restricted", "closed_api")
DEMANDED = USES[1:]  # the rest of demand is to run a model as it is
LASTING = np.array([use in ("audit_data", "reproduce") for use in USES])  # uses of code and data, not of a model
_PURE = {"open_weights": "open_weights", "restricted": "restricted", "closed_api": "api"}  # presets of one class
_CODE, _FULL = CLASSES.index("open_code"), CLASSES.index("fully_open")
_TUNE, _DISTIL, _PASS_ON = (USES.index(use) for use in ("fine_tune", "distil", "redistribute"))

_share = partial(
    param, unit="fraction", floor=0, ceiling=1, grade="D",
    source="assumption: no register of what supported projects release exists",
)  # fmt: skip
_demand = partial(
    param, unit="fraction", floor=0, ceiling=1, grade="D",
    source="assumption: uses of models by kind of use are not surveyed",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Openness(Parameters):
    """What is released, under which terms, and what others want of it."""

    group: ClassVar[str] = "openness"
    about: ClassVar[str] = "Openness"

    release: str = choice(
        "mixed", PRESETS, main=True, role="design", source="programmes:P354; licences:L111; programmes:P353",
        label="What projects release",
        labels=(
            "a mix", "open source (OSI), with data where allowed", "open weights", "restricted licence",
            "closed, over an interface",
        ),
        help="What projects release: a mix by the shares below; all to the OSI definition, with data where they may "
        "be published; open weights; weights under a restricted licence; or access through an interface only.",
    )
    licence: str = choice(
        "llama_4", RESTRICTED, role="design", source="licences:L008; licences:L038; licences:L090",
        label="Terms of a restricted licence",
        labels=("Llama 2", "Llama 3", "Llama 3.1", "Llama 3.2", "Llama 3.3", "Llama 4", "OpenRAIL-M"),
        help="Whose terms a restricted licence has; what each permits stands in data/licences.csv.",
    )
    share_closed: float = _share(0.25, low=0.10, high=0.40, help="Share of projects that release nothing.")
    share_api: float = _share(0.10, low=0.05, high=0.20, help="Share that give access through an interface only.")
    share_restricted: float = _share(0.15, low=0.05, high=0.25, help="Share whose licence forbids some uses.")
    share_open_weights: float = _share(0.30, low=0.15, high=0.45, help="Share that publish weights, free to use.")
    share_open_code: float = _share(0.15, low=0.05, high=0.30, help="Share that publish training code as well.")
    share_fully_open: float = _share(0.05, low=0, high=0.15, help="Share that publish training data as well.")
    mandate_share: float = param(
        0.0, "fraction", low=0, high=1, floor=0, ceiling=1, grade="-", role="design", main=True,
        source="programmes:P355",
        label="Projects that must publish code and weights",
        help="Part of the projects that must publish weights and code, and data where they may be published.",
    )
    legal_ceiling_share: float = param(
        0.4, "fraction", low=0.15, high=0.6, floor=0, ceiling=1, grade="C", source="programmes:P473; programmes:P474",
        label="Projects whose data the law lets them publish",
        help="Part of the projects to whose training data they have the rights (30 % of data sets have a documented "
        "licence; terms of service restrict 45 % of a crawl).",
    )
    private_data_share: float = param(
        0.15, "fraction", low=0.03, high=0.4, floor=0, ceiling=1, grade="D",
        source="assumption: projects on personal or confidential data are not counted; independent of the rights",
        label="Projects whose data are private",
        help="Part of the projects whose training data are personal or confidential and cannot be published by anyone.",
    )
    demand_fine_tune: float = _demand(0.20, low=0.10, high=0.35, help="Part of the uses that adapt the weights.")
    demand_distil: float = _demand(
        0.08, low=0.02, high=0.2, help="Part of the uses that train other models on the outputs."
    )
    demand_audit_data: float = _demand(0.02, low=0.005, high=0.08, help="Part of the uses that audit training data.")
    demand_reproduce: float = _demand(0.03, low=0.01, high=0.1, help="Part of the uses that train the model again.")
    demand_redistribute: float = _demand(0.10, low=0.04, high=0.2, help="Part of the uses that pass the model on.")
    demand_government: float = _demand(0.05, low=0.01, high=0.15, help="Part of the uses by public authorities.")
    demand_prohibited_field: float = _demand(
        0.03, low=0.005, high=0.15, help="Part of the uses in fields that policies of use prohibit, defence among them."
    )
    demand_over_700m: float = _demand(
        0.10, low=0.01, high=0.3, label="Demand of services over 700 million users",
        help="Part of the uses that serve more than 700 million monthly users.",
    )
    demand_eu_multimodal: float = _demand(
        0.04, low=0.01, high=0.12, label="Demand of EU firms for multimodal models",
        help="Part of the uses of multimodal models by firms seated in the European Union.",
    )
    derived_ratio: float = param(
        0.5, "ratio", low=0.05, high=0.9, floor=0, ceiling=0.99, grade="D",
        source="assumption: how much derived models are used beside what they derive from is not counted",
        label="Use of a derived model over that of its parent",
        help="Uses of a model that was adapted or distilled and may be passed on, over those of the model behind it, "
        "for each use of that kind.",
    )
    superseded_years: float = param(
        0.8, "year", low=0.3, high=2.5, floor=0.05, ceiling=50, grade="D",
        source="assumption: models are replaced by better ones within a year or two; no series was found",
        label="Half-life of a model's use",
        help="Years in which the use of a released model falls by half.",
    )
    lasting_years: float = param(
        5, "year", low=2, high=12, floor=0.05, ceiling=100, grade="D",
        source="assumption: data sets and code outlive the models trained on them; no series was found",
        label="Half-life of the use of code and data",
        help="Years in which the use of published code and data falls by half.",
    )
    hours_per_project: float = param(
        10_000, "FE_hour/project", low=2_000, high=50_000, floor=1, ceiling=1e9, grade="C", source="ukri_airr_call",
        help="Compute of one supported project (the gateway call of the UK resource gives 10,000 GPU-hours).",
    )
    compliance_share: float = param(
        0.02, "fraction", low=0, high=0.20, floor=0, ceiling=1, grade="D",
        source="assumption: cleaning code and data for release takes compute as well as time",
        help="Compute that publishing code takes, and again publishing data, over that of the project.",
    )


def flat(value: Array | float) -> Array:
    """A parameter, scalar or [draw, 1], as [draw] or [1]."""
    return np.reshape(np.asarray(value, dtype=np.float64), -1)


def _stacked(openness: Openness, names: tuple[str, ...]) -> Array:
    """Parameters side by side, [draw or 1, name]."""
    return np.stack(np.broadcast_arrays(*[flat(getattr(openness, name)) for name in names]), axis=-1)


# --- where projects end ---


def publishable_share(openness: Openness) -> Array:
    """Part of the projects whose data may be published, [draw or 1]: two ceilings that know nothing of each other.

    >>> publishable_share(Openness(legal_ceiling_share=0.4, private_data_share=0.25)).round(12).tolist()
    [0.3]
    """
    return np.asarray(flat(openness.legal_ceiling_share) * (1 - flat(openness.private_data_share)))


def freely_released(openness: Openness) -> Array:
    """Share of projects in each class when nothing is mandated, [draw or 1, class]."""
    if openness.release in _PURE:
        return np.eye(len(CLASSES))[[CLASSES.index(_PURE[openness.release])]]
    if openness.release == "osi":
        return _mandated(np.eye(len(CLASSES))[[_CODE]], np.ones(1), publishable_share(openness))
    return usual_shares(openness)


def usual_shares(openness: Openness) -> Array:
    """Share of projects in each class under the mix, scaled to sum to one, [draw or 1, class]."""
    shares = _stacked(openness, tuple(f"share_{kind}" for kind in CLASSES))
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


def class_shares(openness: Openness) -> Array:
    """Share of projects in each class, [draw or 1, class]; they sum to one.

    >>> class_shares(Openness(mandate_share=1, private_data_share=0)).round(2).tolist()
    [[0.0, 0.0, 0.0, 0.0, 0.6, 0.4]]
    """
    return _mandated(freely_released(openness), flat(openness.mandate_share), publishable_share(openness))


def _mandated(free: Array, mandate: Array, ceiling: Array) -> Array:
    """A part of the projects publishes code, and data up to what all projects together may publish."""
    held_back = 1 - free[:, _FULL]
    lawful = np.maximum(ceiling - free[:, _FULL], 0.0)  # rights are the rarer, the more is published already
    bound = np.zeros((np.broadcast(mandate, lawful).size, len(CLASSES)))
    bound[:, _FULL] = mandate * lawful
    bound[:, _CODE] = mandate * (held_back - lawful)
    kept = free * (1 - mandate)[:, None]
    kept[:, _FULL] = free[:, _FULL]
    return np.asarray(kept + bound)


def publishing_ratio(openness: Openness) -> Array:
    """Compute of a project with what releasing takes, over that without, [draw or 1]; exactly 1 by default.

    Releasing costs the projects that publish code and under the mix would not, and again those that publish data
    and would not.
    """
    now, usual = class_shares(openness), usual_shares(openness)
    data = np.maximum(now[:, _FULL] - usual[:, _FULL], 0.0)
    code = np.maximum(now[:, _CODE] + now[:, _FULL] - (usual[:, _CODE] + usual[:, _FULL]), 0.0)
    return np.asarray(1 + flat(openness.compliance_share) * (code + data))


# --- what others may do with it ---


def possible_uses(openness: Openness) -> tuple[Array, Array]:
    """Uses whose components a class holds, and those of them that its licence permits: ones, [class, use] each."""
    known = shipped()
    terms = ("closed_api", openness.licence, "apache_2_0", "osaid_1_0")
    nothing = np.zeros(len(USES))
    full = known["osaid_1_0"]
    possible = [nothing, *(known[name].possible() for name in terms), full.possible(("data",))]
    permitted = [nothing, *(known[name].permitted() for name in terms), full.permitted(("data",))]
    return np.array(possible), np.array(permitted)


def demand_shares(openness: Openness) -> Array:
    """Part of demand for each use, [draw or 1, use]: what is left over is to run models as they are; sums to one."""
    other = _stacked(openness, tuple(f"demand_{use}" for use in DEMANDED))
    other = other / np.maximum(other.sum(axis=-1, keepdims=True), 1.0)  # only draws can want more than everything
    return np.concatenate([np.maximum(1 - other.sum(axis=-1, keepdims=True), 0.0), other], axis=-1)


def _over_classes(shares: Array, uses: Array) -> Array:
    """Uses of a mean project, [draw, class] over [class, use]: a draw is the same to the last bit in every block."""
    return np.asarray((shares[..., None] * uses).sum(axis=-2))


def index_of(shares: Array, openness: Openness) -> Array:
    """Openness of the projects, 0 to 1, [draw]: the part of the demanded uses that their releases permit.

    >>> index_of(np.eye(6), Openness()).round(12).tolist()
    [0.0, 0.44, 0.78, 0.95, 0.98, 1.0]
    """
    return np.asarray((_over_classes(shares, possible_uses(openness)[1]) * demand_shares(openness)).sum(axis=-1))


def excluded_of(shares: Array, openness: Openness) -> tuple[Array, Array]:
    """Demanded uses whose components are released, and those of them that a term of a licence forbids, [draw]."""
    possible, _ = possible_uses(openness)
    wanted = (_over_classes(shares, possible) * demand_shares(openness)).sum(axis=-1)
    return np.asarray(wanted), np.asarray(wanted - index_of(shares, openness))


def reuse_of(shares: Array, openness: Openness) -> tuple[Array, Array]:
    """Uses of the models of a mean project, derived ones included, and of its code and data, [draw] each.

    One is what would be made of a project's own release if everything were permitted. A use that adapts or distils a
    model makes another one, which is used `derived_ratio` as much, and so on, where it may be passed on.
    """
    permitted = possible_uses(openness)[1]
    by_use = permitted * demand_shares(openness)[:, None, :]  # [draw, class, use]
    made = (by_use[..., _TUNE] + by_use[..., _DISTIL]) * permitted[:, _PASS_ON]
    generations = 1 / (1 - flat(openness.derived_ratio)[:, None] * made)
    models = (shares * by_use[..., ~LASTING].sum(axis=-1) * generations).sum(axis=-1)
    return np.asarray(models), np.asarray((shares * by_use[..., LASTING].sum(axis=-1)).sum(axis=-1))


def spread_over_months(released: Array, half_life_years: Array | float) -> Array:
    """Uses in each month of what was released by then, [draw, month], where use falls by half in `half_life_years`.

    >>> spread_over_months(np.array([[1.0, 0.0, 0.0]]), 1 / 12).tolist()
    [[0.5, 0.25, 0.125]]
    """
    kept = np.exp2(-1 / (MONTHS_PER_YEAR * flat(half_life_years)))
    uses = np.empty_like(released)
    waiting = np.zeros(len(released))  # uses still to be made of what is out
    for month in range(released.shape[-1]):
        waiting = waiting + released[:, month]
        uses[:, month] = waiting * (1 - kept)
        waiting = waiting * kept
    return uses
