"""Waits of a public machine: the bridge from the cost core to the job queue."""
