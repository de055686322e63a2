"""Which column of a table says how many GPUs a job holds: one that counts them, never processors beside one of GPUs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.formatting import escape
from sim.queue.logs.mapping import folded
from sim.queue.logs.problems import LogError
from sim.queue.logs.resources import gpus_of

# Logs of machines without GPUs: what the queue allocates is then a processor.
PROCESSORS = ("procs", "processors", "num_procs", "n_procs", "cpus", "cores", "requested_procs", "size")
PER_NODE = ("gres", "reqgres", "req_gres", "tres_per_node", "gpus_per_node")
NAMES = (
    *("num_gpus", "gpu_num", "n_gpus", "ngpus", "gpu_count", "num_gpus_alloc", "gpus_alloc", "gpus_requested"),
    *("alloctres", "alloc_tres", "tres_alloc_str", "allocgres", "alloc_gres", "reqtres", "req_tres", "tres_req_str"),
    *("gpu", *PER_NODE),  # may be the number of a GPU, and what is on each node
    *PROCESSORS,
)
"""What the column is often called, the surest first."""

_OF_GPUS = ("gpu", "tres", "gres")  # parts of names
_NODES = ("nodes", "nnodes", "num_nodes", "n_nodes", "nodes_alloc", "alloc_nodes", "allocnodes", "node_count", "nodect")


def chosen_name(names: Sequence[str]) -> str | None:
    """The name of the column of sizes, or None where none of the usual ones is there.

    >>> chosen_name(["gpu", "Num GPUs"]), chosen_name(["cores"]), chosen_name(["nothing"])
    ('Num GPUs', 'cores', None)
    """
    there = {folded(name): name for name in reversed(names)}
    return next((there[name] for name in ("gpus", *NAMES) if name in there), None)


def completed(origin: str, names: Sequence[str], mapped: Mapping[str, str]) -> Mapping[str, str]:
    """The columns that the user maps; where the sizes are those of one node, their product with the nodes as well.

    LogError where there are no nodes to multiply with.

    >>> completed("jobs.csv", ["id", "gres", "nnodes"], {})
    {'gpus': 'gres*nnodes'}
    """
    name = chosen_name(names)
    if "gpus" in mapped or name is None or folded(name) not in PER_NODE:
        return mapped
    there = {folded(other): other for other in reversed(names)}
    nodes = next((there[other] for other in _NODES if other in there), None)
    if nodes is None:
        here = f"--column gpus={escape(name)}"
        way = f"write {here}*nodes with the column of nodes, or {here} where every job has one"
        raise LogError(origin, [f"column {escape(name)} counts what a job has on each node: {way}"])
    return {**mapped, "gpus": f"{name}*{nodes}"}


def processors_beside_gpus(
    names: Sequence[str], mapped: Mapping[str, str], cells: Mapping[str, Sequence[str]]
) -> str | None:
    """Sentence where processors would be counted although a column is about GPUs; else None.

    >>> processors_beside_gpus(["cores", "used_gpus"], {}, {"used_gpus": ["4"]})[-37:]
    'did you mean --column gpus=used_gpus?'
    """
    name = chosen_name(names)
    if "gpus" in mapped or name is None or folded(name) not in PROCESSORS:
        return None
    about = [other for other in names if any(part in folded(other) for part in _OF_GPUS)]
    if not about:
        return None
    counting = next((other for other in about if _counts(cells.get(other, ()))), None)
    also = f"--column gpus={escape(name)} if the queue allocates processors"
    hint = f"did you mean --column gpus={escape(counting)}?" if counting else f"write --column gpus=NAME, or {also}"
    return f"column {escape(name)} counts processors, and {escape(counting or about[0])} is about GPUs; {hint}"


def _counts(texts: Sequence[str]) -> bool:
    """True where every one of these is a count of GPUs, and there is one."""
    read = [gpus_of(text) for text in texts if text.strip()]
    return bool(read) and not any(fault or part for _, fault, part in read)
