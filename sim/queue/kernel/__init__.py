"""The compiled queue: the rules of `sim.queue.scheduler.plain`, over flat arrays, for tens of millions of jobs."""
