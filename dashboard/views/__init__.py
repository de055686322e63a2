"""The pages: each reads the comparison that is shown and composes what belongs to its question."""
