"""Many sizes or many wall limits, as in real logs: a tree over the waiting jobs by number, for the first that may fit.

A node knows the least GPUs and the least estimate below it, so that whole subtrees without a candidate are passed over.
"""

from __future__ import annotations

from sim.queue.kernel.compiler import embedded, part
from sim.queue.kernel.layout import NEVER, NONE, Queue, Slots, Store

# A node has two numbers: the least GPUs held and the least estimate. Leaf i stands at tree_size + i.


@part
def _update(queue: Queue, store: Store, leaf: int) -> None:
    """Bring the nodes above a leaf up to date."""
    tree = queue.tree_at
    node = leaf >> 1
    while node >= 1:
        left, right = tree + 4 * node, tree + 4 * node + 2
        gpus, seconds = min(store[left], store[right]), min(store[left + 1], store[right + 1])
        if store[tree + 2 * node] == gpus and store[tree + 2 * node + 1] == seconds:
            break
        store[tree + 2 * node], store[tree + 2 * node + 1] = gpus, seconds
        node >>= 1


@embedded
def enter(queue: Queue, slots: Slots, store: Store, slot: int) -> None:
    """Put a job at the leaf of its number."""
    leaf = queue.tree_size + (slots[slot].rank & (queue.tree_size - 1))
    store[queue.tree_at + 2 * leaf] = slots[slot].held
    store[queue.tree_at + 2 * leaf + 1] = slots[slot].estimate
    store[queue.tree_at + 4 * queue.tree_size + leaf - queue.tree_size] = slot
    _update(queue, store, leaf)


@embedded
def leave(queue: Queue, slots: Slots, store: Store, slot: int) -> None:
    """Clear the leaf of a job."""
    leaf = queue.tree_size + (slots[slot].rank & (queue.tree_size - 1))
    store[queue.tree_at + 2 * leaf] = NEVER
    store[queue.tree_at + 2 * leaf + 1] = NEVER
    _update(queue, store, leaf)


@part
def _may_hold(queue: Queue, store: Store, node: int, most_gpus: int, longest: int, extra: int) -> bool:
    """Whether a candidate may stand below a node."""
    gpus = store[queue.tree_at + 2 * node]
    return gpus <= most_gpus and (gpus <= extra or store[queue.tree_at + 2 * node + 1] <= longest)


@part
def _next_leaf(queue: Queue, store: Store, leaf: int, most_gpus: int, longest: int, extra: int) -> int:
    """The first leaf from `leaf` on, to the end of the row, that may hold a candidate; NONE if there is none."""
    node = leaf
    while True:
        if _may_hold(queue, store, node, most_gpus, longest, extra):
            if node >= queue.tree_size:
                return node
            node = 2 * node
            continue
        # On to the next subtree to the right; from the right edge the way leads up to the root, node 1, and out.
        while node & 1:
            node >>= 1
        if node == 0:
            return NONE
        node += 1


@part
def next_candidate(
    queue: Queue, slots: Slots, store: Store, rank: int, most_gpus: int, longest: int, extra: int
) -> int:
    """The waiting job with the least number from `rank` on that has at most `most_gpus` and is short or small enough.

    Numbers go round the row of leaves: it is at least as long as the span of numbers alive.
    """
    size = queue.tree_size
    last = slots[queue.last].rank
    if rank > last:
        return NONE
    start, stop = rank & (size - 1), last & (size - 1)
    leaf = _next_leaf(queue, store, size + start, most_gpus, longest, extra)
    if start <= stop:
        # What stands further to the right is older: the row has come round since.
        if leaf == NONE or leaf - size > stop:
            return NONE
    elif leaf == NONE:
        leaf = _next_leaf(queue, store, size, most_gpus, longest, extra)
        if leaf == NONE or leaf - size > stop:
            return NONE
    return store[queue.tree_at + 4 * size + leaf - size]
