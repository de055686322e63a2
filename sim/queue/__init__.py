"""The job queue of a shared machine: scheduler, compiled kernel, disciplines, workload, logs and output analysis."""
