"""The version of the program, for everything that has to name it."""

__version__ = "0.2.0"
