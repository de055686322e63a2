"""Openness: what supported projects release, who may use it, and what can be run again.

Each project ends in one of six classes. What a class is worth is a definition, the mean
of its components; where projects end is an assumption, moved by a preset or a mandate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from sim.parameters import Array, Parameters, choice, param

CLASSES = ("closed", "api", "restricted", "open_weights", "open_code", "fully_open")
COMPONENTS = ("documentation", "weights", "use", "code", "data")
# What a class publishes: nothing; how it works; a model under a licence that forbids some uses; a model free to use;
# the code that trained it; the data it was trained on. Each has all that the classes before it have.
FLAGS: Array = np.tril(np.ones((len(CLASSES), len(COMPONENTS))), -1)
PRESETS = ("mixed", "osi", "open_weights", "restricted", "closed_api")
_PURE = {"open_weights": "open_weights", "restricted": "restricted", "closed_api": "api"}  # presets of one class
_CODE, _FULL = CLASSES.index("open_code"), CLASSES.index("fully_open")

_share = partial(
    param, unit="fraction", floor=0, ceiling=1, grade="D",
    source="assumption: no register of what supported projects release exists",
)  # fmt: skip
_weight = partial(
    param, unit="ratio", low=0, high=2, floor=0, ceiling=1_000, grade="-", role="setting",
    source="assumption: a definition; all components count alike unless somebody thinks otherwise",
)  # fmt: skip
_reuse = partial(
    param, unit="ratio", floor=0, ceiling=1_000, grade="D",
    source="assumption: reuse by kind of release is not surveyed",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Openness(Parameters):
    """What is released, under which terms, and how it can be checked."""

    group: ClassVar[str] = "openness"
    about: ClassVar[str] = "Openness"

    release: str = choice(
        "mixed", PRESETS, main=True, role="design", source="programmes:P354; programmes:P355; programmes:P353",
        label="What projects release",
        labels=(
            "a mix", "all open, with data (OSI)", "open weights", "restricted licence", "closed, over an interface",
        ),
        help="What projects release: a mix by the shares below; all to the OSI definition, with data where the "
        "law allows; open weights; weights under a restricted licence; or access through an interface only.",
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
        help="Part of the projects that must publish weights and code, and data where the law allows.",
    )
    legal_ceiling_share: float = param(
        0.4, "fraction", low=0, high=1, floor=0, ceiling=1, grade="D",
        source="assumption: rights in training data differ by field and country; nobody has counted",
        help="Part of the projects whose training data the law lets them publish.",
    )
    counts_documentation: float = _weight(1, help="Weight of documentation in the openness index.")
    counts_weights: float = _weight(1, help="Weight of published weights.")
    counts_use: float = _weight(1, help="Weight of freedom to use.")
    counts_code: float = _weight(1, help="Weight of published training code.")
    counts_data: float = _weight(1, help="Weight of published training data.")
    reuse_api: float = _reuse(0.1, low=0, high=0.3, help="Uses by others of a release behind an interface.")
    reuse_weights: float = _reuse(
        0.7, low=0.4, high=0.8, help="The same of published weights, before a licence excludes anybody."
    )
    reuse_code: float = _reuse(0.9, low=0.8, high=0.95, help="The same with code.")
    reuse_full: float = _reuse(1.0, low=0.95, high=1.2, help="The same with data.")
    over_700m_share: float = param(
        0.10, "fraction", low=0, high=0.4, floor=0, ceiling=1, grade="D", source="programmes:P353",
        help="Part of the uses by firms of over 700 million monthly users, whom a restricted licence leaves out.",
    )
    prohibited_share: float = param(
        0.03, "fraction", low=0, high=0.2, floor=0, ceiling=1, grade="D", source="programmes:P353",
        help="Part of the uses in fields that such a licence prohibits.",
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
    deterministic_share: float = param(
        0.0, "fraction", low=0, high=1, floor=0, ceiling=1, grade="-", role="design", source="zhuang_determinism",
        help="Part of the work run with deterministic operations, so that a second run gives the same bits.",
    )
    determinism_overhead_ratio: float = param(
        0.3, "ratio", low=0, high=7.5, floor=0, ceiling=100, grade="D", source="zhuang_determinism",
        help="Extra compute of a deterministic run (up to 746 % was measured on one architecture; 30 % is assumed).",
    )
    replicated_share: float = param(
        0.0, "fraction", low=0, high=1, floor=0, ceiling=1, grade="-", role="design", source="zhuang_determinism",
        help="Part of the work run several times from different seeds, so that its spread is known.",
    )
    seeds: float = param(
        3, "ratio", low=1, high=10, floor=1, ceiling=1_000, grade="-", role="design", source="zhuang_determinism",
        help="Runs of replicated work.",
    )


def _flat(value: Array | float) -> Array:
    """A parameter, scalar or [draw, 1], as [draw] or [1]."""
    return np.reshape(np.asarray(value, dtype=np.float64), -1)


def _stacked(openness: Openness, names: tuple[str, ...]) -> Array:
    """Parameters side by side, [draw or 1, name]."""
    return np.stack(np.broadcast_arrays(*[_flat(getattr(openness, name)) for name in names]), axis=-1)


def freely_released(openness: Openness) -> Array:
    """Share of projects in each class when nothing is mandated, [draw or 1, class]."""
    if openness.release in _PURE:
        return np.eye(len(CLASSES))[[CLASSES.index(_PURE[openness.release])]]
    if openness.release == "osi":
        return _mandated(np.eye(len(CLASSES))[[_CODE]], np.ones(1), _flat(openness.legal_ceiling_share))
    return usual_shares(openness)


def usual_shares(openness: Openness) -> Array:
    """Share of projects in each class under the mix, scaled to sum to one, [draw or 1, class]."""
    shares = _stacked(openness, tuple(f"share_{kind}" for kind in CLASSES))
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


def class_shares(openness: Openness) -> Array:
    """Share of projects in each class, [draw or 1, class]; they sum to one.

    >>> class_shares(Openness(mandate_share=1)).round(2).tolist()
    [[0.0, 0.0, 0.0, 0.0, 0.6, 0.4]]
    """
    return _mandated(freely_released(openness), _flat(openness.mandate_share), _flat(openness.legal_ceiling_share))


def _mandated(free: Array, mandate: Array, ceiling: Array) -> Array:
    """A part of the projects publishes code, and data up to what the law allows of all projects together."""
    held_back = 1 - free[:, _FULL]
    lawful = np.maximum(ceiling - free[:, _FULL], 0.0)  # rights are the rarer, the more is published already
    bound = np.zeros((np.broadcast(mandate, lawful).size, len(CLASSES)))
    bound[:, _FULL] = mandate * lawful
    bound[:, _CODE] = mandate * (held_back - lawful)
    kept = free * (1 - mandate)[:, None]
    kept[:, _FULL] = free[:, _FULL]
    return np.asarray(kept + bound)


def index_of(shares: Array, openness: Openness) -> Array:
    """Openness of the projects, 0 to 1, [draw]: the weighted mean of the components that they publish.

    >>> index_of(np.eye(6), Openness()).round(12).tolist()
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    weights = _stacked(openness, tuple(f"counts_{part}" for part in COMPONENTS))
    return np.asarray(((shares @ FLAGS) * weights).sum(axis=-1) / weights.sum(axis=-1))


