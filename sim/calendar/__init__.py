"""The SimPy calendar of one option in one draw, and the flat records that it writes."""
