"""The engine: the only floor on which time passes."""
