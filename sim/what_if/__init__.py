"""A log replayed under several policies and on machines of several sizes: `heavypress replay`, and `sim.replay`."""
