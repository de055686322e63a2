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
Mix = mix_of(SINGLE)
_ALL: tuple[type[Instrument], ...] = (DoNothing, *SINGLE, Mix)
INSTRUMENTS: dict[str, type[Instrument]] = {kind.name: kind for kind in _ALL}

__all__ = ["INSTRUMENTS", "SINGLE", "Instrument", "Portfolio"]
