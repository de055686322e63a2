"""The dashboard: one page on which the options of a scenario are compared. It reads and composes; `sim` computes."""
