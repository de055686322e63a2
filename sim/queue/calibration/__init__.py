"""The job model fitted to a log: each number by counting or maximum likelihood, and how well the generator imitates."""
