"""The rules of the queue: which job is first in line, and who may backfill."""
