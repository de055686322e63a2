"""What simulated waits are worth: intervals, replications, and what must hold on every sample path."""
