"""How long an attempt takes, and what is left of it when it is cut short."""

from __future__ import annotations

from sim.queue.pools import BASE_SPEED


def attempt_seconds(remaining_seconds: int, request_seconds: int, speed: int) -> int:
    """How long a job holds its GPUs if nothing happens: until its work is done or its wall limit is reached.

    remaining_seconds: work still to do, in seconds of the base generation.

    >>> attempt_seconds(100, 300, 1000), attempt_seconds(100, 300, 3000), attempt_seconds(100, 60, 1000)
    (100, 34, 60)
    """
    return min(-(-remaining_seconds * BASE_SPEED // speed), request_seconds)


def done_seconds(elapsed_seconds: int, speed: int) -> int:
    """Work done in an attempt, whole seconds of the base generation.

    >>> done_seconds(33, 1500)
    49
    """
    return elapsed_seconds * speed // BASE_SPEED


def saved_seconds(done_seconds: int, remaining_seconds: int, checkpoint_seconds: int) -> int:
    """Work that survives an interruption: up to the last checkpoint of this attempt, nothing without checkpoints.

    A job hit in the very second of its end still has to come back for the last second of its work.

    >>> saved_seconds(250, remaining_seconds=300, checkpoint_seconds=100)
    200
    >>> saved_seconds(300, remaining_seconds=300, checkpoint_seconds=100)
    299
    """
    if not checkpoint_seconds:
        return 0
    return min(done_seconds // checkpoint_seconds * checkpoint_seconds, remaining_seconds - 1)


def lost_seconds(elapsed_seconds: int, saved_seconds: int, speed: int) -> int:
    """Time of an attempt that has to be repeated: what was not needed for the work that was saved.

    >>> lost_seconds(33, 49, 1500), lost_seconds(33, 0, 1500)
    (0, 33)
    """
    return elapsed_seconds - -(-saved_seconds * BASE_SPEED // speed)
