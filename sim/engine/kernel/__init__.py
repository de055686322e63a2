"""The compiled queue: the rules of `sim.engine.queue`, over flat arrays, for tens of millions of jobs."""
