"""Kept releases: old runs on their own data and defaults, what moved between two releases, and why."""
