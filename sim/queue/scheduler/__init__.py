"""The scheduler on a SimPy clock: the plain queue that a reader can check, and the shell of the compiled one."""