def reuse_of(shares: Array, openness: Openness) -> tuple[Array, Array]:
    """Uses by others of a mean project, and those that a restricted licence excludes, [draw]."""
    reuse = _stacked(openness, ("reuse_api", "reuse_weights", "reuse_weights", "reuse_code", "reuse_full"))
    wanted = shares[:, 1:] * reuse  # a closed project is used by nobody else
    out = np.minimum(_flat(openness.over_700m_share) + _flat(openness.prohibited_share), 1.0)
    return np.asarray(wanted.sum(axis=-1)), np.asarray(wanted[:, CLASSES.index("restricted") - 1] * out)


def rerun_shares(shares: Array, openness: Openness) -> tuple[Array, Array]:
    """Share of the projects that others can run again to the bit, and to within a known spread, [draw].

    Both need code and data; the first deterministic operations as well, the second these or several seeds.
    """
    open_to_check = shares @ (FLAGS[:, COMPONENTS.index("code")] * FLAGS[:, COMPONENTS.index("data")])
    same, seeds = _flat(openness.deterministic_share), _flat(openness.seeds)
    repeated = _flat(openness.replicated_share) * np.clip(seeds - 1, 0, 1)
    return np.asarray(open_to_check * same), np.asarray(open_to_check * (same + (1 - same) * repeated))


def useful_share(openness: Openness) -> Array:
    """Part of public hours left for research, [draw or 1]: what releasing, determinism and seeds take is gone.

    Releasing costs the projects that publish code and under the mix would not, and again those that publish data
    and would not. Exactly 1 by default.

    >>> useful_share(Openness(deterministic_share=1)).round(6).tolist()
    [0.769231]
    """
    now, usual = class_shares(openness), usual_shares(openness)
    data = np.maximum(now[:, _FULL] - usual[:, _FULL], 0.0)
    code = np.maximum(now[:, _CODE] + now[:, _FULL] - (usual[:, _CODE] + usual[:, _FULL]), 0.0)
    released = 1 + _flat(openness.compliance_share) * (code + data)
    same = 1 + _flat(openness.deterministic_share) * _flat(openness.determinism_overhead_ratio)
    again = 1 + _flat(openness.replicated_share) * (_flat(openness.seeds) - 1)
    return np.asarray(1 / (released * same * again))
