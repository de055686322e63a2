"""The instruments on offer. To add one: write its file, then add its line here."""

from __future__ import annotations

from sim.instruments.base import Instrument
from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.do_nothing import DoNothing
from sim.instruments.domestic_fab import DomesticFab
from sim.instruments.portfolio import Portfolio, mix_of
from sim.instruments.public_cluster import PublicCluster
from sim.instruments.research_grants import ResearchGrants

SINGLE: tuple[type[Instrument], ...] = (
    PublicCluster,
    CloudCredits,
    ResearchGrants,
    DomesticFab,
)


def registry(single: tuple[type[Instrument], ...]) -> dict[str, type[Instrument]]:
    """The instruments by name: doing nothing first, then those in `single`, then the mix of them."""
    every: tuple[type[Instrument], ...] = (DoNothing, *single, mix_of(single))
    return {kind.name: kind for kind in every}


INSTRUMENTS = registry(SINGLE)

__all__ = ["INSTRUMENTS", "SINGLE", "Instrument", "Portfolio", "registry"]
