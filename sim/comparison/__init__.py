"""Options side by side: run in the same worlds, their results, tables, notes and timelines."""
