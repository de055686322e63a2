"""Run times and sizes of published clusters, under the names of the workload's own parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sim.parameters import Parameters, choice, param, series

_log = partial(param, unit="ratio", low=-5, high=15, floor=-5, ceiling=15, grade="A", source="acmetrace")
_gpus = partial(param, unit="GPU", low=1, high=100, floor=1, ceiling=100, grade="A", source="acmetrace")
_list = partial(series, unit="ratio", low=0, high=100_000, floor=0, ceiling=100_000, source="sc15_predictsim")
_kind = partial(choice, source="acmetrace")

RUN_KINDS = ("lognormal", "mixture")
SIZE_KINDS = ("doublings", "table", "fractions")
BEYOND_KINDS = ("pieces", "none")
MEAN = "Mean of the log of run time in seconds: the log of the published median."
SPREAD = "Its standard deviation: sqrt(2 ln(mean / median)) of the published summary."
SIZES = "Mean GPUs of a job, published."
WHOLE = "The published run times are of machines with longer limits: longer runs are cut into pieces."


@dataclass(frozen=True, kw_only=True)
class Helios(Parameters):
    """Helios 2020: 1.58 million GPU jobs of a company's research clusters."""

    run_law: str = _kind("lognormal", RUN_KINDS, help="One lognormal distribution.")
    run_log_mean: float = _log(5.3279, help=MEAN)
    run_log_spread: float = _log(2.6362, help=SPREAD)
    beyond_limit: str = _kind("pieces", BEYOND_KINDS, help=WHOLE)
    size_law: str = _kind("doublings", SIZE_KINDS, help="Powers of two.")
    mean_gpus: float = _gpus(3.716, help=SIZES)


@dataclass(frozen=True, kw_only=True)
class Philly(Parameters):
    """Philly 2017: 113,000 jobs of research groups at a software company, 87 % of them on one GPU."""

    run_law: str = _kind("lognormal", RUN_KINDS, help="One lognormal distribution.")
    run_log_mean: float = _log(6.7731, help=MEAN)
    run_log_spread: float = _log(2.4598, help=SPREAD)
    beyond_limit: str = _kind("pieces", BEYOND_KINDS, help=WHOLE)
    size_law: str = _kind("table", SIZE_KINDS, help="The table of sizes of the log.")
    size_gpus: tuple[float, ...] = _list((1, 2, 4, 8, 16, 32), help="Sizes; 8 stands for 5 to 8, 16 for 9 to 16.")
    size_shares: tuple[float, ...] = _list((0.872, 0.023, 0.048, 0.049, 0.006, 0.002), help="Their parts of the jobs.")


@dataclass(frozen=True, kw_only=True)
class Seren(Parameters):
    """Seren 2023: 664,000 GPU jobs of a laboratory that develops language models."""

    run_law: str = _kind("lognormal", RUN_KINDS, help="One lognormal distribution.")
    run_log_mean: float = _log(4.8040, help=MEAN)
    run_log_spread: float = _log(2.2138, help=SPREAD)
    beyond_limit: str = _kind("pieces", BEYOND_KINDS, help=WHOLE)
    size_law: str = _kind("doublings", SIZE_KINDS, help="Powers of two.")
    mean_gpus: float = _gpus(5.68, help=SIZES)


@dataclass(frozen=True, kw_only=True)
class Kalos(Parameters):
    """Kalos 2023: 20,000 GPU jobs of the same laboratory's machine for large training runs."""

    run_law: str = _kind("lognormal", RUN_KINDS, help="One lognormal distribution.")
    run_log_mean: float = _log(4.8203, help=MEAN)
    run_log_spread: float = _log(2.1533, help=SPREAD)
    beyond_limit: str = _kind("pieces", BEYOND_KINDS, help=WHOLE)
    size_law: str = _kind("doublings", SIZE_KINDS, help="Powers of two.")
    mean_gpus: float = _gpus(26.77, help=SIZES)


@dataclass(frozen=True, kw_only=True)
class Pai(Parameters):
    """PAI 2020: a million jobs of a cloud company, most of them on a part of a GPU; here each holds a whole one."""

    run_law: str = _kind("lognormal", RUN_KINDS, help="One lognormal distribution.")
    run_log_mean: float = _log(6.1752, help=MEAN)
    run_log_spread: float = _log(2.1441, help=SPREAD)
    beyond_limit: str = _kind("pieces", BEYOND_KINDS, help=WHOLE)
    size_law: str = _kind("doublings", SIZE_KINDS, help="Powers of two.")
    mean_gpus: float = _gpus(1, help="Whole GPUs; the published mean is 0.683, for parts of a GPU are let.")


@dataclass(frozen=True, kw_only=True)
class Hpc(Parameters):
    """The mean of five published logs of research clusters, sizes as parts of the machine."""

    run_law: str = _kind("mixture", RUN_KINDS, help="Three lognormal distributions.")
    mixture_shares: tuple[float, ...] = _list((0.437, 0.298, 0.265), help="Part of the campaigns in each distribution.")
    mixture_log_means: tuple[float, ...] = _list((4.287, 7.51, 10.129), help="Means of the log of seconds.")
    mixture_log_spreads: tuple[float, ...] = _list((1.388, 1.144, 0.817), help="Standard deviations of these logs.")
    beyond_limit: str = _kind("none", BEYOND_KINDS, help="The runs of these logs have been cut by their own limits.")
    size_law: str = _kind("fractions", SIZE_KINDS, help="Parts of the machine.")


_KINDS = (Helios, Philly, Seren, Kalos, Pai, Hpc)
PRESETS: dict[str, Parameters] = {kind.__name__.lower(): kind() for kind in _KINDS}
