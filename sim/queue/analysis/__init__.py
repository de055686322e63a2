"""Analysis of simulated output: what replications are worth, and Little's law on their sample paths."""
